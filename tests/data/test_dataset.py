"""The dataset of readers: items with or without labels, splits, and labels from columns."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from pairgen.data import LabelledDataset


def dataset(items=("a", "b", "c")) -> LabelledDataset:
    return LabelledDataset(
        items, np.array([0, 2, 2]), ["x", "y", "z"], columns={"speaker": ["u", "v", "u"]}, noun="texts"
    )


def test_items_come_with_labels_where_there_are_any() -> None:
    assert [dataset()[i] for i in range(3)] == [("a", 0), ("b", 2), ("c", 2)]
    assert list(LabelledDataset(["a", "b"])) == ["a", "b"]
    assert dataset()[-1] == ("c", 2)
    assert len(dataset()) == 3
    assert repr(dataset()) == "LabelledDataset(3 texts, 3 classes)"


def test_it_pickles() -> None:
    copy = pickle.loads(pickle.dumps(dataset()))
    assert list(copy.items) == ["a", "b", "c"]
    assert copy.classes == ["x", "y", "z"]


def test_a_split_keeps_classes_and_columns() -> None:
    part = dataset().where([False, True, True])
    assert [part[i] for i in range(2)] == [("b", 2), ("c", 2)]
    assert part.classes == ["x", "y", "z"]
    assert part.columns == {"speaker": ["v", "u"]}
    array = dataset(np.arange(6).reshape(3, 2)).where(torch.tensor([True, False, True]))
    assert array.items.tolist() == [[0, 1], [4, 5]]


def test_a_column_gives_other_labels() -> None:
    by_speaker = dataset().labelled_by("speaker")
    assert by_speaker.labels.tolist() == [0, 1, 0]
    assert by_speaker.classes == ["u", "v"]


def test_only_paths_are_not_in_memory() -> None:
    assert dataset().in_memory
    assert LabelledDataset([]).in_memory
    assert not LabelledDataset([Path("a.wav")]).in_memory


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: LabelledDataset(["a"], [1, 2], noun="texts"), ValueError, r"1 texts but labels of shape \(2,\)"),
        (lambda: LabelledDataset(["a"], [[1]]), ValueError, r"labels of shape \(1, 1\)"),
        (lambda: LabelledDataset(["a"], [0.5]), TypeError, "labels are integers, got float64.*encode_labels"),
        (lambda: LabelledDataset(["a"], ["x"]), TypeError, "labels are integers"),
        (lambda: LabelledDataset(["a"], columns={"id": [1, 2]}), ValueError, "2 values in the column 'id'"),
        (lambda: dataset().where([True]), ValueError, r"3 texts but keep of shape \(1,\)"),
        (lambda: dataset().where([0, 1, 2]), TypeError, "keep is a mask of bools, got int64"),
        (lambda: dataset().labelled_by("age"), ValueError, "no column 'age'; it has: speaker"),
    ],
)
def test_misuse_is_named(call, error, message) -> None:
    with pytest.raises(error, match=message):
        call()
