"""Augmentations that add noise: white, or recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pairgen.augmentation import Range
from pairgen.batch import PaddedBatch
from pairgen.modalities.audio import _kernels
from pairgen.modalities.audio.augmentations.base import AudioAugmentation, checked_pair
from pairgen.modalities.audio.augmentations.recordings import recording, recordings
from pairgen.random import RandomArray, Stream

__all__ = ["BackgroundNoise", "GaussianNoise", "Recorded", "WhiteNoise"]


@dataclass(frozen=True)
class WhiteNoise:
    """The signal-to-noise ratio in decibels, or (B,), and the field of numbers."""

    snr: Any
    field: RandomArray


@dataclass(frozen=True)
class GaussianNoise(AudioAugmentation):
    """Add white noise; the same noise on every device. A silent clip has no level to relate it to, and stays silent.

    snr: how far the noise lies below the clip, in decibels of mean power, a number or a pair (low, high) to draw from,
    within [-60, 120].
    """

    snr: Range = (10.0, 40.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_pair("snr", self.snr, -60, 120, " dB")

    def draw(self, item: Any, rng: Stream) -> WhiteNoise:
        """The ratio and the field."""
        return WhiteNoise(rng.uniform(*checked_pair("snr", self.snr, -60, 120)), rng.array())

    def apply_batch(self, batch: PaddedBatch, params: WhiteNoise) -> PaddedBatch:
        """(B, C, T) -> the same shape and lengths."""
        return _kernels.add_at_snr(batch, _kernels.white_noise(batch, params.field), params.snr)


@dataclass(frozen=True)
class Recorded:
    """The ratio in decibels, which recording, and where it begins as a share of its length; each a number or (B,)."""

    snr: Any
    which: Any
    start: Any


@dataclass(frozen=True)
class BackgroundNoise(AudioAugmentation):
    """Add a stretch of a recording from a folder, repeated where it is too short. Silent clips stay silent.

    folder: of audio files, of any rate and number of channels. snr: how far the noise lies below the clip, in decibels
    of mean power, a number or a pair (low, high) to draw from, within [-60, 120].
    """

    folder: str
    snr: Range = (5.0, 20.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "folder", str(self.folder))
        recordings(self.folder)
        checked_pair("snr", self.snr, -60, 120, " dB")

    def draw(self, item: Any, rng: Stream) -> Recorded:
        """The ratio, the recording and its beginning."""
        snr = rng.uniform(*checked_pair("snr", self.snr, -60, 120))
        which = rng.integers(0, len(recordings(self.folder)))
        return Recorded(snr, which, rng.uniform())

    def apply_batch(self, batch: PaddedBatch, params: Recorded) -> PaddedBatch:
        """(B, C, T) -> the same shape and lengths."""
        noise = batch.values.new_zeros(len(batch), 1, batch.values.shape[-1])
        rows = zip(noise, batch.lengths.tolist(), params.which, params.start, strict=True)
        for row, length, which, start in rows:
            wave = recording(recordings(self.folder)[int(which)], self.sample_rate)
            begin = int(start * len(wave))
            stretch = np.resize(np.concatenate((wave[begin:], wave[:begin])), length)
            row[0, :length] = torch.from_numpy(stretch).to(row)
        return _kernels.add_at_snr(batch, PaddedBatch(noise, batch.lengths, 2), params.snr)
