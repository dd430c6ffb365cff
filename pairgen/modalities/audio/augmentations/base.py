"""The base class of the audio augmentations: items of every type through one batched kernel."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Generic

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from typing_extensions import TypeVar

from pairgen.augmentation import Augmentation, Range, batch_of_one
from pairgen.modalities.audio.batch import Clip, ClipBatch
from pairgen.modalities.audio.io.codec import (
    AudioCodec,
    AudioItem,
    Layout,
    check_layout,
    check_sample_rate,
    decode_item,
    restore_item,
)
from pairgen.random import Stream

__all__ = ["DEFAULT_RATE", "AudioAugmentation", "Samples", "Span", "ends", "symmetric_ends"]

DEFAULT_RATE = 16_000

Samples = int | npt.NDArray[np.int64]
"""A number of samples, or int64 (B,)."""

Span = tuple[Samples, Samples]
"""The first sample of a stretch and its length."""

P = TypeVar("P", default=object)


@dataclass(frozen=True, kw_only=True)
class AudioAugmentation(Augmentation[AudioItem, P], Generic[P]):
    """An augmentation of clips.

    In a pipeline it takes a decoded `Clip` or a `ClipBatch`, and checks nothing. Called directly it takes items of any
    type, which it decodes (and checks) once and restores once: a view has the type, dtype, device and layout of its
    item. A `Clip` counts as decoded.

    A subclass gives `draw`, for one key or many, and one kernel, `apply_batch`; a single clip is a batch of one.
    `rate_of` and `lengths_of` tell the sample rate and the lengths of what it is given.

    Args:
        sample_rate: In Hz, of bare arrays and tensors that reach it without one; never used where the clip, dict, file
            or recipe says it.
        layout: Of bare arrays of rank 2, and of batches of rank 3, that it is called with directly or that a sampler
            passes it: "CT" for (C, T), "TC" for (T, C).
    """

    sample_rate: int = DEFAULT_RATE
    layout: Layout = "CT"

    def __post_init__(self) -> None:
        check_sample_rate(self.sample_rate)
        check_layout(self.layout)

    @property
    def codec(self) -> AudioCodec:
        """How a `PairSampler` of this augmentation decodes items: at their own sample rate, in its layout."""
        return AudioCodec(None, self.layout)

    @abstractmethod
    def draw(self, item: AudioItem | ClipBatch, rng: Stream) -> P:
        """Draw the params of an item, or with a stream of B keys those of a batch: leaves with B rows."""

    @abstractmethod
    def apply_batch(self, batch: ClipBatch, params: P) -> ClipBatch:
        """Return the views of a batch.

        Args:
            batch: Values (B, C, T), float32 or float64, silent beyond the lengths.
            params: What `draw` gave; its leaves have B rows.

        Returns:
            The views, silent beyond their lengths too.
        """

    def apply(self, item: AudioItem, params: P) -> AudioItem:
        """Return the view of one item by drawn params."""
        clip = self._decode(item)
        view = self._apply_clip(clip, params)
        return view if clip is item else restore_item(view, item, self.layout)

    def sample(self, item: AudioItem, rng: Stream) -> tuple[AudioItem, P]:
        """Return a view and the params that replay it."""
        clip = self._decode(item)
        params = self.draw(clip, rng)
        view = self._apply_clip(clip, params)
        return (view if clip is item else restore_item(view, item, self.layout)), params

    def rate_of(self, item: AudioItem | ClipBatch) -> int:
        """Return the sample rate of an item or a batch in Hz: its own, or `sample_rate` where it has none."""
        return (item if isinstance(item, ClipBatch) else self._decode(item)).sample_rate or self.sample_rate

    def lengths_of(self, item: AudioItem | ClipBatch) -> Samples:
        """Return the length of an item in samples, or int64 (B,) of a batch."""
        if isinstance(item, ClipBatch):
            lengths: npt.NDArray[np.int64] = item.lengths.cpu().numpy()
            return lengths
        return int(self._decode(item).values.shape[-1])

    def _decode(self, item: AudioItem) -> Clip:
        return item if isinstance(item, Clip) else decode_item(item, None, self.layout)

    def _apply_clip(self, clip: Clip, params: P) -> Clip:
        wave = clip.values if isinstance(clip.values, Tensor) else torch.from_numpy(clip.values)
        length = wave.shape[-1]
        lengths = torch.tensor([length], device=wave.device)
        batch = ClipBatch(wave.reshape(1, -1, length), lengths, sample_rate=clip.sample_rate)
        views = self.apply_batch(batch, batch_of_one(params))
        view = views.item(0)[0] if wave.ndim == 1 else views.item(0)
        return Clip(view if isinstance(clip.values, Tensor) else view.numpy(), views.sample_rate)


def ends(value: Range) -> tuple[float, float]:
    """A range that was checked as (low, high): a number s means (s, s)."""
    if isinstance(value, tuple):
        return value
    low, high = np.broadcast_to(value, 2).tolist()
    return low, high


def symmetric_ends(value: Range) -> tuple[float, float]:
    """A range that was checked as (low, high): a number s means (-s, s)."""
    low, high = ends(value)
    return (low, high) if np.ndim(value) else (-high, high)
