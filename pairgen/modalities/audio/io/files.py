"""Audio files: WAV, FLAC, OGG, MP3 ... through libsndfile, and resampling through soxr."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pairgen.modalities.audio.io.headers import missing_bytes

__all__ = ["SUFFIXES", "file_rate", "read_file", "resampled"]

SUFFIXES = frozenset(
    (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au", ".caf", ".w64")
)


def read_file(source: str | bytes, name: str) -> tuple[np.ndarray, int]:
    """float32 (T,) or (C, T) and the sample rate of a file or of its bytes; name: for messages.

    Raises ValueError where the file is missing, empty, of no known format, corrupt, or shorter than its header says.
    """
    import soundfile

    data = source if isinstance(source, bytes) else _bytes_of(source, name)
    if not data:
        raise ValueError(f"the audio file {name} is empty (zero bytes); fetch it again or remove it")
    missing = missing_bytes(data)
    if missing:
        raise ValueError(
            f"the audio file {name} is truncated: its header promises {missing:,} bytes more than there are; fetch it "
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


def file_rate(source: str | bytes, name: str) -> int:
    """The sample rate that a file's header states; ValueError where it cannot be read."""
    import soundfile

    try:
        return int(soundfile.info(io.BytesIO(source) if isinstance(source, bytes) else source).samplerate)
    except (soundfile.LibsndfileError, RuntimeError, OSError) as error:
        raise ValueError(f"cannot read the header of the audio file {name}: {error}; check the path") from error


def resampled(wave: Any, rate: int, target: int) -> Any:
    """An array or tensor (T,) or (C, T) at another sample rate, band-limited (soxr, high quality), T * target / rate
    samples long, and at least one; float32 or float64.
    """
    import soxr

    if rate == target:
        return wave
    if isinstance(wave, Tensor):
        return torch.from_numpy(resampled(wave.detach().cpu().numpy(), rate, target)).to(wave.device)
    length = max(1, round(wave.shape[-1] * target / rate))
    made = soxr.resample(wave.T, rate, target, quality="HQ").T
    missing = length - made.shape[-1]  # soxr may be a sample off
    if missing > 0:
        made = np.pad(made, [(0, 0)] * (made.ndim - 1) + [(0, missing)])
    return np.ascontiguousarray(made[..., :length])


def _bytes_of(path: str, name: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ValueError(f"cannot read the audio file {name}: {error.strerror or error}; check the path") from error
