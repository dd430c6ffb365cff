"""The dataset that readers return: items, and labels where there are any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
from torch.utils.data import Dataset

from pairgen.data.labels import Labels, encode_labels

__all__ = ["LabelledDataset"]

Item = TypeVar("Item")


class LabelledDataset(Dataset[Any], Generic[Item]):
    """A map-style dataset of items, or of (item, label) where there are labels.

    Args:
        items: Paths of files that are decoded later, an array with one row an item, or any sequence of N items.
        labels: int64 (N,); None without labels.
        classes: Name of class k at position k; None without labels.
        ignored: Files of a folder that were passed over.
        columns: Further values by name, one an item, such as what a pattern found in the names of files.
        noun: What the items are, in the plural, for messages ("images").

    Raises:
        ValueError: Not one label an item.
    """

    def __init__(
        self,
        items: Sequence[Item] | npt.NDArray[Any],
        labels: Labels | None = None,
        classes: Sequence[str] | None = None,
        *,
        ignored: Sequence[Path] = (),
        columns: Mapping[str, Sequence[Any]] | None = None,
        noun: str = "items",
    ) -> None:
        if labels is not None and len(labels) != len(items):
            raise ValueError(f"{len(items)} {noun} but {len(labels)} labels; pass one label for each of the {noun}")
        self.items = items
        self.labels = None if labels is None else np.asarray(labels, dtype=np.int64)
        self.classes = None if classes is None else list(classes)
        self.ignored = tuple(ignored)
        self.columns = dict(columns or {})
        self.noun = noun

    @property
    def in_memory(self) -> bool:
        """Whether no file is left to be read when an item is asked for."""
        return not (len(self.items) and isinstance(self.items[0], Path))

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Any:
        item = self.items[index]
        return item if self.labels is None else (item, int(self.labels[index]))

    def __repr__(self) -> str:
        classes = "" if self.classes is None else f", {len(self.classes)} classes"
        return f"{type(self).__name__}({len(self)} {self.noun}{classes})"

    def labelled_by(self, column: str) -> LabelledDataset[Item]:
        """Return the same items labelled by one of `columns`; ValueError where there is none of that name."""
        if column not in self.columns:
            known = ", ".join(self.columns) or "none"
            raise ValueError(f"the dataset has no column {column!r}; it has: {known}")
        labels, classes = encode_labels(self.columns[column], len(self), self.noun)
        return self._with(self.items, labels, classes, self.columns)

    def where(self, keep: Sequence[bool] | npt.NDArray[np.bool_]) -> LabelledDataset[Item]:
        """Return the items at which `keep`, bool (N,), is True, with the same classes: a split.

        Raises:
            ValueError: Not one bool an item.
        """
        if len(keep) != len(self):
            raise ValueError(f"{len(self)} {self.noun} but {len(keep)} values in keep; pass one bool an item")
        chosen = np.flatnonzero(np.asarray(keep, dtype=bool))
        items = self.items[chosen] if isinstance(self.items, np.ndarray) else [self.items[i] for i in chosen.tolist()]
        labels = None if self.labels is None else self.labels[chosen]
        columns = {name: [values[i] for i in chosen.tolist()] for name, values in self.columns.items()}
        return self._with(items, labels, self.classes, columns)

    def _with(
        self, items: Any, labels: Labels | None, classes: Sequence[str] | None, columns: Mapping[str, Sequence[Any]]
    ) -> LabelledDataset[Item]:
        return LabelledDataset(items, labels, classes, ignored=self.ignored, columns=columns, noun=self.noun)
