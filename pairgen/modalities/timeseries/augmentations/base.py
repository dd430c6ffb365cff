"""The base class of time-series augmentations: one kernel for items of all types and for batches."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from typing_extensions import TypeVar

from pairgen._validation import check_pair
from pairgen.augmentation import Augmentation, Params, Range, batch_of_one
from pairgen.modalities.timeseries.batch.segments import Segment, Segments
from pairgen.modalities.timeseries.io.codec import Layout, SeriesItem, check_layout, decode_series, restore_series
from pairgen.random import Stream

__all__ = ["Integers", "SeriesAugmentation", "SeriesInput", "as_integers", "check_ratio", "draw_seed", "ends"]

P = TypeVar("P", default=Params)

SeriesInput: TypeAlias = "SeriesItem | Segments"
"""What `draw` takes: an item, or a batch with a stream of one key an item."""

Integers = int | npt.NDArray[np.int64]
"""A whole number for one item, int64 (B,) for a batch."""


@dataclass(frozen=True, kw_only=True)
class SeriesAugmentation(Augmentation[SeriesItem, P]):
    """A random transform of time series.

    Items are arrays, tensors and lists (T,) or (T, C), pandas frames and `Segment`s; batches are `Segments` (B, T, C).
    The view has the type, dtype, device and layout of the item. Padding stays zero, missing values (NaN) stay missing.

    A subclass gives `draw`, for one key or many, and one kernel, `apply_batch`; a single series is a batch of one.

    Args:
        layout: "TC" where arrays, tensors and lists of two axes are (T, C), "CT" where they are (C, T).
    """

    layout: Layout = "TC"

    def __post_init__(self) -> None:
        check_layout(self.layout)

    @abstractmethod
    def draw(self, item: SeriesInput, rng: Stream) -> P:
        """Draw the params of an item, or those of a batch, with B rows, from a stream of many keys."""

    @abstractmethod
    def apply_batch(self, batch: Segments, params: P) -> Segments:
        """Return the views of a batch.

        Args:
            batch: Values (B, T, C), float32 or float64, zero beyond their lengths.
            params: Params whose leaves have B rows.
        """

    @property
    def adds_missing(self) -> bool:
        """Whether views may have missing values where the item had none, which integers cannot hold."""
        return False

    def apply(self, item: SeriesItem, params: P) -> SeriesItem:
        """Return the view of one series of any type.

        Raises:
            ValueError: The augmentation adds missing values, and the item is of integers.
        """
        if self.adds_missing and "int" in str(getattr(item, "dtype", "")):
            raise ValueError(
                f"{type(self).__name__} adds missing values (NaN), which a series of {getattr(item, 'dtype', '')} "
                "cannot hold; cast it to float"
            )
        segment = self._decode(item)
        values = segment.values[None]
        extent = torch.tensor([[values.shape[1]], [segment.start]], device=values.device)
        batch = Segments(values, extent[0], starts=extent[1])
        view = self.apply_batch(batch, batch_of_one(params)).segment(0)
        return view if segment is item else restore_series(view, item, self.layout)

    def lengths(self, item: SeriesInput) -> Integers:
        """Return the number of steps of an item, or int64 (B,) of a batch."""
        return item.lengths.cpu().numpy() if isinstance(item, Segments) else len(self._decode(item))

    def channels(self, item: SeriesInput) -> int:
        """Return the number of channels of an item, or of each item of a batch."""
        return int(item.values.shape[2] if isinstance(item, Segments) else self._decode(item).values.shape[1])

    def _decode(self, item: SeriesItem) -> Segment:
        return item if isinstance(item, Segment) else decode_series(item, self.layout)


def draw_seed(rng: Stream) -> Integers:
    """64 random bits as a signed integer, or int64 (B,): the seed of random numbers as large as the series."""
    words = np.asarray(rng.integers(0, 2**32, size=2)).astype(np.uint64)
    seed: npt.NDArray[np.int64] = (words[..., 0] | words[..., 1] << np.uint64(32)).view(np.int64)
    return seed if rng.is_batched else int(seed)


def as_integers(values: float | npt.NDArray[np.floating], rng: Stream) -> Integers:
    """Numbers as int, or int64 (B,)."""
    return np.asarray(values).astype(np.int64) if rng.is_batched else int(values)


def ends(value: Range) -> tuple[float, float]:
    """A range that was checked before as (lowest, highest)."""
    if isinstance(value, tuple):
        return value
    low, high = np.broadcast_to(value, 2).tolist()
    return low, high


def check_ratio(name: str, value: Range) -> None:
    """Refuse a ratio, or a range of ratios, that is not within (0, 1]."""
    if check_pair(name, value, 0, 1)[0] == 0:
        raise ValueError(f"{name} must be above 0, got {value}; nothing would be left of the series")
