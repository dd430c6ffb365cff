"""Telling sources apart, and putting their series together."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch.utils.data import Dataset

from pairgen.modalities.timeseries.io.pandas import is_frame
from pairgen.modalities.timeseries.reader.dataset import SeriesDataset
from pairgen.modalities.timeseries.reader.formats import READERS, Options, Table, many
from pairgen.modalities.timeseries.reader.windows import Windows

__all__ = ["read"]


def read(
    source: Any,
    *,
    window: int | None = None,
    stride: int | None = None,
    labels: Sequence[Any] | bool | None = None,
    time: str | None = None,
    columns: Sequence[str] | None = None,
    split: str | None = None,
) -> Dataset[Any]:
    """Read series from files or from memory, or pass a dataset through.

    Args:
        source: a file (`.ts` and `.tsf` through aeon, `.csv`, `.parquet`, `.npy`, `.npz`), a folder of such files of
            one series each (its folders are the classes), an array (N, T, C) or (N, T), a list of series of any
            lengths, a pandas frame, or a torch Dataset (returned as it is).
        window, stride: cut each series into windows of so many steps, without copying; the stride is half a window by
            default. Arrays (T,) and (T, C) are one long series then. Windows have no labels.
        labels: None takes those that the source has; True makes their absence an error; False leaves them; a sequence
            gives one a series.
        time: of tables, the column that holds the time stamps; they have to increase.
        columns: of tables, the channels; by default all but `time`.
        split: "train" or "test": which files of a folder (`Name_TRAIN.ts`), or which keys of an archive (`x_train`).

    Raises:
        FileNotFoundError: there is nothing at the path.
        ImportError: a format needs the extra `timeseries`.
        ValueError, TypeError: a file that cannot be read, time stamps that do not increase, a series shorter than a
            window, files that differ in their channels, or not one label a series; the message names the series.
    """
    options = Options(time, columns, window, split)
    if isinstance(source, Dataset) and labels is None and window is None:
        return source
    if isinstance(source, str | os.PathLike):
        table, names = _from_path(Path(source), options)
    else:
        table, names = _in_memory(source, window)
    if window is not None:
        return SeriesDataset(Windows(list(table.series), window, stride, names))
    if stride is not None:
        raise ValueError(f"stride={stride} is that of windows; give window=STEPS too")
    found = table.labels if labels is None or labels is True else None if labels is False else labels
    if labels is True and found is None:
        raise ValueError("the source has no labels; sort its files into class folders, or pass labels=[...]")
    if found is None:
        return SeriesDataset(table.series)
    if len(found) != len(table.series):
        raise ValueError(f"{len(table.series)} series but {len(found)} labels; pass one label a series")
    classes, positions = np.unique(np.asarray(found), return_inverse=True)
    return SeriesDataset(table.series, positions.astype(np.int64), [str(name) for name in classes.tolist()])


def _in_memory(source: Any, window: int | None) -> tuple[Table, None]:
    if is_frame(source):
        return Table([source]), None
    if isinstance(source, np.ndarray):
        return Table(many(source, window, "the array")), None
    if isinstance(source, (str, bytes)) or not hasattr(source, "__getitem__") or not hasattr(source, "__len__"):
        raise TypeError(
            f"cannot read series from {type(source).__name__}; pass a path, an array, a list of series or a Dataset"
        )
    series = [np.asarray(one, dtype=np.float64) if isinstance(one, (list, tuple)) else one for one in source]
    if not series:
        raise ValueError("the source holds no series")
    return Table(series), None


def _from_path(path: Path, options: Options) -> tuple[Table, list[str] | None]:
    if not path.exists():
        raise FileNotFoundError(f"there is nothing at {path}; pass a file of series, or a folder of such files")
    if path.is_dir():
        return _from_folder(path, options)
    return _checked(path, READERS[_suffix(path)](path, options)), None


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in READERS:
        raise ValueError(f"{path} is no file of series; the formats are {', '.join(READERS)}, and folders of them")
    return suffix


def _from_folder(folder: Path, options: Options) -> tuple[Table, list[str] | None]:
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in READERS and path.name[0] != ".")
    if options.split is not None:
        files = [path for path in files if path.stem.lower().endswith(f"_{options.split.lower()}")]
    if not files:
        wanted = "" if options.split is None else f" whose name ends in _{options.split.upper()}"
        raise ValueError(f"{folder} holds no file of series{wanted}; the formats are {', '.join(READERS)}")
    if len(files) == 1:
        return _checked(files[0], READERS[_suffix(files[0])](files[0], options)), None
    one_each = Options(options.time, options.columns, window=options.window or 1)  # (T, C) is one series then
    series, names = [], []
    for path in files:
        found = READERS[_suffix(path)](path, one_each).series
        if len(found) != 1:
            raise ValueError(
                f"{path} holds {len(found)} series; a folder has one a file. Read that file alone, or say which with "
                'split="train"'
            )
        series.append(found[0])
        names.append(str(path))
    _check_channels(series, names)
    classes = [path.relative_to(folder).parts[0] for path in files]
    nested = all(len(path.relative_to(folder).parts) > 1 for path in files) and len(set(classes)) > 1
    return Table(series, classes if nested else None), names


def _channels(series: Any) -> int:
    return 1 if series.ndim == 1 else int(series.shape[1])


def _check_channels(series: Sequence[Any], names: Sequence[str]) -> None:
    for one, name in zip(series, names, strict=True):
        if _channels(one) != _channels(series[0]):
            raise ValueError(
                f"{name} has {_channels(one)} channels, {names[0]} has {_channels(series[0])}; the files of one data "
                "set have the same ones: choose them with columns=[...]"
            )


def _checked(path: Path, table: Table) -> Table:
    if not len(table.series):
        raise ValueError(f"{path} holds no series")
    return table
