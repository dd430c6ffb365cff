"""Read a user's audio from a folder, a file or memory; files are decoded later, when a pair is made."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch.utils.data import Dataset

from pairgen.data import (
    FileList,
    LabelledDataset,
    choose_split,
    list_files,
    read_class_folders,
    read_in_memory,
    refuse_split,
)
from pairgen.data._errors import name_file
from pairgen.data.files import LabelOption
from pairgen.modalities.audio.io.codec import AudioItem
from pairgen.modalities.audio.io.files import SUFFIXES

__all__ = ["read"]

_NOUN = "audio clips"


@name_file
def read(
    source: str | os.PathLike[str] | Dataset[Any] | Sequence[AudioItem],
    *,
    pattern: str | None = None,
    label: str | None = None,
    labels: LabelOption = None,
    split: str | None = None,
) -> Dataset[Any]:
    r"""Read audio from a path, or pass a dataset through.

    Args:
        source: A folder of audio files, one audio file, a torch `Dataset` (returned as it is without `labels`), or a
            sequence of items.
        pattern: A regular expression that the names of the files, without suffix, match as a whole; its named groups
            become the columns of the dataset: `(?P<label>\d)_(?P<speaker>\w+)_(?P<take>\d+)`. Other files are ignored.
        label: The group of the pattern that is the label; by default the one called "label", if there is one.
        labels: Without a pattern: None takes class folders where there are any; True makes their absence an error;
            False ignores them; a sequence gives one label an item, in sorted order of the paths.
        split: The folder below the source that is read, such as "train".

    Returns:
        A `LabelledDataset` of paths or of (path, label), with `classes`, and with `columns` where there is a pattern.

    Raises:
        FileNotFoundError: There is nothing at the path.
        ValueError: A folder without audio, a pattern that is no regular expression or matches nothing, or not one
            label an item.
        TypeError: A source of another type.
    """
    if not isinstance(source, str | os.PathLike):
        refuse_split(split, f"a {type(source).__name__}")
        return read_in_memory(source, labels, _NOUN)
    path = Path(source)
    if not path.exists():
        raise FileNotFoundError(f"there is nothing at {path}; pass a folder of audio files, or one audio file")
    if path.is_dir():
        listing = list_files(choose_split(path, split), SUFFIXES, _NOUN)
        if pattern is not None:
            return _read_names(listing, pattern, label)
        if label is not None:
            raise ValueError(f"label={label!r} names a group of a pattern; pass the pattern of the file names too")
        return read_class_folders(listing, listing.files, _NOUN, labels)
    refuse_split(split, str(path))
    if path.suffix.lower() in SUFFIXES:
        return read_in_memory([path], labels, _NOUN)
    raise ValueError(
        f"{path} is neither a folder nor an audio file ({', '.join(sorted(SUFFIXES))}); extract an archive first"
    )


def _read_names(listing: FileList, pattern: str, label: str | None) -> LabelledDataset[Path]:
    """The files whose names match a pattern, with its groups as columns."""
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"pattern={pattern!r} is no regular expression: {error}") from error
    matches = {path: match for path in listing.files if (match := compiled.fullmatch(path.stem))}
    if not matches:
        raise ValueError(
            f"none of the {len(listing.files)} audio files in {listing.folder} has a name like pattern={pattern!r}; "
            f"the first is called {listing.files[0].stem!r} (its suffix does not count)"
        )
    columns = {name: [match[name] or "" for match in matches.values()] for name in compiled.groupindex}
    ignored = sorted([*listing.ignored, *(path for path in listing.files if path not in matches)])
    data = LabelledDataset(list(matches), ignored=ignored, columns=columns, noun=_NOUN)
    if label is None and "label" not in columns:
        return data
    return data.labelled_by("label" if label is None else label)
