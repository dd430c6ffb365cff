"""A folder of audio files: labels from class folders, from a pattern of the names, or none."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pairgen.modalities.audio.io.files import SUFFIXES
from pairgen.modalities.audio.reader.dataset import AudioDataset

__all__ = ["audio_files", "read_folder"]


def read_folder(
    folder: Path, pattern: str | None = None, label: str | None = None, labels: Sequence[Any] | bool | None = None
) -> AudioDataset:
    """List the audio files below `folder`, sorted by path; nothing is opened. See `read` for the options."""
    files, ignored = audio_files(folder)
    if not files:
        raise ValueError(_why_empty(folder, ignored))
    if pattern is not None:
        return _named(folder, files, ignored, pattern, label)
    if label is not None:
        raise ValueError(f"label={label!r} names a group of a pattern; give the pattern of the file names too")
    if labels is not None and not isinstance(labels, bool):
        if len(labels) != len(files):
            raise ValueError(f"{folder}: {len(files)} audio files but {len(labels)} labels; pass one label a file")
        return _classed(files, [str(value) for value in labels], ignored)
    parts = [path.relative_to(folder).parts for path in files]
    classed = all(len(part) > 1 for part in parts)
    if labels is True and not classed:
        outside = next(part[0] for part in parts if len(part) == 1)
        raise ValueError(f"{folder} has audio outside class folders, such as {outside}; move each file into a folder")
    if labels is False or not classed or (len({part[0] for part in parts}) < 2 and labels is not True):
        return AudioDataset(files, ignored=tuple(ignored))
    return _classed(files, [part[0] for part in parts], ignored)


def audio_files(folder: Path) -> tuple[list[Path], list[Path]]:
    """Audio files and other files below `folder`, each sorted; hidden ones are passed over."""
    audio: list[Path] = []
    others: list[Path] = []
    seen: set[str] = set()
    for root, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(root)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            if not name.startswith("."):
                path = Path(root, name)
                (audio if path.suffix.lower() in SUFFIXES else others).append(path)
    return sorted(audio), sorted(others)


def _classed(files: list[Path], names: list[str], ignored: list[Path]) -> AudioDataset:
    classes, labels = np.unique(np.asarray(names), return_inverse=True)
    return AudioDataset(files, labels.astype(np.int64), classes.tolist(), ignored=tuple(ignored))


def _named(folder: Path, files: list[Path], ignored: list[Path], pattern: str, label: str | None) -> AudioDataset:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"pattern={pattern!r} is no regular expression: {error}") from error
    matches = [(path, found) for path in files if (found := compiled.fullmatch(path.stem))]
    if not matches:
        raise ValueError(
            f"none of the {len(files)} audio files in {folder} has a name like pattern={pattern!r}; the first is "
            f"called {files[0].stem!r} (its suffix does not count)"
        )
    matched = [path for path, _ in matches]
    fields = {name: [found[name] or "" for _, found in matches] for name in compiled.groupindex}
    others = sorted([*ignored, *set(files).difference(matched)])
    data = AudioDataset(matched, fields=fields, ignored=tuple(others))
    if label is None and "label" not in fields:
        return data
    return data.labelled_by("label" if label is None else label)


def _why_empty(folder: Path, others: list[Path]) -> str:
    wanted = ", ".join(sorted(SUFFIXES))
    if not others:
        return f"{folder} is empty; put audio files into it ({wanted}), with a folder for each class if you like"
    kinds = Counter(path.suffix.lower() or path.name for path in others)
    found = ", ".join(f"{n} {kind}" for kind, n in kinds.most_common(5))
    return (
        f"{folder} holds no audio: of its {len(others)} files ({found}) none has a suffix of {wanted}; check the path"
    )
