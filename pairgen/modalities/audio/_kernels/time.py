"""Kernels that move, cut and silence: one gather or one multiplication a batch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from pairgen.batch import sequence_mask
from pairgen.modalities.audio.batch import ClipBatch

__all__ = ["column", "crop", "fit_lengths", "time_mask", "time_shift"]


def column(values: ArrayLike, like: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    """Parameters (B,) as (B, 1, 1) on the device of `like`, which broadcasts over (B, C, T); its dtype by default."""
    return torch.as_tensor(np.asarray(values), dtype=dtype or like.dtype).to(like.device).reshape(-1, 1, 1)


def time_shift(batch: ClipBatch, shift: ArrayLike, roll: bool) -> ClipBatch:
    """Each clip later by `shift` samples, int (B,); what leaves comes in at the other end, or silence does."""
    moved = torch.zeros_like(batch.values)
    for row, clip, by in zip(moved, batch, np.asarray(shift).tolist(), strict=True):
        length = clip.shape[-1]
        if roll:
            cut = -by % length  # a roll is two copies; a gather by index would cost five times as much
            row[:, : length - cut], row[:, length - cut : length] = clip[:, cut:], clip[:, :cut]
        elif by >= 0:
            row[:, by:length] = clip[:, : max(0, length - by)]
        else:
            row[:, : max(0, length + by)] = clip[:, -by:]
    return replace(batch, values=moved)


def crop(batch: ClipBatch, start: ArrayLike, size: ArrayLike) -> ClipBatch:
    """Of each clip `size` samples from `start` on, both int (B,); padded to the longest."""
    values = batch.values
    size = np.asarray(size)
    position = torch.arange(int(size.max(initial=1)), device=values.device)
    source = (position + column(start, values, torch.int64)).clamp(max=values.shape[-1] - 1)
    taken = values.gather(-1, source.expand(-1, values.shape[1], -1))
    taken = torch.where(position < column(size, values, torch.int64), taken, 0)
    return replace(batch, values=taken, lengths=torch.as_tensor(size).to(batch.lengths))


def time_mask(batch: ClipBatch, start: ArrayLike, size: ArrayLike) -> ClipBatch:
    """Each clip with `size` samples from `start` on silenced, both int (B,)."""
    values = batch.values
    first = column(start, values, torch.int64)
    position = torch.arange(values.shape[-1], device=values.device)
    hidden = (position >= first) & (position < first + column(size, values, torch.int64))
    return replace(batch, values=torch.where(hidden, 0, values))


def fit_lengths(batch: ClipBatch, lengths: Tensor) -> ClipBatch:
    """Each clip cut, or lengthened with silence, to those lengths, int64 (B,)."""
    values, longest = batch.values, int(lengths.max()) if len(lengths) else 0
    padded = torch.nn.functional.pad(values, (0, max(0, longest - values.shape[-1])))[..., :longest]
    fitted = torch.where(sequence_mask(lengths, longest)[:, None], padded, 0)
    return replace(batch, values=fitted, lengths=lengths)
