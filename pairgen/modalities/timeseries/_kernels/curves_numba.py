"""Noise and interpolation on the CPU: the twins of the kernels in torch, compiled, series by series.

In torch each step is a pass over the whole batch, with a temporary as large, and memory is what takes the time. Here a
series is done while it is in the cache. Same words, same places: the tests hold the two together.
"""

from __future__ import annotations

import numpy as np
from torch import Tensor

from pairgen._numba import jit
from pairgen.random._splitmix_numba import element

__all__ = ["in_loops", "interpolate", "make_noisy"]

Array = np.ndarray

_ROUNDING = 8.0
"""Up to so many times the precision of its mean, a channel's deviation is that of rounding, and its scale is 0."""


def in_loops(values: Tensor) -> bool:
    """Whether these are served here: on the CPU, and not part of a graph of gradients."""
    return values.device.type == "cpu" and not values.requires_grad


@jit
def make_noisy(made: Array, values: Array, lengths: Array, sigma: Array, seeds: Array, table: Array) -> None:
    """Write values (B, T, C) with noise into `made`: `level.add_noise`.

    lengths, sigma, seeds: (B,). table: `noise.normal_table`, of which each 16 bits of a word pick an entry.
    """
    count, steps, channels = values.shape
    strength = np.empty(channels, values.dtype)
    for b in range(count):
        series, noisy = values[b], made[b]
        _scales(series, lengths[b], strength)
        for c in range(channels):
            strength[c] *= sigma[b]
        word, left, number = np.int64(0), 0, 0
        for t in range(lengths[b]):
            for c in range(channels):
                if left == 0:
                    word, left, number = element(seeds[b], number), 4, number + 1
                noisy[t, c] = series[t, c] + strength[c] * table[word & 0xFFFF]
                word >>= 16
                left -= 1
        noisy[lengths[b] : steps] = 0


@jit
def _scales(series: Array, length: int, scales: Array) -> None:
    """The standard deviation of each channel of a series (T, C), as `statistics.mean_and_scale` has it.

    Differences from the first value that is there are summed, in float64, so that a large mean cancels no digits.
    """
    for c in range(len(scales)):
        base, total, squares, count = np.float64(np.nan), 0.0, 0.0, 0
        for t in range(length):
            value = np.float64(series[t, c])
            if value == value:
                if count == 0:
                    base = value
                total += value - base
                squares += (value - base) * (value - base)
                count += 1
        if count == 0:
            scales[c] = 0
            continue
        away = total / count
        spread = np.sqrt(max(squares / count - away * away, 0.0))
        scales[c] = spread if spread > _ROUNDING * np.finfo(series.dtype).eps * abs(base + away) else 0


@jit
def interpolate(made: Array, values: Array, lengths: Array, place: Array, below: float) -> None:
    """Write values (B, T, C) at places (B, T) between their steps into `made`: `time._interpolated`.

    below: what keeps a place a hair before a series' last step.
    """
    count, steps, channels = values.shape
    for b in range(count):
        last = lengths[b] - 1
        for t in range(lengths[b]):
            at = min(place[b, t], last * below)
            low = np.int64(at)
            share = values.dtype.type(at - low)
            high = min(low + 1, last)
            for c in range(channels):
                before, after = values[b, low, c], values[b, high, c]
                between = before + share * (after - before)
                if between != between:  # one of them is missing: the nearer one decides
                    between = before if share < 0.5 else after
                made[b, t, c] = between
        made[b, lengths[b] : steps] = 0
