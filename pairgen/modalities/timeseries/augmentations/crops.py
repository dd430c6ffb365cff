"""Augmentations that choose the part of a series that a view shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from pairgen.augmentation import Range
from pairgen.modalities.timeseries import _kernels
from pairgen.modalities.timeseries.augmentations.base import SeriesAugmentation, checked_share, whole
from pairgen.modalities.timeseries.batch.segments import Segments
from pairgen.random import Stream

__all__ = ["Crop", "OverlapCrop", "OverlappingCrop", "RandomCrop", "WindowSlice"]


@dataclass(frozen=True)
class Crop:
    """start: the first step of a stretch; size: its steps. Numbers, or int64 (B,)."""

    start: Any
    size: Any


@dataclass(frozen=True)
class OverlappingCrop:
    """crop: what the view shows; overlap: what both views of the pair show; both in steps of the series."""

    crop: Crop
    overlap: Crop


@dataclass(frozen=True)
class OverlapCrop(SeriesAugmentation):
    """One of two crops that overlap (Yue et al. 2022, TS2Vec, section 3.3): the overlap is drawn first, of random
    length and place; the first view reaches back from it to a random step, the second one forward.

    view: "first" or "second". Both views draw the overlap from the same stream, so a recipe has one of each:

        Recipe(first=OverlapCrop("first"), second=OverlapCrop("second"))

    Its params tell the overlap, its views (`Segment`s) where they begin. Put it before all steps that change lengths.
    least: the fewest steps of the overlap, at least 1; a shorter series is shown whole by both views.
    """

    view: Literal["first", "second"] = "first"
    least: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.view not in ("first", "second"):
            raise ValueError(f'view is "first" or "second", got {self.view!r}')
        if isinstance(self.least, bool) or not isinstance(self.least, int) or self.least < 1:
            raise ValueError(f"least is a whole number of at least 1, got {self.least!r}")

    def draw(self, item: Any, rng: Stream) -> OverlappingCrop:
        """The crop and the overlap."""
        both, lengths = rng.shared(), self.lengths(item)
        size = both.integers(np.minimum(self.least, lengths), np.asarray(lengths) + 1)
        left = both.integers(0, lengths - size + 1)
        right = left + size
        outer_left = both.integers(0, left + 1)
        outer_right = both.integers(right, np.asarray(lengths) + 1)
        begin, end = (outer_left, right) if self.view == "first" else (left, outer_right)
        return OverlappingCrop(Crop(begin, end - begin), Crop(left, size))

    def apply_batch(self, batch: Segments, params: OverlappingCrop) -> Segments:
        """(B, T, C) -> (B, T', C) with T' the longest crop."""
        return _kernels.crop(batch, params.crop.start, params.crop.size)


@dataclass(frozen=True)
class RandomCrop(SeriesAugmentation):
    """Cut out a stretch at a random place.

    size: of the stretch: whole steps (an int), or a share of the series, a number or a pair (low, high) to draw from,
    in (0, 1]. A series shorter than the stretch stays as it is: batches pad it.
    """

    size: int | Range = (0.5, 1.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.size, int) and self.size < 1:
            raise ValueError(f"size is at least 1 step, or a share in (0, 1], got {self.size}")
        if not isinstance(self.size, int):
            checked_share("size", self.size)

    def draw(self, item: Any, rng: Stream) -> Crop:
        """Where it begins, and its steps."""
        lengths = self.lengths(item)
        if isinstance(self.size, int):
            size = np.minimum(self.size, lengths)
        else:
            size = np.maximum(np.rint(rng.uniform(*checked_share("size", self.size)) * lengths), 1)
        size = whole(size, rng)
        return Crop(rng.integers(0, lengths - size + 1), size)

    def apply_batch(self, batch: Segments, params: Crop) -> Segments:
        """(B, T, C) -> (B, T', C) with T' the longest stretch."""
        return _kernels.crop(batch, params.start, params.size)


@dataclass(frozen=True)
class WindowSlice(SeriesAugmentation):
    """Cut out a stretch at a random place and stretch it to the length of the series (Le Guennec et al. 2016).

    share: of the series that is left, a number or a pair (low, high) to draw from, in (0, 1].
    """

    share: Range = (0.7, 1.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_share("share", self.share)

    def draw(self, item: Any, rng: Stream) -> Crop:
        """Where the stretch begins, and its steps."""
        lengths = self.lengths(item)
        size = whole(np.maximum(np.rint(rng.uniform(*checked_share("share", self.share)) * lengths), 1), rng)
        return Crop(rng.integers(0, lengths - size + 1), size)

    def apply_batch(self, batch: Segments, params: Crop) -> Segments:
        """(B, T, C) -> the same shape and lengths."""
        return _kernels.stretch(batch, params.start, params.size)
