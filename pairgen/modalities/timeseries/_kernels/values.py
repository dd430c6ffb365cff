"""Kernels that change values and keep their steps: noise, factors, masks, frequencies. Missing values stay missing.

Random numbers as large as a batch come from one hash, where the batch is. Philox and Box-Muller would take ten times as
long as all else that an augmentation does. Here word n of a series is word n of the SplitMix64 sequence of its seed,
and each 16 bits of it pick one of 65,536 equally likely numbers: the same on every device, to the bit, alone and in any
batch.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from math import pi

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pairgen.modalities.timeseries._kernels import loops_numba
from pairgen.modalities.timeseries._kernels.curves import smooth_curve
from pairgen.modalities.timeseries._kernels.statistics import (
    as_column,
    has_missing,
    mean_and_scale,
    wide_mean_and_scale,
    widen_rows,
)
from pairgen.modalities.timeseries.batch.segments import Segments
from pairgen.random._splitmix import GOLDEN, mix, signed

__all__ = [
    "add_noise",
    "mask_channels",
    "mask_span",
    "mask_timestamps",
    "normalize",
    "perturb_frequencies",
    "scale",
    "warp_magnitude",
]


def random_words(seeds: object, count: int, device: torch.device) -> Tensor:
    """int64 (B, count): 64 random bits each, of seeds int64 (B,)."""
    start = torch.as_tensor(seeds, device=device).reshape(-1, 1)
    return mix((torch.arange(count, device=device) + 1) * signed(GOLDEN) + start)


def normal_numbers(seeds: object, length: int, like: Tensor) -> Tensor:
    """Standard normal (B, length, C), in the dtype and on the device of `like` (B, T, C); none beyond 4.2.

    Number i of a series is the same for every `length`.
    """
    channels = like.shape[2]
    count = length * channels
    words = random_words(seeds, -(-count // 4), like.device)
    parts = words.reshape(-1).view(torch.int16).reshape(len(words), 4 * words.shape[1])[:, :count]
    table = normal_table(like.dtype)
    if like.device.type == "cpu":
        entries = parts.numpy().view(np.uint16)
        numbers = torch.from_numpy(table.take(entries, mode="wrap"))  # NumPy's gather is the faster one, unchecked
    else:
        numbers = torch.from_numpy(table).to(like.device)[parts.to(torch.int64) & 0xFFFF]
    return numbers.reshape(len(numbers), length, channels)


@lru_cache(maxsize=2)
def normal_table(dtype: torch.dtype) -> npt.NDArray[np.floating]:
    """The means of 65,536 equally likely parts of the normal distribution, to good accuracy, at variance 1."""
    from scipy.special import ndtri

    table = ndtri((np.arange(65536) + 0.5) / 65536)
    return np.asarray(table / table.std(), dtype=np.float64 if dtype == torch.float64 else np.float32)


def add_noise(batch: Segments, sigma: object, seeds: object) -> Segments:
    """Add independent normal noise of standard deviation sigma, (B,), times the scale of its channel."""
    values = batch.values
    if not loops_numba.supports(values):
        return _add_noise_in_torch(batch, sigma, seeds)
    noisy, strength = torch.empty_like(values), as_column(sigma, values).expand(len(values), 1, 1).reshape(-1)
    table = normal_table(values.dtype)
    loops_numba.add_noise(
        noisy.numpy(), values.numpy(), batch.lengths.numpy(), strength.numpy(), np.asarray(seeds), table
    )
    return replace(batch, values=noisy)


def _add_noise_in_torch(batch: Segments, sigma: object, seeds: object) -> Segments:
    values = batch.values
    _, spread = mean_and_scale(batch)
    noise = normal_numbers(seeds, values.shape[1], values)
    rows, factor = widen_rows(noise, spread * as_column(sigma, values))
    noisy = rows.mul_(factor).add_(values.reshape(rows.shape)).view_as(values)
    return batch.with_values(noisy)


def scale(batch: Segments, factor: object) -> Segments:
    """Multiply each channel by its factor, (B, C)."""
    rows, factors = widen_rows(batch.values, as_column(factor, batch.values))
    return replace(batch, values=(rows * factors).view_as(batch.values))


def warp_magnitude(batch: Segments, heights: object) -> Segments:
    """Multiply each channel by a smooth curve through heights (B, K, C) at evenly spaced knots."""
    curve = smooth_curve(batch, heights).to(batch.values.dtype)
    return batch.with_values(batch.values * curve)


def normalize(batch: Segments) -> Segments:
    """Standardize each channel of each series to mean 0 and standard deviation 1; a constant channel becomes 0."""
    mean, spread = wide_mean_and_scale(batch)
    values = ((batch.values - mean) / torch.where(spread > 0, spread, 1)).to(batch.values.dtype)
    flat = (spread == 0) & ~batch.values.isnan()  # what rounding left of a constant channel
    return batch.with_values(torch.where(flat, 0, values))


def mask_span(batch: Segments, start: object, size: object, missing: bool) -> Segments:
    """Mask `size` steps from `start` on in all channels, both int (B,)."""
    first = as_column(start, batch.values, torch.int64)
    step = torch.arange(batch.values.shape[1], device=batch.values.device)[:, None]
    return _mask(batch, (step >= first) & (step < first + as_column(size, batch.values, torch.int64)), missing)


def mask_channels(batch: Segments, dropped: object, missing: bool) -> Segments:
    """Mask the channels for which `dropped`, bool (B, C), is True."""
    return _mask(batch, as_column(dropped, batch.values, torch.bool), missing)


def mask_timestamps(batch: Segments, p: object, seeds: object) -> Segments:
    """Let steps go missing in all channels, each step with its series' probability p, (B,)."""
    words = random_words(seeds, batch.values.shape[1], batch.values.device)
    unit = ((words >> 11) & ((1 << 53) - 1)).to(torch.float32 if batch.device.type == "mps" else torch.float64)
    masked = (unit * 2.0**-53)[..., None] < as_column(p, unit)
    return _mask(batch, masked, missing=True)


def _mask(batch: Segments, where: Tensor, missing: bool) -> Segments:
    """Fill values with NaN, or with the mean of their channel."""
    where = where & batch.step_mask()
    if missing:
        return replace(batch, values=batch.values.masked_fill(where, torch.nan))
    mean, _ = mean_and_scale(batch)
    return replace(batch, values=torch.where(where & ~batch.values.isnan(), mean, batch.values))


def perturb_frequencies(batch: Segments, remove_p: float, add_p: float, strength: float, seeds: object) -> Segments:
    """Remove some frequencies of each series and strengthen others (Zhang et al. 2022, TF-C).

    remove_p, add_p: probability of each frequency. strength: largest amplitude that is added, as a ratio of the largest
    amplitude of its channel. The mean of a channel stays. A missing value counts as the mean, and stays missing.
    """
    values, seeds = batch.values, torch.as_tensor(seeds, device="cpu").reshape(-1)
    mean, _ = wide_mean_and_scale(batch)
    missing = values.isnan() if has_missing(values) else None
    present = values if missing is None else torch.where(missing, mean.to(values.dtype), values)
    coarse = mean.dtype != values.dtype  # far from 0, where the transform would lose what is beside the mean
    if coarse:
        present = (present - mean).to(values.dtype)
    perturbed = values.clone()
    for length in sorted(set(batch.lengths.tolist())):  # one transform for all series of one length
        where = (batch.lengths == length).nonzero()[:, 0]
        changed = _perturb_spectrum(present[where, :length], remove_p, add_p, strength, seeds[where.cpu()])
        perturbed[where, :length] = (changed + mean[where]).to(values.dtype) if coarse else changed
    return replace(batch, values=perturbed if missing is None else perturbed.masked_fill(missing, torch.nan))


def _perturb_spectrum(values: Tensor, remove_p: float, add_p: float, strength: float, seeds: Tensor) -> Tensor:
    """(B, T, C) of one length, without missing values."""
    spectrum = torch.fft.rfft(values, dim=1)
    count, frequencies, channels = spectrum.shape
    words = random_words(seeds, frequencies * channels, values.device).reshape(count, frequencies, channels)
    remove, add, size, turn = (_unit(words, part, values.dtype) for part in range(4))
    amplitude = spectrum.abs()
    amplitude[:, 0] = 0
    largest = amplitude.amax(dim=1, keepdim=True)
    extra = torch.polar(strength * size * largest * (add < add_p), 2 * pi * turn)
    changed = torch.where(remove < remove_p, 0, spectrum) + extra
    changed[:, 0] = spectrum[:, 0]
    perturbed: Tensor = torch.fft.irfft(changed, n=values.shape[1], dim=1)
    return perturbed


def _unit(words: Tensor, part: int, dtype: torch.dtype) -> Tensor:
    """16 of the 64 bits of each word as a number in [0, 1)."""
    return ((words >> (16 * part)) & 0xFFFF).to(dtype) * 2.0**-16
