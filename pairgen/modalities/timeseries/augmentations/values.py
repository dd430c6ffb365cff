"""Augmentations that change values and keep their steps, in units of each series' own scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pairgen._validation import check_int, check_number, check_pair, check_probability
from pairgen.augmentation import Numbers, Range
from pairgen.modalities.timeseries import _kernels
from pairgen.modalities.timeseries.augmentations.base import (
    Integers,
    SeriesAugmentation,
    SeriesInput,
    draw_seed,
    ends,
)
from pairgen.modalities.timeseries.batch.segments import Segments
from pairgen.random import Stream

__all__ = ["FrequencyPerturbation", "Jitter", "JitterParams", "MagnitudeWarp", "Normalize", "Scaling"]


@dataclass(frozen=True)
class JitterParams:
    """The noise of a series.

    Args:
        sigma: Standard deviation in units of that of the channel; a number, or float64 (B,).
        seed: Seed of the noise; int, or int64 (B,).
    """

    sigma: Numbers
    seed: Integers


@dataclass(frozen=True)
class Jitter(SeriesAugmentation[JitterParams]):
    """Add independent normal noise to every value.

    A constant channel has no scale, and stays as it is.

    Args:
        sigma: Standard deviation of the noise, in units of that of its channel of the series, in [0, 10]: a number, or
            a pair (low, high) to draw from.
    """

    sigma: Range = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_pair("sigma", self.sigma, 0, 10)

    def draw(self, item: SeriesInput, rng: Stream) -> JitterParams:
        """Draw the standard deviation and the seed of the noise."""
        return JitterParams(rng.uniform(*ends(self.sigma)), draw_seed(rng))

    def apply_batch(self, batch: Segments, params: JitterParams) -> Segments:
        """Return views of the same shape and lengths."""
        return _kernels.add_noise(batch, params.sigma, params.seed)


@dataclass(frozen=True)
class Scaling(SeriesAugmentation[npt.NDArray[np.float64]]):
    """Multiply each channel by a factor of its own, normal with mean 1 (Um et al. 2017).

    Args:
        sigma: Standard deviation of the factor, in [0, 1].
    """

    sigma: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("sigma", self.sigma, 0, 1)

    def draw(self, item: SeriesInput, rng: Stream) -> npt.NDArray[np.float64]:
        """Draw the factors (C,), or (B, C)."""
        return np.asarray(rng.normal(1.0, self.sigma, size=self.channels(item)))

    def apply_batch(self, batch: Segments, params: npt.NDArray[np.float64]) -> Segments:
        """Return views of the same shape and lengths."""
        return _kernels.scale(batch, params)


@dataclass(frozen=True)
class MagnitudeWarp(SeriesAugmentation[npt.NDArray[np.float64]]):
    """Multiply each channel by a smooth curve of its own, a cubic spline with mean 1 (Um et al. 2017).

    Args:
        sigma: Standard deviation of the curve at its knots, in [0, 1].
        knots: Number of knots between the two at the ends, from 0 to 1000.
    """

    sigma: float = 0.2
    knots: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("sigma", self.sigma, 0, 1)
        check_int("knots", self.knots, 0, 1000)

    def draw(self, item: SeriesInput, rng: Stream) -> npt.NDArray[np.float64]:
        """Draw the heights at the knots, (K, C), or (B, K, C), those at the ends included."""
        return np.asarray(rng.normal(1.0, self.sigma, size=(self.knots + 2, self.channels(item))))

    def apply_batch(self, batch: Segments, params: npt.NDArray[np.float64]) -> Segments:
        """Return views of the same shape and lengths."""
        return _kernels.warp_magnitude(batch, params)


@dataclass(frozen=True)
class Normalize(SeriesAugmentation[None]):
    """Standardize each channel of each series to mean 0 and standard deviation 1. Not random.

    A constant channel becomes 0.
    """

    def draw(self, item: SeriesInput, rng: Stream) -> None:
        """Draw nothing."""

    def apply_batch(self, batch: Segments, params: None) -> Segments:
        """Return views of the same shape and lengths."""
        return _kernels.normalize(batch)


@dataclass(frozen=True)
class FrequencyPerturbation(SeriesAugmentation[Integers]):
    """Remove some frequencies and strengthen others (Zhang et al. 2022, TF-C, section 4.2). The mean stays.

    Args:
        remove_p: Probability of each frequency to be removed, in [0, 1].
        add_p: Probability of each frequency to be strengthened, in [0, 1].
        strength: Largest amplitude that is added, in units of the largest amplitude of the channel, in [0, 2].
    """

    remove_p: float = 0.1
    add_p: float = 0.1
    strength: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_probability("remove_p", self.remove_p)
        check_probability("add_p", self.add_p)
        check_number("strength", self.strength, 0, 2)

    def draw(self, item: SeriesInput, rng: Stream) -> Integers:
        """Draw the seed of the choice: int, or int64 (B,)."""
        return draw_seed(rng)

    def apply_batch(self, batch: Segments, params: Integers) -> Segments:
        """Return views of the same shape and lengths."""
        return _kernels.perturb_frequencies(batch, self.remove_p, self.add_p, self.strength, params)
