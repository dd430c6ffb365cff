"""Reverberation by synthetic or recorded impulse responses."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pairgen._validation import check_pair
from pairgen.augmentation import Numbers, Range
from pairgen.modalities.audio import _kernels
from pairgen.modalities.audio.augmentations._recordings import list_recordings, load_recording
from pairgen.modalities.audio.augmentations.base import AudioAugmentation, Samples, ends
from pairgen.modalities.audio.batch import ClipBatch
from pairgen.modalities.audio.io.codec import AudioItem
from pairgen.random import RandomArray, Stream

__all__ = ["Reverberation", "ReverberationParams"]

_LONGEST = 2.0  # seconds of a recorded response that are used


@dataclass(frozen=True)
class ReverberationParams:
    """What `Reverberation` drew; numbers, or (B,).

    Args:
        seconds: Time until the tail has fallen by 60 dB.
        wet: The tail's ratio of the energy.
        which: Position of the recorded response among the files of the folder, -1 without a folder.
        array: The noise of which a synthetic tail is made.
    """

    seconds: Numbers
    wet: Numbers
    which: Samples
    array: RandomArray


@dataclass(frozen=True)
class Reverberation(AudioAugmentation[ReverberationParams]):
    """Convolve a clip with an impulse response; its level is about kept, and the tail is cut at its length.

    Without a folder, a response is an impulse followed by noise that decays exponentially (Moorer 1979), new for each
    view.

    Args:
        seconds: Time until the tail has fallen by 60 dB, a number or a pair (low, high) to draw from; in (0, 5].
        wet: The tail's ratio of the energy, a number or a pair (low, high) to draw from; in [0, 1].
        folder: Folder of recorded impulse responses, which are then used as they are from their highest peak on, at
            most 2 s; those that cannot be read or are silent are passed over with a warning.
    """

    seconds: Range = (0.1, 0.8)
    wet: Range = (0.1, 0.5)
    folder: str | os.PathLike[str] | None = None
    _files: Sequence[Path] = field(default=(), init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if check_pair("seconds", self.seconds, 0, 5)[0] == 0:
            raise ValueError(f"seconds is above 0, got {self.seconds}")
        check_pair("wet", self.wet, 0, 1)
        if self.folder is not None:
            object.__setattr__(self, "folder", str(self.folder))
            object.__setattr__(self, "_files", list_recordings(str(self.folder)))

    def draw(self, item: AudioItem | ClipBatch, rng: Stream) -> ReverberationParams:
        """Draw the impulse response."""
        seconds = rng.uniform(*ends(self.seconds))
        wet = rng.uniform(*ends(self.wet))
        recorded = self.folder is not None
        which = rng.integers(0, len(self._files) if recorded else 1) - (0 if recorded else 1)
        return ReverberationParams(seconds, wet, which, rng.array())

    def apply_batch(self, batch: ClipBatch, params: ReverberationParams) -> ClipBatch:
        """Return views of the same shape and lengths."""
        if len(batch) == 0:
            return batch
        rate = self.rate_of(batch)
        if self.folder is None:
            responses = _synthesize(params, rate, np.float64 if batch.values.dtype == torch.float64 else np.float32)
        else:
            chosen = [load_recording(self._files, i, rate) for i in np.asarray(params.which).tolist()]
            responses = _stack(chosen, rate)
        return _kernels.convolve(batch, responses, 0)


def _synthesize(params: ReverberationParams, sample_rate: int, dtype: npt.DTypeLike) -> Tensor:
    """(B, taps): an impulse and a decaying tail for each clip."""
    wet = np.asarray(params.wet)
    lengths = np.maximum(2, np.rint(np.asarray(params.seconds) * sample_rate)).astype(np.int64)[:, None]
    taps = np.arange(int(lengths.max()))
    noise: np.ndarray = params.array.normal((len(taps),), like=np.zeros(0, dtype))
    decay = np.where((taps > 0) & (taps < lengths), 10.0 ** (-3.0 * taps / lengths), 0.0)
    tail = noise * decay
    tail *= np.sqrt(wet[:, None] / np.square(tail).sum(axis=1, keepdims=True).clip(1e-30))
    tail[:, 0] = np.sqrt(1 - wet)
    return torch.from_numpy(tail)


def _stack(recordings: list[np.ndarray], sample_rate: int) -> Tensor:
    """float64 (B, taps): recorded responses from their highest peak on, of energy 1."""
    cut = [wave[int(np.abs(wave).argmax()) :][: round(_LONGEST * sample_rate)] for wave in recordings]
    responses = np.zeros((len(cut), max(map(len, cut))))
    for row, wave in zip(responses, cut, strict=True):
        row[: len(wave)] = wave / max(1e-15, float(np.sqrt(np.square(wave, dtype=np.float64).sum())))
    return torch.from_numpy(responses)
