"""Augmentations that add noise: white, or recorded."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from pairgen._validation import check_pair
from pairgen.augmentation import Numbers, Range
from pairgen.modalities.audio import _kernels
from pairgen.modalities.audio.augmentations._recordings import list_recordings, load_recording
from pairgen.modalities.audio.augmentations.base import AudioAugmentation, Samples, ends
from pairgen.modalities.audio.batch import ClipBatch
from pairgen.modalities.audio.io.codec import AudioItem
from pairgen.random import RandomArray, Stream

__all__ = ["BackgroundNoise", "BackgroundNoiseParams", "GaussianNoise", "GaussianNoiseParams"]


@dataclass(frozen=True)
class GaussianNoiseParams:
    """What `GaussianNoise` drew.

    Args:
        snr: Signal-to-noise ratio in decibels: a number, or (B,).
        array: The noise, computed where the clip is.
    """

    snr: Numbers
    array: RandomArray


@dataclass(frozen=True)
class GaussianNoise(AudioAugmentation[GaussianNoiseParams]):
    """Add white noise, the same on every device. A silent clip has no level to relate it to, and stays silent.

    Args:
        snr: Signal-to-noise ratio in decibels of mean power, a number or a pair (low, high) to draw from; in
            [-60, 120].
    """

    snr: Range = (10.0, 40.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_pair("snr", self.snr, -60, 120, "dB")

    def draw(self, item: AudioItem | ClipBatch, rng: Stream) -> GaussianNoiseParams:
        """Draw the signal-to-noise ratio and the noise."""
        return GaussianNoiseParams(rng.uniform(*ends(self.snr)), rng.array())

    def apply_batch(self, batch: ClipBatch, params: GaussianNoiseParams) -> ClipBatch:
        """Return views of the same shape and lengths."""
        return _kernels.add_at_snr(batch, _kernels.white_noise(batch, params.array), params.snr)


@dataclass(frozen=True)
class BackgroundNoiseParams:
    """What `BackgroundNoise` drew; each a number, or (B,).

    Args:
        snr: Signal-to-noise ratio in decibels.
        which: Position of the recording among the files of the folder.
        start: Where the stretch begins, as a ratio of the recording's length.
    """

    snr: Numbers
    which: Samples
    start: Numbers


@dataclass(frozen=True)
class BackgroundNoise(AudioAugmentation[BackgroundNoiseParams]):
    """Add a stretch of a recording from a folder, repeated where it is too short. Silent clips stay silent.

    Recordings that cannot be read or are silent are passed over with a warning, and a silent stretch is moved to
    the next sound of its recording. The folder is listed once, when the augmentation is made.

    Args:
        folder: Folder of audio files, of any sample rate and number of channels.
        snr: Signal-to-noise ratio in decibels of mean power, a number or a pair (low, high) to draw from; in
            [-60, 120].
    """

    folder: str | os.PathLike[str]
    snr: Range = (5.0, 20.0)
    _files: Sequence[Path] = field(default=(), init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "folder", str(self.folder))
        object.__setattr__(self, "_files", list_recordings(str(self.folder)))
        check_pair("snr", self.snr, -60, 120, "dB")

    def draw(self, item: AudioItem | ClipBatch, rng: Stream) -> BackgroundNoiseParams:
        """Draw the signal-to-noise ratio, the recording and where it begins."""
        snr = rng.uniform(*ends(self.snr))
        which = rng.integers(0, len(self._files))
        return BackgroundNoiseParams(snr, which, rng.uniform())

    def apply_batch(self, batch: ClipBatch, params: BackgroundNoiseParams) -> ClipBatch:
        """Return views of the same shape and lengths."""
        rate = self.rate_of(batch)
        noise = batch.values.new_zeros(len(batch), 1, batch.values.shape[-1])
        drawn = (np.asarray(leaf).tolist() for leaf in (params.which, params.start))
        for row, length, which, start in zip(noise, batch.lengths.tolist(), *drawn, strict=True):
            stretch = _stretch(load_recording(self._files, which, rate), start, length)
            row[0, :length] = torch.from_numpy(stretch).to(row)
        return _kernels.add_at_snr(batch, ClipBatch(noise, batch.lengths), params.snr)


def _stretch(wave: np.ndarray, start: float, length: int) -> np.ndarray:
    """The samples of a recording from a ratio of its length on, repeated; if silent, from the next sound."""
    begin = int(start * len(wave))
    turned = np.concatenate((wave[begin:], wave[:begin]))
    if not turned[:length].any():
        turned = np.roll(turned, -int(np.flatnonzero(turned)[0]))
    return np.resize(turned, length)
