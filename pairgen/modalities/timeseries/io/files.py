"""Read files of series: `.npy`, `.npz`, `.csv`, `.parquet`, `.ts`, `.tsf` and `.arff`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from pairgen.data._archives import check_parquet, load_archive
from pairgen.data._budget import BudgetError
from pairgen.data._errors import name_file, shorten
from pairgen.modalities.timeseries.io.archives import Archive, read_arff, read_ts, read_tsf
from pairgen.modalities.timeseries.io.pandas import decode_frame
from pairgen.modalities.timeseries.io.tables import parse_csv, parse_stamps

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SUFFIXES", "FileContent", "FileOptions", "Values", "read_file"]

Values: TypeAlias = npt.NDArray[np.generic]


class _Array(Protocol):
    @property
    def ndim(self) -> int: ...
    @property
    def shape(self) -> Sequence[int]: ...
    def __getitem__(self, key: tuple[slice | None, ...], /) -> Any: ...


Array = TypeVar("Array", bound=_Array)

VALUE_KEYS = ("series", "values", "x", "X", "data", "arr_0")
LABEL_KEYS = ("labels", "label", "y", "Y", "target", "arr_1")


@dataclass(frozen=True)
class FileOptions:
    """How files are read.

    Args:
        time: Column of a table that holds the time stamps.
        columns: Columns of a table that are the channels; None for all but `time`.
        long: Whether an array (T,) or (T, C) is one series; otherwise (N, T) are N series of one channel.
        split: "train" or "test": which keys of an archive.
        header: Whether the first row of a CSV file holds the names of its columns; None decides.
    """

    time: str | None = None
    columns: Sequence[str] | None = None
    long: bool = False
    split: str | None = None
    header: bool | None = None


@dataclass(frozen=True)
class FileContent:
    """The series of a file.

    Args:
        series: An array (N, T, C), or a list of arrays (T,) or (T, C).
        labels: One a series, or None.
        declared: Classes that the header of an archive lists, also those that no series has; None for other files.
        targets: A number for each series, in place of labels; None where the file has none.
    """

    series: Values | list[Values]
    labels: Iterable[object] | None = None
    declared: Sequence[str] | None = None
    targets: Sequence[float] | None = None


@name_file
def read_file(path: Path, options: FileOptions) -> FileContent:
    """Read the series of a file.

    Raises:
        ImportError: The format needs a package that is not installed.
        ValueError: The suffix is unknown, the file cannot be read, holds no series, or its time stamps do not increase,
            or a column holds no real numbers.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise ValueError(f"{path} is no file of series; the formats are {', '.join(SUFFIXES)}, and folders of them")
    content = reader(path, options)
    if not len(content.series):
        raise ValueError(f"{path} holds no series; leave it out")
    return content


def split_array(values: Array, long: bool, name: str) -> Array | list[Array]:
    """Return an array as series: (N, T, C), or (N, T) of one channel each; (T,) and, if `long`, (T, C) are one."""
    if values.ndim == 3:
        return values
    if values.ndim == 1 or (values.ndim == 2 and long):
        return [values]
    if values.ndim == 2:
        channels_last: Array = values[:, :, None]
        return channels_last
    raise ValueError(f"{name} has shape {tuple(values.shape)}; series are (N, T, C), (N, T), or one of (T,)")


def _read_npy(path: Path, options: FileOptions) -> FileContent:
    """Mapped into memory: windows over a long series read their own part only."""
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise ValueError(
            f"{path} cannot be read as a NumPy array: {shorten(error)}; write it with numpy.save"
        ) from error
    return FileContent(split_array(values, options.long, str(path)))


def _read_npz(path: Path, options: FileOptions) -> FileContent:
    try:
        arrays = load_archive(path)
    except BudgetError:
        raise
    except Exception as error:
        raise ValueError(
            f"{path} cannot be read as an archive of plain arrays: {shorten(error)}; write it with "
            "numpy.savez_compressed(path, series=..., labels=...)"
        ) from error
    key = _first_key(arrays, VALUE_KEYS, options.split)
    if key is None:
        held = ", ".join(f"{name} {array.shape}" for name, array in arrays.items()) or "nothing"
        wanted = "" if options.split is None else f" for split={options.split!r}"
        raise ValueError(f"{path} has no series under a usual key ({', '.join(VALUE_KEYS)}){wanted}; it holds {held}")
    labels = _first_key(arrays, LABEL_KEYS, options.split)
    series = split_array(arrays[key], options.long, str(path))
    return FileContent(series, None if labels is None else arrays[labels])


def _first_key(arrays: Mapping[str, Values], names: Sequence[str], split: str | None) -> str | None:
    keys = names if split is None else [key for n in names for key in (f"{n}_{split}", f"{split}_{n}")]
    return next((key for key in keys if key in arrays), None)


def _read_csv(path: Path, options: FileOptions) -> FileContent:
    pandas = _import("pandas", path, "tables")
    wanted = {*(options.columns or ()), options.time or ""} - {""}
    return _read_table(path, options, lambda file: parse_csv(file, pandas, options.header, wanted))


def _read_parquet(path: Path, options: FileOptions) -> FileContent:
    _import("pyarrow", path, "tables")
    pandas = _import("pandas", path, "tables")

    def load(file: Path) -> pd.DataFrame:
        check_parquet(file, 8)
        frame: pd.DataFrame = pandas.read_parquet(file)
        return frame

    return _read_table(path, options, load)


def _read_table(path: Path, options: FileOptions, load: Callable[[Path], pd.DataFrame]) -> FileContent:
    """One series: a row a step, a column a channel; the time stamps are in the column `time`."""
    try:
        frame = load(path)
    except BudgetError:
        raise
    except Exception as error:
        raise ValueError(
            f"{path} cannot be read as a table: {shorten(error)}; check that it has a row a step"
        ) from error
    wanted = [*([] if options.time is None else [options.time]), *(options.columns or [])]
    missing = [column for column in wanted if column not in frame.columns]
    if missing:
        raise ValueError(f"{path} has no column {missing[0]!r}; it has {', '.join(map(repr, frame.columns))}")
    try:
        if options.time is not None:
            frame.index = parse_stamps(frame.pop(options.time), import_module("pandas"))
        return FileContent([decode_frame(frame if options.columns is None else frame[list(options.columns)])])
    except (ValueError, TypeError) as error:
        hint = f"; check the column time={options.time!r}"
        if options.time is None:
            hint = "; read(..., time=COLUMN) names the column of the time stamps"
        raise ValueError(f"{path}: {shorten(error)}{hint}") from error


def _read_archive(path: Path, options: FileOptions) -> FileContent:
    archive = _ARCHIVES[path.suffix.lower()](path)
    series: Values | list[Values] = [*archive.series]
    if len({values.shape for values in archive.series}) == 1:
        series = np.stack(archive.series)
    return FileContent(series, archive.labels, archive.declared, archive.targets)


def _import(module: str, path: Path, extra: str) -> ModuleType:
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"reading {path} needs {module.partition('.')[0]}, which is not installed: pip install 'pairgen[{extra}]'"
        ) from error


_ARCHIVES: Mapping[str, Callable[[Path], Archive]] = {".ts": read_ts, ".tsf": read_tsf, ".arff": read_arff}
_READERS: Mapping[str, Callable[[Path, FileOptions], FileContent]] = {
    ".npy": _read_npy,
    ".npz": _read_npz,
    ".csv": _read_csv,
    ".parquet": _read_parquet,
    **dict.fromkeys(_ARCHIVES, _read_archive),
}
SUFFIXES = tuple(_READERS)
