"""Decode audio items to a `Clip`, checked once, and restore views to the item's type.

| item | decoded to | view |
|---|---|---|
| array (T,), (C, T), or (T, C) with `layout="TC"` | array (T,) or (C, T) | array of that rank, dtype and layout |
| tensor of these shapes | tensor (T,) or (C, T) | tensor of that rank, dtype, device and layout |
| `{"array": ..., "sampling_rate": ...}` (Hugging Face) | its array | the same dict with another array and its rate |
| `(wave, 44_100)`: an array or tensor and its rate (librosa, soundfile) | the wave | such a tuple, with its rate |
| path (`str`, `Path`), encoded `bytes`, `{"bytes", "path"}` | float32 array (T,) or (C, T) | such a dict |
| torchcodec's `AudioDecoder` (Hugging Face's datasets from 4 on) and `AudioSamples` | float32 array | such a dict |
| `Clip` | its values | `Clip` |

Samples are floats, full scale at 1, or integers as WAV files hold them, of either byte order: int16, full scale at
32,768; int32, full scale at 2^31; uint8, silent at 128, full scale 128 beside it. A list of integers in a dict is
int16. Integers and half precision are augmented as float32 and restored by rounding; integers saturate. Floats may
exceed full scale and are never clipped.

Tuples, dicts, files and clips carry their own sample rate, and are resampled where the recipe asks for another. A bare
array is taken to have the rate of the recipe; without one its rate is unknown, and each augmentation takes its own
option `sample_rate`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeGuard, cast, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from pairgen._validation import check_choice, check_int
from pairgen.batch import PaddedBatch
from pairgen.modalities.audio.batch import Clip, ClipBatch, Waveform, check_batch, full_scale, scale_integers
from pairgen.modalities.audio.io.files import read_file, resample

if TYPE_CHECKING:
    from pairgen.pairs.sample import Sample

__all__ = [
    "CODEC",
    "AudioCodec",
    "AudioItem",
    "DecodedSamples",
    "Layout",
    "SampleDecoder",
    "check_layout",
    "check_sample_rate",
]

Layout = Literal["CT", "TC"]
"""The axes of arrays of rank 2: channels first, or time first."""


@runtime_checkable
class DecodedSamples(Protocol):
    """Samples as torchcodec's `AudioSamples` holds them.

    Args:
        data: float32 (C, T).
        sample_rate: In Hz.
    """

    data: Tensor
    sample_rate: int


@runtime_checkable
class SampleDecoder(Protocol):
    """An audio file that is decoded when it is asked for, as torchcodec's `AudioDecoder`."""

    def get_all_samples(self) -> DecodedSamples:
        """Return the samples of the whole file."""
        ...


AudioItem = (
    Clip
    | np.ndarray
    | Tensor
    | tuple[Waveform, int]
    | Mapping[str, Any]
    | str
    | os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | SampleDecoder
    | DecodedSamples
)
"""What users hold; see the table above."""

_WORKING = (np.float32, np.float64, torch.float32, torch.float64)
_SHORT = 32768.0
_ENCODED = (bytes, bytearray, memoryview)

_COMMON_RATES = frozenset(
    (8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 37_800, 44_056, 44_100, 47_250, 48_000, 50_000, 64_000)
    + (88_200, 96_000, 176_400, 192_000, 352_800, 384_000)
)
"""Rates that recordings have; in a sample (wave, number) of a dataset the number is a rate if it is one of them."""


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

        An array or tensor of rank 3 is (B, C, T), or (B, T, C) with `layout="TC"`.

        Raises:
            ValueError: It has another sample rate, holds NaN or infinite samples, or its axes are swapped.
            TypeError: It is no batch of clips.
        """
        if isinstance(batch, (np.ndarray, Tensor)) and batch.ndim == 3:
            if self.layout == "TC":
                batch = batch.swapaxes(1, 2)
            check_axes(batch.shape[1], batch.shape[2], f"the batch of shape {tuple(batch.shape)}", self.layout)
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

    def resolve_sample(self, sample: Sample) -> Sample:
        """Return a sample of a dataset, where (wave, rate) is an item with its rate rather than with a label.

        The number is a rate if it is one that recordings have, such as 44,100; else it is a label. The same holds for
        (index, wave, rate), (wave, rate, label), and batches (waves, rates) of a loader.

        Args:
            sample: A sample as its position in a tuple or list says; samples of named columns stay as they are.
        """
        index, item, label = sample.index, sample.item, sample.label
        if isinstance(index, (np.ndarray, Tensor)) and _is_rate(item):
            return replace(sample, index=None, item=(index, int(item)))
        if isinstance(item, (np.ndarray, Tensor)) and _is_rate(label):
            return replace(sample, item=(item, int(label)), label=None)
        return sample

    def resolve_batch(self, batch: object, labels: object) -> tuple[object, object]:
        """Return a batch of a loader and its labels, where labels that are all sample rates are its rate.

        Raises:
            ValueError: The rates differ.
        """
        listed = labels.tolist() if isinstance(labels, (np.ndarray, Tensor)) else labels
        if not isinstance(batch, (np.ndarray, Tensor)) or not isinstance(listed, (list, tuple)) or not listed:
            return batch, labels
        if not all(map(_is_rate, listed)):
            return batch, labels
        if len(set(listed)) > 1:
            raise ValueError(
                f"cannot augment clips of different sample rates ({', '.join(map(str, sorted(set(listed))[:4]))} Hz) "
                "as one batch; let the loader give lists of (wave, rate): DataLoader(..., collate_fn=list)"
            )
        checked = AudioCodec(None, self.layout).check_batch(batch)
        return replace(checked, sample_rate=int(listed[0])), None


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
        values = _check(array if isinstance(array, (np.ndarray, Tensor)) else _to_array(array), layout)
    elif _is_wave_and_rate(item):
        rate, values = check_sample_rate(item[1]), _check(item[0], layout)
    elif isinstance(item, (SampleDecoder, DecodedSamples)):
        samples = _samples_of(item)
        rate, wave = check_sample_rate(samples.sample_rate), samples.data.numpy(force=True)
        values = _check(wave[0] if len(wave) == 1 else wave, "CT", f"the audio of {type(item).__name__}")
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
    if _is_wave_and_rate(item):
        return _cast(view.values, item[0], layout), cast("int", view.sample_rate)
    path = item.get("path") if isinstance(item, Mapping) else None
    if isinstance(item, (str, os.PathLike)):
        path = os.fspath(item)
    return {"path": path, "array": view.values, "sampling_rate": view.sample_rate}


def _is_rate(value: object) -> bool:
    """Whether a member of a sample is a sample rate, as far as a number can tell."""
    if isinstance(value, Tensor) and value.ndim == 0:
        value = value.item()
    return isinstance(value, (int, float, np.integer, np.floating)) and value in _COMMON_RATES


def _is_wave_and_rate(item: object) -> TypeGuard[tuple[Waveform, int]]:
    return isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], (np.ndarray, Tensor))


def _samples_of(item: SampleDecoder | DecodedSamples) -> DecodedSamples:
    """The samples of an object of torchcodec's; ValueError if it cannot decode them."""
    if not isinstance(item, SampleDecoder):
        return item
    try:
        return item.get_all_samples()
    except (RuntimeError, ValueError) as error:
        raise ValueError(
            f"the {type(item).__name__} cannot decode its audio ({error}); fetch the file again or leave it out"
        ) from error


def check_axes(channels: int, samples: int, name: str, layout: Layout) -> None:
    """Raise ValueError for a waveform that has so many channels of so few samples that its axes are swapped."""
    if channels > 8 * samples and samples <= 8:
        raise ValueError(
            f"{name} has {channels} channels of {samples} samples; where its axes are the other way round, "
            f'pass layout="{"TC" if layout == "CT" else "CT"}"'
        )


def _to_array(values: object) -> np.ndarray:
    """The array of a dict that holds a list: integers as int16, others as float32."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f'the "array" of the dict is no array of samples ({error}); pass a NumPy array') from error
    if array.dtype.kind == "f" or array.size == 0:
        return array.astype(np.float32)
    if array.dtype.kind != "i" or array.min() < -_SHORT or array.max() >= _SHORT:
        raise TypeError(
            f'the "array" of the dict, a {type(values).__name__} read as {array.dtype}, holds neither floats '
            "with full scale at 1 nor integers of 16 bits; divide by the largest value its type can have"
        )
    return array.astype(np.int16)


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
        "an audio item is an array or tensor (T,) or (C, T), a tuple (wave, sample rate), a dict "
        '{"array": ..., "sampling_rate": ...}, a Clip, a path, the bytes of an audio file or an AudioDecoder; '
        f"got {type(item).__name__}"
    )


def _check(values: Waveform, layout: Layout, name: str | None = None) -> Waveform:
    """The samples as (T,) or (C, T), float32 or float64, finite: the one full check of an item on its way to a pair.

    name: of a file, whose axes are known. ValueError or TypeError with the remedy.
    """
    if not isinstance(values, (np.ndarray, Tensor)):
        raise TypeError(f"the values of a Clip are an array or a tensor, got {type(values).__name__}; convert them")
    shown = name or f"the waveform, {type(values).__name__} of shape {tuple(values.shape)} and dtype {values.dtype},"
    if values.ndim not in (1, 2):
        hint = "; pass a batch to sampler.augment" if values.ndim == 3 else ""
        raise TypeError(f"{shown} is not (T,) or (C, T){hint}")
    wave = values.T if values.ndim == 2 and layout == "TC" else values
    if 0 in wave.shape:
        raise ValueError(f"{shown} holds no samples; remove it or leave it out of the data")
    if name is None and wave.ndim == 2:
        check_axes(wave.shape[0], wave.shape[1], shown, layout)
    if isinstance(wave, np.ndarray) and not wave.dtype.isnative:
        wave = wave.astype(wave.dtype.newbyteorder("="))
    if full_scale(wave) is not None:
        return scale_integers(wave)
    if wave.dtype in (np.float16, torch.float16, torch.bfloat16):
        wave = wave.astype(np.float32) if isinstance(wave, np.ndarray) else wave.to(torch.float32)
    if wave.dtype not in _WORKING:
        raise TypeError(
            f"samples are floats with full scale at 1, int16, int32 or uint8; got {shown} divide by the largest value "
            "its type can have and cast to float32"
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
    integer = full_scale(like)
    if integer is not None:
        scale, offset = integer
        tensor = torch.as_tensor(shaped).to(torch.float64)  # float32 does not hold the largest integer of 32 bits
        shaped = tensor.mul_(scale).round_().clamp_(-scale, scale - 1).add_(offset)
        shaped = shaped if isinstance(view, Tensor) else shaped.numpy()
    if isinstance(shaped, np.ndarray) and isinstance(like, np.ndarray):
        return np.ascontiguousarray(shaped, dtype=like.dtype)
    return torch.as_tensor(shaped).to(torch.as_tensor(like).dtype).contiguous()


CODEC = AudioCodec()
