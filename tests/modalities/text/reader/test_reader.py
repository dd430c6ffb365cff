from __future__ import annotations

import json

import pytest
import torch
from torch.utils.data import TensorDataset

import pairgen
from pairgen.modalities.text.reader import TextDataset, read

TEXTS = ["a big dog", 'naïve, 你好 "quoted"', "two\twords"]


def test_lines_of_text_are_items_and_empty_ones_are_not(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffa big dog\r\n\n  \nnaïve\u2028one line\n".encode())
    data = read(path)
    assert list(data) == ["a big dog", "naïve\u2028one line"]
    assert data.classes is None
    assert repr(data) == "TextDataset(2 texts)"


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_csv_has_columns_and_labels_of_any_kind(tmp_path, suffix):
    comma = "," if suffix == ".csv" else "\t"
    path = tmp_path / f"a{suffix}"
    path.write_text(f'label{comma}text\npos{comma}"one, \n two"\nneg{comma}three\npos{comma}\n', encoding="utf-8")
    data = read(path)
    assert list(data) == [("one, \n two", 1), ("three", 0), ("", 1)]
    assert data.classes == ["neg", "pos"]
    assert list(read(path, label=False)) == ["one, \n two", "three", ""]
    assert list(read(path, text="label", label=False)) == ["pos", "neg", "pos"]


def test_json_lines_and_lists_are_read(tmp_path):
    rows = [{"question": text, "target": i % 2} for i, text in enumerate(TEXTS)]
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(row) for row in rows) + "\n\n")
    (tmp_path / "a.json").write_text(json.dumps(rows))
    for name in ("a.jsonl", "a.json"):
        assert list(read(tmp_path / name)) == [(text, i % 2) for i, text in enumerate(TEXTS)]


def test_parquet_is_read(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"text": TEXTS, "label": [2, 0, 1]}), tmp_path / "a.parquet")
    data = read(tmp_path / "a.parquet")
    assert list(data) == list(zip(TEXTS, [2, 0, 1], strict=True))
    assert data.classes == ["0", "1", "2"]
    (tmp_path / "b.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(ValueError, match="not a whole Parquet file"):
        read(tmp_path / "b.parquet")


def test_folders_of_files_have_classes_where_all_lie_in_folders(tmp_path):
    for name, text in (("neg/a.txt", "bad"), ("pos/b.txt", "good\nvery")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    data = read(tmp_path)
    assert list(data) == [("bad", 0), ("good\nvery", 1)]
    assert data.classes == ["neg", "pos"]
    assert list(read(tmp_path, label=False)) == ["bad", "good\nvery"]
    assert list(read(tmp_path / "pos")) == ["good\nvery"]


def test_hugging_face_datasets_are_read_by_their_columns(tmp_path):
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {"sentence": datasets.Value("string"), "label": datasets.ClassLabel(names=["no", "yes"])}
    )
    data = datasets.Dataset.from_dict({"sentence": TEXTS, "label": [1, 0, 1]}, features=features)
    both = datasets.DatasetDict({"train": data, "test": data.select([0])})
    assert read(data).classes == ["no", "yes"]
    assert list(read(data)) == list(zip(TEXTS, [1, 0, 1], strict=True))
    assert len(read(both, split="test")) == 1
    both.save_to_disk(tmp_path / "saved")
    assert len(read(tmp_path / "saved", split="train")) == 3
    with pytest.raises(ValueError, match="has the splits train, test"):
        read(both)
    with pytest.raises(ValueError, match="no split 'dev'"):
        read(both, split="dev")


def test_datasets_and_sequences_are_taken_as_they_are():
    dataset = TensorDataset(torch.zeros(2, 3))
    assert read(dataset) is dataset
    assert list(read(TEXTS)) == TEXTS
    assert len(pairgen.get_modality("text").read(TEXTS)) == 3
    with pytest.raises(ValueError, match="one label a text"):
        TextDataset(TEXTS, labels=[1])


@pytest.mark.parametrize(
    ("name", "content", "options", "message"),
    [
        ("a.txt", b"caf\xe9\n", {}, 'line 1: byte 0xe9 is not utf-8; .* encoding="latin-1"'),
        ("a.txt", b"ok\nab\xff", {}, "line 2"),
        ("a.txt", b"a", {"encoding": "klingon"}, "no encoding is called 'klingon'"),
        ("a.txt", b" \n\n", {}, "holds no text"),
        ("a.doc", b"a", {}, "no .txt, .csv"),
        ("a.csv", b"text,label\n", {}, "a header and at least one more"),
        ("a.csv", b"text,label\na,b,c\n", {}, "row 2: 3 cells where the header has 2"),
        ("a.csv", b"x,y\na,b\n", {}, "which column of .* it has 'x', 'y'"),
        ("a.csv", b"text,y\na,b\n", {"text": "z"}, "no column 'z'; it has 'text', 'y'"),
        ("a.csv", b"text,z\na,b\n", {"label": True}, "no column of labels"),
        ("a.csv", b"text,z\na,b\n", {"label": "q"}, "no column 'q'"),
        ("a.jsonl", b'{"text": "a"}\n{"text"\n', {}, "line 2"),
        ("a.jsonl", b"[1, 2]", {}, "holds no JSON objects"),
        ("a.jsonl", b'{"text": null}\n{"text": "a"}', {}, "row 0: the text is None"),
        ("a.jsonl", b'{"text": "a", "label": 1}\n{"text": "b"}', {}, "row 1 has no label"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_remedy(tmp_path, name, content, options, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read(tmp_path / name, **options)


def test_latin_1_is_read_when_it_is_said(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"caf\xe9\n")
    assert list(read(tmp_path / "a.txt", encoding="latin-1")) == ["café"]


def test_nothing_and_other_types_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is nothing at"):
        read(tmp_path / "nowhere.txt")
    with pytest.raises(ValueError, match=r"holds no .txt files"):
        read(tmp_path)
    with pytest.raises(TypeError, match="cannot read texts from int"):
        read(3)
