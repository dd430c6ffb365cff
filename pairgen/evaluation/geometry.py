"""How features lie on the unit sphere: alignment and uniformity (Wang and Isola 2020)."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from pairgen._validation import check_number
from pairgen.evaluation._inputs import FeaturesLike, check_features

__all__ = ["alignment", "uniformity"]

_TILE = 1024
"""Rows of a tile: memory is that of a tile, whatever the number of rows."""


def alignment(first: FeaturesLike, second: FeaturesLike, alpha: float = 2.0) -> float:
    """Compute alignment, the mean of ||f(x) - f(y)||^alpha over positive pairs; lower is better.

    Wang and Isola 2020, "Understanding Contrastive Representation Learning through Alignment and Uniformity on the
    Hypersphere". Features are scaled to unit length first.

    Args:
        first: Features (N, D) of one view of each item.
        second: Features (N, D) of the other view; row i of both is the same item.
        alpha: Exponent, above 0.

    Returns:
        A number in [0, 2^alpha]; 0 if the two views coincide.

    Raises:
        TypeError: The features are not real numbers.
        ValueError: The features are empty, not finite or zero, or their shapes differ.

    Example:
        >>> alignment([[1.0, 0.0], [0.0, 1.0]], [[-1.0, 0.0], [0.0, 1.0]])  # distances 2 and 0
        2.0
    """
    check_number("alpha", alpha, 0, above=True)
    x, y = _unit(first, "first"), _unit(second, "second")
    if x.shape != y.shape:
        raise ValueError(
            f"first has shape {tuple(x.shape)} and second {tuple(y.shape)}: give the two views of the same items"
        )
    return float((x - y).norm(dim=1).pow(alpha).mean())


def uniformity(features: FeaturesLike, t: float = 2.0) -> float:
    """Compute uniformity, the logarithm of the mean of exp(-t ||f(x) - f(y)||^2) over all pairs of different rows.

    Wang and Isola 2020; see `alignment`. Features are scaled to unit length first; lower is better.

    Args:
        features: Features (N, D), N at least 2.
        t: Sharpness of the kernel, above 0.

    Returns:
        0 if all rows coincide; about -2 t where they spread evenly over a sphere of many dimensions.

    Raises:
        TypeError: The features are not real numbers.
        ValueError: The features are empty, not finite or zero, or there are fewer than two rows.

    Example:
        >>> uniformity([[1.0, 0.0], [-1.0, 0.0]])  # one pair at distance 2
        -8.0
    """
    check_number("t", t, 0, above=True)
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


def _unit(features: FeaturesLike, name: str) -> Tensor:
    rows = torch.from_numpy(np.ascontiguousarray(check_features(features, name), dtype=np.float64))
    length = rows.norm(dim=1, keepdim=True)
    if not bool((length > 0).all()):
        row = int((length.squeeze(1) == 0).nonzero()[0])
        raise ValueError(f"row {row} of {name} is zero: it has no direction; leave such rows out")
    unit: Tensor = rows / length
    return unit
