"""Augmentations that change the course of time, the same way for all channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pairgen.modalities.timeseries import _kernels
from pairgen.modalities.timeseries.augmentations.base import SeriesAugmentation, checked_pair
from pairgen.modalities.timeseries.batch.segments import Segments
from pairgen.random import Stream

__all__ = ["Permutation", "Pieces", "TimeWarp"]


@dataclass(frozen=True)
class TimeWarp(SeriesAugmentation):
    """Let time pass faster here and slower there; the length is kept (Um et al. 2017).

    The speed is a B-spline of random positive heights, so that time never stands still or runs backwards.

    sigma: standard deviation of the logarithm of the heights, in [0, 2]; 0.2 makes the speed vary by a fifth or so.
    knots: heights between the two at the ends, at least 0.
    """

    sigma: float = 0.2
    knots: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_pair("sigma", self.sigma, 0, 2)
        checked_pair("knots", self.knots, 0, 1000)

    def draw(self, item: Any, rng: Stream) -> np.ndarray:
        """The heights of the speed, (K,), or (B, K)."""
        return np.asarray(np.exp(rng.normal(0.0, self.sigma, size=self.knots + 2)))

    def apply_batch(self, batch: Segments, params: np.ndarray) -> Segments:
        """(B, T, C) -> the same shape and lengths."""
        return _kernels.warp_time(batch, params)


@dataclass(frozen=True)
class Pieces:
    """cuts: int64 (M + 1,), rising from 0 to the length. order: int64 (M,), the piece at each place. Or (B, ...)."""

    cuts: np.ndarray
    order: np.ndarray


@dataclass(frozen=True)
class Permutation(SeriesAugmentation):
    """Cut a series into pieces at random steps and shuffle them, the same way for all channels (Um et al. 2017).

    pieces: how many at most, drawn from (lowest, highest), at least 1; 1 leaves the series whole.
    """

    pieces: tuple[int, int] = (2, 5)

    def __post_init__(self) -> None:
        super().__post_init__()
        low, high = checked_pair("pieces", self.pieces, 1, 1000)
        if (low, high) != (int(low), int(high)):
            raise ValueError(f"pieces are whole numbers, got {self.pieces}")

    def draw(self, item: Any, rng: Stream) -> Pieces:
        """Where it is cut, and the order. Pieces that were not drawn are empty, and last."""
        low, most = (int(bound) for bound in checked_pair("pieces", self.pieces, 1, 1000))
        lengths = np.asarray(self.lengths(item))[..., None]
        count = np.asarray(rng.integers(low, most + 1))[..., None]
        spare = np.arange(most) >= count
        places = np.where(spare[..., 1:], 2.0, rng.uniform(size=most - 1))
        places.sort(axis=-1)
        inner = np.where(places > 1, lengths, 1 + np.floor(places * (lengths - 1))).astype(np.int64)
        cuts = np.concatenate([np.zeros_like(lengths), np.minimum(inner, lengths), lengths], axis=-1)
        order = np.where(spare, 2.0, rng.uniform(size=most)).argsort(axis=-1, kind="stable")
        return Pieces(cuts, order)

    def apply_batch(self, batch: Segments, params: Pieces) -> Segments:
        """(B, T, C) -> the same shape and lengths."""
        return _kernels.permute(batch, params.cuts, params.order)
