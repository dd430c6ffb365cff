"""Sliding windows over long sequences: views, never copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar, overload

import numpy as np
import numpy.typing as npt

from pairgen._validation import check_int

__all__ = ["Windows"]


class Sliceable(Protocol):
    """What windows are cut from: an array, tensor, list or frame, with the time along the first axis."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: slice, /) -> Any: ...


Series = TypeVar("Series", bound=Sliceable)


class Windows(Sequence[Series]):
    """Windows of equal size over one or several series, in order; each is a view of its series.

    The last window of a series ends with it, also where that breaks the stride: every step is in some window.

    Args:
        series: Arrays, tensors or frames (T,) or (T, C), each at least `size` steps long.
        size: Number of steps of a window.
        stride: Number of steps from one window to the next; half a window by default.
        names: Names of the series, for messages; "series 0" and so on by default.

    Attributes:
        starts: int64 (N,), the step of its series at which each window begins.
        owners: int64 (N,), the number of the series that each window belongs to.

    Raises:
        TypeError: `size` or `stride` is no integer.
        ValueError: `size` or `stride` is below 1, or a series is shorter than a window; names the series.

    Example:
        >>> windows = Windows([np.arange(7)], size=4, stride=2)
        >>> windows.starts.tolist(), windows[2].tolist()
        ([0, 2, 3], [3, 4, 5, 6])
    """

    def __init__(
        self, series: Sequence[Series], size: int, stride: int | None = None, names: Sequence[str] | None = None
    ) -> None:
        self.series = list(series)
        self.size = check_int("window", size, 1, unit="steps")
        self.stride = max(1, size // 2) if stride is None else check_int("stride", stride, 1, unit="steps")
        parts = [np.empty(0, dtype=np.int64)]
        for number, one in enumerate(self.series):
            if len(one) < size:
                name = f"series {number}" if names is None else names[number]
                raise ValueError(
                    f"{name} has {len(one)} steps, a window {size}; give a smaller window, or leave the series out"
                )
            starts = np.arange(0, len(one) - size + 1, self.stride)
            parts.append(starts if starts[-1] == len(one) - size else np.append(starts, len(one) - size))
        self.starts: npt.NDArray[np.int64] = np.concatenate(parts)
        self.owners: npt.NDArray[np.int64] = np.repeat(np.arange(len(self.series)), [len(part) for part in parts[1:]])

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, index: int) -> Series: ...
    @overload
    def __getitem__(self, index: slice) -> list[Series]: ...
    def __getitem__(self, index: int | slice) -> Series | list[Series]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        start = int(self.starts[index])
        window: Series = self.series[int(self.owners[index])][start : start + self.size]
        return window
