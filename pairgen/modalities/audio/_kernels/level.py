"""Kernels that change the level of a clip, and add to it at a given level."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from pairgen.batch import PaddedBatch
from pairgen.modalities.audio._kernels.time import column
from pairgen.random import RandomArray

__all__ = ["add_at_snr", "clip_at", "gain", "mu_law", "polarity", "power", "white_noise"]


def power(batch: PaddedBatch) -> Tensor:
    """(B, 1, 1): mean square of each clip over its samples and channels; padding does not count."""
    samples = batch.lengths.clamp(min=1).to(batch.values.dtype) * batch.values.shape[1]
    return batch.values.square().sum(dim=(1, 2)).div(samples).reshape(-1, 1, 1)


def gain(batch: PaddedBatch, decibels: Any) -> PaddedBatch:
    """Each clip louder by that many decibels, (B,)."""
    factor = column(10 ** (np.asarray(decibels) / 20), batch.values)
    return PaddedBatch(batch.values * factor, batch.lengths, 2)


def polarity(batch: PaddedBatch, inverted: Any) -> PaddedBatch:
    """Those clips with their sign changed for which `inverted`, bool (B,), is True."""
    sign = column(np.where(inverted, -1.0, 1.0), batch.values)
    return PaddedBatch(batch.values * sign, batch.lengths, 2)


def white_noise(batch: PaddedBatch, field: RandomArray) -> PaddedBatch:
    """Independent standard normal noise for every sample of the batch, the same whatever the padding."""
    count, channels, length = batch.values.shape
    shape = (length, channels)  # time first, so that longer padding adds numbers at the end only
    like: Any = (
        batch.values if batch.values.device.type != "cpu" else batch.values.detach().numpy()
    )  # NumPy is faster there
    noise = torch.as_tensor(field.normal(shape, like=like)).reshape(count, length, channels).movedim(1, 2)
    return PaddedBatch(torch.where(batch.mask()[:, None], noise, 0), batch.lengths, 2)


def add_at_snr(batch: PaddedBatch, noise: PaddedBatch, decibels: Any) -> PaddedBatch:
    """Each clip with noise added, scaled to lie that many decibels, (B,), below the clip; a silent clip stays so."""
    ratio = column(10 ** (-np.asarray(decibels) / 10), batch.values)
    loud = power(noise)
    factor = torch.where(loud > 0, ratio * power(batch) / loud.clamp(min=1e-30), 0).sqrt()
    return PaddedBatch(batch.values + factor * noise.values, batch.lengths, 2)


def clip_at(batch: PaddedBatch, share: Any) -> PaddedBatch:
    """Each clip limited to that share, (B,), of its own peak, as an overdriven microphone does."""
    limit = column(share, batch.values) * batch.values.abs().amax(dim=(1, 2), keepdim=True)
    return PaddedBatch(batch.values.clamp(-limit, limit), batch.lengths, 2)


def mu_law(batch: PaddedBatch, bits: Any) -> PaddedBatch:
    """Each clip quantised to 2**bits levels, bits int (B,), spaced by the mu-law with mu = 2**bits - 1 (ITU-T G.711).

    Values beyond full scale saturate, as the code has no level for them.
    """
    mu = column(2.0 ** np.asarray(bits) - 1, batch.values)
    values = batch.values.clamp(-1, 1)
    coded = values.sign() * torch.log1p(mu * values.abs()) / torch.log1p(mu)
    levels = (mu - 1) / 2  # as many above zero as below, and zero itself: silence stays silent
    coded = (coded * levels).round() / levels
    return PaddedBatch(coded.sign() * torch.expm1(coded.abs() * torch.log1p(mu)) / mu, batch.lengths, 2)
