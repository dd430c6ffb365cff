"""The file formats, each read into a `Table` of series."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from pairgen.modalities.timeseries.io.pandas import decode_frame

__all__ = ["READERS", "Options", "Table"]

VALUE_KEYS = ("series", "values", "x", "X", "data", "arr_0")
LABEL_KEYS = ("labels", "label", "y", "Y", "target", "arr_1")


@dataclass(frozen=True)
class Options:
    """time: the column of time stamps. columns: the channels. window: steps of a window. split: "train" or "test"."""

    time: str | None = None
    columns: Sequence[str] | None = None
    window: int | None = None
    split: str | None = None


@dataclass(frozen=True)
class Table:
    """series: an array (N, T, C), or a list of arrays (T,) or (T, C). labels: one a series, or None."""

    series: Any
    labels: Any = None


def _npy(path: Path, options: Options) -> Table:
    """Mapped into memory: windows over a long series read what they show, no more."""
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise ValueError(f"{path} cannot be read as a NumPy array: {error}; write it with numpy.save") from error
    return Table(many(values, options.window, str(path)))


def _npz(path: Path, options: Options) -> Table:
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
    except Exception as error:
        raise ValueError(
            f"{path} cannot be read as an archive of plain arrays: {error}; write it with numpy.savez_compressed(path, "
            "series=..., labels=...)"
        ) from error
    key = _key(arrays, VALUE_KEYS, options.split)
    if key is None:
        held = ", ".join(f"{name} {array.shape}" for name, array in arrays.items()) or "nothing"
        wanted = "" if options.split is None else f" for split={options.split!r}"
        raise ValueError(f"{path} has no series under a usual key ({', '.join(VALUE_KEYS)}){wanted}; it holds {held}")
    labels = _key(arrays, LABEL_KEYS, options.split)
    return Table(many(arrays[key], options.window, str(path)), None if labels is None else arrays[labels])


def _key(arrays: Mapping[str, Any], names: Sequence[str], split: str | None) -> str | None:
    wanted = names if split is None else [key for n in names for key in (f"{n}_{split}", f"{split}_{n}")]
    return next((name for name in wanted if name in arrays), None)


def many(values: Any, window: int | None, name: str) -> Any:
    """An array as series: (N, T, C), or (N, T) of one channel each; to be cut into windows, (T,) and (T, C) are one."""
    if values.ndim == 3:
        return values
    if window is not None and values.ndim in (1, 2):
        return [values]
    if values.ndim == 2:
        return values[:, :, None]
    if values.ndim == 1:
        return [values]
    raise ValueError(f"{name} has shape {values.shape}; series are (N, T, C), (N, T), or one of (T,)")


def _csv(path: Path, options: Options) -> Table:
    return _frame(path, options, _extra("pandas", path).read_csv)


def _parquet(path: Path, options: Options) -> Table:
    return _frame(path, options, _extra("pandas", path).read_parquet)


def _frame(path: Path, options: Options, load: Callable[[Path], Any]) -> Table:
    """One series: a row a step, a column a channel; the column `time` is what its time stamps are in."""
    try:
        frame = load(path)
    except Exception as error:
        raise ValueError(f"{path} cannot be read as a table: {error}; check that it has a row a step") from error
    wanted = [*([] if options.time is None else [options.time]), *(options.columns or [])]
    missing = [column for column in wanted if column not in frame.columns]
    if missing:
        raise ValueError(f"{path} has no column {missing[0]!r}; it has {', '.join(map(repr, frame.columns))}")
    if options.time is not None:
        stamps = frame.pop(options.time)
        pandas = import_module("pandas")
        frame.index = pandas.Index(stamps if stamps.dtype.kind in "iufM" else pandas.to_datetime(stamps))
    try:
        return Table([decode_frame(frame if options.columns is None else frame[list(options.columns)])])
    except (ValueError, TypeError) as error:
        hint = "" if options.time else "; read(..., time=COLUMN) names the column of the time stamps"
        raise type(error)(f"{path}: {error}{hint}") from error


def _ts(path: Path, options: Options) -> Table:
    values, labels = _extra("aeon.datasets", path).load_from_ts_file(str(path))
    if isinstance(values, np.ndarray):
        return Table(values.transpose(0, 2, 1), labels)  # aeon has the channels first
    return Table([one.T for one in values], labels)


def _tsf(path: Path, options: Options) -> Table:
    loaded = _extra("aeon.datasets", path).load_from_tsf_file(str(path))
    frame = loaded[0] if isinstance(loaded, tuple) else loaded
    return Table([np.asarray(one, dtype=np.float64) for one in frame["series_value"]])


def _extra(module: str, path: Path) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"reading {path} needs {module.partition('.')[0]}, which is not installed: pip install "
            "'pairgen[timeseries]'"
        ) from error


READERS: Mapping[str, Callable[[Path, Options], Table]] = {
    ".npy": _npy,
    ".npz": _npz,
    ".csv": _csv,
    ".parquet": _parquet,
    ".ts": _ts,
    ".tsf": _tsf,
}
