from __future__ import annotations

import json

import pytest
import torch
from torch.utils.data import TensorDataset

import pairgen
from pairgen.modalities.text.reader import read

TEXTS = ["a big dog", 'naïve, 你好 "quoted"', "two\twords"]


def test_lines_of_text_are_items_and_empty_ones_are_not(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffa big dog\r\n\n  \nnaïve\u2028one line\n".encode())
    data = read(path)
    assert list(data) == ["a big dog", "naïve\u2028one line"]
    assert data.classes is None
    assert repr(data) == "LabelledDataset(2 texts)"


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_csv_has_columns_and_labels_of_any_kind(tmp_path, suffix):
    comma = "," if suffix == ".csv" else "\t"
    path = tmp_path / f"a{suffix}"
    path.write_text(f'label{comma}text\npos{comma}"one, \n two"\nneg{comma}three\npos{comma}\n', encoding="utf-8")
    data = read(path)
    assert list(data) == [("one, \n two", 1), ("three", 0), ("", 1)]
    assert data.classes == ["neg", "pos"]
    assert list(read(path, label="label", labels=True)) == list(data)
    assert list(read(path, labels=False)) == ["one, \n two", "three", ""]
    assert list(read(path, text="label", labels=False)) == ["pos", "neg", "pos"]
    assert list(read(path, labels=[0, 2, 2])) == [("one, \n two", 0), ("three", 2), ("", 2)]


LONG = "word " * 40_000


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ('5" nails,0\nplain,1\n', ['5" nails', "plain"]),
        ('"opened,0\nplain,1\n', ['"opened', "plain"]),
        ('"opened,0\nplain,1\n"again,0\n', ['"opened', "plain", '"again']),
        ('"opened,0\nplain,1\nclosed",0\n', ['"opened', "plain", 'closed"']),
        ('"big" dog,0\nplain,1\n', ['"big" dog', "plain"]),
        ('"one, two\nthree",0\n"opened,1\n', ["one, two\nthree", '"opened']),
        ('"Hello,\nworld",0\nplain,1\n', ["Hello,\nworld", "plain"]),
        ('"say ""hi""",0\nplain,1\n', ['say "hi"', "plain"]),
        ('"say \\"hi\\", now",0\nplain,1\n', ['say "hi", now', "plain"]),
        (f'{LONG},0\n"{LONG}, too",1\n', [LONG, f"{LONG}, too"]),
        ("one\u2028line,0\r\ntwo\x85halves,1\r\n", ["one\u2028line", "two\x85halves"]),
    ],
)
def test_every_row_of_a_csv_file_is_read_whatever_its_quotes(tmp_path, content, texts):
    for suffix, separator in ((".csv", ","), (".CSV", ","), (".csv", ";"), (".csv", "|")):
        path = tmp_path / f"a{suffix}"
        path.write_bytes(f"text,label\n{content}".replace(",", separator).encode())
        data = read(path)
        assert list(data.items) == [text.replace(",", separator) for text in texts]
        assert data.labels.tolist() == [i % 2 for i in range(len(texts))]


def test_quotes_in_tables_separated_by_tabs_do_not_join_rows(tmp_path):
    (tmp_path / "a.tsv").write_text('sentence\tlabel\n"one\t0\ntwo"\t1\n" three\t0\n"of two\nlines"\t1\n')
    assert list(read(tmp_path / "a.tsv")) == [('"one', 0), ('two"', 1), ('" three', 0), ("of two\nlines", 1)]


def test_separators_and_names_of_columns_are_those_of_the_file(tmp_path):
    for content in (
        "text;label\none, two;0\n",
        "sep=;\ntext;label\none, two;0\n",
        "Text\tLabel\none, two\t0\n",
        'text, label\n"one, two",0\n',
        "\ufefftext|label\none, two|0\n",
    ):
        (tmp_path / "a.csv").write_text(content, encoding="utf-8")
        assert list(read(tmp_path / "a.csv")) == [("one, two", 0)]


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1e"])
def test_other_line_separators_are_part_of_a_text_in_json_lines(tmp_path, mark):
    rows = [{"text": f"one{mark}two" if ord(mark) >= 32 else "one", "label": i} for i in range(2)]
    (tmp_path / "a.JSONL").write_text("".join(json.dumps(r, ensure_ascii=False) + "\r\n" for r in rows), "utf-8")
    assert list(read(tmp_path / "a.JSONL").items) == [row["text"] for row in rows]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "text,label,text\na,0,b\n", "2 columns 'text'"),
        ("a.csv", "text,label\na,0,x\nb,1,y\n", "row 2: 3 cells where the header has 2"),
        ("a.csv", "text,label\na,0\nb\n", "row 3: 1 cell where the header has 2"),
        ("a.jsonl", '{"text": "a", "text": "b"}', "line 1: an object has 2 columns 'text'"),
    ],
)
def test_rows_that_do_not_fit_their_header_are_refused(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=message):
        read(tmp_path / name)


def test_folders_are_read_below_hidden_ones_by_relative_paths_and_with_suffixes_of_any_case(tmp_path, monkeypatch):
    folder = tmp_path / ".cache" / "set"
    for name in ("pos/a.txt", "neg/b.TXT", "neg/c.Text"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    monkeypatch.chdir(folder)
    for path in (folder, ".", "../set", "pos/.."):
        data = read(path)
        assert sorted(data.items) == ["neg/b.TXT", "neg/c.Text", "pos/a.txt"]
        assert data.classes == ["neg", "pos"]


@pytest.mark.parametrize(
    ("values", "labels", "classes"),
    [
        (["-1", "10", "2"], [0, 2, 1], ["-1", "2", "10"]),
        (["007", "010", "007"], [0, 1, 0], ["007", "010"]),
        (["0", "1700000000", "5"], [0, 2, 1], ["0", "5", "1700000000"]),
        (["2", "0", "\u00b2"], [1, 0, 2], ["0", "2", "\u00b2"]),
    ],
)
def test_labels_of_a_table_keep_their_names_and_order(tmp_path, values, labels, classes):
    rows = "".join(f"text,{value}\n" for value in values)
    (tmp_path / "a.csv").write_text(f"text,label\n{rows}", encoding="utf-8")
    data = read(tmp_path / "a.csv")
    assert data.labels.tolist() == labels
    assert data.classes == classes


def test_class_names_of_a_dataset_are_kept_beside_the_mark_of_no_label():
    datasets = pytest.importorskip("datasets")
    features = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["no", "yes"])})
    data = read(datasets.Dataset.from_dict({"text": TEXTS, "label": [-1, 1, 0]}, features=features))
    assert data.labels.tolist() == [-1, 1, 0]
    assert data.classes == ["no", "yes"]


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
    with pytest.raises(ValueError, match="not a complete Parquet file"):
        read(tmp_path / "b.parquet")


def test_folders_of_files_have_classes_where_all_lie_in_folders(tmp_path):
    for name, text in (("neg/a.txt", "bad"), ("pos/b.txt", "good\nvery")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    data = read(tmp_path)
    assert list(data) == [("bad", 0), ("good\nvery", 1)]
    assert data.classes == ["neg", "pos"]
    assert list(read(tmp_path, labels=False)) == ["bad", "good\nvery"]
    assert [label for _, label in read(tmp_path, labels=[3, 0])] == [3, 0]
    assert list(read(tmp_path / "pos")) == ["good\nvery"]
    with pytest.raises(ValueError, match=r"texts outside class folders, such as b\.txt"):
        read(tmp_path / "pos", labels=True)


def test_one_class_folder_is_one_class_and_other_files_are_listed(tmp_path):
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "a.txt").write_text("good")
    (tmp_path / "notes.pdf").write_bytes(b"")
    data = read(tmp_path)
    assert list(data) == [("good", 0)]
    assert data.classes == ["only"]
    assert data.ignored == (tmp_path / "notes.pdf",)


def test_hugging_face_datasets_are_read_by_their_columns(tmp_path):
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {"sentence": datasets.Value("string"), "label": datasets.ClassLabel(names=["no", "yes"])}
    )
    data = datasets.Dataset.from_dict({"sentence": TEXTS, "label": [1, 0, 1]}, features=features)
    both = datasets.DatasetDict({"train": data, "test": data.select([0])})
    assert read(data).classes == ["no", "yes"]
    assert list(read(data, labels=False)) == TEXTS
    assert [label for _, label in read(data, labels=[5, 0, 5])] == [5, 0, 5]
    with pytest.raises(ValueError, match="holds no rows"):
        read(data.select([]))
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


def test_explicit_labels_keep_their_values_and_are_counted(tmp_path):
    (tmp_path / "a.txt").write_text("\n".join(TEXTS))
    for source in (TEXTS, tmp_path / "a.txt"):
        data = read(source, labels=[0, 2, 2])
        assert list(data) == list(zip(TEXTS, [0, 2, 2], strict=True))
        assert data.classes == ["0", "1", "2"]
        with pytest.raises(ValueError, match="3 texts but labels of shape"):
            read(source, labels=[1])
        with pytest.raises(ValueError, match="labels=True"):
            read(source, labels=True)
        assert list(read(source, labels=False)) == TEXTS


def test_the_name_of_a_column_and_the_labels_themselves_are_two_options(tmp_path):
    (tmp_path / "a.csv").write_text("text,label\na,b\n")
    with pytest.raises(ValueError, match="pass one of them"):
        read(tmp_path / "a.csv", label="label", labels=[1])
    with pytest.raises(TypeError, match="label is the name of a column, got False"):
        read(tmp_path / "a.csv", label=False)


def test_an_empty_sequence_is_an_error():
    with pytest.raises(ValueError, match="the list holds no texts"):
        read([])


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
        ("a.csv", b"text,z\na,b\n", {"labels": True}, "no column of labels"),
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
    with pytest.raises(ValueError, match="is empty; put texts into it"):
        read(tmp_path)
    with pytest.raises(TypeError, match="cannot read texts from int"):
        read(3)
