"""Pairs that exist are read from tables, folders, archives, Hugging Face and memory; what is left out is listed."""

from __future__ import annotations

import io
import json
import pickle
import tarfile
import warnings
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pandas as pd
import pytest
import webdataset
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch.utils.data import TensorDataset

import pairgen
from pairgen.data import PairedDataset, StreamedPairs, read_pairs

IMAGE_TEXT = ("image", "text")
TEXTS = ("text", "text")


def picture(number: int = 0) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (4, 3), (number, 0, 0)).save(file, "PNG")
    return file.getvalue()


def write(folder: Path, **contents: str | bytes) -> Path:
    """Files by name, `_` before the suffix standing for a dot."""
    for name, content in contents.items():
        path = folder / ".".join(name.rsplit("_", 1))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def archive(path: Path, **contents: str | bytes) -> Path:
    with tarfile.open(path, "w") as file:
        for name, content in contents.items():
            data = content if isinstance(content, bytes) else content.encode()
            entry = tarfile.TarInfo(".".join(name.rsplit("_", 1)))
            entry.size = len(data)
            file.addfile(entry, io.BytesIO(data))
    return path


def samples(dataset: Any) -> list[dict[str, Any]]:
    return [dataset[i] for i in range(len(dataset))]


# -- tables ------------------------------------------------------------------------------------------------------------


ROWS = [
    {"question": "who?", "answer": "she", "negative": "then", "score": 0.5, "label": "person"},
    {"question": "when?", "answer": "now", "negative": "him", "score": 1.0, "label": "time"},
]


def table(path: Path) -> Path:
    frame = pd.DataFrame(ROWS)
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix in (".jsonl", ".json"):
        frame.to_json(path, orient="records", lines=path.suffix == ".jsonl")
    else:
        frame.to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")
    return path


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".json", ".parquet"])
def test_tables_of_every_format_give_the_same_pairs(tmp_path, suffix):
    dataset = read_pairs(table(tmp_path / f"pairs{suffix}"), TEXTS)
    assert samples(dataset) == [
        {"anchor": "who?", "positive": "she", "negative": ["then"], "score": 0.5, "label": 0},
        {"anchor": "when?", "positive": "now", "negative": ["him"], "score": 1.0, "label": 1},
    ]
    assert dataset.classes == ["person", "time"]
    assert dataset.ignored == ()
    assert dataset.in_memory


def test_columns_are_named_by_the_caller_and_left_out_on_request(tmp_path):
    path = table(tmp_path / "pairs.csv")
    dataset = read_pairs(path, TEXTS, columns=("answer", "negative"), negatives=["question"], score=False, label=False)
    assert dataset[0] == {"anchor": "she", "positive": "then", "negative": ["who?"]}


def test_paths_of_images_are_relative_to_the_table(tmp_path):
    write(tmp_path / "photos", a_png=picture(), b_png=picture())
    (tmp_path / "pairs.csv").write_text("caption,image\na dog,photos/a.png\na cat,photos/b.png\n")
    dataset = read_pairs(tmp_path / "pairs.csv", IMAGE_TEXT)
    assert dataset[1] == {"image": tmp_path / "photos" / "b.png", "text": "a cat"}
    assert list(dataset[1]) == ["image", "text"]
    assert not dataset.in_memory


def test_parquet_holds_images_as_bytes_and_several_captions(tmp_path):
    frame = pd.DataFrame({"image": [picture(0), picture(1)], "caption": [["a", "b"], ["c", " "]]})
    frame.to_parquet(tmp_path / "pairs.parquet")
    dataset = read_pairs(tmp_path / "pairs.parquet", IMAGE_TEXT)
    assert dataset[0] == {"image": picture(0), "text": ["a", "b"]}
    assert dataset[1]["text"] == ["c"]


def test_rows_without_a_member_are_passed_over_and_named_by_their_row(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text("question,answer\nwho?,she\n,now\nwhere?,  \nwhy?,so\n")
    with pytest.warns(UserWarning, match="1 with no anchor, 1 with no positive"):
        dataset = read_pairs(path, TEXTS)
    assert [sample["anchor"] for sample in samples(dataset)] == ["who?", "why?"]
    assert dataset.ignored == ((f"{path}, row 3", "no anchor"), (f"{path}, row 4", "no positive"))
    assert dataset.name_item(1) == f"{path}, row 5"


def test_lines_of_json_are_counted_with_the_blank_ones(tmp_path):
    path = tmp_path / "pairs.jsonl"
    path.write_text('{"text1": "a", "text2": "b"}\n\n{"text1": 3, "text2": "d"}\n')
    with pytest.raises(ValueError, match=r"pairs\.jsonl, line 3, column 'text1': a text is a string .* got 3"):
        read_pairs(path, TEXTS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("image,text\nmissing.png,a dog\n", r"pairs\.csv, row 2, column 'image': there is no file .*missing\.png"),
        ("a,b\nx,y\n", r"which columns of .*pairs\.csv are the pair of image and text\? it has 'a', 'b'"),
        ("image,text\n,a dog\n", r"pairs\.csv holds no pairs: no row has both image and text"),
        ("image,text\nx\n", r"pairs\.csv, row 2: 1 cell where the header has 2"),
        ("image,text\n", r"pairs\.csv has 1 rows"),
    ],
)
def test_bad_tables_name_the_file_and_the_row(tmp_path, content, message):
    (tmp_path / "pairs.csv").write_text(content)
    with pytest.raises(ValueError, match=message):
        read_pairs(tmp_path / "pairs.csv", IMAGE_TEXT)


def test_a_score_that_is_no_number_is_refused_with_its_row():
    rows = [{"anchor": "a", "positive": "b", "score": 1.0}, {"anchor": "c", "positive": "d", "score": "high"}]
    with pytest.raises(ValueError, match="the pairs, row 1, column 'score': a score is a finite number, got 'high'"):
        read_pairs(rows, TEXTS)


def test_labels_that_are_scores_are_refused_with_the_remedy():
    with pytest.raises(ValueError, match="pass score='label' and label=False"):
        read_pairs({"anchor": ["a", "b"], "positive": ["c", "d"], "label": [0.3, 1.0]}, TEXTS)


def test_a_negative_that_equals_the_positive_is_left_out_and_listed():
    with pytest.warns(UserWarning, match="1 with a negative equal to the positive"):
        dataset = read_pairs([("a", "b", "b", "c"), ("d", "e", "f")], TEXTS)
    assert [dataset[i]["negative"] for i in range(2)] == [["c"], ["f"]]


def test_a_member_that_is_the_same_in_all_pairs_is_told():
    with pytest.warns(UserWarning, match="positive is the same in all 3 pairs"):
        read_pairs([("a", "x"), ("b", "x"), ("c", "x")], TEXTS)


def test_tuples_end_in_a_score_or_a_label():
    assert read_pairs([("a", "b", 0.5), ("c", "d", 1.0)], TEXTS)[0] == {"anchor": "a", "positive": "b", "score": 0.5}
    assert read_pairs([("a", "b", 3), ("c", "d", 1)], TEXTS)[0] == {"anchor": "a", "positive": "b", "label": 3}


@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)).filter(lambda p: p[0].strip() and p[1].strip())))
def test_a_table_in_memory_gives_back_its_rows(rows):
    if not rows:
        with pytest.raises(ValueError, match="holds no pairs"):
            read_pairs(rows, TEXTS)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        dataset = read_pairs(rows, TEXTS)
    assert [(s["anchor"], s["positive"]) for s in samples(dataset)] == rows


@pytest.mark.parametrize("modalities", [("text",), ("image", "text", "audio"), "text"])
def test_other_numbers_of_modalities_than_two_are_refused(modalities):
    with pytest.raises(ValueError, match="a pair has two modalities"):
        read_pairs([("a", "b")], modalities)


def test_a_split_is_a_column_a_folder_or_a_part_of_a_dataset(tmp_path):
    frame = pd.DataFrame({"text1": ["a", "b", "c"], "text2": ["d", "e", "f"], "split": ["train", "test", "train"]})
    frame.to_csv(tmp_path / "pairs.csv", index=False)
    dataset = read_pairs(tmp_path / "pairs.csv", TEXTS, split="train")
    assert [sample["anchor"] for sample in samples(dataset)] == ["a", "c"]
    with pytest.raises(ValueError, match="no rows of the split 'val'; it has test, train"):
        read_pairs(tmp_path / "pairs.csv", TEXTS, split="val")
    write(tmp_path / "photos" / "test", a_png=picture(), a_txt="a dog", b_png=picture(), b_txt="a cat")
    assert len(read_pairs(tmp_path / "photos", IMAGE_TEXT, split="test")) == 2


# -- folders -----------------------------------------------------------------------------------------------------------


def test_a_folder_pairs_files_of_one_name_and_lists_those_alone(tmp_path):
    write(tmp_path, a_png=picture(), a_txt="a dog\n\none dog\n", b_png=picture(), c_txt="a cat", d_png=picture())
    write(tmp_path, d_json=json.dumps({"captions": ["a bird"]}), e_png=picture(), e_txt=" \n", f_xml="")
    with pytest.warns(UserWarning, match="passed over"):
        dataset = read_pairs(tmp_path, IMAGE_TEXT)
    assert samples(dataset) == [
        {"image": tmp_path / "a.png", "text": ["a dog", "one dog"]},
        {"image": tmp_path / "d.png", "text": "a bird"},
    ]
    assert set(dataset.ignored) == {
        ("b.png", "no text"),
        ("c.txt", "no image"),
        ("e", "an empty text"),
        ("f.xml", "a suffix that is not read"),
    }
    assert dataset.name_item(1) == "d"


def test_class_folders_of_pairs_are_labels(tmp_path):
    write(tmp_path / "cat", a_png=picture(), a_txt="a cat")
    write(tmp_path / "dog", a_png=picture(), a_txt="a dog")
    dataset = read_pairs(tmp_path, IMAGE_TEXT)
    assert dataset.classes == ["cat", "dog"]
    assert [sample["label"] for sample in samples(dataset)] == [0, 1]
    assert read_pairs(tmp_path, IMAGE_TEXT, label=False).labels is None


def test_the_text_of_a_photo_beats_its_metadata(tmp_path):
    write(tmp_path, a_png=picture(), a_txt="a dog", a_json='{"url": "x"}', b_png=picture(), b_txt="b")
    assert read_pairs(tmp_path, IMAGE_TEXT)[0]["text"] == "a dog"


def test_two_images_of_one_name_are_refused(tmp_path):
    write(tmp_path, a_png=picture(), a_jpg=picture(), a_txt="a dog")
    with pytest.raises(ValueError, match=r"a has two files of image, \.jpg and \.png; remove or rename one"):
        read_pairs(tmp_path, IMAGE_TEXT)


def test_a_folder_of_two_texts_a_name_is_refused_with_the_remedy(tmp_path):
    write(tmp_path, a_txt="a")
    with pytest.raises(ValueError, match="list the pairs in a CSV"):
        read_pairs(tmp_path, TEXTS)


def test_a_folder_without_any_pair_says_what_was_passed_over(tmp_path):
    write(tmp_path, a_png=picture(), b_txt="a dog")
    with pytest.raises(ValueError, match=r"holds no pairs of image and text.* such as a\.png \(no text\)"):
        read_pairs(tmp_path, IMAGE_TEXT)


def test_suffixes_of_an_unknown_modality_are_named_by_the_caller(tmp_path):
    write(tmp_path, a_xyz="points", a_txt="a chair", b_xyz="points", b_txt="a table")
    with pytest.raises(ValueError, match="which files hold items of 'points'"):
        read_pairs(tmp_path, ("points", "text"))
    dataset = read_pairs(tmp_path, ("points", "text"), suffixes={"points": [".xyz"]})
    assert dataset[0] == {"points": tmp_path / "a.xyz", "text": "a chair"}


def test_a_folder_with_metadata_is_read_by_its_table(tmp_path):
    write(tmp_path, a_png=picture(), b_png=picture())
    (tmp_path / "metadata.csv").write_text("file_name,text\nb.png,a cat\na.png,a dog\n")
    assert read_pairs(tmp_path, IMAGE_TEXT)[0] == {"image": tmp_path / "b.png", "text": "a cat"}


# -- archives and datasets ---------------------------------------------------------------------------------------------


def test_archives_give_what_webdataset_gives(tmp_path):
    archive(
        tmp_path / "a-0.tar", x0_png=picture(0), x0_txt="zero", x0_cls="1", x1_png=picture(1), x1_txt="one", x1_cls="0"
    )
    archive(tmp_path / "a-1.tar", x0_png=picture(2), x0_txt="two", x0_cls="1")
    dataset = read_pairs(tmp_path, IMAGE_TEXT)
    shards = [str(tmp_path / name) for name in ("a-0.tar", "a-1.tar")]
    expected = [(s["png"], s["txt"].decode(), int(s["cls"])) for s in webdataset.WebDataset(shards, shardshuffle=False)]
    assert [(s["image"], s["text"], s["label"]) for s in samples(pickle.loads(pickle.dumps(dataset)))] == expected
    assert dataset.name_item(2) == "a-1.tar/x0"
    assert not dataset.in_memory


def test_an_archive_lists_what_has_no_partner_and_names_itself_when_damaged(tmp_path):
    path = archive(tmp_path / "a.tar", x_png=picture(), x_txt="a dog", y_png=picture())
    with pytest.warns(UserWarning, match="1 with no text"):
        assert read_pairs(path, IMAGE_TEXT).ignored == (("a.tar/y.png", "no text"),)
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(ValueError, match=r"a\.tar"):
        read_pairs(path, IMAGE_TEXT)


def test_streams_of_webdataset_get_the_names_of_members(tmp_path):
    path = archive(tmp_path / "a.tar", x_png=picture(), x_txt="a dog", y_png=picture())
    stream = read_pairs(webdataset.WebDataset(str(path), shardshuffle=False).decode("pil"), IMAGE_TEXT)
    assert isinstance(stream, StreamedPairs)
    first, second = stream
    assert (first["text"], first["image"].size, first["__key__"]) == ("a dog", (4, 3), "x")
    assert second["text"] is None


def test_hugging_face_datasets_keep_their_images_and_class_names():
    columns = {"img": [{"bytes": picture(), "path": None}] * 2, "caption": ["a dog", "a cat"], "label": [1, 0]}
    features = datasets.Features(
        img=datasets.Image(), caption=datasets.Value("string"), label=datasets.ClassLabel(names=["cat", "dog"])
    )
    source = datasets.Dataset.from_dict(columns, features=features)
    dataset = read_pairs(datasets.DatasetDict(train=source), IMAGE_TEXT, columns=("img", "caption"))
    assert dataset[0]["image"].size == (4, 3)
    assert (dataset[0]["text"], dataset[0]["label"], dataset.classes) == ("a dog", 1, ["cat", "dog"])


def test_rows_of_a_hugging_face_dataset_without_text_are_passed_over():
    source = datasets.Dataset.from_dict({"anchor": ["a", None, "c"], "positive": ["d", "e", "f"]})
    with pytest.warns(UserWarning, match="1 with no anchor"):
        dataset = read_pairs(source, TEXTS)
    assert [sample["positive"] for sample in samples(dataset)] == ["d", "f"]


def test_other_sources_are_returned_or_refused():
    source = TensorDataset()
    assert read_pairs(source, TEXTS) is source
    with pytest.raises(TypeError, match="cannot read pairs from int"):
        read_pairs(3, TEXTS)
    with pytest.raises(FileNotFoundError, match="there is nothing at"):
        read_pairs("no such file", TEXTS)


# -- the dataset -------------------------------------------------------------------------------------------------------


def test_a_part_of_the_pairs_keeps_all_that_belongs_to_them():
    dataset = read_pairs([("a", "b", "x"), ("c", "d", "y"), ("e", "f", "z")], TEXTS)
    part = dataset.where(np.array([True, False, True]))
    assert samples(part) == [dataset[0], dataset[2]]
    assert part.name_item(1) == "the pairs, row 2"
    with pytest.raises(TypeError, match="keep is a mask of bools"):
        dataset.where([0, 1, 2])


def test_members_of_different_counts_are_refused():
    with pytest.raises(ValueError, match="2 of anchor, 1 of positive"):
        PairedDataset({"anchor": ["a", "b"], "positive": ["c"]})


def test_a_side_has_every_candidate_and_the_pair_that_it_is_of():
    rows = [{"image": b"x", "caption": ["a", "b"], "label": 3}, {"image": b"y", "caption": "c", "label": 1}]
    dataset = read_pairs(rows, IMAGE_TEXT)
    texts = dataset.side(1)
    assert [texts[i] for i in range(len(texts))] == [("a", 3), ("b", 3), ("c", 1)]
    assert texts.columns["pair"].tolist() == [0, 0, 1]
    assert list(dataset.side(0).items) == [b"x", b"y"]


def test_what_is_read_goes_through_a_sampler(tmp_path):
    archive(
        tmp_path / "a.tar", x_png=picture(), x_txt="a dog\none dog", y_png=picture(9), y_txt="a cat", z_png=picture()
    )
    sampler = pairgen.PairSampler(
        IMAGE_TEXT, ("simclr-small", "eval"), recipe_options=({"size": 8}, {}), on_error="skip"
    )
    with pytest.warns(UserWarning, match="1 with no text"):
        listed = read_pairs(tmp_path / "a.tar", IMAGE_TEXT)
    (batch,) = sampler.loader(listed, 4)
    assert batch.first.shape == (2, 3, 8, 8)
    assert batch.second[0] in ("a dog", "one dog")
    assert batch.second[1] == "a cat"
    source = webdataset.WebDataset(str(tmp_path / "a.tar"), shardshuffle=False)
    with pytest.warns(UserWarning, match="items were left out"):
        (streamed,) = sampler.loader(read_pairs(source.map(_decode_text), IMAGE_TEXT), 4)
    assert list(streamed.second) == ["a dog\none dog", "a cat"]
    assert len(streamed.skipped) == 1
    assert "text" in streamed.skipped[0].error


def _decode_text(sample: dict[str, Any]) -> dict[str, Any]:
    return sample | ({"txt": sample["txt"].decode()} if "txt" in sample else {})


def test_arrays_in_memory_are_items():
    pixels = [np.full((3, 3), value, np.uint8) for value in (0, 0, 9)]
    dataset = read_pairs({"image": pixels, "caption": ["a", "b", "c"]}, IMAGE_TEXT)
    assert dataset[2]["image"] is pixels[2]
    assert len(read_pairs(list(zip(pixels, "abc", strict=True)), IMAGE_TEXT)) == 3
