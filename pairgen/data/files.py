"""Datasets from folders of files and from sequences in memory, the same for every modality."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from torch.utils.data import Dataset

from pairgen.data.dataset import LabelledDataset
from pairgen.data.labels import encode_labels

__all__ = ["FileList", "LabelOption", "class_folders", "list_files", "read_class_folders", "read_in_memory"]

LabelOption = Sequence[Any] | npt.NDArray[Any] | bool | None
"""Of readers: None takes the labels that there are, True makes their absence an error, False ignores them, a sequence
gives one an item."""


@dataclass(frozen=True)
class FileList:
    """The files below a folder, sorted by path.

    Attributes:
        folder: The folder.
        files: Those with one of the suffixes asked for.
        ignored: The others, hidden ones not among them.
    """

    folder: Path
    files: list[Path]
    ignored: list[Path]


def list_files(folder: Path, suffixes: Collection[str], noun: str) -> FileList:
    """List the files below a folder that have one of `suffixes`, lower case (".png", ".csv.gz"); nothing is opened.

    Links to folders are followed, each folder once. Hidden files and folders are passed over.

    Raises:
        ValueError: There are none; the message says what there is instead. `noun` is the plural ("images").
    """
    files: list[Path] = []
    ignored: list[Path] = []
    seen: set[str] = set()
    endings = tuple(suffixes)
    for root, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(root)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            if not name.startswith("."):
                path = Path(root, name)
                (files if name.lower().endswith(endings) else ignored).append(path)
    if not files:
        raise ValueError(_why_empty(folder, ignored, suffixes, noun))
    return FileList(folder, sorted(files), sorted(ignored))


def _why_empty(folder: Path, others: list[Path], suffixes: Collection[str], noun: str) -> str:
    wanted = ", ".join(sorted(suffixes))
    if not others:
        return f"{folder} is empty; put {noun} into it ({wanted}), with a folder for each class if you like"
    kinds = Counter(path.suffix.lower() or path.name for path in others)
    found = ", ".join(f"{n} {kind}" for kind, n in kinds.most_common(5))
    return (
        f"{folder} holds no {noun}: of its {len(others)} files ({found}) none has a suffix of {wanted}; check the "
        "path, or rename the files"
    )


def class_folders(listing: FileList) -> list[str] | None:
    """Return the first-level folder of each file, which is its class; None where a file lies in no folder."""
    parts = [path.relative_to(listing.folder).parts for path in listing.files]
    return [part[0] for part in parts] if all(len(part) > 1 for part in parts) else None


def read_class_folders(
    listing: FileList, items: Sequence[Any], noun: str, labels: LabelOption = None
) -> LabelledDataset[Any]:
    """Build the dataset of the files of a folder.

    Where every file lies in a first-level folder, those folders are the classes, in sorted order; one folder is one
    class.

    Args:
        listing: The files.
        items: One item a file: the paths themselves, or what was read from them.
        noun: What the items are, in the plural.
        labels: None takes class folders where there are any; True makes their absence an error; False ignores them;
            a sequence gives one label a file, in sorted order of the paths.

    Raises:
        ValueError: `labels=True` and a file outside class folders, or not one label a file.
    """
    found: Any = class_folders(listing) if labels is None or labels is True else None
    if labels is True and found is None:
        outside = next(path for path in listing.files if path.parent == listing.folder)
        raise ValueError(
            f"{listing.folder} has {noun} outside class folders, such as {outside.name}; put each file into a folder "
            "named after its class"
        )
    if labels is not None and not isinstance(labels, bool):
        found = labels
    if found is None:
        return LabelledDataset(items, ignored=listing.ignored, noun=noun)
    encoded, classes = encode_labels(found, len(items), noun)
    return LabelledDataset(items, encoded, classes, ignored=listing.ignored, noun=noun)


def read_in_memory(source: Any, labels: LabelOption, noun: str) -> Dataset[Any]:
    """Build the dataset of items that the caller holds.

    Args:
        source: A torch `Dataset` (returned as it is without `labels`), an array with one row an item, or a sequence.
        labels: None and False leave the items without labels; a sequence gives one label an item.
        noun: What the items are, in the plural.

    Raises:
        TypeError: `source` cannot be indexed, or has no length.
        ValueError: There are no items, `labels=True`, or not one label an item.
    """
    if isinstance(source, Dataset) and labels is None:
        return source
    if isinstance(source, (str, bytes, dict)) or not hasattr(source, "__getitem__") or not hasattr(source, "__len__"):
        raise TypeError(
            f"cannot read {noun} from {type(source).__name__}; pass a path, a map-style torch Dataset, or a sequence"
        )
    if not len(source):
        raise ValueError(f"the {type(source).__name__} holds no {noun}; pass at least one")
    if labels is None or labels is False:
        return LabelledDataset(source, noun=noun)
    if labels is True:
        raise ValueError(f"labels=True, but a {type(source).__name__} has none; pass a sequence, one label an item")
    encoded, classes = encode_labels(np.asarray(labels), len(source), noun)
    return LabelledDataset(source, encoded, classes, noun=noun)
