"""Bugs of sounds and of padded batches, planted in augmentations of waveforms (T,), T at least 1."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

from pairgen.augmentation import Augmentation
from pairgen.batch import PaddedBatch, pad
from pairgen.random import Stream
from pairgen.testing.spec import Tags
from tests.helpers.planted_bugs.base import PlantedBug


@dataclass(frozen=True)
class Offset(Augmentation):
    """Correct: add a constant from [0, 1]; padding stays zero."""

    def draw(self, item: Any, rng: Stream) -> Any:
        return rng.uniform()

    def apply(self, item: torch.Tensor, params: float) -> torch.Tensor:
        return item + params

    def apply_batch(self, batch: PaddedBatch, params: np.ndarray) -> PaddedBatch:
        by = torch.from_numpy(params).to(batch.values.dtype)[:, None]
        return replace(batch, values=torch.where(batch.mask(), batch.values + by, 0))


class AddsNoiseInThePadding(Offset):
    def apply_batch(self, batch: PaddedBatch, params: np.ndarray) -> PaddedBatch:
        return replace(batch, values=batch.values + torch.from_numpy(params).to(batch.values.dtype)[:, None])


@dataclass(frozen=True)
class Noise(Augmentation):
    """Correct: noise at an exact signal-to-noise ratio in decibels of power."""

    snr: float = 20.0

    def draw(self, item: Any, rng: Stream) -> Any:
        return rng.array()

    def level(self, item: torch.Tensor) -> float:
        return float(item.square().mean().sqrt()) * 10 ** (-self.snr / 20)

    def apply(self, item: torch.Tensor, params: Any) -> torch.Tensor:
        noise = params.normal(item.shape, like=item)
        return item + noise * (self.level(item) / noise.square().mean().sqrt())


class DecibelsOfAmplitude(Noise):
    """Divides by 10 where it must divide by 20."""

    def level(self, item: torch.Tensor) -> float:
        return float(item.square().mean().sqrt()) * 10 ** (-self.snr / 10)


class DividesBySilence(Noise):
    """Normalizes by the peak, which is zero for silence."""

    def apply(self, item: torch.Tensor, params: Any) -> torch.Tensor:
        peak = item.abs().max()
        return super().apply(item / peak, params) * peak


def measured(noise: Noise, item: Any, params: Any, view: Any) -> str | None:
    added, signal = (view - item).double().square().mean(), item.double().square().mean()
    if signal == 0:
        return None
    ratio = float(10 * torch.log10(signal / added))
    return None if abs(ratio - noise.snr) < 0.5 else f"the ratio is {ratio:.1f} dB, not {noise.snr}"


def finite_sum(augmentation: Any, item: Any, params: Any, view: Any) -> str | None:
    return None if bool(view.isfinite().all()) else "the view is not finite"


LEVELS = st.sampled_from([0.0, 0.25, -0.5, 1.0])
WAVES = st.lists(LEVELS, min_size=1, max_size=8).map(torch.tensor)
BATCHES = st.lists(WAVES, min_size=1, max_size=4).map(pad)
OPTIONS = {"items": WAVES, "batches": BATCHES, "tags": Tags()}

BUGS = [
    PlantedBug(AddsNoiseInThePadding(), Offset(), "keeps_padding_zero", OPTIONS),
    PlantedBug(
        DecibelsOfAmplitude(), Noise(), "stays_within_its_bounds", {"items": WAVES, "tags": Tags(check_bounds=measured)}
    ),
    PlantedBug(
        DividesBySilence(), Noise(), "stays_within_its_bounds", {"items": WAVES, "tags": Tags(check_bounds=finite_sum)}
    ),
]
