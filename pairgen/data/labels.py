"""Labels of any kind as integers with class names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Labels", "encode_labels"]

Labels = npt.NDArray[np.int64]

_MOST_CLASSES = 100_000
_EXACT = 2.0**53  # from here on, neighboring integers are the same float64


def encode_labels(
    values: Iterable[object], count: int, noun: str = "items", classes: Sequence[str] | None = None
) -> tuple[Labels, list[str]]:
    """Encode labels as int64 with one class name each.

    Whole numbers from 0 to 99,999 keep their values, and the name of class k is `str(k)`. Everything else (text,
    negative numbers, ids, time stamps) is numbered in sorted order. With `classes`, whole numbers keep their values
    whatever they are, and the names are those given: -1 stays the mark of items without a label.

    Args:
        values: One label an item: integers, whole floats or text, or a mixture, which is taken as text. An array, a
            CPU tensor, a column (N, 1) of these, or any iterable.
        count: Number of items N.
        noun: What the items are, in the plural, for messages ("images").
        classes: Names of the classes 0, 1, ..., where the source has them.

    Returns:
        int64 (N,), and the names of the classes.

    Raises:
        ValueError: Not one label an item, a missing label (None, NaN), or labels that are neither whole numbers nor
            text; the message names the first wrong row.

    Example:
        >>> encode_labels(["cat", "ant", "cat"], 3)
        (array([1, 0, 1]), ['ant', 'cat'])
    """
    column = _to_column(values, count, noun)
    if column.dtype.kind in "iub" and (classes is not None or _are_class_numbers(column)):
        if column.dtype == np.uint64 and count and column.max() >= 2**63:
            row = int(column.argmax())
            raise ValueError(f"row {row} has the label {column[row]}, which does not fit 64 bits; pass text instead")
        numbers: Labels = column.astype(np.int64)
        return numbers, [str(k) for k in range(int(numbers.max(initial=-1)) + 1)] if classes is None else list(classes)
    names, positions = np.unique(column, return_inverse=True)
    return positions.astype(np.int64), [_to_text(name) for name in names.tolist()]


def _are_class_numbers(column: npt.NDArray[np.generic]) -> bool:
    return not len(column) or bool(column.min() >= 0 and column.max() < _MOST_CLASSES)


def _to_column(values: Iterable[object], count: int, noun: str) -> npt.NDArray[np.generic]:
    """Return (N,) of integers, text or bytes; ValueError with the row for anything else."""
    array = np.asarray(values) if hasattr(values, "__array__") else _to_array(list(values))
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or len(array) != count:
        raise ValueError(
            f"{count} {noun} but labels of shape {array.shape}; pass one label for each of the {noun}, in their order"
        )
    if array.dtype.kind == "O":
        array = _to_array(array.tolist())
        if array.dtype.kind == "O" and all(isinstance(value, Integral) for value in array):
            return array  # integers beyond 64 bits, which sort as they are
    if array.dtype.kind == "f":
        _refuse_first(array, ~np.isfinite(array), "no label")
        _refuse_first(array, array != np.round(array), "a label that is no whole number")
        _refuse_first(array, np.abs(array) >= _EXACT, "a label that is too large for a float")
        return array.astype(np.int64)
    if array.dtype.kind not in "iubUS":
        raise ValueError(f"labels are whole numbers or text, got {array.dtype}; read with labels=False, or encode them")
    return array


def _to_array(values: list[object]) -> npt.NDArray[Any]:
    unified = _unify(values)
    array = np.asarray(unified)
    if array.dtype.kind == "f" and all(isinstance(value, Integral) for value in unified):
        return np.array(unified, dtype=object)  # int64 and uint64 meet, which NumPy would round to floats
    return array


def _unify(values: list[object]) -> list[object]:
    """Return the labels, as text where text and numbers meet; ValueError for a missing one."""
    for row, value in enumerate(values):
        if _is_missing(value):
            raise ValueError(
                f"row {row} has no label ({value}); fill it in, leave the row out, or read with labels=False"
            )
    texts = sum(isinstance(value, (str, bytes)) for value in values)
    if 0 < texts < len(values) or (texts and any(isinstance(value, bytes) for value in values)):
        return [_to_text(value) for value in values]
    return values


def _is_missing(value: object) -> bool:
    """None, NaN, and pandas' NA and NaT."""
    if isinstance(value, (float, np.floating)):
        return bool(np.isnan(value))
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def _to_text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _refuse_first(array: npt.NDArray[np.generic], wrong: npt.NDArray[np.bool_], problem: str) -> None:
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(
            f"row {row} has {problem} ({array[row]}); correct it, leave the row out, or read with labels=False"
        )
