"""Augmentations of the level, the sign and the resolution of the samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pairgen._validation import check_int, check_pair, check_probability, check_range
from pairgen.augmentation import Numbers, Range
from pairgen.modalities.audio import _kernels
from pairgen.modalities.audio.augmentations.base import AudioAugmentation, Samples, ends, symmetric_ends
from pairgen.modalities.audio.batch import ClipBatch
from pairgen.modalities.audio.io.codec import AudioItem
from pairgen.random import Stream

__all__ = ["Clipping", "Gain", "MuLaw", "PolarityInversion"]


@dataclass(frozen=True)
class Gain(AudioAugmentation[Numbers]):
    """Make a clip louder or softer; nothing is clipped.

    Args:
        decibels: Gain drawn uniformly from [-d, d] for a number d, or from a pair (low, high); in [-120, 120].
    """

    decibels: Range = 6.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("decibels", self.decibels, -120, 120, "dB")

    def draw(self, item: AudioItem | ClipBatch, rng: Stream) -> Numbers:
        """Draw the gain in decibels: a number, or (B,)."""
        gain: Numbers = rng.uniform(*symmetric_ends(self.decibels))
        return gain

    def apply_batch(self, batch: ClipBatch, params: Numbers) -> ClipBatch:
        """Return views of the same shape and lengths."""
        return _kernels.gain(batch, params)


@dataclass(frozen=True)
class PolarityInversion(AudioAugmentation[bool | npt.NDArray[np.bool_]]):
    """Change the sign of all samples, which sounds the same.

    Args:
        p: Probability with which the sign changes.
    """

    p: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        check_probability("p", self.p)

    def draw(self, item: AudioItem | ClipBatch, rng: Stream) -> bool | npt.NDArray[np.bool_]:
        """Draw whether the sign changes: bool, or bool (B,)."""
        inverted: bool | npt.NDArray[np.bool_] = rng.bernoulli(self.p)
        return inverted

    def apply_batch(self, batch: ClipBatch, params: bool | npt.NDArray[np.bool_]) -> ClipBatch:
        """Return views of the same shape and lengths."""
        return _kernels.invert_polarity(batch, params)


@dataclass(frozen=True)
class Clipping(AudioAugmentation[Numbers]):
    """Cut off the peaks, as an overdriven microphone does.

    Args:
        ratio: Limit as a ratio of the clip's own peak, a number or a pair (low, high) to draw from; in (0, 1].
    """

    ratio: Range = (0.3, 1.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if check_pair("ratio", self.ratio, 0, 1)[0] == 0:
            raise ValueError(f"ratio is above 0, got {self.ratio}; 0 would silence the clip")

    def draw(self, item: AudioItem | ClipBatch, rng: Stream) -> Numbers:
        """Draw the ratio: a number, or (B,)."""
        ratio: Numbers = rng.uniform(*ends(self.ratio))
        return ratio

    def apply_batch(self, batch: ClipBatch, params: Numbers) -> ClipBatch:
        """Return views of the same shape and lengths."""
        return _kernels.clip_peaks(batch, params)


@dataclass(frozen=True)
class MuLaw(AudioAugmentation[Samples]):
    """Quantize as digital telephony does, by the mu-law (ITU-T G.711); what exceeds full scale saturates.

    Args:
        bits: Bits of a sample, a whole number or a pair (lowest, highest) to draw from; in 2 to 16.
    """

    bits: int | tuple[int, int] = 8

    def __post_init__(self) -> None:
        super().__post_init__()
        for bits in check_pair("bits", self.bits, 2, 16):
            check_int("bits", int(bits) if bits.is_integer() else bits)

    def draw(self, item: AudioItem | ClipBatch, rng: Stream) -> Samples:
        """Draw the number of bits: int, or int64 (B,)."""
        low, high = ends(self.bits)
        bits = rng.integers(int(low), int(high) + 1)
        return np.asarray(bits) if rng.is_batched else int(bits)

    def apply_batch(self, batch: ClipBatch, params: Samples) -> ClipBatch:
        """Return views of the same shape and lengths."""
        return _kernels.mu_law(batch, params)
