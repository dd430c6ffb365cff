"""Smooth random curves: cubic splines through a few knots, evaluated for a whole batch by one product."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pairgen.modalities.timeseries.segments import Segments

__all__ = ["spline_basis", "spline_curve"]


def spline_curve(batch: Segments, heights: object) -> Tensor:
    """(B, T, C') of a cubic spline through evenly spaced knots, the first and the last at a series' two ends.

    heights: (B, K, C') at the knots, K at least 2. float64; float32 on devices without it.
    """
    exact = torch.float32 if batch.values.device.type == "mps" else torch.float64
    knots = torch.as_tensor(heights).to(dtype=exact, device=batch.values.device)
    steps = torch.arange(batch.values.shape[1], device=knots.device, dtype=exact)
    if batch.full:  # all share one basis, and the product is one
        basis = spline_basis(steps / max(batch.values.shape[1] - 1, 1), knots.shape[1])
        return (knots.transpose(1, 2) @ basis.T).transpose(1, 2)
    place = (steps / (batch.lengths[:, None] - 1).clamp(min=1)).clamp_(max=1)
    return spline_basis(place, knots.shape[1]) @ knots


def spline_basis(place: Tensor, knots: int) -> Tensor:
    """(..., K): how much each of K knots counts at a place (...), 0 at the first knot and 1 at the last.

    The spline is SciPy's `CubicSpline` ("not-a-knot"), as in the code of Um et al. 2017.
    """
    polynomials = torch.from_numpy(_polynomials(knots)).to(place)
    scaled = place * (knots - 1)
    interval = scaled.floor().clamp_(max=knots - 2)
    along = (scaled - interval)[..., None]
    pieces = polynomials[:, interval.to(torch.int64)]  # (4, ..., K), the highest power first
    basis = pieces[0]
    for piece in pieces[1:]:
        basis = basis * along + piece
    return basis


@lru_cache(maxsize=64)
def _polynomials(knots: int) -> np.ndarray:
    """(4, K - 1, K): the polynomials of each interval, of the spline through 1 at one knot and 0 at all others."""
    from scipy.interpolate import CubicSpline

    spline: Any = CubicSpline(np.arange(knots), np.eye(knots))  # type: ignore[no-untyped-call]
    return np.ascontiguousarray(spline.c)
