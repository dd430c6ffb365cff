"""Audio items: what users hold, the form in which it is augmented, and back.

| item | augmented as | view |
|---|---|---|
| array (T,), (C, T), or (T, C) with `layout="TC"` | array (T,) or (C, T) | array of that rank, dtype and layout |
| tensor of these shapes | tensor (T,) or (C, T) | tensor of that rank, dtype, device and layout |
| `{"array": ..., "sampling_rate": ...}` (Hugging Face) | its array | the same dict with another array and its rate |
| path (`str`, `Path`), encoded `bytes`, `{"bytes", "path"}` | float32 array (T,) or (C, T) | such a dict |

Samples are floats, full scale at 1, or int16, full scale at 32,768. int16 and half precision are augmented as float32
and given back rounded; int16 saturates. Floats may exceed full scale and are never clipped.

Dicts and files carry their own sample rate, and are resampled where the recipe asks for another; a bare array is taken
to have the rate of the recipe.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from pairgen.modalities.audio.io.files import read_file, resampled

__all__ = ["Layout", "checked_rate", "decode_audio", "decode_clip", "rate_of", "restore_audio"]

Layout = Literal["CT", "TC"]

_FORMS = (
    'an array or tensor (T,) or (C, T), a dict {"array": ..., "sampling_rate": ...}, a path, or the bytes of an audio '
    "file"
)
_WORKING = (np.float32, np.float64, torch.float32, torch.float64)
_SHORT = 32768.0
_ENCODED = (bytes, bytearray, memoryview)


def decode_audio(item: Any, sample_rate: int | None = None, layout: Layout = "CT") -> Any:
    """The item as it is augmented: an array or tensor (T,) or (C, T), float32 or float64. The item is not changed.

    sample_rate: what items with a rate of their own are resampled to; None keeps theirs. layout: of bare arrays (and
    arrays in dicts) of two axes.
    Raises ValueError for an item that is empty, unreadable, truncated, not finite, or has a sample rate below 1, and
    TypeError for another type, rank or dtype; both name the item and the remedy.
    """
    return decode_clip(item, sample_rate, layout)[0]


def decode_clip(item: Any, sample_rate: int | None = None, layout: Layout = "CT") -> tuple[Any, int | None]:
    """What `decode_audio` gives, and its sample rate: None for a bare array if none is asked for."""
    if isinstance(item, (np.ndarray, Tensor)):
        return _checked(item, layout), sample_rate
    if isinstance(item, Mapping) and item.get("array") is not None:
        rate = checked_rate(item.get("sampling_rate"))
        values = item["array"]
        values = values if isinstance(values, (np.ndarray, Tensor)) else np.asarray(values, dtype=np.float32)
        wave = _checked(values, layout)
    else:
        source, name = _file_of(item)
        wave, rate = read_file(source, name)
        _check_values(wave, f"the audio file {name}")
    if sample_rate is None or rate == sample_rate:
        return wave, rate
    return resampled(wave, rate, sample_rate), sample_rate


def restore_audio(view: Any, item: Any, sample_rate: int | None = None, layout: Layout = "CT") -> Any:
    """The view in the type, dtype and layout of the item; sample_rate: that of the view, None for the item's own."""
    if isinstance(item, (np.ndarray, Tensor)):
        return _as(view, item, layout)
    rate = rate_of(item, 0) if sample_rate is None else sample_rate
    if isinstance(item, Mapping) and item.get("array") is not None:
        array = item["array"]
        values = _as(view, array, layout) if isinstance(array, (np.ndarray, Tensor)) else view
        return {**item, "array": values, "sampling_rate": rate}
    path = item.get("path") if isinstance(item, Mapping) else None if isinstance(item, _ENCODED) else os.fspath(item)
    return {"path": path, "array": view, "sampling_rate": rate}


def rate_of(item: Any, otherwise: int) -> int:
    """The sample rate that an item carries, or `otherwise` for a bare array, tensor or batch."""
    if isinstance(item, Mapping) and item.get("array") is not None:
        return checked_rate(item.get("sampling_rate"))
    if isinstance(item, (str, os.PathLike, Mapping, *_ENCODED)):
        from pairgen.modalities.audio.io.files import file_rate

        return file_rate(*_file_of(item))
    return otherwise


def checked_rate(rate: Any) -> int:
    """A sample rate in Hz as an integer of at least 1; ValueError or TypeError with the remedy."""
    if isinstance(rate, bool) or not isinstance(rate, (int, float, np.integer, np.floating)) or rate != int(rate):
        raise TypeError(f"a sample rate is a whole number of Hz, such as 16000; got {rate!r}")
    if rate < 1:
        raise ValueError(f"a sample rate is at least 1 Hz, got {rate}; look it up in the source of the data")
    return int(rate)


def _file_of(item: Any) -> tuple[str | bytes, str]:
    """What to read, and its name in messages."""
    if isinstance(item, Mapping) and (item.get("bytes") is not None or item.get("path")):
        path = item.get("path")
        return (item["bytes"] if item.get("bytes") is not None else os.fspath(str(path))), repr(path)
    if isinstance(item, (str, os.PathLike)):
        return os.fspath(item), repr(os.fspath(item))
    if isinstance(item, _ENCODED):
        return bytes(item), f"<{len(item)} bytes>"
    raise TypeError(f"an audio item is {_FORMS}; got {type(item).__name__}")


# -- arrays and tensors ------------------------------------------------------------------------------------------


def _checked(values: Any, layout: Layout) -> Any:
    """The samples as (T,) or (C, T), float32 or float64; ValueError or TypeError with the remedy."""
    name = f"{type(values).__name__} of shape {tuple(values.shape)} and dtype {values.dtype}"
    if layout not in ("CT", "TC"):
        raise ValueError(f'layout is "CT" for (C, T) or "TC" for (T, C), got {layout!r}')
    if values.ndim not in (1, 2):
        hint = "; give a batch to sampler.augment" if values.ndim == 3 else ""
        raise TypeError(f"a waveform is (T,) or (C, T), got {name}{hint}")
    wave = values if values.ndim == 1 or layout == "CT" else values.T
    if 0 in wave.shape:
        raise ValueError(f"the waveform is empty: {name}; leave it out of the data")
    if wave.ndim == 2 and wave.shape[0] > 8 * wave.shape[1] and wave.shape[1] <= 8:
        raise ValueError(
            f"a waveform has its channels first, got {name} with {wave.shape[0]} channels of {wave.shape[1]} samples; "
            f'give layout="{"TC" if layout == "CT" else "CT"}"'
        )
    if wave.dtype in (np.int16, torch.int16):
        single = wave.astype(np.float32) if isinstance(wave, np.ndarray) else wave.to(torch.float32)
        return single / np.float32(_SHORT) if isinstance(single, np.ndarray) else single / _SHORT
    if wave.dtype in (np.float16, torch.float16, torch.bfloat16):
        wave = wave.astype(np.float32) if isinstance(wave, np.ndarray) else wave.to(torch.float32)
    if wave.dtype not in _WORKING:
        raise TypeError(
            f"samples are floats with full scale at 1, or int16; got {name}; divide by the largest value its type can "
            "have and cast to float32"
        )
    _check_values(wave, f"the waveform, {name},")
    if isinstance(wave, np.ndarray) and not (wave.flags.writeable and wave.flags.c_contiguous):
        wave = np.array(wave, order="C")  # torch takes neither read-only memory nor negative strides
    return wave


def _check_values(wave: Any, name: str) -> None:
    if wave.size == 0 if isinstance(wave, np.ndarray) else wave.numel() == 0:
        raise ValueError(f"{name} holds no samples; remove it or leave it out of the data")
    finite = np.isfinite(wave).all() if isinstance(wave, np.ndarray) else torch.isfinite(wave).all()
    if not bool(finite):
        raise ValueError(f"{name} holds NaN or infinite samples; repair it or leave it out of the data")


def _as(view: Any, like: Any, layout: Layout) -> Any:
    """The view, an array or tensor (T,) or (C, T), in the dtype and layout of `like`."""
    shaped = view.T if view.ndim == 2 and layout == "TC" else view
    if shaped.dtype == like.dtype:
        return np.ascontiguousarray(shaped) if isinstance(shaped, np.ndarray) else shaped.contiguous()
    if isinstance(shaped, np.ndarray):
        if like.dtype == np.int16:
            shaped = np.clip(np.rint(shaped * _SHORT), -_SHORT, _SHORT - 1)
        return np.ascontiguousarray(shaped.astype(like.dtype))
    if like.dtype == torch.int16:
        shaped = (shaped * _SHORT).round().clamp(-_SHORT, _SHORT - 1)
    return shaped.to(like.dtype).contiguous()


@dataclass(frozen=True)
class AudioCodec:
    """Opens audio at one sample rate.

    sample_rate: in Hz; dicts and files, which carry a rate, are resampled to it; bare arrays are taken to have it.
    None keeps every item at its own. layout: "CT" where arrays of two axes are (C, T), "TC" where they are (T, C).
    """

    sample_rate: int | None = None
    layout: Layout = "CT"

    def __post_init__(self) -> None:
        if self.sample_rate is not None:
            checked_rate(self.sample_rate)
        if self.layout not in ("CT", "TC"):
            raise ValueError(f'layout is "CT" for (C, T) or "TC" for (T, C), got {self.layout!r}')

    def decode(self, item: Any) -> Any:
        """An array or tensor (T,) or (C, T) at the sample rate."""
        return decode_audio(item, self.sample_rate, self.layout)

    def restore(self, view: Any, item: Any) -> Any:
        """The view in the item's type, dtype and layout; dicts say the rate that the view has."""
        return restore_audio(view, item, self.sample_rate, self.layout)


CODEC = AudioCodec()
