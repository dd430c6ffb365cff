"""Folders of recordings that augmentations mix in: noises and impulse responses."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from pairgen.data import list_files
from pairgen.modalities.audio.io.codec import AudioCodec
from pairgen.modalities.audio.io.files import SUFFIXES

__all__ = ["list_recordings", "load_recording"]


@lru_cache(maxsize=64)
def list_recordings(folder: str) -> Sequence[Path]:
    """The audio files below a folder, sorted by path; ValueError if there is none."""
    if not os.path.isdir(folder):
        raise ValueError(f"there is no folder {folder!r}; give one of audio files")
    return tuple(list_files(Path(folder), SUFFIXES, "audio files").files)


@lru_cache(maxsize=16)
def load_recording(path: Path, sample_rate: int) -> np.ndarray:
    """float32 (T,): a recording, its channels mixed, at a sample rate. The last 16 are kept in memory."""
    wave = np.asarray(AudioCodec(sample_rate).decode(path).values)
    mono: np.ndarray = wave if wave.ndim == 1 else wave.mean(axis=0)
    mono.flags.writeable = False
    return mono
