"""Kernels that move, cut and silence."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from pairgen.batch import sequence_mask
from pairgen.modalities.audio.batch import ClipBatch

__all__ = ["column", "crop", "fit_lengths", "time_mask", "time_shift"]


def column(values: ArrayLike, like: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    """Parameters (B,) as (B, 1, 1) on the device of `like`, which broadcasts over (B, C, T); its dtype by default."""
    return torch.as_tensor(np.asarray(values), dtype=dtype or like.dtype, device=like.device).reshape(-1, 1, 1)


def time_shift(batch: ClipBatch, shift: ArrayLike, fade: int | None) -> ClipBatch:
    """Each clip later by `shift` samples, int (B,); what leaves comes in at the other end, or silence does.

    fade: Samples over which sound fades to either side of the seam, at most a sixteenth of the clip; None for silence.
    """
    moved = torch.zeros_like(batch.values)
    for row, clip, by in zip(moved, batch, np.asarray(shift).tolist(), strict=True):
        length = clip.shape[-1]
        if fade is not None:
            cut = -by % length  # a roll is two copies; a gather by index would cost five times as much
            row[:, : length - cut], row[:, length - cut : length] = clip[:, cut:], clip[:, :cut]
            reach = min(fade, length // 16, cut, length - cut)
            if reach:
                row[:, length - cut - reach : length - cut + reach] *= _dip(reach, row.dtype, row.device)
        elif by >= 0:
            row[:, by:length] = clip[:, : max(0, length - by)]
        else:
            row[:, : max(0, length + by)] = clip[:, -by:]
    return replace(batch, values=moved)


@lru_cache(maxsize=256)
def _dip(samples: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """(2 * samples,): gains that fall to silence and rise again, each by half a period of a cosine."""
    rise = 0.5 - 0.5 * np.cos(np.arange(1, samples + 1) * (np.pi / (samples + 1)))
    return torch.from_numpy(np.concatenate((rise[::-1], rise))).to(device, dtype)


def crop(batch: ClipBatch, start: ArrayLike, size: ArrayLike) -> ClipBatch:
    """Of each clip `size` samples from `start` on, both int (B,); padded to the longest."""
    values = batch.values
    size = np.asarray(size)
    position = torch.arange(int(size.max(initial=1)), device=values.device)
    source = (position + column(start, values, torch.int64)).clamp(max=values.shape[-1] - 1)
    taken = values.gather(-1, source.expand(-1, values.shape[1], -1))
    taken = torch.where(position < column(size, values, torch.int64), taken, 0)
    return replace(batch, values=taken, lengths=torch.from_numpy(size).to(batch.lengths))


def time_mask(batch: ClipBatch, start: ArrayLike, size: ArrayLike, fade: int) -> ClipBatch:
    """Each clip with `size` samples from `start` on silenced, both int (B,).

    fade: Samples over which sound fades before and behind them, at most `size`.
    """
    masked = batch.values.clone()
    starts, sizes = np.asarray(start).tolist(), np.asarray(size).tolist()
    for row, length, first, count in zip(masked, batch.lengths.tolist(), starts, sizes, strict=True):
        reach, stop = min(fade, count), first + count
        if not count:
            continue
        dip = _dip(reach, row.dtype, row.device)
        before, behind = min(reach, first), max(0, min(reach, length - stop))
        row[:, first - before : first] *= dip[reach - before : reach]
        row[:, first:stop] = 0
        row[:, stop : stop + behind] *= dip[reach : reach + behind]
    return replace(batch, values=masked)


def fit_lengths(batch: ClipBatch, lengths: Tensor) -> ClipBatch:
    """Each clip cut, or lengthened with silence, to those lengths, int64 (B,)."""
    values, longest = batch.values, int(lengths.max()) if len(lengths) else 0
    padded = torch.nn.functional.pad(values, (0, max(0, longest - values.shape[-1])))[..., :longest]
    fitted = torch.where(sequence_mask(lengths, longest)[:, None], padded, 0)
    return replace(batch, values=fitted, lengths=lengths)
