from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import Dataset, IterableDataset, TensorDataset

import pairgen
from pairgen.data import LabelledDataset
from pairgen.modalities.image.reader import read

# -- sources in memory and single files ----------------------------------------------------------------------------


def test_nothing_at_the_path_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere; pass a folder"):
        read(tmp_path / "nowhere")


def test_a_dataset_is_returned_as_it_is():
    data: Dataset = TensorDataset(torch.zeros(3, 1, 4, 4))
    assert read(data) is data

    class Stream(IterableDataset):
        def __iter__(self):
            return iter([])

    stream = Stream()
    assert read(stream) is stream
    with pytest.raises(TypeError, match="map-style torch Dataset"):
        read(stream, labels=[1])


@pytest.mark.parametrize("items", [["a", "b"], np.zeros((2, 4, 4)), torch.zeros(2, 1, 4, 4)])
def test_a_sequence_becomes_a_dataset(items):
    data = read(items)
    assert isinstance(data, LabelledDataset)
    assert len(data) == 2
    assert read(items, labels=["x", "y"])[1][1] == 1


def test_labels_are_added_to_a_dataset():
    data = read(TensorDataset(torch.arange(2.0)), labels=[3, 4])
    assert data[0] == ((torch.tensor(0.0),), 3)


@pytest.mark.parametrize("labels", [True, "y"])
def test_labels_for_files_are_refused_in_memory(labels):
    with pytest.raises(ValueError, match="one label an item"):
        read(["a"], labels=labels)


@pytest.mark.parametrize("source", [7, None, b"bytes", iter([])])
def test_other_types_are_refused(source):
    with pytest.raises(TypeError, match="cannot read images from"):
        read(source)


def test_a_single_image_is_a_dataset_of_one(tmp_path):
    path = tmp_path / "cat.jpg"
    path.touch()
    assert read(path)[0] == path


def test_a_file_of_another_kind_is_an_error(tmp_path):
    path = tmp_path / "table.csv"
    path.touch()
    with pytest.raises(ValueError, match=r"table\.csv is neither"):
        read(path)


def test_labels_of_a_sequence_keep_their_values():
    data = read(np.zeros((3, 4, 4), np.uint8), labels=[0, 2, 2])
    assert [data[i][1] for i in range(3)] == [0, 2, 2]
    assert data.classes == ["0", "1", "2"]


def test_an_empty_sequence_is_an_error():
    for source in ([], np.zeros((0, 4, 4)), torch.zeros(0, 1, 4, 4)):
        with pytest.raises(ValueError, match="holds no images"):
            read(source)


def test_labels_and_items_must_be_equally_many():
    with pytest.raises(ValueError, match="2 images but labels of shape"):
        read(["a", "b"], labels=[0])


def test_the_dataset_says_what_it_is():
    assert repr(read(["a", "b"], labels=["x", "y"])) == "LabelledDataset(2 images, 2 classes)"


# -- folders -------------------------------------------------------------------------------------------------------


def fill(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"never decoded by the reader")
    return root


def test_class_folders_become_sorted_classes(tmp_path):
    fill(tmp_path, "dog/2.png", "cat/deep/1.JPG", "dog/1.webp")
    data = read(tmp_path)
    assert data.classes == ["cat", "dog"]
    assert [data[i] for i in range(len(data))] == [
        (tmp_path / "cat/deep/1.JPG", 0),
        (tmp_path / "dog/1.webp", 1),
        (tmp_path / "dog/2.png", 1),
    ]


def test_images_without_class_folders_have_no_labels(tmp_path):
    fill(tmp_path, "b.png", "a.png", "sub/c.png")
    data = read(str(tmp_path))
    assert data.classes is None
    assert list(data.items) == [tmp_path / "a.png", tmp_path / "b.png", tmp_path / "sub/c.png"]
    assert data[0] == tmp_path / "a.png"


def test_one_class_folder_is_one_class(tmp_path):
    fill(tmp_path, "images/a.png")
    assert read(tmp_path).classes == ["images"]
    assert read(tmp_path)[0] == (tmp_path / "images/a.png", 0)
    assert read(tmp_path, labels=True).classes == ["images"]
    assert read(tmp_path, labels=False).classes is None


def test_class_folders_can_be_ignored(tmp_path):
    fill(tmp_path, "cat/a.png", "dog/a.png")
    assert read(tmp_path, labels=False)[0] == tmp_path / "cat/a.png"


def test_labels_asked_for_without_class_folders_are_an_error(tmp_path):
    fill(tmp_path, "a.png")
    with pytest.raises(ValueError, match=r"a\.png.*folder named after its class"):
        read(tmp_path, labels=True)


def test_a_sequence_labels_the_sorted_items(tmp_path):
    fill(tmp_path, "a.png", "b.png")
    data = read(tmp_path, labels=["night", "day"])
    assert data.classes == ["day", "night"]
    assert data[0] == (tmp_path / "a.png", 1)
    with pytest.raises(ValueError, match="one label"):
        read(tmp_path, labels=["night"])


def test_a_name_as_labels_of_a_folder_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="class folders are labels"):
        read(fill(tmp_path, "a.png"), labels="y")


def test_other_files_and_hidden_ones_are_ignored_and_listed(tmp_path):
    fill(tmp_path, "a.png", "notes.txt", ".DS_Store", ".git/b.png", "sub/Thumbs.db")
    with pytest.warns(UserWarning, match=r"2 files whose suffix.* and 2 hidden files or folders \(such as .DS_Store\)"):
        data = read(tmp_path)
    assert len(data) == 1
    listed = (".DS_Store", ".git", "notes.txt", "sub/Thumbs.db")
    assert tuple(data.ignored) == tuple(tmp_path / name for name in listed)


def test_a_text_file_named_jpg_is_an_item(tmp_path):
    assert len(read(fill(tmp_path, "notes.jpg"))) == 1


def test_links_to_folders_are_followed_and_a_loop_ends(tmp_path):
    real = fill(tmp_path / "real", "1.png")
    root = fill(tmp_path / "root", "cat/1.png")
    (root / "dog").symlink_to(real)
    (root / "cat" / "again").symlink_to(root)
    assert read(root).classes == ["cat", "dog"]


def test_an_empty_folder_is_an_error_that_says_what_to_put_there(tmp_path):
    with pytest.raises(ValueError, match=r"is empty.*\.jpg") as error:
        read(tmp_path)
    assert str(tmp_path) in str(error.value)


def test_a_folder_without_images_is_an_error_that_says_what_it_holds(tmp_path):
    fill(tmp_path, "a.csv", "b.csv", "README")
    with pytest.raises(ValueError, match=r"no images.*3 files \(2 \.csv, 1 README\)") as error:
        read(tmp_path)
    assert str(tmp_path) in str(error.value)


def test_the_dataset_pickles(tmp_path):
    data = read(fill(tmp_path, "cat/a.png", "dog/a.png"))
    again = pickle.loads(pickle.dumps(data))
    assert again[1] == data[1]
    assert again.classes == data.classes


# -- formats -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "file_format"),
    [
        (".avif", "AVIF"),
        (".jp2", "JPEG2000"),
        (".mpo", "MPO"),
        (".tga", "TGA"),
        (".qoi", "QOI"),
        (".ico", "ICO"),
        (".apng", "PNG"),
        (".TGA", "TGA"),
    ],
)
def test_a_class_of_any_format_that_opens_is_read(suffix, file_format, tmp_path):
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 24, 3), np.uint8))
    for name in ("a/1.png", f"b/1{suffix}"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
    image.save(tmp_path / "a/1.png")
    try:
        image.save(tmp_path / f"b/1{suffix}", file_format)
    except (OSError, KeyError):
        pytest.skip(f"Pillow cannot write {file_format}")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = read(tmp_path)
    assert data.classes == ["a", "b"]
    assert len(data) == 2
    sampler = pairgen.PairSampler("image", "simclr-small", size=16)
    assert next(iter(sampler.loader(data, 2))).first.shape == (2, 3, 16, 16)
    assert sampler(str(tmp_path / f"b/1{suffix}"), index=0).first.size == (16, 16)
