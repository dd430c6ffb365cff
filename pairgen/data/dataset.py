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
        labels: Integers (N,), kept as int64; None without labels. `encode_labels` makes them of other labels.
        classes: Name of class k at position k; None without labels.
        ignored: Files of a folder that were passed over.
        columns: Further values by name, one an item, such as what a pattern found in the names of files.
        noun: What the items are, in the plural, for messages ("images").

    Raises:
        TypeError: The labels are no integers.
        ValueError: Not one label an item, or not one value an item in a column.

    Example:
        >>> dataset = LabelledDataset(["a", "b", "c"], [1, 0, 1], classes=["no", "yes"])
        >>> dataset[0], len(dataset), dataset.classes
        (('a', 1), 3, ['no', 'yes'])
    """

    def __init__(
        self,
        items: Sequence[Item] | npt.NDArray[Any],
        labels: Labels | Sequence[int] | None = None,
        classes: Sequence[str] | None = None,
        *,
        ignored: Sequence[Path] = (),
        columns: Mapping[str, Sequence[Any]] | None = None,
        noun: str = "items",
    ) -> None:
        self.items = items
        self.noun = noun
        self.labels = None if labels is None else self._check_labels(np.asarray(labels))
        self.classes = None if classes is None else list(classes)
        self.ignored = tuple(ignored) if isinstance(ignored, list) else ignored
        self.columns = dict(columns or {})
        for name, values in self.columns.items():
            if len(values) != len(items):
                raise ValueError(f"{len(items)} {noun} but {len(values)} values in the column {name!r}; pass one each")

    def _check_labels(self, labels: npt.NDArray[Any]) -> Labels:
        if labels.shape != (len(self),):
            raise ValueError(
                f"{len(self)} {self.noun} but labels of shape {labels.shape}; pass one label for each of them"
            )
        if labels.dtype.kind not in "iub" and len(labels):
            raise TypeError(f"labels are integers, got {labels.dtype}; encode them by pairgen.data.encode_labels")
        return labels.astype(np.int64, copy=False)

    @property
    def in_memory(self) -> bool:
        """Whether no file has to be read when an item is asked for."""
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
        """Return the same items labelled by one of `columns`.

        Raises:
            ValueError: There is no column of that name.
        """
        if column not in self.columns:
            known = ", ".join(self.columns) or "none"
            raise ValueError(f"the dataset has no column {column!r}; it has: {known}")
        labels, classes = encode_labels(self.columns[column], len(self), self.noun)
        return self._with(self.items, labels, classes, self.columns)

    def where(self, keep: Sequence[bool] | npt.NDArray[np.bool_]) -> LabelledDataset[Item]:
        """Return the items at which a mask is True, with the same classes: a split.

        Args:
            keep: bool (N,).

        Raises:
            TypeError: `keep` is no mask of bools, such as a list of positions.
            ValueError: Not one bool an item.
        """
        mask = np.asarray(keep)
        if mask.shape != (len(self),):
            raise ValueError(f"{len(self)} {self.noun} but keep of shape {mask.shape}; pass one bool an item")
        if mask.dtype != np.bool_ and len(mask):
            raise TypeError(
                f"keep is a mask of bools, got {mask.dtype}; for positions pass np.isin(range(N), positions)"
            )
        chosen = np.flatnonzero(mask)
        rows = chosen.tolist()
        items = self.items[chosen] if isinstance(self.items, np.ndarray) else [self.items[i] for i in rows]
        labels = None if self.labels is None else self.labels[chosen]
        columns = {name: [values[i] for i in rows] for name, values in self.columns.items()}
        return self._with(items, labels, self.classes, columns)

    def _with(
        self,
        items: Sequence[Item] | npt.NDArray[Any],
        labels: Labels | None,
        classes: Sequence[str] | None,
        columns: Mapping[str, Sequence[Any]],
    ) -> LabelledDataset[Item]:
        return LabelledDataset(items, labels, classes, ignored=self.ignored, columns=columns, noun=self.noun)
