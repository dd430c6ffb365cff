"""Decode audio items to a `Clip`, checked once, and restore views to the item's type.

| item | decoded to | view |
|---|---|---|
| array (T,), (C, T), or (T, C) with `layout="TC"` | array (T,) or (C, T) | array of that rank, dtype and layout |
| tensor of these shapes | tensor (T,) or (C, T) | tensor of that rank, dtype, device and layout |
| `{"array": ..., "sampling_rate": ...}` (Hugging Face) | its array | the same dict with another array and its rate |
| path (`str`, `Path`), encoded `bytes`, `{"bytes", "path"}` | float32 array (T,) or (C, T) | such a dict |
| `Clip` | its values | `Clip` |

Samples are floats, full scale at 1, or int16, full scale at 32,768. int16 and half precision are augmented as float32
and restored by rounding; int16 saturates. Floats may exceed full scale and are never clipped.

Dicts, files and clips carry their own sample rate, and are resampled where the recipe asks for another. A bare array is
taken to have the rate of the recipe; without one its rate is unknown, and each augmentation takes its own option
`sample_rate`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from pairgen._validation import check_choice, check_int
from pairgen.batch import PaddedBatch
from pairgen.modalities.audio.batch import Clip, ClipBatch, Waveform, check_batch
from pairgen.modalities.audio.io.files import read_file, resample

__all__ = ["CODEC", "AudioCodec", "AudioItem", "Layout", "check_layout", "check_sample_rate"]

Layout = Literal["CT", "TC"]
"""The axes of arrays of rank 2: channels first, or time first."""

AudioItem = Clip | np.ndarray | Tensor | Mapping[str, Any] | str | os.PathLike[str] | bytes | bytearray | memoryview
"""What users hold; see the table above."""

_WORKING = (np.float32, np.float64, torch.float32, torch.float64)
_SHORT = 32768.0
_ENCODED = (bytes, bytearray, memoryview)


@dataclass(frozen=True)
class AudioCodec:
    """Decode audio items at one sample rate, and restore views to the item's type.

    >>> clip = AudioCodec(16_000).decode({"array": np.zeros(8000, np.float32), "sampling_rate": 8000})
    >>> clip.values.shape, clip.sample_rate
    ((16000,), 16000)

    Args:
        sample_rate: In Hz; dicts, files and clips, which carry a rate, are resampled to it, and bare arrays are taken
            to have it. None keeps every item at its own.
        layout: "CT" where arrays of rank 2 are (C, T), "TC" where they are (T, C).
    """

    sample_rate: int | None = None
    layout: Layout = "CT"

    def __post_init__(self) -> None:
        if self.sample_rate is not None:
            check_sample_rate(self.sample_rate)
        check_layout(self.layout)

    def decode(self, item: AudioItem) -> Clip:
        """Return the item as a `Clip` of float32 or float64. The item is not changed.

        Raises:
            ValueError: It is empty, unreadable, truncated, not finite, or has a sample rate below 1.
            TypeError: It is of another type, rank or dtype.
        """
        return decode_item(item, self.sample_rate, self.layout)

    def restore(self, view: Clip, item: AudioItem) -> AudioItem:
        """Return the view in the item's type, dtype and layout; dicts and clips say the rate that the view has."""
        return restore_item(view, item, self.layout)

    def check_batch(self, batch: PaddedBatch | Tensor | np.ndarray) -> ClipBatch:
        """Return a batch as a `ClipBatch`; one without a sample rate is taken to have that of the codec.

        Raises:
            ValueError: It has another sample rate, or holds NaN or infinite samples.
            TypeError: It is no batch of clips.
        """
        checked = check_batch(batch)
        if checked.sample_rate is None:
            return checked if self.sample_rate is None else replace(checked, sample_rate=self.sample_rate)
        if self.sample_rate not in (None, checked.sample_rate):
            raise ValueError(
                f"the batch has {checked.sample_rate:,} Hz, the recipe {self.sample_rate:,} Hz; pass the recipe "
                f"sample_rate={checked.sample_rate}, or decode the clips with AudioCodec({self.sample_rate}) before "
                "you collate them"
            )
        return checked


def decode_item(item: AudioItem, sample_rate: int | None, layout: Layout) -> Clip:
    """See `AudioCodec.decode`."""
    if isinstance(item, (np.ndarray, Tensor)):
        return Clip(_check(item, layout), sample_rate)
    if isinstance(item, Clip):
        rate = sample_rate if item.sample_rate is None else check_sample_rate(item.sample_rate)
        values = _check(item.values, "CT")
    elif isinstance(item, Mapping) and item.get("array") is not None:
        rate = check_sample_rate(item.get("sampling_rate"), "sampling_rate")
        array = item["array"]
        values = _check(array if isinstance(array, (np.ndarray, Tensor)) else np.asarray(array, np.float32), layout)
    else:
        source, name = _file_of(item)
        wave, rate = read_file(source, name)
        values = _check(wave, "CT", f"the audio file {name}")
    if rate is None or sample_rate in (None, rate):
        return Clip(values, rate)
    return Clip(resample(values, rate, sample_rate), sample_rate)


def restore_item(view: Clip, item: AudioItem, layout: Layout) -> AudioItem:
    """See `AudioCodec.restore`."""
    if not isinstance(view, Clip):
        raise TypeError(
            f"an augmentation of audio returns a Clip, got {type(view).__name__}; write "
            "dataclasses.replace(clip, values=...)"
        )
    if isinstance(item, (np.ndarray, Tensor)):
        return _cast(view.values, item, layout)
    if isinstance(item, Clip):
        return Clip(_cast(view.values, item.values, "CT"), view.sample_rate)
    if isinstance(item, Mapping) and item.get("array") is not None:
        array = item["array"]
        values = _cast(view.values, array, layout) if isinstance(array, (np.ndarray, Tensor)) else view.values
        return {**item, "array": values, "sampling_rate": view.sample_rate}
    path = item.get("path") if isinstance(item, Mapping) else None if isinstance(item, _ENCODED) else os.fspath(item)
    return {"path": path, "array": view.values, "sampling_rate": view.sample_rate}


def check_sample_rate(rate: object, name: str = "sample_rate") -> int:
    """Return a sample rate in Hz as an int; TypeError for no whole number, ValueError below 1."""
    whole = int(rate) if isinstance(rate, (float, np.floating)) and rate.is_integer() else rate
    return check_int(name, whole, 1, unit="Hz")


def check_layout(layout: object) -> None:
    """Raise ValueError for anything but "CT" and "TC"."""
    check_choice("layout, (C, T) or (T, C),", layout, ("CT", "TC"))


def _file_of(item: object) -> tuple[str | bytes, str]:
    """What to read, and its name in messages."""
    if isinstance(item, Mapping) and (item.get("bytes") is not None or item.get("path")):
        path = item.get("path")
        return (item["bytes"] if item.get("bytes") is not None else os.fspath(str(path))), repr(path)
    if isinstance(item, (str, os.PathLike)):
        return os.fspath(item), repr(os.fspath(item))
    if isinstance(item, _ENCODED):
        return bytes(item), f"<{len(item)} bytes>"
    raise TypeError(
        'an audio item is an array or tensor (T,) or (C, T), a dict {"array": ..., "sampling_rate": ...}, a Clip, a '
        f"path, or the bytes of an audio file; got {type(item).__name__}"
    )


def _check(values: Waveform, layout: Layout, name: str | None = None) -> Waveform:
    """The samples as (T,) or (C, T), float32 or float64, finite: the one full check of an item on its way to a pair.

    name: of a file, whose axes are known. ValueError or TypeError with the remedy.
    """
    shown = name or f"the waveform, {type(values).__name__} of shape {tuple(values.shape)} and dtype {values.dtype},"
    if values.ndim not in (1, 2):
        hint = "; pass a batch to sampler.augment" if values.ndim == 3 else ""
        raise TypeError(f"{shown} is not (T,) or (C, T){hint}")
    wave = values.T if values.ndim == 2 and layout == "TC" else values
    if 0 in wave.shape:
        raise ValueError(f"{shown} holds no samples; remove it or leave it out of the data")
    if name is None and wave.ndim == 2 and wave.shape[0] > 8 * wave.shape[1] and wave.shape[1] <= 8:
        raise ValueError(
            f"{shown} has {wave.shape[0]} channels of {wave.shape[1]} samples; where its axes are the other way round, "
            f'pass layout="{"TC" if layout == "CT" else "CT"}"'
        )
    if wave.dtype in (np.int16, torch.int16):
        single = wave.astype(np.float32) if isinstance(wave, np.ndarray) else wave.to(torch.float32)
        return single / np.float32(_SHORT) if isinstance(single, np.ndarray) else single / _SHORT
    if wave.dtype in (np.float16, torch.float16, torch.bfloat16):
        wave = wave.astype(np.float32) if isinstance(wave, np.ndarray) else wave.to(torch.float32)
    if wave.dtype not in _WORKING:
        raise TypeError(
            f"samples are floats with full scale at 1, or int16; got {shown} divide by the largest value its type can "
            "have and cast to float32"
        )
    finite = np.isfinite(wave).all() if isinstance(wave, np.ndarray) else torch.isfinite(wave).all()
    if not bool(finite):
        raise ValueError(f"{shown} holds NaN or infinite samples; repair it or leave it out of the data")
    if isinstance(wave, np.ndarray) and not (wave.flags.writeable and wave.flags.c_contiguous):
        wave = np.array(wave, order="C")  # torch takes neither read-only memory nor negative strides
    return wave


def _cast(view: Waveform, like: Waveform, layout: Layout) -> Waveform:
    """The view, (T,) or (C, T), in the dtype and layout of `like`."""
    shaped = view.T if view.ndim == 2 and layout == "TC" else view
    if isinstance(shaped, np.ndarray) and isinstance(like, np.ndarray):
        if like.dtype == np.int16:
            shaped = np.clip(np.rint(shaped * _SHORT), -_SHORT, _SHORT - 1)
        return np.ascontiguousarray(shaped, dtype=like.dtype)
    tensor, dtype = torch.as_tensor(shaped), torch.as_tensor(like).dtype
    if dtype == torch.int16:
        tensor = (tensor * _SHORT).round().clamp(-_SHORT, _SHORT - 1)
    return tensor.to(dtype).contiguous()


CODEC = AudioCodec()
