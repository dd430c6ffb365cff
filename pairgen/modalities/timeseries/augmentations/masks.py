"""Augmentations that hide values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from pairgen.augmentation import Range
from pairgen.modalities.timeseries import _kernels
from pairgen.modalities.timeseries.augmentations.base import SeriesAugmentation, checked_pair, seed_of, whole
from pairgen.modalities.timeseries.augmentations.crops import Crop
from pairgen.modalities.timeseries.batch.segments import Segments
from pairgen.random import Stream

__all__ = ["ChannelDropout", "MaskedSteps", "TimeMask", "TimestampMask"]

Fill = Literal["mean", "missing"]


def _checked_fill(fill: str) -> None:
    if fill not in ("mean", "missing"):
        raise ValueError(f'fill is "mean" (of the channel) or "missing" (NaN), got {fill!r}')


@dataclass(frozen=True)
class TimeMask(SeriesAugmentation):
    """Hide a stretch at a random place, in all channels.

    share: how much of the series, a number or a pair (low, high) to draw from, in [0, 1]. fill: with the "mean" of each
    channel, or as "missing" values (NaN).
    """

    share: Range = (0.0, 0.3)
    fill: Fill = "mean"

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_pair("share", self.share, 0, 1)
        _checked_fill(self.fill)

    @property
    def leaves_gaps(self) -> bool:
        """If it fills with missing values."""
        return self.fill == "missing"

    def draw(self, item: Any, rng: Stream) -> Crop:
        """Where the stretch begins, and its steps."""
        lengths = self.lengths(item)
        size = whole(np.rint(rng.uniform(*checked_pair("share", self.share, 0, 1)) * lengths), rng)
        return Crop(rng.integers(0, lengths - size + 1), size)

    def apply_batch(self, batch: Segments, params: Crop) -> Segments:
        """(B, T, C) -> the same shape and lengths."""
        return _kernels.mask_stretch(batch, params.start, params.size, self.fill == "missing")


@dataclass(frozen=True)
class MaskedSteps:
    """probability: of each step to be masked, or (B,). seed: of the choice, or int64 (B,)."""

    probability: Any
    seed: Any


@dataclass(frozen=True)
class TimestampMask(SeriesAugmentation):
    """Let steps at random go missing, in all channels (Yue et al. 2022, TS2Vec, section 3.2).

    Encoders take a missing step for a zero latent, which is what TS2Vec does to the steps it masks.

    p: the probability of each step, a number or a pair (low, high) to draw from, in [0, 1].
    """

    p: Range = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_pair("p", self.p, 0, 1)

    @property
    def leaves_gaps(self) -> bool:
        """Always: that is what it does."""
        return True

    def draw(self, item: Any, rng: Stream) -> MaskedSteps:
        """How likely, and the seed."""
        return MaskedSteps(rng.uniform(*checked_pair("p", self.p, 0, 1)), seed_of(rng))

    def apply_batch(self, batch: Segments, params: MaskedSteps) -> Segments:
        """(B, T, C) -> the same shape and lengths."""
        return _kernels.mask_timestamps(batch, params.probability, params.seed)


@dataclass(frozen=True)
class ChannelDropout(SeriesAugmentation):
    """Hide channels at random, but never all: a series of one channel stays as it is.

    p: the probability of each channel, in [0, 1]. fill: with the "mean" of the channel, or as "missing" values (NaN).
    """

    p: float = 0.2
    fill: Fill = "mean"

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_pair("p", self.p, 0, 1)
        _checked_fill(self.fill)

    @property
    def leaves_gaps(self) -> bool:
        """If it fills with missing values."""
        return self.fill == "missing"

    def draw(self, item: Any, rng: Stream) -> np.ndarray:
        """Which channels are hidden: bool (C,), or (B, C)."""
        chance: np.ndarray = rng.uniform(size=self.channels(item))
        hidden: np.ndarray = (chance < self.p) & (chance < chance.max(axis=-1, keepdims=True))
        return hidden

    def apply_batch(self, batch: Segments, params: np.ndarray) -> Segments:
        """(B, T, C) -> the same shape and lengths."""
        return _kernels.mask_channels(batch, params, self.fill == "missing")
