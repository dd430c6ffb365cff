"""Audio files: WAV, FLAC, OGG, MP3 ... through libsndfile, and resampling through soxr."""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from pairgen.data._budget import check_budget, limit_of
from pairgen.modalities.audio.batch import Waveform
from pairgen.modalities.audio.io._containers import Part, split_parts

if TYPE_CHECKING:
    from soundfile import SoundFile

__all__ = ["SUFFIXES", "read_file", "resample"]

SUFFIXES = frozenset(
    (
        *(".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".mp2", ".aif", ".aiff", ".aifc", ".au", ".snd"),
        *(".caf", ".w64", ".rf64", ".sph", ".voc"),
    )
)

_HIGHEST_RATE = 2**31 - 1  # Hz, the highest that the header of a sound file states
_LARGEST_RATIO = 500  # of resampling: 100 Hz of a seismometer to 48 kHz
_RATIO_VARIABLE = "PAIRGEN_MAX_RESAMPLING"
_LARGE = 10**8  # samples from which on the budget of memory is looked at

_MPEG_SLACK = 2 * 1152
"""Samples by which the length that an MPEG file states may be off: some encoders count the frame that states it."""

_LONGEST_BLOCK = 4096
"""Samples of the longest block of a codec that pads the last one."""


def read_file(source: str | bytes, name: str) -> tuple[np.ndarray, int]:
    """Read an audio file.

    Files that a program wrote into a pipe, whose header leaves the length open, are read to their end; chained Ogg,
    FLAC and MP3 files are read through all of their streams.

    Args:
        source: Its path, or its content.
        name: What messages call it.

    Returns:
        Samples, float32 (T,) or (C, T), and the sample rate in Hz.

    Raises:
        ValueError: It is missing, empty, of no known format, corrupt, or shorter than its header says; or its streams
            differ in sample rate or channels.
    """
    data = source if isinstance(source, bytes) else _bytes_of(source, name)
    if not data:
        raise ValueError(f"the audio file {name} is empty (zero bytes); fetch it again or remove it")
    try:
        parts = split_parts(data)
    except ValueError as error:
        raise ValueError(f"the audio file {name} is {error}; fetch it again or remove it") from error
    decoded = [_decode_part(part, name) for part in parts]
    forms = {(samples.shape[1], rate) for samples, rate in decoded}
    if len(forms) > 1:
        listed = ", ".join(f"{channels} channels at {rate:,} Hz" for channels, rate in sorted(forms))
        raise ValueError(
            f"the audio file {name} holds {len(decoded)} streams that differ ({listed}); split it into files"
        )
    rate = decoded[0][1]
    samples = decoded[0][0] if len(decoded) == 1 else np.concatenate([samples for samples, _ in decoded])
    return samples[:, 0] if samples.shape[1] == 1 else np.ascontiguousarray(samples.T), rate


def _decode_part(part: Part, name: str) -> tuple[np.ndarray, int]:
    """Samples, float32 (T, C), and the sample rate of one stream; ValueError if it is corrupt or too short."""
    import soundfile

    try:
        with _sequential_file()(_Content(part.data)) as file:
            rate, samples = int(file.samplerate), _read_all(file, len(part.data), name)
            stated = part.frames or 0
            if part.states_frames:
                stated = file.frames - _MPEG_SLACK
    except (soundfile.SoundFileError, RuntimeError, MemoryError, OverflowError) as error:
        raise ValueError(
            f"{name} is not an audio file that libsndfile can read ({error}; {len(part.data)} bytes, the first "
            f"{part.data[:8]!r}); remove it, or convert it to WAV or FLAC"
        ) from error
    if rate < 1:
        raise ValueError(f"the audio file {name} states a sample rate of {rate} Hz; repair its header or remove it")
    missing = stated - len(samples)
    if missing > 0:
        raise ValueError(
            f"the audio file {name} is truncated: its header states {missing:,} samples more than there are; fetch it "
            "again or remove it"
        )
    return (samples[: part.frames] if part.padded and -missing < _LONGEST_BLOCK else samples), rate


def _read_all(file: SoundFile, size: int, name: str) -> np.ndarray:
    """Samples (T, C) to the end of the file, of `size` bytes, whatever length its header states; within the budget."""
    stated = file.frames
    block = stated if 0 < stated <= 64 * size else max(4096, (1 << 22) // max(1, file.channels))
    if stated == block:
        check_budget(name, f"{stated:,} samples of {file.channels} channels", stated * file.channels * 4)
    blocks = [file.read(block, dtype="float32", always_2d=True)]
    total = len(blocks[0])
    if len(blocks[0]) == block:
        while len(more := file.read(4096 if block == stated else block, dtype="float32", always_2d=True)):
            blocks.append(more)
            total += len(more)
            # kept twice at the end: in blocks, and joined
            check_budget(name, f"more than {total:,} samples of {file.channels} channels", total * file.channels * 8)
    samples: np.ndarray = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
    return samples


class _Content(io.BytesIO):
    """The bytes of a file; libsndfile seeks before the first of a damaged one, which its callback cannot raise."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        try:
            return super().seek(offset, whence)
        except ValueError:
            return self.tell()


@cache
def _sequential_file() -> type[SoundFile]:
    import soundfile

    class SequentialFile(soundfile.SoundFile):
        """A file that is read from its first sample to its last, which needs no length."""

        def seekable(self) -> bool:
            return False

    return SequentialFile


def resample(wave: Waveform, rate: int, target: int) -> Waveform:
    """Resample a waveform, band-limited (soxr, high quality).

    Args:
        wave: Array or tensor (T,) or (C, T), float32 or float64.
        rate: Its sample rate in Hz.
        target: The sample rate wanted, in Hz.

    Returns:
        T * target / rate samples, rounded, and at least one.

    Raises:
        ValueError: The rates are above 2**31 - 1 Hz, the target is more than 500 times the rate (or the times in the
            environment variable PAIRGEN_MAX_RESAMPLING), or the result does not fit the budget of memory.
    """
    import soxr

    if rate == target:
        return wave
    if max(rate, target) > _HIGHEST_RATE:  # soxr computes without end
        raise ValueError(
            f"a clip at {rate:,} Hz cannot be resampled to {target:,} Hz: rates are at most {_HIGHEST_RATE:,} Hz; "
            "give the rate in Hz"
        )
    _check_ratio(rate, target)
    if isinstance(wave, Tensor):
        return torch.as_tensor(resample(wave.detach().cpu().numpy(), rate, target)).to(wave.device)
    length = max(1, round(wave.shape[-1] * target / rate))
    if length > _LARGE:
        check_budget(
            f"a clip of {wave.shape[-1]:,} samples at {rate} Hz",
            f"{length:,} at {target} Hz",
            wave.nbytes // wave.shape[-1] * length,
        )
    result = soxr.resample(wave.T, rate, target, quality="HQ").T
    missing = length - result.shape[-1]  # soxr may be a sample off
    if missing > 0:
        result = np.pad(result, [(0, 0)] * (result.ndim - 1) + [(0, missing)])
    return np.ascontiguousarray(result[..., :length])


def _check_ratio(rate: int, target: int) -> None:
    """Refuse a rate so low that a small file becomes gigabytes: it is rather one that a damaged header states."""
    if target <= _LARGEST_RATIO * rate:
        return
    limit = limit_of(_RATIO_VARIABLE, _LARGEST_RATIO, "times")
    if target > limit * rate:
        raise ValueError(
            f"a clip at {rate:,} Hz becomes {target // rate:,} times as long at {target:,} Hz; the limit is {limit:,} "
            "times. Give the clip its right rate, or the recipe a lower sample_rate; if both are right, set the "
            f"environment variable {_RATIO_VARIABLE} to more times"
        )


def _bytes_of(path: str, name: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ValueError(f"cannot read the audio file {name}: {error.strerror or error}; check the path") from error
