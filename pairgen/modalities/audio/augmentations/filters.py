"""Augmentations that take frequencies away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pairgen.augmentation import Range
from pairgen.batch import PaddedBatch
from pairgen.modalities.audio import _kernels
from pairgen.modalities.audio.augmentations.base import AudioAugmentation, checked_pair
from pairgen.random import Stream

__all__ = ["FrequencyMask", "HighPass", "LowPass"]

_HIGHEST = 1e6


@dataclass(frozen=True)
class LowPass(AudioAugmentation):
    """Take away what lies above a frequency; a filter that moves nothing in time, with a slope of about 100 Hz.

    cutoff: in Hz, a number or a pair (low, high) to draw from, above 0; half the sample rate or more changes nothing.
    """

    cutoff: Range = (2200.0, 4000.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        _checked_cutoff(self.cutoff)

    def draw(self, item: Any, rng: Stream) -> Any:
        """The cutoff in Hz, or (B,)."""
        return rng.uniform(*_checked_cutoff(self.cutoff))

    def apply_batch(self, batch: PaddedBatch, params: Any) -> PaddedBatch:
        """(B, C, T) -> the same shape and lengths."""
        return _kernels.low_pass(batch, params, self.sample_rate)


@dataclass(frozen=True)
class HighPass(AudioAugmentation):
    """Take away what lies below a frequency; a filter that moves nothing in time, with a slope of about 100 Hz.

    cutoff: in Hz, a number or a pair (low, high) to draw from, above 0; half the sample rate or more leaves silence.
    """

    cutoff: Range = (200.0, 1200.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        _checked_cutoff(self.cutoff)

    def draw(self, item: Any, rng: Stream) -> Any:
        """The cutoff in Hz, or (B,)."""
        return rng.uniform(*_checked_cutoff(self.cutoff))

    def apply_batch(self, batch: PaddedBatch, params: Any) -> PaddedBatch:
        """(B, C, T) -> the same shape and lengths."""
        return _kernels.high_pass(batch, params, self.sample_rate)


@dataclass(frozen=True)
class FrequencyMask(AudioAugmentation):
    """Take away a band of frequencies at a random place (Park et al. 2019, in the waveform).

    share: how much of the band from 0 Hz to half the sample rate, a number or a pair (low, high) to draw from, in
    [0, 1].
    """

    share: Range = (0.0, 0.2)

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_pair("share", self.share, 0, 1)

    def draw(self, item: Any, rng: Stream) -> Any:
        """The lowest and the highest frequency of the band in Hz, each a number or (B,)."""
        half = self.item_rate(item) / 2
        width = half * rng.uniform(*checked_pair("share", self.share, 0, 1))
        low = rng.uniform() * (half - width)
        return low, low + width

    def apply_batch(self, batch: PaddedBatch, params: Any) -> PaddedBatch:
        """(B, C, T) -> the same shape and lengths."""
        low, high = params
        return _kernels.band_stop(batch, low, high, self.sample_rate)


def _checked_cutoff(cutoff: Range) -> tuple[float, float]:
    pair = checked_pair("cutoff", cutoff, 0, _HIGHEST, " Hz")
    if pair[0] == 0:
        raise ValueError(f"cutoff must be above 0 Hz, got {cutoff}")
    return pair
