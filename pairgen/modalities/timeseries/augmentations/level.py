"""Augmentations of the values where they are, in units of each series' own scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pairgen.augmentation import Range
from pairgen.modalities.timeseries import _kernels
from pairgen.modalities.timeseries.augmentations.base import SeriesAugmentation, checked_pair, seed_of
from pairgen.modalities.timeseries.batch.segments import Segments
from pairgen.random import Stream

__all__ = ["Jitter", "MagnitudeWarp", "Noise", "Normalize", "Scaling"]


@dataclass(frozen=True)
class Noise:
    """sigma: deviation of the noise in units of the channel's, or (B,). seed: of its numbers, or int64 (B,)."""

    sigma: Any
    seed: Any


@dataclass(frozen=True)
class Jitter(SeriesAugmentation):
    """Add independent normal noise to every value.

    sigma: standard deviation of the noise, in units of that of its channel of the series; a number or a pair (low,
    high) to draw from, in [0, 10]. A constant channel has no scale, and stays as it is.
    """

    sigma: Range = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_pair("sigma", self.sigma, 0, 10)

    def draw(self, item: Any, rng: Stream) -> Noise:
        """How strong, and the seed."""
        return Noise(rng.uniform(*checked_pair("sigma", self.sigma, 0, 10)), seed_of(rng))

    def apply_batch(self, batch: Segments, params: Noise) -> Segments:
        """(B, T, C) -> the same shape and lengths."""
        return _kernels.add_noise(batch, params.sigma, params.seed)


@dataclass(frozen=True)
class Scaling(SeriesAugmentation):
    """Multiply each channel by a factor of its own, normal about 1 (Um et al. 2017).

    sigma: standard deviation of the factor, in [0, 1].
    """

    sigma: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_pair("sigma", self.sigma, 0, 1)

    def draw(self, item: Any, rng: Stream) -> np.ndarray:
        """The factors (C,), or (B, C)."""
        return np.asarray(rng.normal(1.0, self.sigma, size=self.channels(item)))

    def apply_batch(self, batch: Segments, params: np.ndarray) -> Segments:
        """(B, T, C) -> the same shape and lengths."""
        return _kernels.scale(batch, params)


@dataclass(frozen=True)
class MagnitudeWarp(SeriesAugmentation):
    """Multiply each channel by a smooth curve of its own, a cubic spline about 1 (Um et al. 2017).

    sigma: standard deviation of the curve at its knots, in [0, 1]. knots: between the two at the ends, at least 0.
    """

    sigma: float = 0.2
    knots: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_pair("sigma", self.sigma, 0, 1)
        checked_pair("knots", self.knots, 0, 1000)

    def draw(self, item: Any, rng: Stream) -> np.ndarray:
        """The heights at the knots, (K, C), or (B, K, C), the two at the ends among them."""
        return np.asarray(rng.normal(1.0, self.sigma, size=(self.knots + 2, self.channels(item))))

    def apply_batch(self, batch: Segments, params: np.ndarray) -> Segments:
        """(B, T, C) -> the same shape and lengths."""
        return _kernels.warp_magnitude(batch, params)


@dataclass(frozen=True)
class Normalize(SeriesAugmentation):
    """Bring each channel of each series to mean 0 and deviation 1; a constant channel becomes 0. Not random."""

    def draw(self, item: Any, rng: Stream) -> None:
        """Draw nothing."""

    def apply_batch(self, batch: Segments, params: None) -> Segments:
        """(B, T, C) -> the same shape and lengths."""
        return _kernels.normalize(batch)
