"""Kernels that move, cut and silence: one gather or one multiplication a batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from pairgen.batch import PaddedBatch, sequence_mask

__all__ = ["column", "crop", "time_mask", "time_shift", "with_lengths"]


def column(values: Any, like: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    """Parameters (B,) as (B, 1, 1) on the device of `like`, which broadcasts over (B, C, T); its dtype by default."""
    return torch.as_tensor(np.asarray(values), dtype=dtype or like.dtype).to(like.device).reshape(-1, 1, 1)


def time_shift(batch: PaddedBatch, shift: Any, roll: bool) -> PaddedBatch:
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
    return PaddedBatch(moved, batch.lengths, 2)


def crop(batch: PaddedBatch, start: Any, size: Any) -> PaddedBatch:
    """Of each clip `size` samples from `start` on, both int (B,); padded to the longest."""
    values = batch.values
    size = np.asarray(size)
    place = torch.arange(int(size.max(initial=1)), device=values.device)
    source = (place + column(start, values, torch.int64)).clamp(max=values.shape[-1] - 1)
    taken = values.gather(-1, source.expand(-1, values.shape[1], -1))
    taken = torch.where(place < column(size, values, torch.int64), taken, 0)
    return PaddedBatch(taken, torch.as_tensor(size).to(batch.lengths), 2)


def time_mask(batch: PaddedBatch, start: Any, size: Any) -> PaddedBatch:
    """Each clip with `size` samples from `start` on silenced, both int (B,)."""
    values = batch.values
    first = column(start, values, torch.int64)
    place = torch.arange(values.shape[-1], device=values.device)
    hidden = (place >= first) & (place < first + column(size, values, torch.int64))
    return PaddedBatch(torch.where(hidden, 0, values), batch.lengths, 2)


def with_lengths(batch: PaddedBatch, lengths: Tensor) -> PaddedBatch:
    """Each clip cut, or lengthened with silence, to those lengths, int64 (B,)."""
    values, longest = batch.values, int(lengths.max()) if len(lengths) else 0
    padded = torch.nn.functional.pad(values, (0, max(0, longest - values.shape[-1])))[..., :longest]
    return PaddedBatch(torch.where(sequence_mask(lengths, longest)[:, None], padded, 0), lengths, 2)
