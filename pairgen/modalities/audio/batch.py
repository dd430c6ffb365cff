"""The decoded form of audio, one clip or a batch of them, and the last step before the encoder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from pairgen._validation import check_int
from pairgen.batch import PaddedBatch, concat, pad, put, stack, unbatch

if TYPE_CHECKING:
    from pairgen.modalities.audio.io.codec import AudioItem

__all__ = ["Clip", "ClipBatch", "ToModelInput", "Waveform", "check_batch", "collate", "full_scale", "scale_integers"]

Waveform = np.ndarray | Tensor
"""Samples (T,) or (C, T), float32 or float64, full scale at 1."""


@dataclass(frozen=True, eq=False)
class Clip:
    """A waveform and its sample rate: what every audio item is decoded to, and what augmentations take and return.

    Args:
        values: Array or tensor (T,) or (C, T), float32 or float64, full scale at 1.
        sample_rate: In Hz; None where a bare array came without one.
    """

    values: Waveform
    sample_rate: int | None


@dataclass(frozen=True)
class ClipBatch(PaddedBatch):
    """A batch of clips of one sample rate, with silence behind the shorter ones.

    `collate` and `check_batch` make them and check what they take; a `ClipBatch` itself is not checked again.

    Args:
        values: Tensor (B, C, T), float32 or float64, zero beyond each clip's length.
        lengths: int64 (B,), on the same device: samples of each clip.
        axis: The axis of time, 2.
        sample_rate: In Hz; None where bare arrays came without one.
    """

    axis: int = 2
    sample_rate: int | None = field(default=None, kw_only=True)


@unbatch.register
def _(batch: ClipBatch) -> Iterator[Clip]:
    return (Clip(batch.item(i), batch.sample_rate) for i in range(len(batch)))


@put.register
def _(batch: ClipBatch, where: np.ndarray, items: ClipBatch) -> ClipBatch:
    if items.sample_rate != batch.sample_rate:
        raise ValueError(
            f"an augmentation of some clips of a batch must keep their sample rate; {_hertz(batch.sample_rate)} became "
            f"{_hertz(items.sample_rate)}. Apply it to all clips instead"
        )
    changed: ClipBatch = put.dispatch(PaddedBatch)(batch, where, items)
    return changed


@stack.register
def _(like: ClipBatch, items: Sequence[Clip]) -> ClipBatch:
    return collate(items) if items else replace(like)


@concat.register
def _(first: ClipBatch, second: PaddedBatch) -> ClipBatch | None:
    if not isinstance(second, ClipBatch) or second.sample_rate != first.sample_rate:
        return None
    joined: PaddedBatch | None = concat.dispatch(PaddedBatch)(first, second)
    return None if joined is None else replace(first, values=joined.values, lengths=joined.lengths)


def collate(views: Sequence[Clip | AudioItem]) -> ClipBatch:
    """Collate clips of any lengths to one batch; mono clips are repeated where they meet clips with channels.

    Args:
        views: Clips, which are not checked again, or items of any type that `AudioCodec` decodes.

    Returns:
        Values (B, C, T), lengths and the sample rate.

    Raises:
        ValueError: There are none, or their channels, dtypes, devices or sample rates do not fit together.
    """
    if not len(views):
        raise ValueError("cannot collate an empty batch; check the batch size and the dataset")
    clips = [view if isinstance(view, Clip) else _decode(view) for view in views]
    rates = {clip.sample_rate for clip in clips}
    if len(rates) > 1:
        listed = ", ".join(map(_hertz, sorted(rates, key=lambda rate: rate or 0)[:4]))
        raise ValueError(
            f"cannot collate clips of different sample rates ({listed}); resample them to one: name a recipe and pass "
            "it sample_rate, or give your Recipe codec=AudioCodec(sample_rate=...)"
        )
    waves = [torch.from_numpy(w) if isinstance(w := clip.values, np.ndarray) else w for clip in clips]
    waves = [wave[None] if wave.ndim == 1 else wave for wave in waves]
    channels = max(len(wave) for wave in waves)
    waves = [wave.expand(channels, -1) if len(wave) == 1 else wave for wave in waves]
    forms = sorted({(len(wave), str(wave.dtype), str(wave.device)) for wave in waves})
    if len(forms) > 1:
        listed = ", ".join(f"{n} channels, {dtype}, {device}" for n, dtype, device in forms[:4])
        raise ValueError(
            f"cannot collate clips that differ in channels, dtype or device ({listed}); convert them to one of these, "
            "or mix the channels"
        )
    padded = pad(waves, axis=-1)
    return ClipBatch(padded.values, padded.lengths, sample_rate=clips[0].sample_rate)


def full_scale(wave: Waveform) -> tuple[float, float] | None:
    """Return (full scale, silence) of samples that are integers as WAV files hold them; None for others.

    uint8 is silent at 128, int16 and int32 at 0, of either byte order.
    """
    name = wave.dtype.name if isinstance(wave, np.ndarray) else str(wave.dtype).removeprefix("torch.")
    return {"uint8": (128.0, 128.0), "int16": (32768.0, 0.0), "int32": (2.0**31, 0.0)}.get(name)


def scale_integers(wave: Waveform) -> Waveform:
    """Return integer samples as float32 with full scale at 1; `full_scale` is not None for them."""
    scale, silence = full_scale(wave) or (1.0, 0.0)
    if isinstance(wave, np.ndarray):
        return (wave.astype(np.float32) - np.float32(silence)) / np.float32(scale)
    return (wave.to(torch.float32) - silence) / scale


def check_batch(batch: PaddedBatch | Tensor | np.ndarray) -> ClipBatch:
    """Return a batch of clips as a `ClipBatch`, silent beyond each length.

    Args:
        batch: A `ClipBatch`, returned as it is; a `PaddedBatch` of values (B, C, T) or (B, T); or a tensor or array of
            these shapes without padding. Integers and half precision become float32.

    Raises:
        ValueError: It holds NaN or infinite samples, or lengths outside 1 to T.
        TypeError: It is of another type, rank or dtype.
    """
    if isinstance(batch, ClipBatch):
        return batch
    if isinstance(batch, (Tensor, np.ndarray)):
        if isinstance(batch, np.ndarray):
            batch = torch.from_numpy(np.ascontiguousarray(batch, batch.dtype.newbyteorder("=")))
        values = batch
        lengths = torch.full((len(values),), values.shape[-1] if values.ndim > 1 else 0, device=values.device)
        batch = PaddedBatch(values, lengths, values.ndim - 1)
    if not isinstance(batch, PaddedBatch):
        raise TypeError(
            f"a batch of clips is a ClipBatch, a PaddedBatch, or a tensor (B, C, T) or (B, T), got "
            f"{type(batch).__name__}; collate the items first"
        )
    values, lengths = _check_values(batch), batch.lengths
    if len(values) and (int(lengths.min()) < 1 or int(lengths.max()) > values.shape[-1]):
        raise ValueError(
            f"each clip of a batch has 1 to {values.shape[-1]} samples, got lengths from {int(lengths.min())} to "
            f"{int(lengths.max())}; leave empty clips out"
        )
    checked = ClipBatch(values, lengths)
    if len(checked) == 0 or int(lengths.min()) == values.shape[-1]:
        return checked
    return replace(checked, values=torch.where(checked.mask()[:, None], values, 0))


def _check_values(batch: PaddedBatch) -> Tensor:
    """The values as (B, C, T), float32 or float64; ValueError or TypeError with the remedy."""
    values = batch.values
    name = f"tensor of shape {tuple(values.shape)} and dtype {values.dtype}"
    if values.ndim not in (2, 3) or batch.axis % values.ndim != values.ndim - 1:
        raise TypeError(f"a batch of clips is (B, C, T) or (B, T), the time last; got a {name}; write waves[None]")
    values = values[:, None] if values.ndim == 2 else values
    if full_scale(values) is not None:
        values = torch.as_tensor(scale_integers(values), device=values.device)
    elif not values.dtype.is_floating_point:
        raise TypeError(
            f"samples are floats with full scale at 1, int16, int32 or uint8; got a {name}; cast to float32"
        )
    elif values.dtype not in (torch.float32, torch.float64):
        values = values.to(torch.float32)
    if not bool(torch.isfinite(values).all()):
        raise ValueError("the batch holds NaN or infinite samples; repair the clips or leave them out")
    return values


@dataclass(frozen=True)
class ToModelInput:
    """Convert a batch of views to what encoders take: float32 (B, channels, T).

    Args:
        channels: 1 mixes the channels of a clip to their mean; more repeats a mono clip; None leaves them as they are.
    """

    channels: int | None = 1

    def __post_init__(self) -> None:
        if self.channels is not None:
            check_int("channels", self.channels, 1)

    def __call__(self, batch: ClipBatch) -> ClipBatch:
        """Return the batch with float32 values; ValueError for channels that cannot be mixed or repeated."""
        values = batch.values.to(torch.float32)
        have = values.shape[1]
        if self.channels in (None, have):
            return replace(batch, values=values)
        if self.channels == 1:
            return replace(batch, values=values.mean(dim=1, keepdim=True))
        if have == 1 and self.channels is not None:
            return replace(batch, values=values.expand(-1, self.channels, -1))
        raise ValueError(f"cannot make {self.channels} channels of {have}; give channels=1, or channels={have}")


def _decode(item: AudioItem) -> Clip:
    from pairgen.modalities.audio.io.codec import CODEC  # which imports Clip from here

    return CODEC.decode(item)


def _hertz(rate: int | None) -> str:
    return "unknown" if rate is None else f"{rate:,} Hz"
