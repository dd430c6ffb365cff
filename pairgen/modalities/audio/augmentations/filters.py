"""Augmentations that take frequencies away."""

from __future__ import annotations

from dataclasses import dataclass

from pairgen._validation import check_pair
from pairgen.augmentation import Numbers, Range
from pairgen.modalities.audio import _kernels
from pairgen.modalities.audio.augmentations.base import AudioAugmentation, ends
from pairgen.modalities.audio.batch import ClipBatch
from pairgen.modalities.audio.io.codec import AudioItem
from pairgen.random import Stream

__all__ = ["FrequencyMask", "HighPass", "LowPass"]

_HIGHEST = 1e6


@dataclass(frozen=True)
class LowPass(AudioAugmentation[Numbers]):
    """Take away what lies above a frequency, by a filter without delay and with a slope of about 100 Hz.

    Args:
        cutoff: In Hz, a number or a pair (low, high) to draw from; above 0. Half the sample rate or more changes
            nothing.
    """

    cutoff: Range = (2200.0, 4000.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_cutoff(self.cutoff)

    def draw(self, item: AudioItem | ClipBatch, rng: Stream) -> Numbers:
        """Draw the cutoff in Hz: a number, or (B,)."""
        cutoff: Numbers = rng.uniform(*ends(self.cutoff))
        return cutoff

    def apply_batch(self, batch: ClipBatch, params: Numbers) -> ClipBatch:
        """Return views of the same shape and lengths."""
        return _kernels.low_pass(batch, params, self.rate_of(batch))


@dataclass(frozen=True)
class HighPass(AudioAugmentation[Numbers]):
    """Take away what lies below a frequency, by a filter without delay and with a slope of about 100 Hz.

    Args:
        cutoff: In Hz, a number or a pair (low, high) to draw from; above 0. Half the sample rate or more leaves
            silence.
    """

    cutoff: Range = (200.0, 1200.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_cutoff(self.cutoff)

    def draw(self, item: AudioItem | ClipBatch, rng: Stream) -> Numbers:
        """Draw the cutoff in Hz: a number, or (B,)."""
        cutoff: Numbers = rng.uniform(*ends(self.cutoff))
        return cutoff

    def apply_batch(self, batch: ClipBatch, params: Numbers) -> ClipBatch:
        """Return views of the same shape and lengths."""
        return _kernels.high_pass(batch, params, self.rate_of(batch))


@dataclass(frozen=True)
class FrequencyMask(AudioAugmentation[tuple[Numbers, Numbers]]):
    """Take away a band of frequencies at a random position (Park et al. 2019, in the waveform).

    Args:
        ratio: Width of the band as a ratio of half the sample rate, a number or a pair (low, high) to draw from; in
            [0, 1].
    """

    ratio: Range = (0.0, 0.2)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_pair("ratio", self.ratio, 0, 1)

    def draw(self, item: AudioItem | ClipBatch, rng: Stream) -> tuple[Numbers, Numbers]:
        """Draw the lowest and the highest frequency of the band in Hz, each a number or (B,)."""
        half = self.rate_of(item) / 2
        width: Numbers = half * rng.uniform(*ends(self.ratio))
        low: Numbers = rng.uniform() * (half - width)
        return low, low + width

    def apply_batch(self, batch: ClipBatch, params: tuple[Numbers, Numbers]) -> ClipBatch:
        """Return views of the same shape and lengths."""
        low, high = params
        return _kernels.band_stop(batch, low, high, self.rate_of(batch))


def _check_cutoff(cutoff: Range) -> None:
    if check_pair("cutoff", cutoff, 0, _HIGHEST, "Hz")[0] == 0:
        raise ValueError(f"cutoff is above 0 Hz, got {cutoff}")
