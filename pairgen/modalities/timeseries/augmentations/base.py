"""What all time-series augmentations share: the forms of an item, one kernel for all of them, checks of ranges."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pairgen.augmentation import Augmentation, Range, batch_of_one
from pairgen.modalities.timeseries.batch.segments import Segment, Segments
from pairgen.modalities.timeseries.io.codec import Layout, checked_layout, decode_series, restore_series
from pairgen.random import Stream

__all__ = ["SeriesAugmentation", "checked_pair", "checked_share", "seed_of", "whole"]


@dataclass(frozen=True, kw_only=True)
class SeriesAugmentation(Augmentation):
    """An augmentation of series: arrays, tensors and lists (T,) or (T, C), pandas frames; batches `Segments` (B, T, C).

    layout: "CT" where arrays and tensors of two axes are (C, T).

    A subclass gives `draw`, for one key or many, and one kernel, `apply_batch`; a single series is a batch of one. The
    view has the type, dtype, device and layout of the item. Padding stays zero, missing values (NaN) stay missing.
    """

    layout: Layout = "TC"

    def __post_init__(self) -> None:
        checked_layout(self.layout)

    @abstractmethod
    def apply_batch(self, batch: Segments, params: Any) -> Segments:
        """The views of series (B, T, C), floats, zero beyond their lengths; leaves of params have B rows."""

    @property
    def leaves_gaps(self) -> bool:
        """Whether its views may have missing values where the item had none, which integers cannot hold."""
        return False

    def apply(self, item: Any, params: Any) -> Any:
        """The view of one series of any type."""
        if self.leaves_gaps and "int" in str(getattr(item, "dtype", "")):
            raise ValueError(
                f"{type(self).__name__} lets values go missing, which a series of {item.dtype} cannot hold; cast it to "
                "float"
            )
        segment = item if isinstance(item, Segment) else decode_series(item, self.layout)
        values = segment.values[None]
        place = torch.tensor([[values.shape[1]], [segment.start]], device=values.device)
        batch = Segments(values, place[0], starts=place[1])
        view = self.apply_batch(batch, batch_of_one(params)).segment(0)
        return view if segment is item else restore_series(view, item, self.layout)

    def lengths(self, item: Any) -> Any:
        """The number of steps of an item, or int64 (B,) of a batch."""
        return item.lengths.cpu().numpy() if isinstance(item, Segments) else len(self._segment(item))

    def channels(self, item: Any) -> int:
        """The number of channels of an item or of each item of a batch."""
        return int(item.values.shape[2] if isinstance(item, Segments) else self._segment(item).values.shape[1])

    def _segment(self, item: Any) -> Segment:
        return item if isinstance(item, Segment) else decode_series(item, self.layout)


def seed_of(rng: Stream) -> Any:
    """64 random bits as a signed integer, or int64 (B,): of what is as large as the series."""
    words = np.asarray(rng.integers(0, 2**32, size=2)).astype(np.uint64)
    seed = (words[..., 0] | words[..., 1] << np.uint64(32)).view(np.int64)
    return seed if rng.is_batched else int(seed)


def whole(values: Any, rng: Stream) -> Any:
    """Numbers as int, or int64 (B,)."""
    return np.asarray(values).astype(np.int64) if rng.is_batched else int(values)


def checked_pair(name: str, value: Range, low: float, high: float) -> tuple[float, float]:
    """A documented range as (lowest, highest) within [low, high]: a pair means itself, a number s means [s, s]."""
    pair = (value, value) if isinstance(value, (int, float)) else tuple(value)
    if len(pair) != 2:
        raise ValueError(f"{name} is a number or a pair (low, high), got {value!r}")
    if not low <= pair[0] <= pair[1] <= high:
        raise ValueError(f"{name} must lie in [{low:g}, {high:g}], low before high; got {value!r}")
    return float(pair[0]), float(pair[1])


def checked_share(name: str, value: Range) -> tuple[float, float]:
    """A range of shares in (0, 1]."""
    if checked_pair(name, value, 0, 1)[0] == 0:
        raise ValueError(f"{name} must be above 0, got {value}; nothing would be left of the series")
    return checked_pair(name, value, 0, 1)
