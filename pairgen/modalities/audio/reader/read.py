"""Telling sources apart."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch.utils.data import Dataset

from pairgen.modalities.audio.io.files import SUFFIXES
from pairgen.modalities.audio.reader.dataset import AudioDataset
from pairgen.modalities.audio.reader.folder import read_folder

__all__ = ["read"]


def read(
    source: str | os.PathLike[str] | Dataset[Any] | Sequence[Any],
    *,
    pattern: str | None = None,
    label: str | None = None,
    labels: Sequence[Any] | bool | None = None,
) -> Dataset[Any]:
    """Read audio from a path, or pass a dataset through.

    Args:
        source: a folder of audio files, one audio file, a torch Dataset (returned as it is), or a sequence of items.
        pattern: a regular expression that the names of the files, without suffix, match as a whole; its named groups
            are what the names say: r"(?P<label>\\d)_(?P<speaker>\\w+)_(?P<take>\\d+)". Other files are ignored.
        label: the group of the pattern that is the label; by default the one called "label", if there is one.
        labels: without a pattern: None finds class folders where there are any; True makes their absence an error;
            False ignores them; a sequence gives one label an item, in sorted order of the paths.

    Returns:
        An `AudioDataset` of paths, decoded when a pair is made, or of (path, label), with `.classes` and `.fields`.

    Raises:
        FileNotFoundError: there is nothing at the path.
        ValueError: a folder without audio, a pattern that is no regular expression or matches nothing, or not one
            label an item; the message names the path and the remedy.
        TypeError: a source of another type.
    """
    if not isinstance(source, str | os.PathLike):
        return _in_memory(source, labels)
    path = Path(source)
    if not path.exists():
        raise FileNotFoundError(f"there is nothing at {path}; pass a folder of audio files, or one audio file")
    if path.is_dir():
        return read_folder(path, pattern, label, labels)
    if path.suffix.lower() in SUFFIXES:
        return _in_memory([path], labels)
    raise ValueError(
        f"{path} is neither a folder nor an audio file ({', '.join(sorted(SUFFIXES))}); extract an archive first"
    )


def _in_memory(source: Any, labels: Any) -> Dataset[Any]:
    if isinstance(source, Dataset) and labels is None:
        return source
    if isinstance(source, bytes) or not hasattr(source, "__getitem__") or not hasattr(source, "__len__"):
        raise TypeError(
            f"cannot read audio from {type(source).__name__}; pass a path, a Dataset or a sequence of items"
        )
    if labels is None or labels is False:
        return AudioDataset(source)
    if labels is True or len(labels) != len(source):
        raise ValueError(f"labels={labels!r}: pass one label an item, {len(source)} of them")
    classes, positions = np.unique(np.asarray(labels), return_inverse=True)
    return AudioDataset(source, positions.astype(np.int64), [str(name) for name in classes.tolist()])
