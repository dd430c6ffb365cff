"""What the reader returns: clips that are decoded later, and their labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from torch.utils.data import Dataset

__all__ = ["AudioDataset", "Labels"]

Labels = npt.NDArray[np.int64]


class AudioDataset(Dataset[Any]):
    """A map-style dataset of clips, or of (clip, label) where there are labels.

    Attributes:
        items: paths of files not opened yet, or any sequence of audio items.
        labels: int64 (N,), positions in `classes`, or None.
        classes: name of each label, or None.
        fields: what a pattern found in each file's name, by group: text, one an item; empty without a pattern.
        ignored: files of a folder that are not audio, or whose names do not match the pattern.
    """

    def __init__(
        self,
        items: Sequence[Any],
        labels: Labels | None = None,
        classes: list[str] | None = None,
        fields: Mapping[str, list[str]] | None = None,
        ignored: tuple[Path, ...] = (),
    ) -> None:
        if labels is not None and len(labels) != len(items):
            raise ValueError(f"{len(items)} items but {len(labels)} labels; pass one label an item")
        self.items = items
        self.labels = labels
        self.classes = classes
        self.fields = dict(fields or {})
        self.ignored = ignored

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Any:
        if self.labels is None:
            return self.items[index]
        return self.items[index], int(self.labels[index])

    def __repr__(self) -> str:
        kinds = "" if self.classes is None else f", {len(self.classes)} classes"
        return f"AudioDataset({len(self)} items{kinds})"

    def labelled_by(self, field: str) -> AudioDataset:
        """The same items with another group of the pattern as label. ValueError where there is none of that name."""
        if field not in self.fields:
            known = ", ".join(self.fields) or "none; read the folder with a pattern"
            raise ValueError(f"the file names give no {field!r}; the groups of the pattern are: {known}")
        classes, labels = np.unique(np.asarray(self.fields[field]), return_inverse=True)
        return AudioDataset(self.items, labels.astype(np.int64), classes.tolist(), self.fields, self.ignored)

    def where(self, keep: Sequence[bool] | npt.NDArray[np.bool_]) -> AudioDataset:
        """The items at which `keep`, one bool an item, is True, with the same classes: a split."""
        if len(keep) != len(self):
            raise ValueError(f"{len(self)} items but {len(keep)} answers; pass one bool an item")
        chosen = np.flatnonzero(np.asarray(keep, dtype=bool))
        return AudioDataset(
            [self.items[i] for i in chosen.tolist()],
            None if self.labels is None else self.labels[chosen],
            self.classes,
            {name: [values[i] for i in chosen] for name, values in self.fields.items()},
            self.ignored,
        )
