"""How features lie on the sphere: alignment and uniformity.

Wang and Isola 2020, "Understanding Contrastive Representation Learning through Alignment and Uniformity on the
Hypersphere". Features are scaled to unit length first; lower is better for both.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pairgen.evaluation.inputs import check_features

__all__ = ["alignment", "uniformity"]

_TILE = 1024
"""Rows of a tile: memory is that of a tile, whatever the number of rows."""


def alignment(first: Any, second: Any, alpha: float = 2.0) -> float:
    """The mean of ||f(x) - f(y)||^alpha over positive pairs: 0 if the two views coincide, at most 2^alpha.

    first, second: (N, D) arrays or tensors; row i of both is the same item. alpha: above 0.

    Raises ValueError for features that are empty, not finite or zero, and for shapes that differ.
    """
    if not alpha > 0:
        raise ValueError(f"alpha is above 0, got {alpha}")
    x, y = _unit(first, "first"), _unit(second, "second")
    if x.shape != y.shape:
        raise ValueError(
            f"first has shape {tuple(x.shape)} and second {tuple(y.shape)}: give the two views of the same items"
        )
    return float((x - y).norm(dim=1).pow(alpha).mean())


def uniformity(features: Any, t: float = 2.0) -> float:
    """The logarithm of the mean of exp(-t ||f(x) - f(y)||^2) over all pairs of different rows.

    features: (N, D) array or tensor, N at least 2. t: above 0.

    0 if all rows coincide; about -2 t where they spread evenly over a sphere of many dimensions.
    Raises ValueError for features that are empty, not finite or zero, and for fewer than two rows.
    """
    if not t > 0:
        raise ValueError(f"t is above 0, got {t}")
    x = _unit(features, "features")
    if len(x) < 2:
        raise ValueError("uniformity compares rows: give at least two")
    total = 0.0
    for top in range(0, len(x), _TILE):
        rows = x[top : top + _TILE]
        for left in range(top, len(x), _TILE):
            # ||x - y||^2 = 2 - 2 x.y for unit rows.
            weight = torch.exp((rows @ x[left : left + _TILE].T - 1).mul_(2 * t))
            total += float(weight.triu_(diagonal=1).sum() if left == top else weight.sum())
    return math.log(total) - math.log(len(x) * (len(x) - 1) / 2)


def _unit(features: Any, name: str) -> Tensor:
    rows = torch.from_numpy(np.ascontiguousarray(check_features(features, name), dtype=np.float64))
    length = rows.norm(dim=1, keepdim=True)
    if not bool((length > 0).all()):
        row = int((length.squeeze(1) == 0).nonzero()[0])
        raise ValueError(f"row {row} of {name} is zero: it has no direction; leave such rows out")
    unit: Tensor = rows / length
    return unit
