"""Labels of any kind as integers with class names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Labels", "encode_labels"]

Labels = npt.NDArray[np.int64]

_MOST_CLASSES = 100_000


def encode_labels(
    values: Iterable[object], count: int, noun: str = "items", classes: Sequence[str] | None = None
) -> tuple[Labels, list[str]]:
    """Encode labels as int64 with one class name each.

    Whole numbers from 0 to 99,999 keep their values, and the name of class k is `str(k)`. Everything else (text,
    negative numbers, ids, time stamps) is numbered in sorted order. With `classes`, whole numbers keep their values
    whatever they are, and the names are those given: -1 stays the mark of items without a label.

    Args:
        values: One label an item, integers, whole floats or text; a column (N, 1) is flattened.
        count: Number of items N.
        noun: What the items are, in the plural, for messages ("images").
        classes: Names of the classes 0, 1, ..., where the source has them.

    Returns:
        int64 (N,), and the names of the classes.

    Raises:
        ValueError: Not one label an item, a missing label, or labels that are neither whole numbers nor text.
    """
    listed = values if isinstance(values, np.ndarray) else list(values)
    array = _as_column(listed, count, noun)
    if array.dtype.kind in "iub":
        numbers: Labels = array.astype(np.int64)
        if classes is not None:
            return numbers, list(classes)
        if not count or (numbers.min() >= 0 and numbers.max() < _MOST_CLASSES):
            return numbers, [str(k) for k in range(int(numbers.max(initial=-1)) + 1)]
    names, positions = np.unique(array, return_inverse=True)
    found = [name.decode() if isinstance(name, bytes) else str(name) for name in names.tolist()]
    return positions.astype(np.int64), found


def _as_column(values: Sequence[object] | npt.NDArray[np.generic], count: int, noun: str) -> npt.NDArray[np.generic]:
    """(N,) of integers, text or bytes; ValueError with the row for anything else."""
    array = np.asarray(values if isinstance(values, np.ndarray) else _same_kind(values))
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or len(array) != count:
        raise ValueError(
            f"{count} {noun} but labels of shape {array.shape}; pass one label for each of the {noun}, in their order"
        )
    if array.dtype.kind == "O":
        array = np.asarray(_same_kind(array.tolist()))
    if array.dtype.kind == "f":
        _refuse_first(array, ~np.isfinite(array), "no label")
        _refuse_first(array, array != np.round(array), "a label that is no whole number")
        return array.astype(np.int64)
    if array.dtype.kind not in "iubUS":
        raise ValueError(f"labels are whole numbers or text, got {array.dtype}; read with labels=False, or encode them")
    return array


def _same_kind(values: Sequence[object]) -> Sequence[object]:
    """The labels, as text where text and numbers meet; ValueError for a missing one."""
    missing = next((row for row, value in enumerate(values) if value is None), None)
    if missing is not None:
        raise ValueError(f"row {missing} has no label; fill it in, leave the row out, or read with labels=False")
    texts = sum(isinstance(value, str) for value in values)
    return [str(value) for value in values] if 0 < texts < len(values) else values


def _refuse_first(array: npt.NDArray[np.generic], wrong: npt.NDArray[np.bool_], what: str) -> None:
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(f"row {row} has {what} ({array[row]}); mend it, leave the row out, or read with labels=False")
