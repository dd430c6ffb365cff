"""Audio transforms of audiomentations and torch-audiomentations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from pairgen.testing.adapters.base import ExternalTransform

__all__ = ["AudiomentationsTransform", "TorchAudiomentationsTransform"]


@dataclass(frozen=True, eq=False, repr=False)
class AudiomentationsTransform(ExternalTransform):
    """A transform of audiomentations: takes float32 arrays (T,) or (C, T).

    Args:
        sample_rate: Sample rate in Hz at which it is called.
    """

    modality: str | None = "audio"
    sample_rate: int = 16_000

    def call(self, item: np.ndarray) -> np.ndarray:
        """Call it by keyword, with the sample rate."""
        view: np.ndarray = self.transform(samples=item, sample_rate=self.sample_rate)
        return view

    def convert_item(self, item: object) -> np.ndarray | None:
        """Return a float32 array (T,) or (C, T); None for encoded items."""
        return _to_waveform(item)


@dataclass(frozen=True, eq=False, repr=False)
class TorchAudiomentationsTransform(ExternalTransform):
    """A transform of torch-audiomentations: takes float32 tensors (C, T), as a batch of one.

    Args:
        sample_rate: Sample rate in Hz at which it is called.
    """

    modality: str | None = "audio"
    sample_rate: int = 16_000

    def call(self, item: torch.Tensor) -> torch.Tensor:
        """Call it on a batch of one, with the sample rate."""
        output = self.transform(item[None], sample_rate=self.sample_rate)
        view: torch.Tensor = getattr(output, "samples", output)[0]
        return view

    def convert_item(self, item: object) -> torch.Tensor | None:
        """Return a float32 tensor (C, T); None for encoded items."""
        waveform = _to_waveform(item)
        return None if waveform is None else torch.from_numpy(waveform.reshape(-1, waveform.shape[-1]))


def _to_waveform(item: object) -> np.ndarray | None:
    """An audio item as a float32 array (T,) or (C, T) within [-1, 1]; None for encoded items."""
    values = item["array"] if isinstance(item, dict) and "array" in item else item
    if not isinstance(values, (np.ndarray, torch.Tensor)):
        return None
    array = values.to(torch.float64).numpy() if isinstance(values, torch.Tensor) else values
    waveform = array / 32768 if array.dtype == np.int16 else array
    return np.ascontiguousarray(np.clip(waveform, -1, 1), dtype=np.float32)
