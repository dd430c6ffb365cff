"""pandas' frames and series, without importing pandas: a frame that is there has brought it along."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["decode_frame", "is_frame", "restore_frame"]


def is_frame(item: Any) -> bool:
    """Whether an item is a `pandas.DataFrame` or a `pandas.Series`."""
    kind = type(item)
    return kind.__module__.partition(".")[0] == "pandas" and kind.__name__ in ("DataFrame", "Series")


def decode_frame(frame: Any) -> np.ndarray:
    """float32 or float64 (T,) or (T, C): the columns of a frame, NaN where a value is missing.

    Raises ValueError where its time stamps do not increase, TypeError for columns that hold no real numbers.
    """
    _check_stamps(frame.index)
    columns = frame.dtypes.items() if frame.ndim == 2 else [(frame.name, frame.dtype)]
    odd = [f"{name!r} ({dtype})" for name, dtype in columns if getattr(dtype, "kind", "O") not in "iuf"]
    if odd:
        raise TypeError(
            f"the columns {', '.join(odd[:5])} hold no real numbers; drop them, or move the time into the index: "
            'frame.set_index("time")'
        )
    dtype = np.float32 if _all_single(frame) else np.float64
    values: np.ndarray = frame.to_numpy(dtype=dtype, na_value=np.nan)
    return values


def restore_frame(values: np.ndarray, start: int, frame: Any) -> Any:
    """The values of a view, (T', C), as a frame or series like `frame`, with the time stamps of the steps it shows."""
    here = slice(start, start + len(values))
    index = frame.index[here] if start >= 0 and here.stop <= len(frame.index) else None
    kind = type(frame)
    if frame.ndim == 1:
        return kind(_typed(values[:, 0], frame.dtype), index=index, name=frame.name)
    columns = {i: _typed(values[:, i], dtype) for i, dtype in enumerate(frame.dtypes)}
    made = kind(columns, index=index)
    made.columns = frame.columns
    return made


def _all_single(frame: Any) -> bool:
    dtypes = frame.dtypes if frame.ndim == 2 else [frame.dtype]
    return all(str(dtype).lower() == "float32" for dtype in dtypes)


def _typed(column: np.ndarray, dtype: Any) -> Any:
    if dtype.kind not in "iu":
        return column.astype(dtype) if isinstance(dtype, np.dtype) else column
    if np.isnan(column).any():
        return column  # an integer column that was given missing values becomes a float one, as pandas itself does
    info = np.iinfo(dtype.numpy_dtype if hasattr(dtype, "numpy_dtype") else dtype)
    whole: np.ndarray = np.clip(np.rint(column), info.min, info.max).astype(info.dtype)
    return whole


def _check_stamps(index: Any) -> None:
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
