"""Augmentations of pitch and tempo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pairgen.augmentation import Range
from pairgen.batch import PaddedBatch
from pairgen.modalities.audio import _kernels
from pairgen.modalities.audio.augmentations.base import AudioAugmentation, checked_pair, checked_range
from pairgen.random import Stream

__all__ = ["PitchShift", "TimeStretch"]


@dataclass(frozen=True)
class PitchShift(AudioAugmentation):
    """Shift the pitch; the length is kept to the sample, and nothing is aliased.

    semitones: any real numbers in [-24, 24], a number s means [-s, s], a pair (low, high) itself. Formants move along.
    """

    semitones: Range = 2.0

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_range("semitones", self.semitones, -24, 24)

    def draw(self, item: Any, rng: Stream) -> Any:
        """The shift in semitones, or (B,)."""
        return rng.uniform(*checked_range("semitones", self.semitones, -24, 24))

    def apply_batch(self, batch: PaddedBatch, params: Any) -> PaddedBatch:
        """(B, C, T) -> the same shape and lengths."""
        return _kernels.pitch_shift(batch, params, self.sample_rate)


@dataclass(frozen=True)
class TimeStretch(AudioAugmentation):
    """Play faster or slower at the same pitch.

    rate: how many times as fast, a number or a pair (low, high) to draw from, in [0.25, 4]; 2 halves the length.
    keep_length: cut the view, or lengthen it with silence, to the length of the item.
    """

    rate: Range = (0.8, 1.25)
    keep_length: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_pair("rate", self.rate, 0.25, 4)

    def draw(self, item: Any, rng: Stream) -> Any:
        """The rate, or (B,), and the sample rate."""
        return rng.uniform(*checked_pair("rate", self.rate, 0.25, 4))

    def apply_batch(self, batch: PaddedBatch, params: Any) -> PaddedBatch:
        """(B, C, T) -> (B, C, T') with T' the longest view; the same shape and lengths with keep_length."""
        stretched = _kernels.time_stretch(batch, params, self.sample_rate)
        return _kernels.with_lengths(stretched, batch.lengths) if self.keep_length else stretched
