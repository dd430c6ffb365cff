"""Augmentations that choose or move the time that a clip shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pairgen._validation import check_choice, check_number, check_pair, check_range
from pairgen.augmentation import Numbers, Range
from pairgen.modalities.audio import _kernels
from pairgen.modalities.audio.augmentations.base import AudioAugmentation, Samples, Span, ends, symmetric_ends
from pairgen.modalities.audio.batch import ClipBatch
from pairgen.modalities.audio.io.codec import AudioItem
from pairgen.random import Stream

__all__ = ["RandomCrop", "TimeMask", "TimeShift"]

_FADE = 0.005  # seconds over which sound begins and ends where it was cut: no click


@dataclass(frozen=True)
class TimeShift(AudioAugmentation[Samples]):
    """Move a clip in time, to later for a positive shift; its length is kept.

    Args:
        shift: Drawn uniformly from [-s, s] for a number s, or from a pair (low, high); fractions in [-1, 1].
        unit: "seconds", or "fraction" of the clip's length.
        fill: "roll" lets what leaves at one end come in at the other, with a fade of 5 ms to either side of the seam
            (less in clips below 80 ms); "zeros" brings in silence.
        max_ratio: The largest part of a clip that silence takes the place of, in [0, 1]: with "zeros" and "seconds",
            the range of shifts is scaled down for clips too short for it.
    """

    shift: Range = 0.1
    unit: Literal["seconds", "fraction"] = "seconds"
    fill: Literal["roll", "zeros"] = "roll"
    max_ratio: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("unit", self.unit, ("seconds", "fraction"))
        check_choice("fill", self.fill, ("roll", "zeros"))
        limit = 1.0 if self.unit == "fraction" else 3600.0
        check_range("shift", self.shift, -limit, limit, "seconds" if self.unit == "seconds" else "")
        check_number("max_ratio", self.max_ratio, 0.0, 1.0)

    def draw(self, item: AudioItem | ClipBatch, rng: Stream) -> Samples:
        """Draw the shift in samples: int, or int64 (B,)."""
        unit: Numbers | Samples = self.rate_of(item) if self.unit == "seconds" else self.lengths_of(item)
        largest = max(map(abs, symmetric_ends(self.shift)))
        if self.unit == "seconds" and self.fill == "zeros" and largest > 0:
            unit = np.minimum(unit, self.max_ratio * self.lengths_of(item) / largest)
        return _whole(rng.uniform(*symmetric_ends(self.shift)) * unit, rng)

    def apply_batch(self, batch: ClipBatch, params: Samples) -> ClipBatch:
        """Return views of the same shape and lengths."""
        fade = _fade(self.rate_of(batch)) if self.fill == "roll" else None
        return _kernels.time_shift(batch, params, fade)


@dataclass(frozen=True)
class RandomCrop(AudioAugmentation[Span]):
    """Cut out a stretch of a clip at a random position. A shorter clip stays as it is: batches pad it.

    Args:
        seconds: Length of the stretch, above 0.
    """

    seconds: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("seconds", self.seconds, 0.0, above=True)

    def draw(self, item: AudioItem | ClipBatch, rng: Stream) -> Span:
        """Draw the first sample of the stretch and its length: two int, or two int64 (B,)."""
        lengths = self.lengths_of(item)
        size = np.minimum(max(1, round(self.seconds * self.rate_of(item))), lengths)
        start = np.floor(rng.uniform() * (lengths - size + 1))
        return (start.astype(np.int64), size) if rng.is_batched else (int(start), int(size))

    def apply_batch(self, batch: ClipBatch, params: Span) -> ClipBatch:
        """Return views (B, C, T') with T' the longest stretch."""
        return _kernels.crop(batch, *params)


@dataclass(frozen=True)
class TimeMask(AudioAugmentation[Span]):
    """Silence a stretch at a random position (Park et al. 2019, in the waveform).

    The sound fades out and in over 5 ms before and behind it, or over the length of a shorter stretch.

    Args:
        ratio: Length of the stretch as a ratio of the clip's, a number or a pair (low, high) to draw from; in [0, 1].
    """

    ratio: Range = (0.0, 0.2)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_pair("ratio", self.ratio, 0, 1)

    def draw(self, item: AudioItem | ClipBatch, rng: Stream) -> Span:
        """Draw the first sample of the stretch and its length: two int, or two int64 (B,)."""
        lengths = self.lengths_of(item)
        size = np.rint(rng.uniform(*ends(self.ratio)) * lengths)
        start = np.floor(rng.uniform() * (lengths - size + 1))
        return _whole(start, rng), _whole(size, rng)

    def apply_batch(self, batch: ClipBatch, params: Span) -> ClipBatch:
        """Return views of the same shape and lengths."""
        return _kernels.time_mask(batch, *params, _fade(self.rate_of(batch)))


def _fade(sample_rate: int) -> int:
    return round(_FADE * sample_rate)


def _whole(values: Numbers, rng: Stream) -> Samples:
    """Numbers rounded to whole ones: int, or int64 (B,) where the stream has many keys."""
    rounded = np.rint(values)
    return rounded.astype(np.int64) if rng.is_batched else int(rounded)
