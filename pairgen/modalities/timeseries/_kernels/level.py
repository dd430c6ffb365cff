"""Kernels that change values where they are; missing ones stay missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from pairgen.modalities.timeseries._kernels.curves import smooth_curve
from pairgen.modalities.timeseries._kernels.curves_numba import in_loops, make_noisy
from pairgen.modalities.timeseries._kernels.noise import normal_numbers, normal_table
from pairgen.modalities.timeseries._kernels.statistics import column, mean_and_scale, wide, zero_padded
from pairgen.modalities.timeseries.batch.segments import Segments

__all__ = ["add_noise", "normalize", "scale", "warp_magnitude"]


def add_noise(batch: Segments, sigma: object, seeds: object) -> Segments:
    """Each value with independent normal noise of deviation sigma, (B,), times the scale of its channel."""
    values = batch.values
    if not in_loops(values):
        return _noisy_in_torch(batch, sigma, seeds)
    made, strength = torch.empty_like(values), column(sigma, values).expand(len(values), 1, 1).reshape(-1)
    table = normal_table(values.dtype)
    make_noisy(made.numpy(), values.numpy(), batch.lengths.numpy(), strength.numpy(), np.asarray(seeds), table)
    return replace(batch, values=made)


def _noisy_in_torch(batch: Segments, sigma: object, seeds: object) -> Segments:
    values = batch.values
    _, spread = mean_and_scale(batch)
    noise = normal_numbers(seeds, values.shape[1], values)
    rows, factor = wide(noise, spread * column(sigma, values))
    noisy = rows.mul_(factor).add_(values.reshape(rows.shape)).view_as(values)
    return replace(batch, values=zero_padded(batch, noisy))


def scale(batch: Segments, factor: object) -> Segments:
    """Each channel times its factor, (B, C)."""
    rows, factors = wide(batch.values, column(factor, batch.values))
    return replace(batch, values=(rows * factors).view_as(batch.values))


def warp_magnitude(batch: Segments, heights: object) -> Segments:
    """Each channel times a smooth curve through heights (B, K, C) at evenly spaced knots."""
    curve = smooth_curve(batch, heights).to(batch.values.dtype)
    return replace(batch, values=zero_padded(batch, batch.values * curve))


def normalize(batch: Segments) -> Segments:
    """Each channel of each series with mean 0 and standard deviation 1; a constant channel becomes 0."""
    mean, spread = mean_and_scale(batch)
    values = (batch.values - mean) / torch.where(spread > 0, spread, 1)
    flat = (spread == 0) & ~batch.values.isnan()  # what rounding left of a constant channel
    return replace(batch, values=zero_padded(batch, torch.where(flat, 0, values)))
