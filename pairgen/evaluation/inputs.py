"""What probes and measures ask of features and labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

__all__ = ["check_features", "check_labelled"]


def check_features(value: Any, name: str) -> npt.NDArray[np.floating[Any]]:
    """Return features (N, D) as an array, float32 or float64.

    value: an array or a tensor. Raises ValueError for another rank, no rows or columns, NaN or infinite entries, and
    TypeError for entries that are no real numbers.
    """
    array = value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} has dtype {array.dtype}: expected real numbers")
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"{name} has shape {array.shape}: expected (N, D) with at least one row and one column")
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float32)
    if not np.isfinite(array).all():
        row = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
        raise ValueError(f"{name} has NaN or infinite entries, first in row {row}: embed the items again or drop them")
    return array


def check_labelled(features: Any, labels: Any, name: str) -> tuple[npt.NDArray[np.floating[Any]], npt.NDArray[Any]]:
    """Return features (N, D) and labels (N,) as arrays. Raises ValueError if their lengths differ."""
    x = check_features(features, f"{name}_x")
    if labels is None:
        raise ValueError(f"{name}_y is None: the data has no labels; give a dataset of (item, label)")
    y = labels.detach().cpu().numpy() if isinstance(labels, torch.Tensor) else np.asarray(labels)
    if y.shape != (len(x),):
        raise ValueError(f"{name}_y has shape {y.shape}: expected one label for each of the {len(x)} rows of {name}_x")
    return x, y
