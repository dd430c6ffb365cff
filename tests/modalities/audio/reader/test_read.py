from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

import pairgen
from pairgen.data import LabelledDataset
from pairgen.modalities.audio.reader import read

PATTERN = r"(?P<label>\d)_(?P<speaker>\w+)_(?P<take>\d+)"


def fill(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"never decoded by the reader")
    return root


def test_one_class_folder_is_one_class(tmp_path):
    assert read(fill(tmp_path, "dog/1.wav", "dog/2.wav")).classes == ["dog"]


def test_whole_numbers_keep_their_values_as_labels():
    data = read([np.zeros(10, np.float32)] * 3, labels=[0, 2, 2])
    assert data.labels.tolist() == [0, 2, 2]
    assert data.classes == ["0", "1", "2"]


def test_class_folders_become_sorted_classes(tmp_path):
    data = read(fill(tmp_path, "dog/2.wav", "cat/deep/1.FLAC", "dog/1.mp3"))
    assert data.classes == ["cat", "dog"]
    assert [data[i] for i in range(3)] == [
        (tmp_path / "cat/deep/1.FLAC", 0),
        (tmp_path / "dog/1.mp3", 1),
        (tmp_path / "dog/2.wav", 1),
    ]


def test_files_without_class_folders_have_no_labels(tmp_path):
    data = read(str(fill(tmp_path, "b.wav", "a.wav", ".hidden.wav", "notes.txt")))
    assert data.classes is None
    assert list(data.items) == [tmp_path / "a.wav", tmp_path / "b.wav"]
    assert list(data.ignored) == [tmp_path / ".hidden.wav", tmp_path / "notes.txt"]
    assert data[0] == tmp_path / "a.wav"


def test_labels_come_from_a_pattern_of_the_names(tmp_path):
    data = read(fill(tmp_path, "3_ann_0.wav", "3_bob_1.wav", "7_ann_0.wav", "readme.wav"), pattern=PATTERN)
    assert data.classes == ["3", "7"]
    assert data.labels.tolist() == [0, 0, 1]
    assert data.columns["take"] == ["0", "1", "0"]
    assert data.ignored == (tmp_path / "readme.wav",)
    by_speaker = data.labelled_by("speaker")
    assert by_speaker.classes == ["ann", "bob"]
    assert by_speaker.labels.tolist() == [0, 1, 0]
    assert read(tmp_path, pattern=PATTERN, label="take").classes == ["0", "1"]
    assert read(tmp_path, pattern=r"(?P<digit>\d)_.*").classes is None


def test_a_split_keeps_the_classes(tmp_path):
    data = read(fill(tmp_path, "3_ann_0.wav", "3_bob_1.wav", "7_ann_0.wav"), pattern=PATTERN)
    part = data.where([take == "1" for take in data.columns["take"]])
    assert len(part) == 1
    assert part.classes == ["3", "7"]
    assert part[0] == (tmp_path / "3_bob_1.wav", 0)
    with pytest.raises(ValueError, match=r"3 audio clips but keep of shape \(1,\)"):
        data.where([True])


def test_labels_can_be_given_refused_or_asked_for(tmp_path):
    fill(tmp_path, "a/1.wav", "b/2.wav")
    assert read(tmp_path, labels=False).classes is None
    assert read(tmp_path, labels=["x", "y"]).classes == ["x", "y"]
    with pytest.raises(ValueError, match=r"2 audio clips but labels of shape \(1,\)"):
        read(tmp_path, labels=["x"])
    fill(tmp_path, "c.wav")
    with pytest.raises(ValueError, match=r"outside class folders, such as c\.wav"):
        read(tmp_path, labels=True)


@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        ((), {}, "is empty"),
        (("a.txt",), {}, r"holds no audio clips.*1 \.txt"),
        (("a.wav",), {"pattern": "("}, "no regular expression"),
        (("a.wav",), {"pattern": PATTERN}, "none of the 1 audio files .* the first is called 'a'"),
        (("3_ann_0.wav",), {"pattern": PATTERN, "label": "age"}, "no column 'age'; it has: label, speaker, take"),
        (("a.wav",), {"label": "speaker"}, "pass the pattern"),
    ],
)
def test_a_folder_that_cannot_be_read_says_why(tmp_path, names, options, message):
    with pytest.raises(ValueError, match=message):
        read(fill(tmp_path, *names), **options)


def test_a_wrong_path_or_source_says_what_is_wanted(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing at"):
        read(tmp_path / "none")
    with pytest.raises(ValueError, match="extract an archive first"):
        read(fill(tmp_path, "a.tar.gz") / "a.tar.gz")
    with pytest.raises(TypeError, match="cannot read audio clips from int"):
        read(3)


def test_a_file_a_sequence_and_a_dataset_are_sources_too(tmp_path):
    path = fill(tmp_path, "a.wav") / "a.wav"
    assert list(read(path).items) == [path]
    clips = [np.zeros(10, np.float32)] * 3
    assert read(clips, labels=["b", "a", "b"]).labels.tolist() == [1, 0, 1]
    data = LabelledDataset(clips)
    assert read(data) is data
    assert pickle.loads(pickle.dumps(read(clips, labels=["b", "a", "b"]))).classes == ["a", "b"]


def test_a_linked_folder_is_read_once(tmp_path):
    fill(tmp_path, "a/1.wav")
    os.symlink(tmp_path, tmp_path / "a" / "again")
    assert len(read(tmp_path)) == 1


def test_the_spoken_digits_are_read(tmp_path):
    folder = os.environ.get("PAIRGEN_DATA")
    archive = Path(folder or "", "audio", "fsdd-recordings.tar.gz")
    if folder is None or not archive.is_file():
        pytest.skip("PAIRGEN_DATA does not hold the spoken digits")
    import tarfile

    with tarfile.open(archive) as tar:
        members = [m for m in tar.getmembers() if m.name.endswith(("_0.wav", "_1.wav")) and "/3_" in m.name]
        tar.extractall(tmp_path, members=members, filter="data")
    data = pairgen.get_modality("audio").read(tmp_path, pattern=PATTERN)
    assert len(data) == 12
    assert data.classes == ["3"]
    assert len(data.labelled_by("speaker").classes) == 6
    batch = next(iter(pairgen.PairSampler("audio", "time-pitch", sample_rate=8000).loader(data, 4)))
    assert batch.first.values.shape[:2] == (4, 1)


@pytest.mark.parametrize("suffix", ["wave", "RF64", "sph", "snd", "voc", "mp2", "w64", "caf"])
def test_every_suffix_that_libsndfile_reads_is_audio(tmp_path, suffix):
    path = fill(tmp_path, f"cat/a.{suffix}") / f"cat/a.{suffix}"
    assert list(read(tmp_path).items) == [path]
    assert list(read(path).items) == [path]
