"""Check the features and labels that probes and measures take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

__all__ = ["FeatureArray", "FeaturesLike", "FloatArray", "LabelArray", "LabelsLike", "check_features", "check_labelled"]

FeaturesLike = npt.ArrayLike | Tensor
"""Features (N, D) as an array, a tensor, or nested sequences of numbers."""
LabelsLike = npt.ArrayLike | Tensor | Sequence[object]
"""Labels (N,) of any type that can be sorted: an array, a tensor or a sequence."""
FloatArray = npt.NDArray[np.float64]
FeatureArray = npt.NDArray[np.floating[Any]]
LabelArray = npt.NDArray[Any]


def check_features(value: FeaturesLike, name: str) -> FeatureArray:
    """Return features (N, D) as a float32 or float64 array.

    Raises:
        TypeError: The entries are not real numbers.
        ValueError: Another rank, no rows or columns, NaN or infinite entries.
    """
    array = _to_array(value)
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


def check_labelled(features: FeaturesLike, labels: LabelsLike | None, name: str) -> tuple[FeatureArray, LabelArray]:
    """Return features (N, D) and labels (N,) as arrays; ValueError if their lengths differ or there are no labels."""
    x = check_features(features, f"{name}_x")
    if labels is None:
        raise ValueError(f"{name}_y is None: the data has no labels; give a dataset of (item, label)")
    y = _to_array(labels)
    if y.shape != (len(x),):
        raise ValueError(f"{name}_y has shape {y.shape}: expected one label for each of the {len(x)} rows of {name}_x")
    return x, y


def _to_array(value: object) -> LabelArray:
    return value.detach().cpu().numpy() if isinstance(value, Tensor) else np.asarray(value)
