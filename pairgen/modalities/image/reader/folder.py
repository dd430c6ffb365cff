"""A folder of images, with a folder for each class or without."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pairgen.modalities.image.reader.dataset import ImageDataset
from pairgen.modalities.image.reader.labels import encode_labels

SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff")
    + (".ppm", ".pgm", ".pbm", ".pnm")
)


def read_folder(folder: Path, labels: Sequence[Any] | bool | None = None) -> ImageDataset:
    """List the images below `folder`, sorted by path; nothing is opened.

    Where all images lie in two or more first-level folders, those are the classes, sorted;
    otherwise the items have no labels. `labels=False` ignores class folders, `labels=True` asks
    for them (one is enough then), and a sequence gives a label for each item in sorted order.
    Hidden files and folders are passed over; other files are listed in `.ignored`.

    Raises:
        ValueError: no files, no images, or `labels=True` without class folders.
    """
    images, ignored = _walk(folder)
    if not images:
        raise ValueError(_why_empty(folder, ignored))
    if not isinstance(labels, bool) and labels is not None:
        positions, names = encode_labels(labels, len(images), str(folder))
        return ImageDataset(images, positions, names, tuple(ignored))
    parts = [path.relative_to(folder).parts for path in images]
    classes = sorted({part[0] for part in parts if len(part) > 1})
    classed = all(len(part) > 1 for part in parts)
    if labels is True and not classed:
        raise ValueError(
            f"{folder} has images outside class folders, such as {parts[0][-1]}; "
            "put each image into a folder named after its class"
        )
    if labels is False or not classed or (len(classes) < 2 and labels is not True):
        return ImageDataset(images, None, None, tuple(ignored))
    number = {name: i for i, name in enumerate(classes)}
    positions = np.array([number[part[0]] for part in parts], dtype=np.int64)
    return ImageDataset(images, positions, classes, tuple(ignored))


def _walk(folder: Path) -> tuple[list[Path], list[Path]]:
    """Images and other files below `folder`, each sorted; links to folders are followed once."""
    images: list[Path] = []
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
                (images if path.suffix.lower() in SUFFIXES else others).append(path)
    return sorted(images), sorted(others)


def _why_empty(folder: Path, others: list[Path]) -> str:
    wanted = ", ".join(sorted(SUFFIXES))
    if not others:
        return f"{folder} is empty; put images into it ({wanted}), with a folder for each class"
    kinds = Counter(path.suffix.lower() or path.name for path in others)
    found = ", ".join(f"{n} {kind}" for kind, n in kinds.most_common(5))
    return (
        f"{folder} holds no images: of its {len(others)} files ({found}) none has a suffix of "
        f"{wanted}; check the path, or rename the files"
    )
