"""What all audio augmentations share: the forms of an item, one kernel for all of them, and the checks of ranges."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pairgen.augmentation import Augmentation, Range, batch_of_one
from pairgen.batch import PaddedBatch
from pairgen.modalities.audio.io.codec import Layout, checked_rate, decode_clip, rate_of, restore_audio

__all__ = ["DEFAULT_RATE", "AudioAugmentation", "checked_pair", "checked_range", "lengths_of"]

DEFAULT_RATE = 16_000


@dataclass(frozen=True, kw_only=True)
class AudioAugmentation(Augmentation):
    """An augmentation of clips: arrays and tensors (T,) or (C, T), dicts, paths; batches `PaddedBatch` of (B, C, T).

    sample_rate: in Hz, of items that do not carry their own; dicts and files do. layout: "TC" where arrays of two axes
    are (T, C).

    A subclass gives `draw`, for one key or many, and one kernel, `apply_batch`; a single clip is a batch of one. The
    view has the type, dtype, device and layout of the item. Padding stays silent.
    """

    sample_rate: int = DEFAULT_RATE
    layout: Layout = "CT"

    def __post_init__(self) -> None:
        checked_rate(self.sample_rate)

    @abstractmethod
    def apply_batch(self, batch: PaddedBatch, params: Any) -> PaddedBatch:
        """The views of clips (B, C, T), float32 or float64, silent beyond their lengths; leaves of params have B rows.

        The views are silent beyond their lengths too.
        """

    def apply(self, item: Any, params: Any) -> Any:
        """The view of one clip of any type."""
        opened, rate = decode_clip(item, None, self.layout)
        kernel = self if rate in (None, self.sample_rate) else replace(self, sample_rate=rate)
        wave = torch.as_tensor(opened)
        batch = PaddedBatch(wave.reshape(1, -1, wave.shape[-1]), torch.tensor([wave.shape[-1]], device=wave.device), 2)
        made = kernel.apply_batch(batch, batch_of_one(params)).item(0)
        view: Any = made[0] if wave.ndim == 1 else made
        return restore_audio(view if isinstance(opened, Tensor) else view.numpy(), item, None, self.layout)

    def item_rate(self, item: Any) -> int:
        """The sample rate of an item or a batch."""
        return rate_of(item, self.sample_rate) if not isinstance(item, PaddedBatch) else self.sample_rate

    def item_lengths(self, item: Any) -> Any:
        """The length of an item in samples, or int64 (B,) of a batch."""
        return lengths_of(item, self.layout)


def lengths_of(item: Any, layout: Layout = "CT") -> Any:
    """T of a clip, or int64 (B,) of a batch."""
    if isinstance(item, PaddedBatch):
        return item.lengths.cpu().numpy()
    if isinstance(item, (np.ndarray, Tensor)):
        return int(item.shape[0] if layout == "TC" or item.ndim == 1 else item.shape[-1])
    return int(decode_clip(item, None, layout)[0].shape[-1])


def checked_range(name: str, value: Range, low: float, high: float, unit: str = "") -> tuple[float, float]:
    """A documented range as (lowest, highest) within [low, high]: a pair means itself, a number s means [-s, s]."""
    if isinstance(value, (int, float)):
        if value < 0:
            raise ValueError(f"{name} must not be negative, got {value}; 0 switches it off")
        return checked_pair(name, (-value, value), low, high, unit)
    return checked_pair(name, value, low, high, unit)


def checked_pair(name: str, value: Range, low: float, high: float, unit: str = "") -> tuple[float, float]:
    """A documented range as (lowest, highest) within [low, high]: a pair means itself, a number s means [s, s]."""
    pair = (value, value) if isinstance(value, (int, float)) else tuple(value)
    if len(pair) != 2:
        raise ValueError(f"{name} is a number or a pair (low, high), got {value!r}")
    if not low <= pair[0] <= pair[1] <= high:
        raise ValueError(f"{name} must lie in [{low:g}, {high:g}]{unit}, low before high; got {value!r}")
    return float(pair[0]), float(pair[1])
