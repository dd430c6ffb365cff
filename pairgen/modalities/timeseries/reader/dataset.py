"""What the reader returns: series, or windows of them, and their labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from torch.utils.data import Dataset

from pairgen.modalities.timeseries.reader.windows import Windows

__all__ = ["SeriesDataset"]


class SeriesDataset(Dataset[Any]):
    """A map-style dataset of series, or of (series, label) where there are labels.

    Attributes:
        items: an array (N, T, C) in memory, a list of series of several lengths, or `Windows` of long ones.
        labels: int64 (N,), positions in `classes`, or None.
        classes: name of each label, or None.
        windows: the `Windows`, where the items are windows of long series, else None.
    """

    in_memory = True
    """Nothing is left to be read when an item is asked for."""

    def __init__(
        self,
        items: Sequence[Any] | npt.NDArray[Any],
        labels: npt.NDArray[np.int64] | None = None,
        classes: list[str] | None = None,
    ) -> None:
        if labels is not None and len(labels) != len(items):
            raise ValueError(f"{len(items)} series but {len(labels)} labels; pass one label a series")
        self.items = items
        self.labels = labels
        self.classes = classes
        self.windows = items if isinstance(items, Windows) else None

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Any:
        if self.labels is None:
            return self.items[index]
        return self.items[index], int(self.labels[index])

    def __repr__(self) -> str:
        kinds = "" if self.classes is None else f", {len(self.classes)} classes"
        return f"SeriesDataset({len(self)} {'windows' if self.windows is not None else 'series'}{kinds})"
