"""Time-series items: what users hold, the form in which it is augmented, and back.

| item | view |
|---|---|
| array or tensor (T,), (T, C), or (C, T) with `layout="CT"` | of that rank, dtype, device and layout |
| list of numbers, or of one list a step | a list |
| `pandas.DataFrame` (T rows, C columns), `pandas.Series` | such a frame, with the time stamps of the steps it shows |
| `Segment` | a `Segment`, which says where in the whole series it begins |

All are augmented as a `Segment` of float32 or float64 (T, C). NaN is a missing value and stays missing. Integers are
augmented as float64 (16 bits and fewer as float32) and given back rounded; half precision as float32.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from pairgen.modalities.timeseries.batch.segments import Segment
from pairgen.modalities.timeseries.io.pandas import decode_frame, is_frame, restore_frame

__all__ = ["Layout", "checked_layout", "decode_series", "restore_series", "working_tensor"]

Layout = Literal["TC", "CT"]

_FORMS = "an array, tensor or list (T,) or (T, C), a pandas DataFrame or Series, or a Segment"


def decode_series(item: Any, layout: Layout = "TC") -> Segment:
    """The item as it is augmented: a `Segment` of float32 or float64 (T, C). The item is not changed.

    layout: of bare arrays, tensors and lists of two axes.
    Raises ValueError for a series without steps or channels, without any value (all NaN), with infinite values, or
    with time stamps that do not increase; TypeError for another type, rank or dtype. Both name the remedy.
    """
    if isinstance(item, Segment):
        if item.values.ndim != 2:
            raise TypeError(f"a Segment holds values (T, C), got {tuple(item.values.shape)}")
        return Segment(_checked(working_tensor(item.values, "the segment"), "the segment"), item.start)
    if is_frame(item):
        name = f"the {type(item).__name__} of {len(item)} rows"
        return Segment(_checked(_two_axes(torch.from_numpy(_owned(decode_frame(item)))), name))
    if isinstance(item, (list, tuple)):
        item = _array_of(item)
    if not isinstance(item, (np.ndarray, Tensor)):
        raise TypeError(f"a time series is {_FORMS}; got {type(item).__name__}")
    name = f"the {type(item).__name__} of shape {tuple(item.shape)} and dtype {item.dtype}"
    if item.ndim not in (1, 2):
        hint = "; (N, T, C) are N items: give sampler.augment the batch, or each series alone" if item.ndim == 3 else ""
        raise TypeError(f"a time series is (T,) or (T, C), got {name}{hint}")
    values = working_tensor(item, name)
    time_first = checked_layout(layout) == "TC" or values.ndim == 1
    return Segment(_checked(_two_axes(values if time_first else values.T), name))


def restore_series(view: Segment, item: Any, layout: Layout = "TC") -> Any:
    """The view in the type, dtype and layout of the item."""
    if isinstance(item, Segment):
        return Segment(_in_dtype(view.values, item.values), view.start)
    if is_frame(item):
        return restore_frame(view.values.detach().cpu().numpy(), view.start, item)
    if isinstance(item, (list, tuple)):
        flat = view.values[:, 0] if not isinstance(item[0], (list, tuple)) else view.values
        return type(item)((flat if layout == "TC" or flat.ndim == 1 else flat.T).tolist())
    values = view.values[:, 0] if item.ndim == 1 else view.values if layout == "TC" else view.values.T
    shaped = _in_dtype(values, torch.from_numpy(np.empty(0, item.dtype)) if isinstance(item, np.ndarray) else item)
    return shaped.numpy() if isinstance(item, np.ndarray) else shaped


def checked_layout(layout: str) -> str:
    """The layout, if it is one; else ValueError."""
    if layout not in ("TC", "CT"):
        raise ValueError(f'layout is "TC" for (T, C) or "CT" for (C, T), got {layout!r}')
    return layout


def working_tensor(values: np.ndarray | Tensor, name: str) -> Tensor:
    """An array or tensor as a float32 or float64 tensor; shares its memory where it can. TypeError for other dtypes."""
    if isinstance(values, np.ndarray):
        if values.dtype.kind not in "iuf":
            raise TypeError(f"a time series holds real numbers, got {name}; cast it: series.astype(float)")
        if values.dtype.kind in "iu" and values.dtype.itemsize > 2:
            values = values.astype(np.float64)
        elif values.dtype not in (np.float32, np.float64):
            values = values.astype(np.float32 if values.dtype.itemsize <= 2 else np.float64)
        return torch.from_numpy(_owned(values))
    if values.dtype.is_complex or values.dtype == torch.bool:
        raise TypeError(f"a time series holds real numbers, got {name}; cast it: series.float()")
    if values.dtype in (torch.float32, torch.float64):
        return values
    wide = not values.dtype.is_floating_point and values.element_size() > 2
    return values.to(torch.float64 if wide else torch.float32)


def _owned(values: np.ndarray) -> np.ndarray:
    """The array in memory that torch takes: neither read-only, nor of negative strides, nor of a foreign byte order."""
    fit = values.flags.writeable and values.dtype.isnative and all(stride > 0 for stride in values.strides)
    return values if fit else np.array(values, dtype=values.dtype.newbyteorder("="), order="C")


def _array_of(series: Any) -> np.ndarray:
    try:
        return np.asarray(series, dtype=np.float64)  # None becomes NaN
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"a list is a time series if it holds numbers, or one list of equally many numbers a step: {error}; a list "
            'of series of several lengths is a data set: pairgen.get_modality("timeseries").read(series)'
        ) from error


def _two_axes(values: Tensor) -> Tensor:
    return values[:, None] if values.ndim == 1 else values


def _checked(values: Tensor, name: str) -> Tensor:
    """(T, C), if it has steps and values and all that are there are finite."""
    if 0 in values.shape:
        raise ValueError(f"{name} has no values; leave it out of the data")
    if bool(torch.isfinite(values.sum())):
        return values
    infinite = values.isinf()
    if bool(infinite.any()):
        step, channel = infinite.nonzero()[0].tolist()
        raise ValueError(
            f"{name} is infinite at step {step}, channel {channel}; repair the value, or set it to NaN if it is missing"
        )
    if bool(values.isnan().all()):
        raise ValueError(f"{name} holds missing values (NaN) only; leave it out of the data")
    return values  # some are missing, or their sum is beyond the dtype


def _in_dtype(values: Tensor, like: Tensor) -> Tensor:
    """The values of a view in the dtype of the item."""
    if values.dtype == like.dtype:
        return values.contiguous()
    if like.dtype.is_floating_point:
        return values.to(like.dtype).contiguous()
    if bool(values.isnan().any()):
        raise ValueError(
            f"the view has missing values, which an item of {like.dtype} cannot hold; cast the series to float"
        )
    info = torch.iinfo(like.dtype)
    return values.round().clamp(info.min, info.max).to(like.dtype).contiguous()


@dataclass(frozen=True)
class SeriesCodec:
    """layout: "TC" where arrays and tensors of two axes are (T, C), "CT" where they are (C, T)."""

    layout: Layout = "TC"

    def __post_init__(self) -> None:
        checked_layout(self.layout)

    def decode(self, item: Any) -> Segment:
        """The item as a `Segment` of (T, C)."""
        return decode_series(item, self.layout)

    def restore(self, view: Segment, item: Any) -> Any:
        """The view in the item's type, dtype and layout."""
        return restore_series(view, item, self.layout)


CODEC = SeriesCodec()
