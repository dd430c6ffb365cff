"""Datasets from folders of files and from sequences in memory, the same for every modality."""

from __future__ import annotations

import os
import sys
import warnings
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import methodcaller
from pathlib import Path, PurePath
from typing import Any, overload

import numpy as np
import numpy.typing as npt
from torch.utils.data import Dataset

from pairgen.data.dataset import LabelledDataset
from pairgen.data.labels import encode_labels

__all__ = [
    "FileList",
    "LabelOption",
    "PathList",
    "caller_level",
    "choose_split",
    "class_folders",
    "describe_ignored",
    "list_files",
    "read_class_folders",
    "read_in_memory",
    "refuse_split",
]

# What systems leave in folders and archives (macOS, Synology, QNAP, Windows), which is nobody's data.
_NOT_CALLERS = (
    frozenset(  # what runs between pairgen and the code of users: loaders, and the processes of their workers
        ("pairgen", "torch", "torch_geometric", "lightning", "pytorch_lightning", "accelerate", "datasets")
        + ("multiprocessing", "threading", "concurrent", "contextlib", "functools")
    )
)
_SYSTEM_FOLDERS = frozenset(
    ("__MACOSX", "@eaDir", "#recycle", "@Recycle", "@Recently-Snapshot", "$RECYCLE.BIN", "lost+found")
    + ("System Volume Information", "__pycache__")
)

LabelOption = Sequence[Any] | npt.NDArray[Any] | bool | None
"""Labels for a reader: None takes those that there are, True makes their absence an error, False ignores them, a
sequence gives one an item."""


class _PackedNames(Sequence[str]):
    """Names of files, one behind the other in one block of bytes: forked workers that read them copy none of it.

    Args:
        names: The names, or some of them in one text, with a NUL between two, which no name contains.
    """

    __slots__ = ("_ends", "_text")

    def __init__(self, names: Iterable[str]) -> None:
        self._text = os.fsencode("\0".join([*names, ""]))
        ends = np.flatnonzero(np.frombuffer(self._text, dtype=np.uint8) == 0)
        self._ends = ends.astype(np.uint32 if len(self._text) < 2**32 else np.int64)

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> _PackedNames: ...
    def __getitem__(self, index: int | slice) -> str | _PackedNames:
        if isinstance(index, slice):
            return _PackedNames(list(self)[index])
        position = range(len(self))[index]
        start = int(self._ends[position - 1]) + 1 if position else 0
        return os.fsdecode(self._text[start : int(self._ends[position])])

    def __iter__(self) -> Iterator[str]:
        return iter(os.fsdecode(self._text[:-1]).split("\0") if self._text else ())


class PathList(Sequence[Path]):
    """The paths of files below a folder, packed as text: a tenth of the memory of the `Path` objects that it returns.

    Args:
        folder: The folder.
        relative: Paths relative to it.
    """

    __slots__ = ("folder", "relative")

    def __init__(self, folder: Path, relative: Sequence[str]) -> None:
        self.folder = folder
        self.relative = relative if isinstance(relative, _PackedNames) else _PackedNames(relative)

    def __len__(self) -> int:
        return len(self.relative)

    @overload
    def __getitem__(self, index: int) -> Path: ...
    @overload
    def __getitem__(self, index: slice) -> PathList: ...
    def __getitem__(self, index: int | slice) -> Path | PathList:
        if isinstance(index, slice):
            return PathList(self.folder, self.relative[index])
        return Path(self.folder, self.relative[index])

    def __iter__(self) -> Iterator[Path]:
        return (Path(self.folder, name) for name in self.relative)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (PathList, list, tuple)):
            return NotImplemented
        return len(self) == len(other) and all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    def __repr__(self) -> str:
        return f"PathList({len(self)} files below {self.folder})"


@dataclass(frozen=True)
class FileList:
    """The files below a folder, sorted by path, folder by folder.

    Args:
        folder: The folder.
        files: The files with one of the suffixes asked for.
        ignored: What was passed over, sorted: the other files, hidden files and folders, and the folders that systems
            leave, such as `__MACOSX`; of a folder its path alone, without what it holds.
    """

    folder: Path
    files: Sequence[Path]
    ignored: Sequence[Path]


def choose_split(folder: Path, split: str | None) -> Path:
    """Return the folder of a split: the folder below `folder` of that name, or `folder` itself without a split.

    Raises:
        ValueError: There is no such folder; the message names those there are.
    """
    if split is None:
        return folder
    _, folders, _ = _scan(os.fspath(folder))
    chosen = [name for name in folders if name == split] or [n for n in folders if n.lower() == split.lower()]
    if len(chosen) != 1:
        there = ", ".join(sorted(folders)) or "no folders"
        raise ValueError(f"{folder} has no folder for the split {split!r}; it has {there}")
    return folder / chosen[0]


def refuse_split(split: str | None, source: str) -> None:
    """Raise ValueError if a split is asked for of a source that has none."""
    if split is not None:
        raise ValueError(f"split={split!r} chooses a part of a folder or archive, and {source} has none; leave it out")


def list_files(folder: Path, suffixes: Collection[str], noun: str) -> FileList:
    """List the files below a folder by suffix, without opening them.

    Links to folders are followed, each folder once. Hidden files and folders, whose names begin with a dot, are passed
    over and listed, and so are the folders that systems leave, such as `__MACOSX` and `@eaDir`.

    Args:
        folder: The folder.
        suffixes: Suffixes of the files wanted, in lower case, with the dot.
        noun: What the files are, in the plural, for messages ("images").

    Raises:
        ValueError: `folder` is no folder, or holds no such file; the message says what it holds instead.
        OSError: A folder below it cannot be read.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder; check the path")
    endings = tuple(suffixes)
    has_suffix = methodcaller("endswith", endings)
    files: list[str] = []  # paths, some of them several with a NUL between two
    ignored: list[str] = []
    seen: set[tuple[int, int]] = set()
    pending = [""]  # relative paths in descending order, those of folders with a separator at their end
    while pending:
        relative = pending.pop()
        if relative and relative[-1] != os.sep:
            (files if relative.lower().endswith(endings) else ignored).append(relative)
            continue
        status = os.stat(os.path.join(folder, relative))
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        names, folders, hidden = _scan(os.path.join(folder, relative))
        ignored += [relative + name for name in hidden]
        if not _SYSTEM_FOLDERS.isdisjoint(folders):
            ignored += [relative + name for name in folders if name in _SYSTEM_FOLDERS]
            folders = [name for name in folders if name not in _SYSTEM_FOLDERS]
        if folders:  # files and folders of one folder follow each other by name, as sorted `Path` objects do
            entries = [*names, *(f"{name}{os.sep}" for name in folders)]
            entries.sort(key=lambda name: name.rstrip(os.sep), reverse=True)
            pending += [relative + name for name in entries]
            continue
        matching = list(filter(has_suffix, names))
        if len(matching) < len(names):
            matching = [name for name in names if name.lower().endswith(endings)]
            ignored += [relative + name for name in names if not name.lower().endswith(endings)]
        if matching:
            files.append(relative + f"\0{relative}".join(matching))
    ignored.sort(key=lambda name: name.split(os.sep))  # as `Path` objects sort
    if not files:
        raise ValueError(_explain_empty(folder, ignored, endings, noun))
    return FileList(folder, PathList(folder, _PackedNames(files)), PathList(folder, ignored))


def _scan(path: str) -> tuple[list[str], list[str], list[str]]:
    """Return the names of the files in a folder, sorted, of the folders, and of what is hidden among both."""
    files: list[str] = []
    folders: list[str] = []
    with os.scandir(path) as entries:
        for entry in entries:
            (folders if entry.is_dir() else files).append(entry.name)
    files.sort()
    first, last = bisect_left(files, "."), bisect_left(files, "/")  # hidden ones: "/" is the character after "."
    hidden = files[first:last] + [name for name in folders if name[0] == "."]
    del files[first:last]
    return files, [name for name in folders if name[0] != "."], hidden


def describe_ignored(ignored: Sequence[PurePath]) -> str:
    """Return what was passed over in a folder and why, in one line; the suffixes are counted."""
    systems = [path.name for path in ignored if path.name in _SYSTEM_FOLDERS]
    hidden = [path.name for path in ignored if path.name[:1] == "."]
    others = [path for path in ignored if path.name[:1] != "." and path.name not in _SYSTEM_FOLDERS]
    parts = []
    if others:
        listed = f"{_count_suffixes(others)}; such as {others[0].name}"
        parts.append(f"{len(others)} file{'s' * (len(others) > 1)} whose suffix or name is not read ({listed})")
    if hidden:
        kind = "hidden files or folders" if len(hidden) > 1 else "hidden file or folder"
        parts.append(f"{len(hidden)} {kind} (such as {hidden[0]})")
    if systems:
        names = ", ".join(sorted(set(systems)))
        parts.append(f"{len(systems)} folder{'s' * (len(systems) > 1)} of the operating system ({names})")
    return " and ".join(parts)


def _count_suffixes(paths: Sequence[PurePath]) -> str:
    counts = Counter(path.suffix.lower() or path.name for path in paths)
    return ", ".join(f"{count} {suffix}" for suffix, count in counts.most_common(5))


def _explain_empty(folder: Path, others: Sequence[str], suffixes: Collection[str], noun: str) -> str:
    wanted = ", ".join(sorted(suffixes))
    if not others:
        return f"{folder} is empty; put {noun} into it ({wanted}), with a folder for each class if you like"
    paths = [PurePath(relative) for relative in others]
    visible = [path for path in paths if path.name[:1] != "." and path.name not in _SYSTEM_FOLDERS]
    if len(visible) < len(paths):
        return (
            f"{folder} holds no {noun} ({wanted}): passed over {describe_ignored(paths)}; check the path, or rename "
            "the files"
        )
    return (
        f"{folder} holds no {noun}: of its {len(others)} files ({_count_suffixes(visible)}) none has a suffix of "
        f"{wanted}; check the path, or rename the files"
    )


def class_folders(listing: FileList) -> list[str] | None:
    """Return the first-level folder of each file, which is its class; None if a file lies in no folder."""
    folders = []
    for relative in _relative(listing):
        first, separator, _ = relative.partition(os.sep)
        if not separator:
            return None
        folders.append(first)
    return folders


def _relative(listing: FileList) -> Sequence[str]:
    if isinstance(listing.files, PathList):
        return listing.files.relative
    return [str(path.relative_to(listing.folder)) for path in listing.files]


def read_class_folders(
    listing: FileList, items: Sequence[Any], noun: str, labels: LabelOption = None
) -> LabelledDataset[Any]:
    """Build the dataset of the files of a folder.

    If every file lies in a first-level folder, those folders are the classes, in sorted order; one folder is one class.

    Args:
        listing: The files.
        items: One item a file: the paths themselves, or what was read from them.
        noun: What the items are, in the plural.
        labels: None takes class folders where there are any; True makes their absence an error; False ignores them;
            a sequence gives one label a file, in sorted order of the paths.

    Raises:
        ValueError: `labels=True` and a file outside class folders, or not one label a file.
    """
    chosen: Sequence[Any] | npt.NDArray[Any] | None
    if labels is None or isinstance(labels, bool):
        chosen = None if labels is False else class_folders(listing)
    else:
        chosen = labels
    if labels is True and chosen is None:
        outside = next(name for name in _relative(listing) if os.sep not in name)
        raise ValueError(
            f"{listing.folder} has {noun} outside class folders, such as {outside}; put each file into a folder "
            "named after its class"
        )
    _warn_of_losses(listing, noun, unlabelled=labels is None and chosen is None)
    if chosen is None:
        return LabelledDataset(items, ignored=listing.ignored, noun=noun)
    encoded, classes = encode_labels(chosen, len(items), noun)
    return LabelledDataset(items, encoded, classes, ignored=listing.ignored, noun=noun)


def caller_level() -> int:
    """The `stacklevel` at which a warning of the calling function names the code that called pairgen.

    It is the user's line also where a loader of torch, or of a library around it, calls pairgen.
    """
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).partition(".")[0] in _NOT_CALLERS:
        level, frame = level + 1, frame.f_back
    return level


def _warn_of_losses(listing: FileList, noun: str, unlabelled: bool) -> None:
    """Warn of files that were passed over, and of a file outside class folders, which keeps them from being classes."""
    if listing.ignored:
        warnings.warn(
            f"{listing.folder}: passed over {describe_ignored(listing.ignored)}; `dataset.ignored` lists them",
            stacklevel=caller_level(),
        )
    outside = [name for name in _relative(listing) if os.sep not in name] if unlabelled else []
    if outside and len(outside) < len(listing.files):
        warnings.warn(
            f"{listing.folder}: {len(outside)} of {len(listing.files)} {noun} lie outside class folders, such as "
            f"{outside[0]}, so that none has a label; move them, or pass labels=False if that is meant",
            stacklevel=caller_level(),
        )


def read_in_memory(source: Any, labels: LabelOption, noun: str) -> Dataset[Any]:
    """Build the dataset of items that the caller holds.

    Args:
        source: A torch `Dataset` (returned as it is without `labels`), an array or table with one row an item, or a
            sequence.
        labels: None and False leave the items without labels; a sequence gives one label an item.
        noun: What the items are, in the plural.

    Raises:
        TypeError: `source` cannot be indexed, or has no length.
        ValueError: There are no items, `labels=True`, or not one label an item.
    """
    if isinstance(source, Dataset) and labels is None:
        return source
    name = type(source).__name__
    indexable = hasattr(source, "__getitem__") and hasattr(source, "__len__")
    if isinstance(source, (str, bytes, Mapping)) or not indexable or getattr(source, "ndim", 1) == 0:
        raise TypeError(f"cannot read {noun} from {name}; pass a path, a map-style torch Dataset, or a sequence")
    if not len(source):
        raise ValueError(f"the {name} holds no {noun}; pass at least one")
    if hasattr(source, "iloc"):  # pandas, whose `[]` takes labels and columns
        source = source.to_numpy()
    if labels is None or labels is False:
        return LabelledDataset(source, noun=noun)
    if labels is True:
        raise ValueError(
            f"labels=True reads the labels of files, and a {name} has none; pass one label an item instead"
        )
    encoded, classes = encode_labels(labels, len(source), noun)
    return LabelledDataset(source, encoded, classes, noun=noun)
