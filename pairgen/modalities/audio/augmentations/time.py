"""Augmentations that choose or move the time that a clip shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from pairgen.augmentation import Range
from pairgen.batch import PaddedBatch
from pairgen.modalities.audio import _kernels
from pairgen.modalities.audio.augmentations.base import AudioAugmentation, checked_pair, checked_range
from pairgen.random import Stream

__all__ = ["RandomCrop", "TimeMask", "TimeShift"]


@dataclass(frozen=True)
class TimeShift(AudioAugmentation):
    """Move a clip in time, to later for a positive shift; its length is kept.

    shift: a number s means [-s, s], a pair (low, high) itself. unit: "seconds", or "fraction" of the clip's length,
    then within [-1, 1]. fill: "roll" lets what leaves at one end come in at the other, "zeros" brings in silence.
    """

    shift: Range = 0.1
    unit: Literal["seconds", "fraction"] = "seconds"
    fill: Literal["roll", "zeros"] = "roll"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.unit not in ("seconds", "fraction"):
            raise ValueError(f'unit is "seconds" or "fraction" (of the length), got {self.unit!r}')
        if self.fill not in ("roll", "zeros"):
            raise ValueError(f'fill is "roll" or "zeros", got {self.fill!r}')
        self._range()

    def _range(self) -> tuple[float, float]:
        most = 1.0 if self.unit == "fraction" else 3600.0
        return checked_range("shift", self.shift, -most, most, " seconds" if self.unit == "seconds" else "")

    def draw(self, item: Any, rng: Stream) -> Any:
        """The shift in samples: int, or int64 (B,)."""
        whole = self.item_rate(item) if self.unit == "seconds" else self.item_lengths(item)
        shift = np.rint(rng.uniform(*self._range()) * whole)
        return shift.astype(np.int64) if rng.is_batched else int(shift)

    def apply_batch(self, batch: PaddedBatch, params: Any) -> PaddedBatch:
        """(B, C, T) -> the same shape and lengths."""
        return _kernels.time_shift(batch, params, roll=self.fill == "roll")


@dataclass(frozen=True)
class RandomCrop(AudioAugmentation):
    """Cut out a stretch of a clip at a random place. A shorter clip stays as it is: batches pad it.

    seconds: the length of the stretch, above 0.
    """

    seconds: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.seconds > 0:
            raise ValueError(f"seconds must be above 0, got {self.seconds}")

    def draw(self, item: Any, rng: Stream) -> Any:
        """The first sample of the stretch and its length: (start, samples), or two int64 (B,)."""
        lengths = self.item_lengths(item)
        size = np.minimum(max(1, round(self.seconds * self.item_rate(item))), lengths)
        start = np.floor(rng.uniform() * (lengths - size + 1))
        return (start.astype(np.int64), size) if rng.is_batched else (int(start), int(size))

    def apply_batch(self, batch: PaddedBatch, params: Any) -> PaddedBatch:
        """(B, C, T) -> (B, C, T') with T' the longest stretch."""
        return _kernels.crop(batch, *params)


@dataclass(frozen=True)
class TimeMask(AudioAugmentation):
    """Silence a stretch at a random place (Park et al. 2019, in the waveform).

    share: how much of the clip's length, a number or a pair (low, high) to draw from, in [0, 1].
    """

    share: Range = (0.0, 0.2)

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_pair("share", self.share, 0, 1)

    def draw(self, item: Any, rng: Stream) -> Any:
        """The first sample of the stretch and its length: (start, samples), or two int64 (B,)."""
        lengths = self.item_lengths(item)
        size = np.rint(rng.uniform(*checked_pair("share", self.share, 0, 1)) * lengths)
        start = np.floor(rng.uniform() * (lengths - size + 1))
        return (start.astype(np.int64), size.astype(np.int64)) if rng.is_batched else (int(start), int(size))

    def apply_batch(self, batch: PaddedBatch, params: Any) -> PaddedBatch:
        """(B, C, T) -> the same shape and lengths."""
        return _kernels.time_mask(batch, *params)
