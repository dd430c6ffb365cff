"""Audio files: WAV, FLAC, OGG, MP3 ... through libsndfile, and resampling through soxr."""

from __future__ import annotations

import io

import numpy as np
import torch
from torch import Tensor

from pairgen.data._budget import check_budget
from pairgen.modalities.audio.batch import Waveform

__all__ = ["SUFFIXES", "read_file", "resample"]

SUFFIXES = frozenset(
    (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au", ".caf", ".w64")
)

_LARGE = 10**8  # samples from which on the budget of memory is looked at

_UNKNOWN_SIZES = (0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000)
"""Sizes that programs write which do not know it yet, as into a pipe: the data goes on to the end of the file."""


def read_file(source: str | bytes, name: str) -> tuple[np.ndarray, int]:
    """Read an audio file.

    Args:
        source: Its path, or its content.
        name: What messages call it.

    Returns:
        Samples, float32 (T,) or (C, T), and the sample rate in Hz.

    Raises:
        ValueError: It is missing, empty, of no known format, corrupt, or shorter than its header says.
    """
    import soundfile

    data = source if isinstance(source, bytes) else _bytes_of(source, name)
    if not data:
        raise ValueError(f"the audio file {name} is empty (zero bytes); fetch it again or remove it")
    missing = _missing_bytes(data)
    if missing:
        raise ValueError(
            f"the audio file {name} is truncated: its header states {missing:,} bytes more than there are; fetch it "
            "again or remove it"
        )
    try:
        samples, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise ValueError(
            f"{name} is not an audio file that libsndfile can read ({error}; {len(data)} bytes, the first "
            f"{data[:8]!r}); remove it, or convert it to WAV or FLAC"
        ) from error
    if rate < 1:
        raise ValueError(f"the audio file {name} states a sample rate of {rate} Hz; repair its header or remove it")
    return samples[:, 0] if samples.shape[1] == 1 else np.ascontiguousarray(samples.T), int(rate)


def resample(wave: Waveform, rate: int, target: int) -> Waveform:
    """Resample a waveform, band-limited (soxr, high quality).

    Args:
        wave: Array or tensor (T,) or (C, T), float32 or float64.
        rate: Its sample rate in Hz.
        target: The sample rate wanted, in Hz.

    Returns:
        T * target / rate samples, rounded, and at least one.
    """
    import soxr

    if rate == target:
        return wave
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


def _bytes_of(path: str, name: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ValueError(f"cannot read the audio file {name}: {error.strerror or error}; check the path") from error


def _missing_bytes(data: bytes) -> int:
    """How many bytes of samples the header of a RIFF WAVE file states that `data` does not hold; 0 for other formats.

    libsndfile reads truncated files without an error.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return 0
    position = 12
    while position + 8 <= len(data):
        size = int.from_bytes(data[position + 4 : position + 8], "little")
        start = position + 8
        if data[position : position + 4] == b"data":
            return 0 if size in _UNKNOWN_SIZES else max(0, start + size - len(data))
        position = start + size + size % 2
    return 0
