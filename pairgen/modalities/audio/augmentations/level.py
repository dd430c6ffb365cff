"""Augmentations of the level, the sign and the resolution of the samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pairgen.augmentation import Range
from pairgen.batch import PaddedBatch
from pairgen.modalities.audio import _kernels
from pairgen.modalities.audio.augmentations.base import AudioAugmentation, checked_pair, checked_range
from pairgen.random import Stream

__all__ = ["Clipping", "Gain", "MuLaw", "PolarityInversion"]


@dataclass(frozen=True)
class Gain(AudioAugmentation):
    """Make a clip louder or softer; nothing is clipped.

    decibels: a number d means [-d, d], a pair (low, high) itself, within [-120, 120].
    """

    decibels: Range = 6.0

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_range("decibels", self.decibels, -120, 120)

    def draw(self, item: Any, rng: Stream) -> Any:
        """The gain in decibels, or (B,)."""
        return rng.uniform(*checked_range("decibels", self.decibels, -120, 120))

    def apply_batch(self, batch: PaddedBatch, params: Any) -> PaddedBatch:
        """(B, C, T) -> the same shape and lengths."""
        return _kernels.gain(batch, params)


@dataclass(frozen=True)
class PolarityInversion(AudioAugmentation):
    """Change the sign of all samples with probability p: it sounds the same."""

    p: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_pair("p", self.p, 0, 1)

    def draw(self, item: Any, rng: Stream) -> Any:
        """Whether the sign changes: bool, or bool (B,)."""
        return rng.bernoulli(self.p)

    def apply_batch(self, batch: PaddedBatch, params: Any) -> PaddedBatch:
        """(B, C, T) -> the same shape and lengths."""
        return _kernels.polarity(batch, params)


@dataclass(frozen=True)
class Clipping(AudioAugmentation):
    """Cut off the peaks, as an overdriven microphone does.

    share: where, as a share of the clip's own peak: a number or a pair (low, high) to draw from, in (0, 1].
    """

    share: Range = (0.3, 1.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if checked_pair("share", self.share, 0, 1)[0] == 0:
            raise ValueError(f"share must be above 0, got {self.share}; 0 would silence the clip")

    def draw(self, item: Any, rng: Stream) -> Any:
        """The share, or (B,)."""
        return rng.uniform(*checked_pair("share", self.share, 0, 1))

    def apply_batch(self, batch: PaddedBatch, params: Any) -> PaddedBatch:
        """(B, C, T) -> the same shape and lengths."""
        return _kernels.clip_at(batch, params)


@dataclass(frozen=True)
class MuLaw(AudioAugmentation):
    """Quantise as digital telephony does, by the mu-law (ITU-T G.711); what exceeds full scale saturates.

    bits: of a sample, a number or a pair (lowest, highest) to draw from, whole numbers in 2 to 16.
    """

    bits: int | tuple[int, int] = 8

    def __post_init__(self) -> None:
        super().__post_init__()
        low, high = checked_pair("bits", self.bits, 2, 16)
        if low != int(low) or high != int(high):
            raise ValueError(f"bits are whole numbers, got {self.bits}")

    def draw(self, item: Any, rng: Stream) -> Any:
        """The number of bits: int, or int64 (B,)."""
        low, high = checked_pair("bits", self.bits, 2, 16)
        bits = rng.integers(int(low), int(high) + 1)
        return np.asarray(bits) if rng.is_batched else int(bits)

    def apply_batch(self, batch: PaddedBatch, params: Any) -> PaddedBatch:
        """(B, C, T) -> the same shape and lengths."""
        return _kernels.mu_law(batch, params)
