"""Augmentations that mask values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from pairgen._validation import check_choice, check_pair, check_probability
from pairgen.augmentation import Numbers, Range
from pairgen.modalities.timeseries import _kernels
from pairgen.modalities.timeseries.augmentations.base import (
    Integers,
    SeriesAugmentation,
    SeriesInput,
    as_integers,
    draw_seed,
    ends,
)
from pairgen.modalities.timeseries.augmentations.crops import CropParams
from pairgen.modalities.timeseries.batch.segments import Segments
from pairgen.random import Stream

__all__ = ["ChannelDropout", "TimeMask", "TimestampMask", "TimestampMaskParams"]

Fill = Literal["mean", "missing"]
_FILLS = ("mean", "missing")


@dataclass(frozen=True)
class TimeMask(SeriesAugmentation[CropParams]):
    """Mask consecutive steps at a random position, in all channels.

    Args:
        ratio: Of the series that is masked, in [0, 1]: a number, or a pair (low, high) to draw from.
        fill: "mean" fills with the mean of each channel, "missing" with missing values (NaN).
    """

    ratio: Range = (0.0, 0.3)
    fill: Fill = "mean"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_pair("ratio", self.ratio, 0, 1)
        check_choice("fill", self.fill, _FILLS)

    @property
    def adds_missing(self) -> bool:
        """Whether it fills with missing values."""
        return self.fill == "missing"

    def draw(self, item: SeriesInput, rng: Stream) -> CropParams:
        """Draw the first masked step and the number of them."""
        lengths = self.lengths(item)
        size = as_integers(np.rint(rng.uniform(*ends(self.ratio)) * lengths), rng)
        return CropParams(rng.integers(0, lengths - size + 1), size)

    def apply_batch(self, batch: Segments, params: CropParams) -> Segments:
        """Return views of the same shape and lengths."""
        return _kernels.mask_span(batch, params.start, params.size, self.fill == "missing")


@dataclass(frozen=True)
class TimestampMaskParams:
    """Which steps are masked.

    Args:
        p: Probability of each step; a number, or float64 (B,).
        seed: Seed of the choice; int, or int64 (B,).
    """

    p: Numbers
    seed: Integers


@dataclass(frozen=True)
class TimestampMask(SeriesAugmentation[TimestampMaskParams]):
    """Let random steps go missing, in all channels (Yue et al. 2022, TS2Vec, section 3.2).

    Encoders treat a missing step as a zero latent, as TS2Vec does with the steps it masks.

    Args:
        p: Probability of each step, in [0, 1]: a number, or a pair (low, high) to draw from.
    """

    p: Range = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        check_pair("p", self.p, 0, 1)

    @property
    def adds_missing(self) -> bool:
        """Always True."""
        return True

    def draw(self, item: SeriesInput, rng: Stream) -> TimestampMaskParams:
        """Draw the probability and the seed."""
        return TimestampMaskParams(rng.uniform(*ends(self.p)), draw_seed(rng))

    def apply_batch(self, batch: Segments, params: TimestampMaskParams) -> Segments:
        """Return views of the same shape and lengths."""
        return _kernels.mask_timestamps(batch, params.p, params.seed)


@dataclass(frozen=True)
class ChannelDropout(SeriesAugmentation[npt.NDArray[np.bool_]]):
    """Mask channels at random, but never all: a series of one channel stays as it is.

    Args:
        p: Probability of each channel, in [0, 1].
        fill: "mean" fills with the mean of the channel, "missing" with missing values (NaN).
    """

    p: float = 0.2
    fill: Fill = "mean"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_probability("p", self.p)
        check_choice("fill", self.fill, _FILLS)

    @property
    def adds_missing(self) -> bool:
        """Whether it fills with missing values."""
        return self.fill == "missing"

    def draw(self, item: SeriesInput, rng: Stream) -> npt.NDArray[np.bool_]:
        """Draw which channels are masked: bool (C,), or (B, C)."""
        unit: npt.NDArray[np.float64] = rng.uniform(size=self.channels(item))
        masked: npt.NDArray[np.bool_] = (unit < self.p) & (unit < unit.max(axis=-1, keepdims=True))
        return masked

    def apply_batch(self, batch: Segments, params: npt.NDArray[np.bool_]) -> Segments:
        """Return views of the same shape and lengths."""
        return _kernels.mask_channels(batch, params, self.fill == "missing")
