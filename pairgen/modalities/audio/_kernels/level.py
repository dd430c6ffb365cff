"""Kernels that change the level of a clip, and add to it at a given level."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from pairgen.modalities.audio._kernels.time import column
from pairgen.modalities.audio.batch import ClipBatch
from pairgen.random import RandomArray

__all__ = ["add_at_snr", "clip_peaks", "gain", "invert_polarity", "mu_law", "white_noise"]


def gain(batch: ClipBatch, decibels: ArrayLike) -> ClipBatch:
    """Each clip louder by that many decibels, (B,)."""
    return replace(batch, values=batch.values * column(10 ** (np.asarray(decibels) / 20), batch.values))


def invert_polarity(batch: ClipBatch, inverted: ArrayLike) -> ClipBatch:
    """Those clips with their sign changed for which `inverted`, bool (B,), is True."""
    return replace(batch, values=batch.values * column(np.where(inverted, -1.0, 1.0), batch.values))


def white_noise(batch: ClipBatch, array: RandomArray) -> ClipBatch:
    """Independent standard normal noise for every sample of the batch, the same whatever the padding."""
    count, channels, length = batch.values.shape
    shape = (length, channels)  # time first, so that longer padding adds numbers at the end only
    if batch.values.device.type == "cpu":  # where NumPy is faster
        noise = torch.from_numpy(array.normal(shape, like=batch.values.detach().numpy()))
    else:
        noise = array.normal(shape, like=batch.values)
    noise = noise.reshape(count, length, channels).movedim(1, 2)
    return replace(batch, values=torch.where(batch.mask()[:, None], noise, 0))


def add_at_snr(batch: ClipBatch, noise: ClipBatch, decibels: ArrayLike) -> ClipBatch:
    """Each clip with noise added, scaled to lie that many decibels, (B,), below the clip; a silent clip stays so."""
    ratio = column(10 ** (-np.asarray(decibels) / 10), batch.values)
    power = _power(noise)
    factor = torch.where(power > 0, ratio * _power(batch) / power.clamp(min=1e-30), 0).sqrt()
    return replace(batch, values=batch.values + factor * noise.values)


def clip_peaks(batch: ClipBatch, ratio: ArrayLike) -> ClipBatch:
    """Each clip limited to that ratio, (B,), of its own peak, as an overdriven microphone does."""
    limit = column(ratio, batch.values) * batch.values.abs().amax(dim=(1, 2), keepdim=True)
    return replace(batch, values=batch.values.clamp(-limit, limit))


def mu_law(batch: ClipBatch, bits: ArrayLike) -> ClipBatch:
    """Each clip quantized to 2**bits levels, bits int (B,), spaced by the mu-law with mu = 2**bits - 1 (ITU-T G.711).

    Values beyond full scale saturate, as the code has no level for them.
    """
    mu = column(2.0 ** np.asarray(bits) - 1, batch.values)
    values = batch.values.clamp(-1, 1)
    coded = values.sign() * torch.log1p(mu * values.abs()) / torch.log1p(mu)
    levels = (mu - 1) / 2  # as many above zero as below, and zero itself: silence stays silent
    coded = (coded * levels).round() / levels
    return replace(batch, values=coded.sign() * torch.expm1(coded.abs() * torch.log1p(mu)) / mu)


def _power(batch: ClipBatch) -> Tensor:
    """(B, 1, 1): mean square of each clip over its samples and channels; padding does not count."""
    samples = batch.lengths.clamp(min=1).to(batch.values.dtype) * batch.values.shape[1]
    return batch.values.square().sum(dim=(1, 2)).div(samples).reshape(-1, 1, 1)
