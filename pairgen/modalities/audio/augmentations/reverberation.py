"""The sound of rooms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pairgen.augmentation import Range
from pairgen.batch import PaddedBatch
from pairgen.modalities.audio import _kernels
from pairgen.modalities.audio.augmentations.base import AudioAugmentation, checked_pair
from pairgen.modalities.audio.augmentations.recordings import recording, recordings
from pairgen.random import RandomArray, Stream

__all__ = ["Reverberation", "Room"]

_LONGEST = 2.0  # seconds of a recorded response that are used


@dataclass(frozen=True)
class Room:
    """Seconds of reverberation, the tail's share of the energy, the recording (-1 for none), each a number or (B,); and
    the field from which a tail is made.
    """

    seconds: Any
    wet: Any
    which: Any
    field: RandomArray


@dataclass(frozen=True)
class Reverberation(AudioAugmentation):
    """Place a clip in a room, by the impulse response of one; level and length are about kept, the tail is cut.

    seconds: until the tail has fallen by 60 dB, a number or a pair (low, high) to draw from, in (0, 5]. wet: the
    tail's share of the energy, likewise, in [0, 1].
    folder: of recorded impulse responses, then used as they are from their highest peak on, at most 2 s; without it, a
    response is an impulse followed by noise that decays exponentially (Moorer 1979), new for each view.
    """

    seconds: Range = (0.1, 0.8)
    wet: Range = (0.1, 0.5)
    folder: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if checked_pair("seconds", self.seconds, 0, 5)[0] == 0:
            raise ValueError(f"seconds must be above 0, got {self.seconds}")
        checked_pair("wet", self.wet, 0, 1)
        if self.folder is not None:
            object.__setattr__(self, "folder", str(self.folder))
            recordings(str(self.folder))

    def draw(self, item: Any, rng: Stream) -> Room:
        """The room."""
        seconds = rng.uniform(*checked_pair("seconds", self.seconds, 0, 5))
        wet = rng.uniform(*checked_pair("wet", self.wet, 0, 1))
        which = rng.integers(0, len(recordings(self.folder)) if self.folder else 1) - (0 if self.folder else 1)
        return Room(seconds, wet, which, rng.array())

    def apply_batch(self, batch: PaddedBatch, params: Room) -> PaddedBatch:
        """(B, C, T) -> the same shape and lengths."""
        if len(batch) == 0:
            return batch
        made = self._synthetic(params, batch.values) if self.folder is None else self._recorded(params)
        return _kernels.reverberate(batch, made)

    def _synthetic(self, params: Room, like: Tensor) -> Tensor:
        lengths = np.maximum(2, np.rint(np.asarray(params.seconds) * self.sample_rate)).astype(np.int64)[:, None]
        place = np.arange(int(lengths.max()))
        kind: Any = np.zeros(0, np.float64 if like.dtype == torch.float64 else np.float32)
        noise = params.field.normal((len(place),), like=kind)
        decay = np.where((place > 0) & (place < lengths), 10.0 ** (-3.0 * place / lengths), 0.0)
        tail = noise * decay
        tail *= np.sqrt(np.asarray(params.wet)[:, None] / np.square(tail).sum(axis=1, keepdims=True).clip(1e-30))
        tail[:, 0] = np.sqrt(1 - np.asarray(params.wet))
        return torch.from_numpy(tail)

    def _recorded(self, params: Room) -> Tensor:
        found = [recording(recordings(str(self.folder))[int(i)], self.sample_rate) for i in params.which]
        cut = [wave[int(np.abs(wave).argmax()) :][: round(_LONGEST * self.sample_rate)] for wave in found]
        responses = np.zeros((len(cut), max(map(len, cut))))
        for row, wave in zip(responses, cut, strict=True):
            row[: len(wave)] = wave / max(1e-15, float(np.sqrt(np.square(wave, dtype=np.float64).sum())))
        return torch.from_numpy(responses)
