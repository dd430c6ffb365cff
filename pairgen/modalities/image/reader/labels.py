"""Labels of any kind to positions in a list of class names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pairgen.modalities.image.reader.dataset import Labels

_MOST_CLASSES = 100_000


def encode_labels(values: Sequence[Any] | npt.NDArray[Any], count: int, source: str) -> tuple[Labels, list[str] | None]:
    """Turn labels into (int64 positions, class names).

    Integers from 0 up are positions already and are kept; a column (N, 1) is flattened. Anything
    else, text or gaps below zero, is numbered in sorted order.

    Raises:
        ValueError: not one label an item, or labels that are neither integers nor text.
    """
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or len(array) != count:
        raise ValueError(
            f"{source}: {count} images but labels of shape {array.shape}; there must be one label "
            "an image, in the same order"
        )
    if array.dtype.kind == "f" and np.array_equal(array, np.round(array)):
        array = array.astype(np.int64)
    if array.dtype.kind not in "iubUS":
        raise ValueError(
            f"{source}: labels must be integers or text, got dtype {array.dtype}; "
            "pass labels=False to read the images alone"
        )
    if array.dtype.kind in "iu" and count and array.min() >= 0 and array.max() < _MOST_CLASSES:
        return array.astype(np.int64), [str(i) for i in range(int(array.max()) + 1)]
    names, positions = np.unique(array, return_inverse=True)
    decoded = [n.decode() if isinstance(n, bytes) else str(n) for n in names.tolist()]
    return positions.astype(np.int64), decoded
