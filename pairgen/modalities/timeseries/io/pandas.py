"""Convert pandas frames and series; pandas is imported by whoever holds one, never from here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
from typing_extensions import TypeIs

if TYPE_CHECKING:
    from collections.abc import Hashable

    import pandas as pd
    from pandas.api.extensions import ExtensionArray, ExtensionDtype

__all__ = ["Frame", "decode_frame", "is_frame", "restore_frame"]

Frame: TypeAlias = "pd.DataFrame | pd.Series"
"""A table of one series: a row a step, a column a channel."""

Dtype: TypeAlias = "np.dtype | ExtensionDtype"


def is_frame(item: object) -> TypeIs[Frame]:
    """Return whether an item is a `pandas.DataFrame` or a `pandas.Series`."""
    cls = type(item)
    return cls.__module__.partition(".")[0] == "pandas" and cls.__name__ in ("DataFrame", "Series")


def decode_frame(frame: Frame) -> npt.NDArray[np.floating]:
    """Return the columns of a frame as float32 or float64 (T,) or (T, C), NaN where a value is missing.

    Raises:
        ValueError: Its time stamps do not increase.
        TypeError: A column does not hold real numbers.
    """
    _check_stamps(frame.index)
    columns = _columns(frame)
    wrong = [f"{name!r} ({dtype})" for name, dtype in columns if getattr(dtype, "kind", "O") not in "iuf"]
    if wrong:
        raise TypeError(
            f"the columns {', '.join(wrong[:5])} hold no real numbers; drop them, or move the time into the index: "
            'frame.set_index("time")'
        )
    single = all(getattr(dtype, "numpy_dtype", dtype) == np.float32 for _, dtype in columns)
    values: npt.NDArray[np.floating] = frame.to_numpy(dtype=np.float32 if single else np.float64, na_value=np.nan)
    return values


def restore_frame(values: npt.NDArray[np.floating], start: int, frame: Frame) -> Frame:
    """Return the values of a view (T', C) as a frame or series like `frame`, with the time stamps of its steps."""
    stop = start + len(values)
    index = frame.index[start:stop] if start >= 0 and stop <= len(frame.index) else None
    dtypes = [dtype for _, dtype in _columns(frame)]
    if not _is_table(frame):
        return type(frame)(_as_column(values[:, 0], dtypes[0]), index=index, name=frame.name)
    view = type(frame)({i: _as_column(values[:, i], dtype) for i, dtype in enumerate(dtypes)}, index=index)
    view.columns = frame.columns
    return view


def _is_table(frame: Frame) -> TypeIs[pd.DataFrame]:
    return frame.ndim == 2


def _columns(frame: Frame) -> list[tuple[Hashable, Dtype]]:
    return list(frame.dtypes.items()) if _is_table(frame) else [(frame.name, frame.dtype)]


def _as_column(values: npt.NDArray[np.floating], dtype: Dtype) -> npt.NDArray[np.number] | ExtensionArray:
    """The values in the dtype of a column, which may be one of pandas' own or of Arrow: there, missing is NA."""
    numpy_dtype = dtype if isinstance(dtype, np.dtype) else np.dtype(getattr(dtype, "numpy_dtype", np.float64))
    missing = np.isnan(values)
    column: npt.NDArray[np.number] = values
    if numpy_dtype.kind in "iu":
        info = np.iinfo(numpy_dtype)
        column = np.clip(np.rint(np.where(missing, 0, values)), info.min, info.max).astype(numpy_dtype)
    if isinstance(dtype, np.dtype):  # an integer column with new missing values becomes a float column, as in pandas
        return values if numpy_dtype.kind in "iu" and missing.any() else column.astype(dtype)
    restored: ExtensionArray = import_module("pandas").array(column, dtype=dtype)
    if not restored.isna()[missing].all():
        restored[missing] = restored.dtype.na_value
    return restored


def _check_stamps(index: pd.Index) -> None:
    if getattr(index, "nlevels", 1) > 1:
        raise ValueError(
            f"the frame has {index.nlevels} levels of index, so it holds several series; make an item of each: "
            "[part for _, part in frame.groupby(level=0)]"
        )
    ordered = getattr(index.dtype, "kind", "O") in "iufmM" or hasattr(index, "tz")
    if not ordered or (index.is_monotonic_increasing and index.is_unique and not index.hasnans):
        return
    stamps = index.to_numpy()
    wrong = np.flatnonzero(~(stamps[1:] > stamps[:-1]))
    row = int(wrong[0]) + 1 if len(wrong) else 0
    raise ValueError(
        f"the time stamps of the series that begins at {index[0]} do not increase: row {row} has {index[row]} after "
        f"{index[max(row - 1, 0)]}; sort it with frame.sort_index() and drop repeated stamps"
    )
