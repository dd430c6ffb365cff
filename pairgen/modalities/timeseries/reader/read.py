"""Read series from a file, a folder of files, or memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from torch import Tensor
from torch.utils.data import Dataset

from pairgen.data import (
    LabelledDataset,
    Labels,
    choose_split,
    encode_labels,
    list_files,
    read_class_folders,
    read_in_memory,
    refuse_split,
)
from pairgen.data._errors import name_file
from pairgen.data.files import FileList, LabelOption, class_folders
from pairgen.data.windows import Windows
from pairgen.modalities.timeseries.io.codec import SeriesItem
from pairgen.modalities.timeseries.io.files import SUFFIXES, FileOptions, Values, read_file, split_array
from pairgen.modalities.timeseries.io.pandas import Frame, is_frame

__all__ = ["read"]

SeriesSource: TypeAlias = "str | os.PathLike[str] | Values | Tensor | Frame | Sequence[SeriesItem] | Dataset[object]"
"""What `read` takes."""


@name_file
def read(
    source: SeriesSource,
    *,
    window: int | None = None,
    stride: int | None = None,
    labels: LabelOption = None,
    time: str | None = None,
    columns: Sequence[str] | None = None,
    split: str | None = None,
    header: bool | None = None,
) -> Dataset[object]:
    """Read series from files or from memory, or pass a dataset through.

    Args:
        source: A file (`.npy`, `.npz`, `.csv`, `.parquet`, `.ts`, `.tsf`, `.arff`), a folder of such files of one
            series each (its folders are the classes), an array or tensor (N, T, C) or (N, T), a list of
            series of any lengths, a pandas frame, or a torch Dataset (returned as it is).
        window: Number of steps of the windows into which each series is cut, without copying; None leaves the series
            whole. Arrays (T,) and (T, C) are one long series then. Windows have no labels.
        stride: Number of steps from one window to the next; None for half a window.
        labels: None takes the labels that the source has; True makes their absence an error; False ignores them; a
            sequence gives one a series.
        time: Column of a table that holds the time stamps, which have to increase.
        columns: Columns of a table that are the channels; None for all but `time`.
        split: "train" or "test": which files of a folder (`Name_TRAIN.ts`, or those in a folder of that name), or which
            keys of an archive (`x_train`).
        header: Whether the first row of a CSV file holds the names of its columns; None takes a row of numbers and
            dates as a step. Without names, columns are "0", "1" and so on.

    Returns:
        A `LabelledDataset` of series, or of (series, label) where there are labels. With `window`, its `items` are
        `Windows`. Numbers that a `.ts` or `.arff` file has to predict are no labels, but `columns["target"]`.

    Raises:
        FileNotFoundError: There is nothing at the path.
        ImportError: A format needs a package of the extra `tables` (CSV, Parquet).
        ValueError: A file cannot be read, time stamps do not increase, a series is shorter than a window, files differ
            in their channels, there are no series, or not one label a series; names the file or series.
        TypeError: The source is of another type, or a column of a frame holds no real numbers.
    """
    if stride is not None and window is None:
        raise ValueError(f"stride={stride} is the stride of windows; give window=STEPS too")
    if window is not None and labels is not None and labels is not False:
        raise ValueError("windows of series have no labels; read without window, or without labels")
    labels = labels if window is None else False
    options = FileOptions(time, columns, window is not None, split, header)
    dataset: Dataset[Any]
    names = None
    if not isinstance(source, (str, os.PathLike)):
        refuse_split(split, f"a {type(source).__name__}")
    if isinstance(source, (str, os.PathLike)):
        dataset, names = _read_path(Path(source), options, labels)
    elif isinstance(source, Dataset):
        if window is not None:
            raise TypeError(f"cannot cut windows of a {type(source).__name__}; pass its series as a list")
        return read_in_memory(source, labels, "series")
    else:
        dataset = read_in_memory(_split_series(source, options.long), labels, "series")
    if window is None:
        return dataset
    if not isinstance(dataset, LabelledDataset):
        raise TypeError(f"cannot cut windows of a {type(dataset).__name__}; pass its series as a list")
    windows = Windows(list(dataset.items), window, stride, names)
    return LabelledDataset(windows, ignored=dataset.ignored, noun="windows")


def _split_series(source: Values | Tensor | Frame | Sequence[SeriesItem], long: bool) -> Any:
    """What the caller holds as one series an item; what cannot be split is left for `read_in_memory` to refuse."""
    if is_frame(source):
        return [source]
    if isinstance(source, (np.ndarray, Tensor)):
        return split_array(source, long, f"the {type(source).__name__}")
    if isinstance(source, (list, tuple)):
        return [np.asarray(one, dtype=np.float64) if isinstance(one, (list, tuple)) else one for one in source]
    return source


def _read_path(
    path: Path, options: FileOptions, labels: LabelOption
) -> tuple[LabelledDataset[Values], list[str] | None]:
    """The dataset of a file or folder, and the names of the files where each is one series."""
    if not path.exists():
        raise FileNotFoundError(f"there is nothing at {path}; pass a file of series, or a folder of such files")
    if not path.is_dir():
        if path.suffix.lower() not in (".npz", ".npy"):
            refuse_split(options.split, str(path))
        return _read_single_file(path, options, labels), None
    listing = list_files(path, SUFFIXES, "series")
    if options.split is not None:
        listing = _of_split(listing, options.split)
    if len(listing.files) == 1 and class_folders(listing) is None:
        return _read_single_file(listing.files[0], options, labels, listing.ignored), None
    series: list[Values] = []
    for file in listing.files:
        content = read_file(file, replace(options, long=True))
        if len(content.series) != 1:
            raise ValueError(
                f"{file} holds {len(content.series)} series; a folder has one a file. Read that file alone, or choose "
                'files with split="train"'
            )
        series.append(content.series[0])
    names = [str(file) for file in listing.files]
    _check_channels(series, names)
    return read_class_folders(listing, series, "series", labels), names


def _read_single_file(
    path: Path, options: FileOptions, labels: LabelOption, ignored: Sequence[Path] = ()
) -> LabelledDataset[Values]:
    """All series of one file, with the labels that are in it."""
    content = read_file(path, options)
    series, columns = content.series, {} if content.targets is None else {"target": content.targets}
    given = content.labels if labels is None or labels is True else None if labels is False else labels
    if given is None:
        if labels is True:
            hint = "" if content.targets is None else '; its targets are numbers, in dataset.columns["target"]'
            raise ValueError(f"{path} has no labels; pass labels=[...], one for each series{hint}")
        return LabelledDataset(series, ignored=ignored, columns=columns, noun="series")
    if given is content.labels and content.declared is not None:
        encoded, classes = _encode_texts([str(label) for label in given], content.declared)
    else:
        encoded, classes = encode_labels(given, len(series), "series")
    return LabelledDataset(series, encoded, classes, ignored=ignored, columns=columns, noun="series")


def _encode_texts(labels: Sequence[str], declared: Sequence[str]) -> tuple[Labels, list[str]]:
    """Labels as positions among the classes, which are in the order of numbers if all are such, or else of text.

    The classes are those of the header, so that training and test files agree, if it has all of the labels; "1" is then
    "1.0".
    """
    missing = next((row for row, label in enumerate(labels) if label in ("", "?")), None)
    if missing is not None:
        raise ValueError(f"row {missing} has no label; fill it in, leave the row out, or read with labels=False")
    key = _order([*labels, *declared])
    names = {key(name): name for name in reversed(declared)}
    if not all(key(label) in names for label in labels):
        key = _order(labels)
        names = {key(name): name for name in reversed(labels)}
    positions = {name: position for position, name in enumerate(sorted(names))}
    encoded = np.array([positions[key(label)] for label in labels], dtype=np.int64)
    return encoded, [names[name] for name in positions]


def _order(labels: Sequence[str]) -> Callable[[str], float] | Callable[[str], str]:
    """What labels are sorted by: float if all are finite numbers, else str."""
    try:
        return float if np.isfinite([float(label) for label in labels]).all() else str
    except ValueError:
        return str


def _of_split(listing: FileList, split: str) -> FileList:
    """The files whose names end in `_SPLIT`, or those in the folder of that name."""
    files = [path for path in listing.files if path.stem.lower().endswith(f"_{split.lower()}")]
    if files:
        return replace(listing, files=files)
    try:
        return list_files(choose_split(listing.folder, split), SUFFIXES, "series")
    except ValueError as error:
        raise ValueError(
            f"{listing.folder} holds no series for split={split!r}; their names end in _{split.upper()}, such as "
            f"Name_{split.upper()}{listing.files[0].suffix}, or they are in a folder of that name: {error}"
        ) from error


def _check_channels(series: Sequence[Values], names: Sequence[str]) -> None:
    channels = [1 if values.ndim == 1 else values.shape[1] for values in series]
    for name, count in zip(names, channels, strict=True):
        if count != channels[0]:
            raise ValueError(
                f"{name} has {count} channels, {names[0]} has {channels[0]}; the files of one dataset have the same "
                "ones: choose them with columns=[...]"
            )
