"""Kernels that move values in time, the same way for all channels: a gather of steps, or an interpolation of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from pairgen.modalities.timeseries._kernels.curves import travelled
from pairgen.modalities.timeseries._kernels.curves_numba import in_loops, interpolate
from pairgen.modalities.timeseries._kernels.statistics import has_missing, zero_padded
from pairgen.modalities.timeseries.batch.segments import Segments

__all__ = ["crop", "permute", "stretch", "warp_time"]

_BELOW = 1 - 2.0**-40
"""What keeps a place a hair before the last step, so that there is always one after it."""


def crop(batch: Segments, start: object, size: object) -> Segments:
    """Of each series `size` steps from `start` on, both int (B,); padded to the longest."""
    values = batch.values
    first, sizes = (np.asarray(given, dtype=np.int64).reshape(-1) for given in (start, size))
    longest = int(sizes.max(initial=0))
    reach = int(first.max(initial=0)) + longest
    if reach > values.shape[1]:
        values = F.pad(values, (0, 0, 0, reach - values.shape[1]))
    begin, lengths = (torch.from_numpy(given).to(batch.device) for given in (first, sizes))
    made = Segments(_windows(values, begin, longest), lengths, starts=batch.starts + begin)
    return made if sizes.min(initial=longest) == longest else replace(made, values=zero_padded(made, made.values))


def permute(batch: Segments, cuts: object, order: object) -> Segments:
    """Each series cut into pieces that are put in another order.

    cuts: int (B, M + 1), rising from 0 to the length; order: int (B, M), the piece that comes at each place.
    """
    edges = torch.as_tensor(cuts).to(batch.lengths)
    pieces = torch.as_tensor(order).to(batch.lengths)
    sizes = edges.diff(dim=1).gather(1, pieces)
    ends = sizes.cumsum(dim=1)
    moved = edges.gather(1, pieces) - (ends - sizes)  # how far before its old place each piece now begins
    place = torch.arange(batch.values.shape[1], device=ends.device).expand(len(ends), -1).contiguous()
    where = torch.searchsorted(ends, place, right=True).clamp_(max=pieces.shape[1] - 1)
    source = torch.where(batch.mask(), place + moved.gather(1, where), place)
    return replace(batch, values=_rows(batch.values, source + _first_rows(batch.values)))


def stretch(batch: Segments, start: object, size: object) -> Segments:
    """Of each series `size` steps from `start` on, both (B,), stretched to its whole length."""
    first, last = _exact(start, batch), (_exact(size, batch) - 1) * _BELOW
    steps = torch.arange(batch.values.shape[1], device=first.device, dtype=first.dtype)
    share = steps / (batch.lengths[:, None] - 1).clamp(min=1)
    return _interpolated(batch, torch.addcmul(first, share, last))


def warp_time(batch: Segments, speeds: object) -> Segments:
    """Each series read at a speed that changes smoothly, from its first step to its last.

    speeds: (B, K), above 0, heights of a B-spline; only their ratios count.
    """
    share = travelled(batch, speeds)
    return _interpolated(batch, share.mul_((_exact(batch.lengths, batch) - 1) * _BELOW))


def _exact(values: object, batch: Segments) -> Tensor:
    """Parameters (B,) as (B, 1), precise to a fraction of a step of a long series."""
    exact = torch.float32 if batch.values.device.type == "mps" else torch.float64
    return torch.as_tensor(values).to(dtype=exact, device=batch.values.device).reshape(-1, 1)


def _interpolated(batch: Segments, place: Tensor) -> Segments:
    """Each series at places (B, T) before its last step, linearly; missing where the nearer of the two steps is.

    The places are used up, as memory is what takes the time here. Those beyond a series' length may be any, as what is
    made of them is padding.
    """
    values = batch.values
    if not in_loops(values):
        return _interpolated_in_torch(batch, place)
    made = torch.empty_like(values)
    interpolate(made.numpy(), values.numpy(), batch.lengths.numpy(), place.numpy(), _BELOW)
    return replace(batch, values=made)


def _interpolated_in_torch(batch: Segments, place: Tensor) -> Segments:
    values, last = batch.values, batch.lengths[:, None] - 1
    if not batch.full:
        place = torch.minimum(place, last.to(place.dtype) * _BELOW)
    low = place.to(torch.int64).add_(_first_rows(values))
    share = place.frac_().to(values.dtype)[..., None]
    before, after = _rows(values, low), _rows(values, low + (last > 0))
    if has_missing(values):
        near = torch.where(share < 0.5, before, after)
        between = torch.lerp(before, after, share)
        made = torch.where(between.isnan(), near, between)
        made = torch.where(near.isnan(), torch.nan, made)
    else:
        made = (after - before).mul_(share).add_(before)
    return replace(batch, values=zero_padded(batch, made))


def _first_rows(values: Tensor) -> Tensor:
    """int64 (B, 1): the number of each series' first step, counted through all series of values (B, T, C)."""
    return torch.arange(len(values), device=values.device)[:, None] * values.shape[1]


def _rows(values: Tensor, where: Tensor) -> Tensor:
    """SequenceFeatures (B, T', C) of values (B, T, C), by their number counted through all series, int64 (B, T')."""
    return F.embedding(where, values.reshape(-1, values.shape[2]))  # six times as fast as gather on a CPU


def _windows(values: Tensor, start: Tensor, size: int) -> Tensor:
    """`size` steps from `start` on, int64 (B,): rows of a view of all windows, so that each is copied as one."""
    count, steps, channels = values.shape
    flat = values.reshape(count, steps * channels)
    if values.device.type == "cpu":
        windows = np.lib.stride_tricks.sliding_window_view(flat.numpy(), size * channels, axis=1)
        taken = torch.from_numpy(windows[np.arange(count), start.numpy() * channels])
    else:
        taken = flat.unfold(1, size * channels, channels)[torch.arange(count, device=start.device), start]
    return taken.reshape(count, size, channels)
