"""Augmentations that choose the part of a series that a view shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pairgen._validation import check_choice, check_int
from pairgen.augmentation import Range
from pairgen.modalities.timeseries import _kernels
from pairgen.modalities.timeseries.augmentations.base import (
    Integers,
    SeriesAugmentation,
    SeriesInput,
    as_integers,
    check_ratio,
    ends,
)
from pairgen.modalities.timeseries.batch.segments import Segments
from pairgen.random import Stream

__all__ = ["CropParams", "OverlapCrop", "OverlapCropParams", "RandomCrop", "WindowSlice"]


@dataclass(frozen=True)
class CropParams:
    """A part of a series.

    Args:
        start: First step; int, or int64 (B,).
        size: Number of steps; int, or int64 (B,).
    """

    start: Integers
    size: Integers


@dataclass(frozen=True)
class OverlapCropParams:
    """One of two crops that overlap.

    Args:
        crop: What the view shows.
        overlap: What both views of the pair show.
    """

    crop: CropParams
    overlap: CropParams


@dataclass(frozen=True)
class OverlapCrop(SeriesAugmentation[OverlapCropParams]):
    """Crop a series to one of two parts that overlap (Yue et al. 2022, TS2Vec, section 3.3).

    The overlap is drawn first, of random length and position; the first view reaches back from it to a random step, the
    second one forward. Both views draw the overlap from the same stream, so a recipe has one of each:

        Recipe(first=OverlapCrop("first"), second=OverlapCrop("second"))

    The params hold the overlap, the views (`Segment`s) the step at which they begin. Put it before all augmentations
    that change lengths.

    Args:
        view: "first" or "second".
        min_overlap: Smallest number of steps of the overlap, at least 1; both views show a shorter series whole.
    """

    view: Literal["first", "second"] = "first"
    min_overlap: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("view", self.view, ("first", "second"))
        check_int("min_overlap", self.min_overlap, 1, unit="steps")

    def draw(self, item: SeriesInput, rng: Stream) -> OverlapCropParams:
        """Draw the crop and the overlap."""
        both, lengths = rng.shared(), self.lengths(item)
        size = both.integers(np.minimum(self.min_overlap, lengths), np.asarray(lengths) + 1)
        left = both.integers(0, lengths - size + 1)
        right = left + size
        outer_left = both.integers(0, left + 1)
        outer_right = both.integers(right, np.asarray(lengths) + 1)
        begin, end = (outer_left, right) if self.view == "first" else (left, outer_right)
        return OverlapCropParams(CropParams(begin, end - begin), CropParams(left, size))

    def apply_batch(self, batch: Segments, params: OverlapCropParams) -> Segments:
        """Return (B, T', C) with T' the longest crop."""
        return _kernels.crop(batch, params.crop.start, params.crop.size)


@dataclass(frozen=True)
class RandomCrop(SeriesAugmentation[CropParams]):
    """Crop a series to a part at a random position.

    Args:
        size: Of the crop: a number of steps (int, at least 1), or a ratio of the series in (0, 1] (float), or a pair
            (low, high) of ratios to draw from. A series shorter than the crop stays as it is: batches pad it.
    """

    size: int | Range = (0.5, 1.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.size, (int, np.integer)):
            check_int("size", self.size, 1, unit="steps")
        else:
            check_ratio("size", self.size)

    def draw(self, item: SeriesInput, rng: Stream) -> CropParams:
        """Draw the first step and the number of steps."""
        if not isinstance(self.size, (int, np.integer)):
            return _draw_part(self.lengths(item), self.size, rng)
        lengths = self.lengths(item)
        size = as_integers(np.minimum(self.size, lengths), rng)
        return CropParams(rng.integers(0, lengths - size + 1), size)

    def apply_batch(self, batch: Segments, params: CropParams) -> Segments:
        """Return (B, T', C) with T' the longest crop."""
        return _kernels.crop(batch, params.start, params.size)


@dataclass(frozen=True)
class WindowSlice(SeriesAugmentation[CropParams]):
    """Crop a series to a part at a random position and stretch it to the whole length (Le Guennec et al. 2016).

    Args:
        ratio: Of the series that is left, in (0, 1]: a number, or a pair (low, high) to draw from.
    """

    ratio: Range = (0.7, 1.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_ratio("ratio", self.ratio)

    def draw(self, item: SeriesInput, rng: Stream) -> CropParams:
        """Draw the first step and the number of steps."""
        return _draw_part(self.lengths(item), self.ratio, rng)

    def apply_batch(self, batch: Segments, params: CropParams) -> Segments:
        """Return views of the same shape and lengths."""
        return _kernels.stretch(batch, params.start, params.size)


def _draw_part(lengths: Integers, ratio: Range, rng: Stream) -> CropParams:
    """A part of at least one step, of a ratio of the length drawn from the range, at a random position."""
    size = as_integers(np.maximum(np.rint(rng.uniform(*ends(ratio)) * lengths), 1), rng)
    return CropParams(rng.integers(0, lengths - size + 1), size)
