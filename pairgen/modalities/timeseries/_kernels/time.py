"""Kernels that move values in time, the same way for all channels: a gather of steps, or an interpolation of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from pairgen.modalities.timeseries._kernels import loops_numba
from pairgen.modalities.timeseries._kernels.curves import as_exact, integrate_speeds
from pairgen.modalities.timeseries._kernels.statistics import has_missing
from pairgen.modalities.timeseries.batch.segments import Segments

__all__ = ["crop", "permute", "stretch", "warp_time"]

_BELOW = 1 - 2.0**-40
"""Factor that keeps a position just before the last step, so that there is always a step after it."""


def crop(batch: Segments, start: object, size: object) -> Segments:
    """Cut `size` steps from `start` on out of each series, both int (B,); padded to the longest."""
    values = batch.values
    first, sizes = (np.asarray(given, dtype=np.int64).reshape(-1) for given in (start, size))
    longest = int(sizes.max(initial=0))
    reach = int(first.max(initial=0)) + longest
    if reach > values.shape[1]:
        values = F.pad(values, (0, 0, 0, reach - values.shape[1]))
    begin, lengths = (torch.from_numpy(given).to(batch.device) for given in (first, sizes))
    view = Segments(_windows(values, begin, longest), lengths, starts=batch.starts + begin)
    return view if sizes.min(initial=longest) == longest else view.with_values(view.values)


def permute(batch: Segments, cuts: object, order: object) -> Segments:
    """Cut each series into pieces and put them in another order.

    cuts: int (B, M + 1), rising from 0 to the length; order: int (B, M), the piece at each position.
    """
    edges = torch.as_tensor(cuts, dtype=torch.int64, device=batch.device)
    pieces = torch.as_tensor(order, dtype=torch.int64, device=batch.device)
    sizes = edges.diff(dim=1).gather(1, pieces)
    ends = sizes.cumsum(dim=1)
    moved = edges.gather(1, pieces) - (ends - sizes)  # from where a piece begins now to where it began
    step = torch.arange(batch.values.shape[1], device=ends.device).expand(len(ends), -1).contiguous()
    piece = torch.searchsorted(ends, step, right=True).clamp_(max=pieces.shape[1] - 1)
    source = torch.where(batch.mask(), step + moved.gather(1, piece), step)
    return replace(batch, values=_rows(batch.values, source + _first_rows(batch.values)))


def stretch(batch: Segments, start: object, size: object) -> Segments:
    """Stretch `size` steps from `start` on, both (B,), to the whole length of each series."""
    first, last = _exact_column(start, batch), (_exact_column(size, batch) - 1) * _BELOW
    steps = torch.arange(batch.values.shape[1], device=first.device, dtype=first.dtype)
    ratio = steps / (batch.lengths[:, None] - 1).clamp(min=1)
    return _interpolate(batch, torch.addcmul(first, ratio, last))


def warp_time(batch: Segments, speeds: object) -> Segments:
    """Read each series at a speed that changes smoothly, from its first step to its last.

    speeds: (B, K), above 0, heights of a B-spline; only their ratios count.
    """
    ratio = integrate_speeds(batch, speeds)
    return _interpolate(batch, ratio.mul_((_exact_column(batch.lengths, batch) - 1) * _BELOW))


def _exact_column(params: object, batch: Segments) -> Tensor:
    """Parameters (B,) as (B, 1), precise to a fraction of a step of a long series."""
    return as_exact(params, batch).reshape(-1, 1)


def _interpolate(batch: Segments, position: Tensor) -> Segments:
    """Each series at positions (B, T) before its last step, linearly; missing where the nearer of the two steps is.

    The positions are overwritten, to save memory bandwidth. Those beyond a series' length may have any value, as their
    results are padding.
    """
    values = batch.values
    if not loops_numba.supports(values):
        return _interpolate_in_torch(batch, position)
    view = torch.empty_like(values)
    loops_numba.interpolate(view.numpy(), values.numpy(), batch.lengths.numpy(), position.numpy(), _BELOW)
    return replace(batch, values=view)


def _interpolate_in_torch(batch: Segments, position: Tensor) -> Segments:
    values, last = batch.values, batch.lengths[:, None] - 1
    if not batch.full:
        position = torch.minimum(position, last.to(position.dtype) * _BELOW)
    low = position.to(torch.int64).add_(_first_rows(values))
    weight = position.frac_().to(values.dtype)[..., None]
    before, after = _rows(values, low), _rows(values, low + (last > 0))
    if has_missing(values):
        near = torch.where(weight < 0.5, before, after)
        between = torch.lerp(before, after, weight)
        view = torch.where(between.isnan(), near, between)
        view = torch.where(near.isnan(), torch.nan, view)
    else:
        view = (after - before).mul_(weight).add_(before)
    return batch.with_values(view)


def _first_rows(values: Tensor) -> Tensor:
    """int64 (B, 1): the number of each series' first step, counted through all series of values (B, T, C)."""
    return torch.arange(len(values), device=values.device)[:, None] * values.shape[1]


def _rows(values: Tensor, where: Tensor) -> Tensor:
    """Steps (B, T', C) of values (B, T, C), by their number counted through all series, int64 (B, T')."""
    return F.embedding(where, values.reshape(-1, values.shape[2]))  # six times as fast as gather on a CPU


def _windows(values: Tensor, start: Tensor, size: int) -> Tensor:
    """`size` steps from `start` on, int64 (B,): rows of a view of all windows, so that each is copied at once."""
    count, steps, channels = values.shape
    flat = values.reshape(count, steps * channels)
    if values.device.type == "cpu":
        windows = np.lib.stride_tricks.sliding_window_view(flat.numpy(), size * channels, axis=1)
        taken = torch.from_numpy(windows[np.arange(count), start.numpy() * channels])
    else:
        taken = flat.unfold(1, size * channels, channels)[torch.arange(count, device=start.device), start]
    return taken.reshape(count, size, channels)
