"""From opened clips or views to a batch, and the last step before the encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pairgen.batch import PaddedBatch, pad
from pairgen.modalities.audio.io.codec import decode_audio

__all__ = ["ToModelInput", "check_batch", "collate"]


def collate(views: Sequence[Any]) -> PaddedBatch:
    """Clips (T,) or (C, T) of any lengths as one batch: values (B, C, T) with silence behind the shorter ones, lengths.

    Where mono and multichannel clips meet, the mono ones are repeated. ValueError for none, or for channels or dtypes
    that do not fit together.
    """
    if not len(views):
        raise ValueError("cannot collate no clips: the batch is empty; check the batch size and the data set")
    waves = [torch.as_tensor(view if isinstance(view, Tensor) else decode_audio(view)) for view in views]
    waves = [wave[None] if wave.ndim == 1 else wave for wave in waves]
    channels = max(len(wave) for wave in waves)
    waves = [wave.expand(channels, -1) if len(wave) == 1 else wave for wave in waves]
    kinds = sorted({(len(wave), str(wave.dtype), str(wave.device)) for wave in waves})
    if len(kinds) > 1:
        listed = ", ".join(f"{n} channels, {dtype}, {device}" for n, dtype, device in kinds[:4])
        raise ValueError(f"cannot collate clips of different kinds: {listed}; give clips of one kind, or mono ones")
    return pad(waves, axis=-1)


def check_batch(batch: Any) -> PaddedBatch:
    """A batch of clips as `PaddedBatch`, values (B, C, T), float32 or float64, silent beyond each length.

    Taken are a `PaddedBatch` of values (B, C, T) or (B, T), or a tensor or array of these shapes without padding; int16 and
    half precision become float32. ValueError or TypeError for anything else, and for NaN.
    """
    if isinstance(batch, (Tensor, np.ndarray)):
        values = torch.as_tensor(np.ascontiguousarray(batch) if isinstance(batch, np.ndarray) else batch)
        lengths = torch.full((len(values),), values.shape[-1] if values.ndim > 1 else 0, device=values.device)
        batch = PaddedBatch(values, lengths, values.ndim - 1)
    if not isinstance(batch, PaddedBatch):
        raise TypeError(
            f"a batch of clips is a PaddedBatch, or a tensor (B, C, T) or (B, T), got {type(batch).__name__}; collate the "
            "items first"
        )
    values, lengths = batch.values, batch.lengths
    name = f"tensor of shape {tuple(values.shape)} and dtype {values.dtype}"
    if values.ndim not in (2, 3) or batch.axis % values.ndim != values.ndim - 1:
        raise TypeError(f"a batch of clips is (B, C, T) or (B, T), the time last; got a {name}; write waves[None]")
    values = values[:, None] if values.ndim == 2 else values
    if values.dtype == torch.int16:
        values = values.to(torch.float32) / 32768
    elif not values.dtype.is_floating_point:
        raise TypeError(f"samples are floats with full scale at 1, or int16; got a {name}; cast to float32")
    elif values.dtype not in (torch.float32, torch.float64):
        values = values.to(torch.float32)
    if len(values) and (int(lengths.min()) < 1 or int(lengths.max()) > values.shape[-1]):
        raise ValueError(
            f"each clip of a batch has 1 to {values.shape[-1]} samples, got lengths from {int(lengths.min())} to "
            f"{int(lengths.max())}; leave empty clips out"
        )
    if not bool(torch.isfinite(values).all()):
        raise ValueError("the batch holds NaN or infinite samples; repair the clips or leave them out")
    checked = PaddedBatch(values, lengths, 2)
    return replace(checked, values=silent_padding(checked))


def silent_padding(batch: PaddedBatch) -> Tensor:
    """The values with zeros beyond each clip's length; the values themselves where no clip is padded."""
    if len(batch) == 0 or int(batch.lengths.min()) == batch.values.shape[-1]:
        return batch.values
    return torch.where(batch.mask()[:, None], batch.values, 0)


@dataclass(frozen=True)
class ToModelInput:
    """A batch of views as the encoder takes it: `PaddedBatch` of float32 (B, channels, T).

    channels: 1 mixes all channels of a clip, their mean; more repeats a mono clip; None leaves them as they are.
    """

    channels: int | None = 1

    def __post_init__(self) -> None:
        if self.channels is not None and self.channels < 1:
            raise ValueError(f"channels is at least 1, or None for those of the data; got {self.channels}")

    def __call__(self, batch: PaddedBatch) -> PaddedBatch:
        """batch: values (B, C, T). ValueError for channels that do not adapt."""
        values = batch.values.to(torch.float32)
        have = values.shape[1]
        if self.channels in (None, have):
            return replace(batch, values=values)
        if self.channels == 1:
            return replace(batch, values=values.mean(dim=1, keepdim=True))
        if have == 1 and self.channels is not None:
            return replace(batch, values=values.expand(-1, self.channels, -1))
        raise ValueError(f"cannot make {self.channels} channels of {have}; give channels=1, or channels={have}")
