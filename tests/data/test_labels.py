"""Labels of any kind become integers with class names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pairgen.data import encode_labels


@given(st.lists(st.integers(0, 99_999), max_size=20))
def test_small_whole_numbers_keep_their_values(values: list[int]) -> None:
    labels, classes = encode_labels(values, len(values))
    assert labels.dtype == np.int64
    assert labels.tolist() == values
    assert classes == [str(k) for k in range(max(values, default=-1) + 1)]


@given(st.lists(st.text(max_size=4), max_size=20))
def test_text_is_numbered_in_sorted_order(values: list[str]) -> None:
    values = [value.replace("\0", "") for value in values]  # NumPy's text ends at a NUL
    labels, classes = encode_labels(values, len(values))
    assert classes == sorted(set(values))
    assert [classes[k] for k in labels.tolist()] == values


@given(st.lists(st.integers(-(2**80), 2**80), min_size=1, max_size=20), st.integers(100_000, 2**80))
def test_integers_of_any_size_are_numbered_in_sorted_order(values: list[int], large: int) -> None:
    values = [*values, large]
    labels, classes = encode_labels(values, len(values))
    assert classes == [str(value) for value in sorted(set(values))]
    assert [int(classes[k]) for k in labels.tolist()] == values


@pytest.mark.parametrize(
    "values",
    [
        [0, 2, 2],
        (0, 2, 2),
        iter([0, 2, 2]),
        [0.0, 2.0, 2.0],
        np.array([0, 2, 2], np.uint8),
        np.array([[0], [2], [2]]),
        np.array([0, 2, 2], object),
        torch.tensor([0, 2, 2]),
        [torch.tensor(0), torch.tensor(2), torch.tensor(2)],
        [np.int64(0), 2, np.uint8(2)],
        pd.Series([0, 2, 2], index=[7, 8, 9]),
    ],
    ids=lambda values: type(values).__name__,
)
def test_every_form_of_the_same_labels_gives_the_same(values) -> None:
    labels, classes = encode_labels(values, 3)
    assert labels.tolist() == [0, 2, 2]
    assert classes == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([True, False], ([1, 0], ["0", "1"])),
        ([-1, 3], ([0, 1], ["-1", "3"])),
        (["b", 1, "1"], ([1, 0, 0], ["1", "b"])),
        ([b"b", "a"], ([1, 0], ["a", "b"])),
        (np.array([2**64 - 1, 0], np.uint64), ([1, 0], ["0", "18446744073709551615"])),
        ([100_000, 5], ([1, 0], ["5", "100000"])),
        ([], ([], [])),
    ],
)
def test_everything_else_is_numbered(values, expected) -> None:
    labels, classes = encode_labels(values, len(values))
    assert (labels.tolist(), classes) == expected


def test_named_classes_keep_the_values_of_whole_numbers() -> None:
    labels, classes = encode_labels([-1, 1], 2, classes=["no", "yes"])
    assert labels.tolist() == [-1, 1]
    assert classes == ["no", "yes"]


@pytest.mark.parametrize(
    ("values", "count", "message"),
    [
        ([1, 2], 3, r"3 images but labels of shape \(2,\)"),
        (np.ones((3, 2)), 3, r"labels of shape \(3, 2\)"),
        ([1, None, 2], 3, r"row 1 has no label \(None\)"),
        (["a", float("nan")], 2, r"row 1 has no label \(nan\)"),
        (np.array(["a", np.float32("nan")], object), 2, "row 1 has no label"),
        (["a", pd.NA], 2, r"row 1 has no label \(<NA>\)"),
        (pd.Series(["a", None]), 2, "row 1 has no label"),
        (pd.Series(["a", None], dtype="string"), 2, "row 1 has no label"),
        ([1.0, float("nan")], 2, "row 1 has no label"),
        (np.array([1.0, np.inf]), 2, r"row 1 has no label \(inf\)"),
        ([1.0, 0.5], 2, r"row 1 has a label that is no whole number \(0.5\)"),
        ([1.0, 1e300], 2, "row 1 has a label that is too large"),
        ([{}, {}], 2, "labels are whole numbers or text, got object"),
        (np.array(["2020-01-01"], "datetime64[D]"), 1, "got datetime64"),
    ],
)
def test_what_is_no_label_is_named_with_its_row(values, count, message) -> None:
    with pytest.raises(ValueError, match=message):
        encode_labels(values, count, "images")


def test_named_classes_refuse_a_number_that_would_wrap_around() -> None:
    with pytest.raises(ValueError, match="row 0 has the label 18446744073709551615"):
        encode_labels(np.array([2**64 - 1], np.uint64), 1, classes=["a"])
