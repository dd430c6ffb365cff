"""Augmentations that move values in time, the same way for all channels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pairgen._validation import check_int, check_number, check_pair
from pairgen.modalities.timeseries import _kernels
from pairgen.modalities.timeseries.augmentations.base import SeriesAugmentation, SeriesInput, ends
from pairgen.modalities.timeseries.batch.segments import Segments
from pairgen.random import Stream

__all__ = ["Permutation", "PermutationParams", "TimeWarp"]


@dataclass(frozen=True)
class TimeWarp(SeriesAugmentation[npt.NDArray[np.float64]]):
    """Let time pass faster in some parts and slower in others; the length is kept (Um et al. 2017).

    The speed is a B-spline of random positive heights, so that time never stands still or runs backwards.

    Args:
        sigma: Standard deviation of the logarithm of the heights, in [0, 2]; 0.2 makes the speed vary by about a fifth.
        knots: Number of heights between the two at the ends, from 0 to 1000.
    """

    sigma: float = 0.2
    knots: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("sigma", self.sigma, 0, 2)
        check_int("knots", self.knots, 0, 1000)

    def draw(self, item: SeriesInput, rng: Stream) -> npt.NDArray[np.float64]:
        """Draw the heights of the speed, (K,), or (B, K)."""
        return np.asarray(np.exp(rng.normal(0.0, self.sigma, size=self.knots + 2)))

    def apply_batch(self, batch: Segments, params: npt.NDArray[np.float64]) -> Segments:
        """Return views of the same shape and lengths."""
        return _kernels.warp_time(batch, params)


@dataclass(frozen=True)
class PermutationParams:
    """The pieces of a series and their order.

    Args:
        cuts: int64 (M + 1,), or (B, M + 1), rising from 0 to the length.
        order: int64 (M,), or (B, M), the piece at each position.
    """

    cuts: npt.NDArray[np.int64]
    order: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Permutation(SeriesAugmentation[PermutationParams]):
    """Cut a series into pieces at random steps and shuffle them, the same way for all channels (Um et al. 2017).

    Args:
        pieces: Smallest and largest number of pieces, from 1 to 1000; 1 leaves the series whole.
    """

    pieces: tuple[int, int] = (2, 5)

    def __post_init__(self) -> None:
        super().__post_init__()
        low, high = check_pair("pieces", self.pieces, 1, 1000)
        if (low, high) != (int(low), int(high)):
            raise ValueError(f"pieces are whole numbers, got {self.pieces}")

    def draw(self, item: SeriesInput, rng: Stream) -> PermutationParams:
        """Draw the cuts and the order. Pieces that were not drawn are empty, and last."""
        low, most = (int(end) for end in ends(self.pieces))
        lengths = np.asarray(self.lengths(item))[..., None]
        count = np.asarray(rng.integers(low, most + 1))[..., None]
        spare = np.arange(most) >= count
        positions = np.where(spare[..., 1:], 2.0, rng.uniform(size=most - 1))
        positions.sort(axis=-1)
        inner = np.where(positions > 1, lengths, 1 + np.floor(positions * (lengths - 1))).astype(np.int64)
        cuts = np.concatenate([np.zeros_like(lengths), np.minimum(inner, lengths), lengths], axis=-1)
        order = np.where(spare, 2.0, rng.uniform(size=most)).argsort(axis=-1, kind="stable")
        return PermutationParams(cuts, order)

    def apply_batch(self, batch: Segments, params: PermutationParams) -> Segments:
        """Return views of the same shape and lengths."""
        return _kernels.permute(batch, params.cuts, params.order)
