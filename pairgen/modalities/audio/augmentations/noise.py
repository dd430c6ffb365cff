"""Augmentations that add noise: white, or recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pairgen.augmentation import Range
from pairgen.fields import Field
from pairgen.modalities.audio import functional
from pairgen.modalities.audio.augmentations.base import AudioAugmentation, checked_pair
from pairgen.randomness import Stream
from pairgen.sequences import Padded

__all__ = ["GaussianNoise", "WhiteNoise"]


@dataclass(frozen=True)
class WhiteNoise:
    """The signal-to-noise ratio in decibels, or (B,), and the field of numbers."""

    snr: Any
    field: Field


@dataclass(frozen=True)
class GaussianNoise(AudioAugmentation):
    """Add white noise; the same noise on every device. A silent clip has no level to relate it to, and stays silent.

    snr: how far the noise lies below the clip, in decibels of mean power, a number or a pair (low, high) to draw from,
    within [-60, 120].
    """

    snr: Range = (10.0, 40.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_pair("snr", self.snr, -60, 120, " dB")

    def draw(self, item: Any, rng: Stream) -> WhiteNoise:
        """The ratio and the field."""
        return WhiteNoise(rng.uniform(*checked_pair("snr", self.snr, -60, 120)), rng.field())

    def apply_batch(self, batch: Padded, params: WhiteNoise) -> Padded:
        """(B, C, T) -> the same shape and lengths."""
        return functional.add_at_snr(batch, functional.white_noise(batch, params.field), params.snr)
