"""Decode items of users to a `Segment`, checked once, and restore views to the type of the item.

| item | view |
|---|---|
| array or tensor (T,), (T, C), or (C, T) with `layout="CT"` | of that rank, dtype, device and layout |
| list of numbers, or of one list a step | a list |
| `pandas.DataFrame` (T rows, C columns), `pandas.Series` | such a frame, with the time stamps of its steps |
| `Segment` | a `Segment`, which says where in the whole series it begins |

All are augmented as a `Segment` of float32 or float64 (T, C). NaN is a missing value and stays missing. Integers are
augmented as float64 (16 bits and fewer as float32) and restored by rounding; half precision as float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pairgen._validation import check_choice
from pairgen.modalities.timeseries.batch.segments import Segment
from pairgen.modalities.timeseries.io.pandas import Frame, decode_frame, is_frame, restore_frame

__all__ = ["Layout", "SeriesCodec", "SeriesItem", "as_float_tensor", "check_layout", "decode_series", "restore_series"]

Layout = Literal["TC", "CT"]
"""The axes of arrays, tensors and lists of two axes: "TC" for (T, C), "CT" for (C, T)."""

SeriesItem: TypeAlias = (
    "npt.NDArray[np.generic] | Tensor | Segment | Frame | Sequence[float | None] | Sequence[Sequence[float | None]]"
)
"""What users hold: one series as an array, tensor, list, pandas frame or `Segment`."""


def decode_series(item: SeriesItem, layout: Layout = "TC") -> Segment:
    """Decode an item to a `Segment` and check it. The item is not changed.

    Args:
        item: A series of any type in the table above.
        layout: Axes of arrays, tensors and lists of two axes.

    Returns:
        A segment of float32 or float64 (T, C), which shares the memory of the item where it can.

    Raises:
        ValueError: The series has no steps or channels, no value but NaN, infinite values, or time stamps that do not
            increase; names the item and the remedy.
        TypeError: The item is of another type, rank or dtype; names the item and the remedy.
    """
    if isinstance(item, Segment):
        name = "the segment"
        if item.values.ndim != 2:
            raise TypeError(f"a Segment holds values (T, C), got {tuple(item.values.shape)}; reshape the values")
        segment = Segment(as_float_tensor(item.values, name), item.start)
    elif is_frame(item):
        name = f"the {type(item).__name__} of {len(item)} rows"
        segment = Segment(_as_two_axes(torch.from_numpy(_as_torch_memory(decode_frame(item)))))
    else:
        array = _as_array(item)
        name = f"the {type(array).__name__} of shape {tuple(array.shape)} and dtype {array.dtype}"
        if array.ndim not in (1, 2):
            hint = "; (N, T, C) is a batch: give it to sampler.augment, or each series alone" if array.ndim == 3 else ""
            raise TypeError(f"a time series is (T,) or (T, C), got {name}{hint}")
        values = as_float_tensor(array, name)
        channels_first = check_layout(layout) == "CT" and values.ndim == 2
        segment = Segment(_as_two_axes(values.T if channels_first else values))
    _check(segment, name)
    return segment


def restore_series(view: Segment, item: SeriesItem, layout: Layout = "TC") -> SeriesItem:
    """Restore a view to the type, dtype and layout of the item that was decoded.

    Raises:
        ValueError: The view has missing values, and the item is of integers, which cannot hold them.
    """
    if isinstance(item, Segment):
        return Segment(_as_dtype(view.values, item.values.dtype), view.start)
    if is_frame(item):
        return restore_frame(view.values.detach().cpu().numpy(), view.start, item)
    if isinstance(item, (list, tuple)):
        values = view.values if isinstance(item[0], (list, tuple)) else view.values[:, 0]
        return type(item)((values if layout == "TC" or values.ndim == 1 else values.T).tolist())
    array = item if isinstance(item, Tensor) else np.asarray(item)
    values = view.values[:, 0] if array.ndim == 1 else view.values if layout == "TC" else view.values.T
    if isinstance(array, Tensor):
        return _as_dtype(values, array.dtype)
    native = array.dtype if array.dtype.isnative else array.dtype.newbyteorder("=")
    restored = _as_dtype(values, torch.from_numpy(np.empty(0, native)).dtype).numpy()
    return restored if array.dtype.isnative else restored.astype(array.dtype)


def check_layout(layout: str) -> str:
    """Return the layout if it is "TC" or "CT"; ValueError otherwise."""
    return check_choice("layout", layout, ("TC", "CT"))


def as_float_tensor(values: npt.NDArray[np.generic] | Tensor, name: str) -> Tensor:
    """Return an array or tensor as a float32 or float64 tensor that shares its memory where it can.

    Args:
        values: Real numbers of any dtype and shape.
        name: What they are, for the message.

    Raises:
        TypeError: The dtype is complex, bool, or no number.
    """
    if isinstance(values, np.ndarray):
        if values.dtype.kind not in "iuf":
            raise TypeError(f"a time series holds real numbers, got {name}; cast it: series.astype(float)")
        if values.dtype.kind in "iu" and values.dtype.itemsize > 2:
            values = values.astype(np.float64)
        elif values.dtype not in (np.float32, np.float64):
            values = values.astype(np.float32 if values.dtype.itemsize <= 2 else np.float64)
        return torch.from_numpy(_as_torch_memory(values))
    if values.dtype.is_complex or values.dtype == torch.bool:
        raise TypeError(f"a time series holds real numbers, got {name}; cast it: series.float()")
    if values.dtype in (torch.float32, torch.float64):
        return values
    wide = not values.dtype.is_floating_point and values.element_size() > 2
    return values.to(torch.float64 if wide else torch.float32)


def _check(segment: Segment, name: str) -> None:
    """Refuse a segment without steps or channels, with infinite values, or with missing values only."""
    values = segment.values
    if 0 in values.shape:
        raise ValueError(f"{name} has no values; leave it out of the data")
    if bool(torch.isfinite(values.sum())):
        return
    infinite = values.isinf()
    if bool(infinite.any()):
        step, channel = infinite.nonzero()[0].tolist()
        raise ValueError(
            f"{name} is infinite at step {step}, channel {channel}; correct the value, or set it to NaN if it is "
            "missing"
        )
    if bool(values.isnan().all()):
        raise ValueError(f"{name} holds missing values (NaN) only; leave it out of the data")
    # Otherwise some values are missing, or the sum exceeds the range of the dtype.


def _as_array(item: object) -> npt.NDArray[np.generic] | Tensor:
    """An array, tensor or list as an array or tensor; None in a list becomes NaN."""
    if isinstance(item, (np.ndarray, Tensor)):
        return item
    if not isinstance(item, (list, tuple)):
        raise TypeError(
            "a time series is an array, tensor or list (T,) or (T, C), a pandas DataFrame or Series, or a Segment; got "
            f"{type(item).__name__}"
        )
    try:
        return np.asarray(item, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"a list is a time series if it holds numbers, or one list of equally many numbers a step: {error}; a list "
            'of series of several lengths is a dataset: pairgen.get_modality("timeseries").read(series)'
        ) from error


def _are_numbers(values: Sequence[object]) -> bool:
    return all(value is None or (isinstance(value, Real) and not isinstance(value, bool)) for value in values)


def _as_torch_memory(values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """The array in memory that torch takes: writeable, without negative strides, in the native byte order."""
    fits = values.flags.writeable and values.dtype.isnative and all(stride > 0 for stride in values.strides)
    return values if fits else np.array(values, dtype=values.dtype.newbyteorder("="), order="C")


def _as_two_axes(values: Tensor) -> Tensor:
    return values[:, None] if values.ndim == 1 else values


def _as_dtype(values: Tensor, dtype: torch.dtype) -> Tensor:
    if values.dtype == dtype:
        return values.contiguous()
    if dtype.is_floating_point:
        return values.to(dtype).contiguous()
    if bool(values.isnan().any()):
        raise ValueError(f"the view has missing values, which an item of {dtype} cannot hold; cast the series to float")
    info = torch.iinfo(dtype)
    return values.round().clamp(info.min, info.max).to(dtype).contiguous()


@dataclass(frozen=True)
class SeriesCodec:
    """Decode series and restore views in one layout.

    Args:
        layout: "TC" where arrays, tensors and lists of two axes are (T, C), "CT" where they are (C, T).
    """

    layout: Layout = "TC"

    def __post_init__(self) -> None:
        check_layout(self.layout)

    def is_item(self, sample: object) -> bool:
        """Return whether a list or tuple is a series, and no (item, label): all numbers, or lists of equally many."""
        if not isinstance(sample, (list, tuple)) or not sample:
            return False
        first = sample[0]
        if not isinstance(first, (list, tuple)):
            return _are_numbers(sample)
        return all(
            isinstance(step, (list, tuple)) and len(step) == len(first) and _are_numbers(step) for step in sample
        )

    def decode(self, item: SeriesItem) -> Segment:
        """Return the item as a `Segment` of (T, C); see `decode_series`."""
        return decode_series(item, self.layout)

    def restore(self, view: Segment, item: SeriesItem) -> SeriesItem:
        """Return the view in the type, dtype and layout of the item; see `restore_series`."""
        return restore_series(view, item, self.layout)


CODEC = SeriesCodec()
