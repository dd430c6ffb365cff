"""Folders of recordings that augmentations mix in: noises and impulse responses."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from pairgen.data import list_files
from pairgen.modalities.audio.io.codec import AudioCodec
from pairgen.modalities.audio.io.files import SUFFIXES

__all__ = ["list_recordings", "load_recording"]


def list_recordings(folder: str) -> Sequence[Path]:
    """The audio files below a folder, sorted by path, without hidden ones; ValueError if there is none."""
    if not os.path.isdir(folder):
        raise ValueError(f"there is no folder {folder!r}; give one of audio files")
    return list_files(Path(folder), SUFFIXES, "audio files").files


def load_recording(files: Sequence[Path], which: int, sample_rate: int) -> np.ndarray:
    """float32 (T,): the recording at a position of a list, its channels mixed, at a sample rate.

    Recordings that cannot be read, and silent ones, are passed over with a warning for the next in the list that holds
    sound. ValueError if none does.
    """
    for step in range(len(files)):
        path = files[(which + step) % len(files)]
        try:
            wave = _load(path, os.stat(path).st_mtime_ns, sample_rate)
        except OSError as error:
            wave = f"{error.strerror or error}"
        if not isinstance(wave, str):
            return wave
        warnings.warn(f"the recording {path} is passed over: {wave}", stacklevel=2)
    raise ValueError(f"none of the {len(files)} recordings beside {files[0]} can be read and holds sound; replace them")


@lru_cache(maxsize=16)
def _load(path: Path, changed: int, sample_rate: int) -> np.ndarray | str:
    """The recording, or why it is of no use. The last 16 are kept in memory, until a file changes."""
    try:
        wave = np.asarray(AudioCodec(sample_rate).decode(path).values)
    except ValueError as error:
        return str(error)
    mono: np.ndarray = wave if wave.ndim == 1 else wave.mean(axis=0)
    if not mono.any():
        return "it holds only silence"
    mono.flags.writeable = False
    return mono
