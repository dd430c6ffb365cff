"""Smooth random curves: splines of a few heights, evaluated for a whole batch by one product."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pairgen.modalities.timeseries.batch.segments import Segments

__all__ = ["integrate_speeds", "smooth_curve"]


def smooth_curve(batch: Segments, heights: object) -> Tensor:
    """(B, T, C) of a cubic spline through evenly spaced knots, the first and the last at a series' two ends.

    heights: (B, K, C) at the knots, K at least 2. float64; float32 on devices without it. The spline is SciPy's
    `CubicSpline` ("not-a-knot"), as in the code of Um et al. 2017.
    """
    knots = as_exact(heights, batch)
    return _combine(batch, _spline_basis(knots.shape[1]), knots)


def integrate_speeds(batch: Segments, speeds: object) -> Tensor:
    """(B, T) in [0, 1]: the ratio of the way from a series' first to its last step that is covered at each step.

    speeds: (B, K), K at least 2, above 0: the heights of a cubic B-spline (of fewer than four, of lower degree). It
    lies between the lowest and the highest of them, so that time never stands still; its integral is exact.
    """
    heights = as_exact(speeds, batch)
    polynomials = _bspline_integrals(heights.shape[1])
    total = torch.from_numpy(polynomials[:, -1].sum(axis=0)).to(heights)  # the integrals at 1
    return _combine(batch, polynomials, (heights / (heights @ total)[:, None])[..., None])[..., 0]


def _combine(batch: Segments, polynomials: np.ndarray, heights: Tensor) -> Tensor:
    """(B, T, C): basis functions at the steps of each series, between its ends, weighted by heights (B, K, C)."""
    pieces = torch.from_numpy(polynomials).to(heights)
    steps = torch.arange(batch.values.shape[1], device=heights.device, dtype=heights.dtype)
    if batch.full:  # all share one basis, and the product is one
        basis = _basis(steps / max(batch.values.shape[1] - 1, 1), pieces)
        return (heights.transpose(1, 2) @ basis.T).transpose(1, 2)
    position = (steps / (batch.lengths[:, None] - 1).clamp(min=1)).clamp_(max=1)
    return _basis(position, pieces) @ heights


def _basis(position: Tensor, polynomials: Tensor) -> Tensor:
    """(..., K): K piecewise polynomials at positions (...) in [0, 1].

    polynomials: (degree + 1, pieces, K), the highest power first; the variable of each runs from 0 to 1 in its piece.
    """
    scaled = position * polynomials.shape[1]
    piece = scaled.floor().clamp_(max=polynomials.shape[1] - 1)
    along = (scaled - piece)[..., None]
    powers = polynomials[:, piece.to(torch.int64)]
    basis = powers[0]
    for power in powers[1:]:
        basis = basis * along + power
    return basis


def as_exact(values: object, batch: Segments) -> Tensor:
    """Parameters as float64 on the device of the batch; float32 on devices without it."""
    exact = torch.float32 if batch.values.device.type == "mps" else torch.float64
    return torch.as_tensor(values, dtype=exact, device=batch.values.device)


@lru_cache(maxsize=64)
def _spline_basis(knots: int) -> np.ndarray:
    """(4, K - 1, K): for each knot the spline through 1 there and 0 at all others."""
    import scipy.interpolate

    sp: Any = scipy.interpolate  # SciPy has no types
    return np.ascontiguousarray(sp.CubicSpline(np.arange(knots), np.eye(knots)).c)


@lru_cache(maxsize=64)
def _bspline_integrals(heights: int) -> np.ndarray:
    """(degree + 2, K - degree, K): the integrals from 0 of the B-splines of K heights, with evenly spaced pieces."""
    import scipy.interpolate

    sp: Any = scipy.interpolate  # SciPy has no types
    degree = min(3, heights - 1)
    pieces = heights - degree
    knots = np.concatenate([np.zeros(degree), np.arange(pieces + 1), np.full(degree, pieces)])
    integrals = [sp.BSpline(knots, height, degree).antiderivative() for height in np.eye(heights)]
    kept = slice(degree + 1, degree + 1 + pieces)  # the others have no width
    return np.stack([sp.PPoly.from_spline(integral).c[:, kept] for integral in integrals], axis=-1)
