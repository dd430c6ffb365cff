"""What the reader returns: texts and their labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from torch.utils.data import Dataset

__all__ = ["TextDataset"]


class TextDataset(Dataset[Any]):
    """A map-style dataset of texts, or of (text, label) where there are labels.

    items: the texts. labels: int64 (N,), positions in `classes`, or None. classes: name of each label, or None.
    """

    def __init__(
        self, items: Sequence[Any], labels: npt.NDArray[np.int64] | None = None, classes: list[str] | None = None
    ) -> None:
        if labels is not None and len(labels) != len(items):
            raise ValueError(f"{len(items)} texts but {len(labels)} labels; pass one label a text")
        self.items = items
        self.labels = labels
        self.classes = classes

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Any:
        if self.labels is None:
            return self.items[index]
        return self.items[index], int(self.labels[index])

    def __repr__(self) -> str:
        kinds = "" if self.classes is None else f", {len(self.classes)} classes"
        return f"TextDataset({len(self)} texts{kinds})"


def with_labels(items: Sequence[Any], values: Sequence[Any] | None, classes: list[str] | None = None) -> TextDataset:
    """A dataset whose labels of any kind are positions in `classes`.

    Integers from 0 up are positions already; everything else is numbered in sorted order. ValueError for a missing
    label.
    """
    if values is None:
        return TextDataset(items)
    listed = [value.item() if isinstance(value, np.generic) else value for value in values]
    if any(value is None for value in listed):
        raise ValueError(f"row {listed.index(None)} has no label; fill the column, or read with label=False")
    if all(isinstance(value, int) and value >= 0 for value in listed):
        names = classes or [str(i) for i in range(max(listed, default=-1) + 1)]
        return TextDataset(items, np.array(listed, dtype=np.int64), names)
    names = sorted({str(value) for value in listed})
    number = {name: i for i, name in enumerate(names)}
    return TextDataset(items, np.array([number[str(value)] for value in listed], dtype=np.int64), names)
