"""What the reader returns: items that are decoded later, and their labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from torch.utils.data import Dataset

Labels = npt.NDArray[np.int64]


class ImageDataset(Dataset[Any]):
    """A map-style dataset of items, or of (item, label) where there are labels.

    Attributes:
        items: paths of files not opened yet, or one array (N, H, W) or (N, H, W, C) in memory, or
            any sequence of items.
        labels: int64 (N,), positions in `classes`, or None.
        classes: name of each label, or None.
        ignored: files of a folder that are not images.
    """

    def __init__(
        self,
        items: Sequence[Any] | npt.NDArray[Any],
        labels: Labels | None = None,
        classes: list[str] | None = None,
        ignored: tuple[Path, ...] = (),
    ) -> None:
        if labels is not None and len(labels) != len(items):
            raise ValueError(f"{len(items)} items but {len(labels)} labels; pass one label an item")
        self.items = items
        self.labels = labels
        self.classes = classes
        self.ignored = ignored

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Any:
        if self.labels is None:
            return self.items[index]
        return self.items[index], int(self.labels[index])

    def __repr__(self) -> str:
        kinds = "" if self.classes is None else f", {len(self.classes)} classes"
        return f"ImageDataset({len(self)} items{kinds})"
