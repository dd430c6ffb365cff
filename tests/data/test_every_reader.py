"""The readers of all modalities have one behaviour: for labels, class folders, sequences, and what is empty."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
import soundfile
from PIL import Image

import pairgen
from pairgen.data import LabelledDataset

NAMES = ("audio", "graph", "image", "text", "timeseries")


def item_of(name: str, number: int) -> Any:
    """A small valid item of a modality; another number gives another item."""
    rng = np.random.default_rng(number)
    if name == "image":
        return rng.integers(0, 256, (6, 5, 3), dtype=np.uint8)
    if name == "audio":
        return rng.uniform(-0.5, 0.5, 400).astype(np.float32)
    if name == "text":
        return f"text number {number}"
    return nx.path_graph(3 + number) if name == "graph" else rng.standard_normal((12, 2))


def write_item(name: str, number: int, stem: Path) -> None:
    """The same item as a file."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    item = item_of(name, number)
    if name == "image":
        Image.fromarray(item).save(stem.with_suffix(".png"))
    elif name == "audio":
        soundfile.write(stem.with_suffix(".wav"), item, 8000)
    elif name == "text":
        stem.with_suffix(".txt").write_text(item, encoding="utf-8")
    elif name == "graph":
        nx.write_edgelist(item, stem.with_suffix(".edgelist"), data=False)
    else:
        np.save(stem.with_suffix(".npy"), item)


def read(name: str, source: Any, **options: Any) -> LabelledDataset[Any]:
    return pairgen.get_modality(name).read(source, **options)


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def items(name: str) -> list[Any]:
    return [item_of(name, number) for number in range(3)]


def test_a_sequence_is_read_without_labels(name: str, items: list[Any]) -> None:
    dataset = read(name, items)
    assert isinstance(dataset, LabelledDataset)
    assert len(dataset) == 3
    assert dataset.labels is None
    assert dataset.classes is None
    assert type(dataset[0]) is type(items[0])
    assert dataset.in_memory


def test_explicit_labels_keep_their_values(name: str, items: list[Any]) -> None:
    dataset = read(name, items, labels=[0, 2, 2])
    assert [dataset[i][1] for i in range(3)] == [0, 2, 2]
    assert dataset.labels.dtype == np.int64
    assert dataset.classes == ["0", "1", "2"]


def test_explicit_labels_of_a_folder_keep_their_values(name: str, tmp_path: Path) -> None:
    for number in range(3):
        write_item(name, number, tmp_path / f"{number}")
    assert read(name, tmp_path, labels=[0, 2, 2]).labels.tolist() == [0, 2, 2]


def test_labels_of_text_are_numbered_in_sorted_order(name: str, items: list[Any]) -> None:
    dataset = read(name, items, labels=["b", "a", "b"])
    assert dataset.labels.tolist() == [1, 0, 1]
    assert dataset.classes == ["a", "b"]


def test_ids_and_negative_labels_become_positions(name: str, items: list[Any]) -> None:
    dataset = read(name, items, labels=[1_700_000_000, -1, -1])
    assert dataset.labels.tolist() == [1, 0, 0]
    assert dataset.classes == ["-1", "1700000000"]


@pytest.mark.parametrize("labels", [[0, 1], [0, 1, 2, 3]])
def test_another_number_of_labels_is_refused(name: str, items: list[Any], labels: list[int]) -> None:
    with pytest.raises(ValueError, match="label"):
        read(name, items, labels=labels)


def test_a_missing_label_is_refused_with_its_row(name: str, items: list[Any]) -> None:
    with pytest.raises(ValueError, match="row 1"):
        read(name, items, labels=["a", None, "b"])


def test_labels_that_must_be_there_and_are_not_are_refused(name: str, items: list[Any], tmp_path: Path) -> None:
    write_item(name, 0, tmp_path / "alone")
    write_item(name, 1, tmp_path / "other")
    with pytest.raises(ValueError, match=r"label|class"):
        read(name, items, labels=True)
    with pytest.raises(ValueError, match=r"label|class"):
        read(name, tmp_path, labels=True)


def test_class_folders_are_the_classes_in_sorted_order(name: str, tmp_path: Path) -> None:
    for number, folder in enumerate(("late", "early", "late")):
        write_item(name, number, tmp_path / folder / f"{number}")
    dataset = read(name, tmp_path)
    assert dataset.classes == ["early", "late"]
    assert dataset.labels.tolist() == [0, 1, 1]
    assert read(name, tmp_path, labels=False).labels is None


def test_one_class_folder_is_one_class(name: str, tmp_path: Path) -> None:
    for number in range(2):
        write_item(name, number, tmp_path / "only" / f"{number}")
    for labels in (None, True):
        dataset = read(name, tmp_path, labels=labels)
        assert dataset.classes == ["only"]
        assert dataset.labels.tolist() == [0, 0]


def test_a_file_outside_the_class_folders_leaves_all_without_labels(name: str, tmp_path: Path) -> None:
    write_item(name, 0, tmp_path / "a" / "0")
    write_item(name, 1, tmp_path / "1")
    dataset = read(name, tmp_path)
    assert len(dataset) == 2
    assert dataset.labels is None


def test_what_is_empty_is_an_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no |empty"):
        read(name, [])
    with pytest.raises(ValueError, match=r"no |empty"):
        read(name, tmp_path)


def test_what_is_not_there_is_an_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read(name, tmp_path / "nowhere")


def test_a_source_of_another_type_is_an_error(name: str) -> None:
    with pytest.raises(TypeError, match="cannot read"):
        read(name, 7)


def test_an_index_behind_the_end_ends_a_loop_and_a_negative_one_counts_from_it(name: str, items: list[Any]) -> None:
    dataset = read(name, items, labels=[0, 1, 2])
    assert [label for _, label in dataset] == [0, 1, 2]
    assert dataset[-1][1] == 2
