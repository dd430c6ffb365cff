"""Folders of recordings that augmentations mix in: noises and the answers of rooms."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from pairgen.modalities.audio.io.codec import decode_audio
from pairgen.modalities.audio.io.files import SUFFIXES

__all__ = ["recording", "recordings"]


@lru_cache(maxsize=64)
def recordings(folder: str) -> Sequence[Path]:
    """The audio files below a folder, sorted by path. ValueError if there is none."""
    if not os.path.isdir(folder):
        raise ValueError(f"there is no folder {folder!r}; give one of audio files")
    found = sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not found:
        raise ValueError(f"the folder {folder!r} holds no audio files; give one of {', '.join(sorted(SUFFIXES))}")
    return tuple(found)


@lru_cache(maxsize=16)
def recording(path: Path, sample_rate: int) -> np.ndarray:
    """float32 (T,): a recording, its channels mixed, at a sample rate. The last 16 are kept in memory."""
    wave = decode_audio(path, sample_rate)
    mono: np.ndarray = wave if wave.ndim == 1 else wave.mean(axis=0)
    mono.flags.writeable = False
    return mono
