"""Perturbation in the frequency domain."""

from __future__ import annotations

from dataclasses import replace
from math import pi

import torch
from torch import Tensor

from pairgen.modalities.timeseries._kernels.noise import random_words
from pairgen.modalities.timeseries._kernels.statistics import has_missing, mean_and_scale
from pairgen.modalities.timeseries.batch.segments import Segments

__all__ = ["perturb_frequencies"]


def perturb_frequencies(batch: Segments, removed: float, added: float, strength: float, seeds: object) -> Segments:
    """Each series with some of its frequencies taken away and others strengthened (Zhang et al. 2022, TF-C).

    removed, added: share of the frequencies. strength: amplitude of an added one, at most, as a share of the largest
    amplitude of its channel. The mean of a channel stays. A missing value counts as the mean, and stays missing.
    """
    values, seeds = batch.values, torch.as_tensor(seeds).reshape(-1)
    mean, _ = mean_and_scale(batch)
    missing = values.isnan() if has_missing(values) else None
    present = values if missing is None else torch.where(missing, mean, values)
    made = values.clone()
    for length in sorted(
        set(batch.lengths.tolist())
    ):  # each series at its own length: one transform where all are equal
        where = (batch.lengths == length).nonzero()[:, 0]
        changed = _perturbed(present[where, :length], removed, added, strength, seeds[where.cpu()])
        made[where, :length] = changed
    return replace(batch, values=made if missing is None else made.masked_fill(missing, torch.nan))


def _perturbed(values: Tensor, removed: float, added: float, strength: float, seeds: Tensor) -> Tensor:
    """(B, T, C) of one length, without missing values."""
    spectrum = torch.fft.rfft(values, dim=1)
    count, frequencies, channels = spectrum.shape
    words = random_words(seeds, frequencies * channels, values.device).reshape(count, frequencies, channels)
    take, add, size, turn = (_unit(words, part, values.dtype) for part in range(4))
    amplitude = spectrum.abs()
    amplitude[:, 0] = 0
    largest = amplitude.amax(dim=1, keepdim=True)
    extra = torch.polar(strength * size * largest * (add < added), 2 * pi * turn)
    changed = torch.where(take < removed, 0, spectrum) + extra
    changed[:, 0] = spectrum[:, 0]
    made: Tensor = torch.fft.irfft(changed, n=values.shape[1], dim=1)
    return made


def _unit(words: Tensor, part: int, dtype: torch.dtype) -> Tensor:
    """16 of the 64 bits of each word as a number in [0, 1)."""
    return ((words >> (16 * part)) & 0xFFFF).to(dtype) * 2.0**-16
