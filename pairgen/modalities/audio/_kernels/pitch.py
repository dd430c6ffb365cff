"""Pitch and tempo, each by itself: a ratio for every clip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pairgen.batch import PaddedBatch
from pairgen.modalities.audio._kernels.vocoder_plan import Plan, plan

__all__ = ["pitch_shift", "time_stretch"]


def pitch_shift(batch: PaddedBatch, semitones: Any, sample_rate: int) -> PaddedBatch:
    """Each clip higher by that many semitones, (B,), any real numbers; its length is kept to the sample."""
    ratios = 2.0 ** (np.asarray(semitones, dtype=np.float64) / 12)
    lengths = batch.lengths.tolist()
    plans = [plan(length, sample_rate, ratio=float(r)) for length, r in zip(lengths, ratios, strict=True)]
    return PaddedBatch(_vocoded(batch, plans), batch.lengths, 2)


def time_stretch(batch: PaddedBatch, rates: Any, sample_rate: int) -> PaddedBatch:
    """Each clip played `rates` times as fast, (B,), at its pitch: T / rate samples, rounded, and at least one."""
    lengths = batch.lengths.tolist()
    plans = [
        plan(length, sample_rate, speed=float(rate)) for length, rate in zip(lengths, np.asarray(rates), strict=True)
    ]
    made = torch.tensor([one.length for one in plans], dtype=torch.int64)
    return PaddedBatch(_vocoded(batch, plans), made.to(batch.lengths.device), 2)


def _vocoded(batch: PaddedBatch, plans: Sequence[Plan]) -> Tensor:
    """(B, C, longest): on the CPU clip by clip, which keeps to the cache and knows no padding; else all at once."""
    values = batch.values
    if not plans:
        return values
    if values.device.type != "cpu":
        from pairgen.modalities.audio._kernels.vocoder_batch import vocode_batch

        return vocode_batch(values, plans)
    from pairgen.modalities.audio._kernels.vocoder import vocode

    made = values.new_zeros(len(values), values.shape[1], max(one.length for one in plans))
    for row, clip, one in zip(made, batch, plans, strict=True):
        row[:, : one.length] = torch.from_numpy(vocode(clip.detach().numpy(), one))
    return made
