"""Audio transforms of audiomentations and torch-audiomentations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pairgen.testing.adapters.base import ExternalTransform

__all__ = ["AudiomentationsTransform", "TorchAudiomentationsTransform"]


@dataclass(frozen=True, eq=False, repr=False)
class AudiomentationsTransform(ExternalTransform):
    """Takes float32 arrays (T,) or (C, T), and the sample rate in Hz."""

    modality: str | None = "audio"
    sample_rate: int = 16_000

    def call(self, item: Any) -> Any:
        """By keyword, with the rate."""
        return self.transform(samples=item, sample_rate=self.sample_rate)

    def takes(self, item: Any) -> Any:
        """A float32 array."""
        return _wave(item)


@dataclass(frozen=True, eq=False, repr=False)
class TorchAudiomentationsTransform(ExternalTransform):
    """Takes float32 tensors (C, T), as a batch of one."""

    modality: str | None = "audio"
    sample_rate: int = 16_000

    def call(self, item: Any) -> Any:
        """As a batch of one, with the rate."""
        made = self.transform(item[None], sample_rate=self.sample_rate)
        return getattr(made, "samples", made)[0]

    def takes(self, item: Any) -> Any:
        """A float32 tensor (C, T)."""
        wave = _wave(item)
        return None if wave is None else torch.from_numpy(wave.reshape(-1, wave.shape[-1]))


def _wave(item: Any) -> Any:
    """An audio item that is not encoded as a float32 array (T,) or (C, T) within full scale."""
    values = item["array"] if isinstance(item, dict) and "array" in item else item
    if not isinstance(values, (np.ndarray, torch.Tensor)):
        return None
    array = values.to(torch.float64).numpy() if isinstance(values, torch.Tensor) else values
    wave = array / 32768 if array.dtype == np.int16 else array
    return np.ascontiguousarray(np.clip(wave, -1, 1), dtype=np.float32)
