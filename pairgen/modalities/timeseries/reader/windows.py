"""Sliding windows over long series: views, never copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt

__all__ = ["Windows"]


class Windows(Sequence[Any]):
    """Windows of equal size over one or several series, in order; each is a view of its series.

    The last window of a series ends with it, also where that breaks the stride: every step is in some window.

    series: arrays, tensors or frames (T,) or (T, C), at least `size` steps long. size: steps of a window. stride: steps
    from one to the next; half a window by default. names: of the series, for messages.

    starts: int64 (N,), the step of its series with which each window begins. owners: int64 (N,), the number of the
    series it is of.
    """

    def __init__(
        self, series: Sequence[Any], size: int, stride: int | None = None, names: Sequence[str] | None = None
    ) -> None:
        stride = max(1, size // 2) if stride is None else stride
        for name, value in (("window", size), ("stride", stride)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} is a whole number of steps, at least 1; got {value!r}")
        self.series = list(series)
        self.size = size
        self.stride = stride
        parts = []
        for number, one in enumerate(self.series):
            if len(one) < size:
                name = f"series {number}" if names is None else names[number]
                raise ValueError(
                    f"{name} has {len(one)} steps, a window {size}; give a smaller window, or leave it out"
                )
            starts = np.arange(0, len(one) - size + 1, stride)
            parts.append(starts if starts[-1] == len(one) - size else np.append(starts, len(one) - size))
        empty = np.empty(0, dtype=np.int64)
        self.starts: npt.NDArray[np.int64] = np.concatenate([empty, *parts])
        self.owners: npt.NDArray[np.int64] = np.repeat(np.arange(len(parts)), [len(part) for part in parts])

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        start = int(self.starts[index])
        return self.series[int(self.owners[index])][start : start + self.size]
