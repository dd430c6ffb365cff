"""Kernels that hide values: as missing ones, or behind the mean of their channel. Missing values stay missing."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from pairgen.modalities.timeseries._kernels.noise import random_words
from pairgen.modalities.timeseries._kernels.statistics import column, mean_and_scale
from pairgen.modalities.timeseries.batch.segments import Segments

__all__ = ["mask_channels", "mask_stretch", "mask_timestamps"]


def mask_stretch(batch: Segments, start: object, size: object, missing: bool) -> Segments:
    """Each series with `size` steps from `start` on hidden in all channels, both int (B,)."""
    first = column(start, batch.values, torch.int64)
    place = torch.arange(batch.values.shape[1], device=batch.values.device)[:, None]
    return _hidden(batch, (place >= first) & (place < first + column(size, batch.values, torch.int64)), missing)


def mask_channels(batch: Segments, dropped: object, missing: bool) -> Segments:
    """Each series with those channels hidden for which `dropped`, bool (B, C), is True."""
    return _hidden(batch, column(dropped, batch.values, torch.bool), missing)


def mask_timestamps(batch: Segments, probability: object, seeds: object) -> Segments:
    """Each series with steps missing in all channels, each step with that probability, (B,), of its own."""
    words = random_words(seeds, batch.values.shape[1], batch.values.device)
    unit = ((words >> 11) & ((1 << 53) - 1)).to(torch.float32 if batch.device.type == "mps" else torch.float64)
    gone = (unit * 2.0**-53)[..., None] < column(probability, unit)
    return _hidden(batch, gone, missing=True)


def _hidden(batch: Segments, where: Tensor, missing: bool) -> Segments:
    where = where & batch.own()
    if missing:
        return replace(batch, values=batch.values.masked_fill(where, torch.nan))
    mean, _ = mean_and_scale(batch)
    return replace(batch, values=torch.where(where & ~batch.values.isnan(), mean, batch.values))
