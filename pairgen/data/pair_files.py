"""Pairs of files of one name: `photo.txt` beside `photo.jpg`, in a folder or in tar archives (WebDataset)."""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from pairgen.data._errors import name_file
from pairgen.data.columns import parse_numbers, read_text_file
from pairgen.data.files import FileList, PathList, class_folders, list_files
from pairgen.data.labels import encode_labels
from pairgen.data.pair_columns import member_names
from pairgen.data.paired_dataset import PairedDataset, PassedOver

__all__ = ["ArchiveFiles", "Suffixes", "pairs_of_archives", "pairs_of_folder"]

Suffixes = Mapping[str, Collection[str]]
"""Suffixes of the files of a modality, in lower case, with the dot."""

_SUFFIXES: Suffixes = {
    "text": (".txt", ".text", ".caption", ".json"),
    "image": (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif", ".ppm", ".pgm"),
    "audio": (".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aiff", ".aif", ".au"),
    "timeseries": (".npy", ".csv", ".tsv", ".parquet"),
    "graph": (".graphml", ".gml", ".gexf", ".edgelist", ".g6"),
}
_CAPTIONS = ("caption", "captions", "text", "sentences")
_CLASS = ".cls"


@dataclass
class _Files:
    """Files by the name that they share, and which member each is of.

    Args:
        source: Where they lie, for messages.
        modalities: The two modalities.
        suffixes: The suffixes of each, with the dot.
        numbers: Name -> the number of the file of each member, or None.
    """

    source: str
    modalities: Sequence[str]
    suffixes: Sequence[Sequence[str]]
    numbers: dict[str, list[int | None]] = field(default_factory=dict)
    _chosen: dict[tuple[str, int], str] = field(default_factory=dict)

    def add(self, stem: str, suffix: str, number: int) -> bool:
        """Take a file; whether it is of a member. Of several texts of one name the first suffix counts."""
        suffix = suffix.lower()
        member = next((k for k, suffixes in enumerate(self.suffixes) if suffix in suffixes), None)
        if member is None:
            return False
        entry = self.numbers.setdefault(stem, [None, None])
        before = self._chosen.get((stem, member))
        if before is not None and self.modalities[member] != "text":
            raise ValueError(
                f"{self.source}: {stem} has two files of {self.modalities[member]}, {before} and {suffix}; remove or "
                "rename one"
            )
        order = self.suffixes[member]
        if before is None or order.index(suffix) < order.index(before):
            entry[member] = number
            self._chosen[stem, member] = suffix
        return True

    def pairs(self) -> tuple[list[str], npt.NDArray[np.int64], list[PassedOver]]:
        """(names of the pairs, numbers of their files (N, 2), the files that have no partner)."""
        stems: list[str] = []
        numbers: list[tuple[int, int]] = []
        alone: list[PassedOver] = []
        for stem, (first, second) in self.numbers.items():
            if first is not None and second is not None:
                stems.append(stem)
                numbers.append((first, second))
            else:
                there, missing = (1, 0) if first is None else (0, 1)
                alone.append((f"{stem}{self._chosen[stem, there]}", f"no {self.modalities[missing]}"))
        return stems, np.array(numbers, dtype=np.int64).reshape(-1, 2), alone


def _choose_suffixes(modalities: Sequence[str], given: Suffixes | None) -> list[tuple[str, ...]]:
    """The suffixes of each member's files; ValueError where the names of files do not say which is which."""
    known = {**_SUFFIXES, **(given or {})}
    for modality in modalities:
        if modality not in known:
            raise ValueError(
                f"which files hold items of {modality!r}? name their suffixes: suffixes={{{modality!r}: ['.xyz']}}"
            )
    chosen = [tuple(suffix.lower() for suffix in known[modality]) for modality in modalities]
    if modalities[0] == modalities[1]:
        raise ValueError(
            f"both members of a pair of {modalities[0]}s would have the same suffixes, so that the names of files do "
            "not say which belong together; list the pairs in a CSV or JSON lines file"
        )
    return chosen


def _build(
    files: _Files,
    ignored: Sequence[PassedOver],
    items_of: Callable[[npt.NDArray[np.int64]], Sequence[Any]],
    text_of: Callable[[int], str],
    label_of: Callable[[list[str]], Sequence[Any] | None],
) -> PairedDataset:
    """The dataset of files by their names; pairs whose text is empty are passed over and listed.

    Args:
        files: The files.
        ignored: What was passed over before.
        items_of: Numbers of files -> items that are read when they are asked for.
        text_of: Number of a file -> its text.
        label_of: Names of the pairs -> a label each, or None.
    """
    stems, numbers, alone = files.pairs()
    passed = [*alone, *ignored]
    texts: dict[int, list[Any]] = {}
    if "text" in files.modalities:
        member = list(files.modalities).index("text")
        read = [
            _captions(text_of(number), f"{files.source}, {stem}")
            for stem, number in zip(stems, numbers[:, member].tolist(), strict=True)
        ]
        passed += [(stem, "an empty text") for stem, found in zip(stems, read, strict=True) if not found]
        keep = [row for row, found in enumerate(read) if found]
        stems, numbers = [stems[row] for row in keep], numbers[keep]
        texts[member] = [read[row][0] if len(read[row]) == 1 else read[row] for row in keep]
    if not stems:
        raise ValueError(_explain_none(files, passed))
    labels = label_of(stems)
    encoded, classes = (None, None) if labels is None else encode_labels(labels, len(stems), "pairs")
    columns = [texts[k] if k in texts else items_of(numbers[:, k]) for k in (0, 1)]
    members = dict(zip(member_names(files.modalities), columns, strict=True))
    return PairedDataset(members, encoded, classes, names=stems, ignored=passed, source=files.source)


def _explain_none(files: _Files, passed: Sequence[PassedOver]) -> str:
    first, second = files.modalities
    shown = f" {len(passed)} files were passed over, such as {passed[0][0]} ({passed[0][1]})." if passed else ""
    return (
        f"{files.source} holds no pairs of {first} and {second}: no two files share their name but for the suffix "
        f"({files.suffixes[0][0]}, {files.suffixes[1][0]} ...).{shown} Give both files of a pair one name, or list the "
        "pairs in a CSV or JSON lines file"
    )


def _captions(text: str, where: str) -> list[str]:
    """The captions in a file: one a line, or those of a JSON string, list or object."""
    if text.lstrip()[:1] not in ("{", "["):
        return [line.strip() for line in text.splitlines() if line.strip()]
    try:
        content = json.loads(text)
    except ValueError:
        return [line.strip() for line in text.splitlines() if line.strip()]
    if isinstance(content, dict):
        name = next((name for name in _CAPTIONS if name in content), None)
        if name is None:
            raise ValueError(
                f"{where}: the JSON object has no captions under {', '.join(map(repr, _CAPTIONS))}; it has "
                f"{', '.join(map(repr, content)) or 'nothing'}"
            )
        content = content[name]
    captions = [content] if isinstance(content, str) else content
    if not isinstance(captions, list) or not all(isinstance(caption, str) for caption in captions):
        raise ValueError(f"{where}: captions are a string or a list of strings, got {content!r}")
    return [caption for caption in captions if caption.strip()]


# -- folders -----------------------------------------------------------------------------------------------------------


def pairs_of_folder(
    folder: Path,
    modalities: Sequence[str],
    suffixes: Suffixes | None = None,
    encoding: str = "utf-8",
    label: bool = True,
) -> PairedDataset:
    """Build the dataset of the files below a folder that share their name but for the suffix.

    A text is a file of captions, one a line, or a JSON file: a string, a list of strings, or an object with one of
    these under "caption", "captions" or "text". Where a name has a `.txt` and a `.json`, the `.txt` counts. If every
    pair lies in a first-level folder, those folders are the classes.

    Args:
        folder: The folder.
        modalities: Names of two modalities.
        suffixes: Suffixes of the files by modality, instead of the usual ones.
        encoding: Of text files.
        label: Whether class folders are labels.

    Raises:
        ValueError: No pairs, two files of one member and name, or captions that cannot be read.
    """
    chosen = _choose_suffixes(modalities, suffixes)
    listing = list_files(folder, {*chosen[0], *chosen[1]}, f"{modalities[0]} and {modalities[1]}")
    relative = [os.path.relpath(path, folder) for path in listing.files]
    files = _Files(str(folder), modalities, chosen)
    for number, name in enumerate(relative):
        files.add(*os.path.splitext(name), number)
    others = [(os.path.relpath(path, folder), "a suffix that is not read") for path in listing.ignored]
    return _build(
        files,
        others,
        items_of=lambda numbers: PathList(folder, [relative[number] for number in numbers]),
        text_of=lambda number: read_text_file(folder / relative[number], encoding),
        label_of=lambda stems: class_folders(FileList(folder, PathList(folder, stems), ())) if label else None,
    )


# -- tar archives ------------------------------------------------------------------------------------------------------


class ArchiveFiles(Sequence[bytes]):
    """The contents of files in tar archives, read when they are asked for; no archive is unpacked or kept open.

    Args:
        archives: Paths of the archives.
        owner: int64 (N,), the archive of each file.
        start: int64 (N,), where its content begins, in bytes.
        size: int64 (N,), bytes of its content.
    """

    def __init__(
        self,
        archives: Sequence[Path],
        owner: npt.NDArray[np.int64],
        start: npt.NDArray[np.int64],
        size: npt.NDArray[np.int64],
    ) -> None:
        self.archives, self.owner, self.start, self.size = list(archives), owner, start, size

    def __len__(self) -> int:
        return len(self.owner)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> ArchiveFiles: ...
    def __getitem__(self, index: int | slice) -> bytes | ArchiveFiles:
        if isinstance(index, slice):
            return self.take(np.arange(len(self), dtype=np.int64)[index])
        archive: Path = self.archives[int(self.owner[index])]
        with archive.open("rb") as file:
            file.seek(int(self.start[index]))
            content = file.read(int(self.size[index]))
        if len(content) < self.size[index]:
            raise ValueError(f"{archive} ends within a file; it was changed after it was read: read it again")
        return content

    def take(self, numbers: npt.NDArray[np.int64]) -> ArchiveFiles:
        """Return some of the files.

        Args:
            numbers: int64 (M,), positions.
        """
        return ArchiveFiles(self.archives, self.owner[numbers], self.start[numbers], self.size[numbers])


@name_file
def _list_archive(path: Path) -> list[tuple[str, int, int]]:
    """(name, start, size) of the files of an archive."""
    if path.suffix.lower() != ".tar":
        raise ValueError(f"{path} is no .tar archive; pairs are read from plain ones, so unpack or convert it")
    with tarfile.open(path, "r:") as archive:
        return [(entry.name, entry.offset_data, entry.size) for entry in archive if entry.isfile()]


def pairs_of_archives(
    paths: Sequence[Path], source: str, modalities: Sequence[str], suffixes: Suffixes | None = None, label: bool = True
) -> PairedDataset:
    """Build the map-style dataset of tar archives in the layout of WebDataset.

    The files of a pair share their name up to the first dot. Texts are read at once; other files when they are asked
    for, from their place in the archive. A `.cls` file holds the label, if each pair has one.

    Args:
        paths: The archives, uncompressed.
        source: What messages call them.
        modalities: Names of two modalities.
        suffixes: Suffixes of the files by modality, instead of the usual ones.
        label: Whether to read labels.

    Raises:
        ValueError: No pairs, a damaged archive, or two files of one member and name.
    """
    files = _Files(source, modalities, _choose_suffixes(modalities, suffixes))
    places: list[tuple[int, int, int]] = []
    labels: dict[str, int] = {}
    others: list[PassedOver] = []
    for owner, path in enumerate(paths):
        for name, start, size in _list_archive(path):
            folder, base = os.path.split(name)
            stem, dot, rest = base.partition(".")
            stem, suffix = os.path.join(path.name, folder, stem), f"{dot}{rest}".lower()
            if suffix == _CLASS:
                labels[stem] = len(places)
            elif not files.add(stem, suffix, len(places)):
                others.append((f"{stem}{suffix}", "a suffix that is not read"))
            places.append((owner, start, size))
    table = np.array(places, dtype=np.int64).reshape(-1, 3)
    contents = ArchiveFiles(paths, table[:, 0], table[:, 1], table[:, 2])

    def labels_of(stems: list[str]) -> list[Any] | None:
        if not label or not all(stem in labels for stem in stems):
            return None
        return parse_numbers([contents[labels[stem]].decode().strip() for stem in stems])

    return _build(
        files,
        others,
        items_of=contents.take,
        text_of=lambda number: contents[number].decode("utf-8-sig"),
        label_of=labels_of,
    )
