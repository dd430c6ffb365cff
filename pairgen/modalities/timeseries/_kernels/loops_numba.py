"""Noise and interpolation on the CPU, compiled: the same results as the kernels in torch, series by series.

In torch each operation is a pass over the whole batch, with a temporary as large, and memory bandwidth is the limit.
Here a series is computed while it is in the cache. Random words and positions are the same; tests compare the two.
"""

from __future__ import annotations

import numpy as np
from torch import Tensor

from pairgen._numba import jit
from pairgen.modalities.timeseries._kernels.statistics import ROUNDING
from pairgen.random._splitmix_numba import element

__all__ = ["add_noise", "interpolate", "supports"]

Array = np.ndarray


def supports(values: Tensor) -> bool:
    """Whether the loops take these values: on the CPU, and not part of a graph of gradients."""
    return values.device.type == "cpu" and not values.requires_grad


@jit
def add_noise(noisy: Array, values: Array, lengths: Array, sigma: Array, seeds: Array, table: Array) -> None:
    """Write values (B, T, C) with noise into `noisy`, as `values.add_noise` does.

    lengths, sigma, seeds: (B,). table: `values.normal_table`, of which each 16 bits of a word pick an entry.
    """
    count, steps, channels = values.shape
    strength = np.empty(channels, values.dtype)
    for b in range(count):
        series, view = values[b], noisy[b]
        _scales(series, lengths[b], strength)
        for c in range(channels):
            strength[c] *= sigma[b]
        word, left, number = np.int64(0), 0, 0
        for t in range(lengths[b]):
            for c in range(channels):
                if left == 0:
                    word, left, number = element(seeds[b], number), 4, number + 1
                view[t, c] = series[t, c] + strength[c] * table[word & 0xFFFF]
                word >>= 16
                left -= 1
        view[lengths[b] : steps] = 0


@jit
def _scales(series: Array, length: int, scales: Array) -> None:
    """The standard deviation of each channel of a series (T, C), as `statistics.mean_and_scale` computes it.

    Differences from the first present value are summed, in float64, so that a large mean cancels no digits.
    """
    for c in range(len(scales)):
        base, total, squares, count, unit = np.float64(np.nan), 0.0, 0.0, 0, 0.0
        for t in range(length):
            value = np.float64(series[t, c])
            if value == value:
                if count == 0:
                    base = value
                total += value - base
                squares += (value - base) * (value - base)
                unit = max(unit, abs(value - base))
                count += 1
        if count == 0:
            scales[c] = 0
            continue
        if unit > 0 and not 1e-150 < unit < 1e150:  # squares leave the range of float64: in units of the largest
            total, squares = 0.0, 0.0
            for t in range(length):
                value = (np.float64(series[t, c]) - base) / unit
                if value == value:
                    total += value
                    squares += value * value
        else:
            unit = 1.0
        away = total / count
        spread = unit * np.sqrt(max(squares / count - away * away, 0.0))
        scales[c] = spread if spread > ROUNDING * np.finfo(series.dtype).eps * abs(base + away * unit) else 0


@jit
def interpolate(view: Array, values: Array, lengths: Array, position: Array, below: float) -> None:
    """Write values (B, T, C) at positions (B, T) between their steps into `view`, as `time._interpolate` does.

    below: factor just below 1 that keeps a position before a series' last step.
    """
    count, steps, channels = values.shape
    for b in range(count):
        last = lengths[b] - 1
        for t in range(lengths[b]):
            at = min(position[b, t], last * below)
            low = np.int64(at)
            weight = values.dtype.type(at - low)
            high = min(low + 1, last)
            for c in range(channels):
                before, after = values[b, low, c], values[b, high, c]
                between = before + weight * (after - before)
                if between != between:  # one of them is missing: the nearer one decides
                    between = before if weight < 0.5 else after
                view[b, t, c] = between
        view[b, lengths[b] : steps] = 0
