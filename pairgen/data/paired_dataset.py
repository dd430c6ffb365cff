"""The dataset of pairs that exist: two members a row, with negatives, scores and labels where there are any."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt
from torch.utils.data import Dataset

from pairgen.data.dataset import LabelledDataset
from pairgen.data.labels import Labels

__all__ = ["PairedDataset", "PassedOver", "describe_passed_over", "select_rows"]

PassedOver = tuple[str, str]
"""What a reader of pairs left out: (file or row, reason)."""

_SHOWN = 3


class PairedDataset(Dataset[dict[str, Any]]):
    """A map-style dataset of pairs: each sample is a dict by the names of the two members.

    A sample of images and captions is `{"image": ..., "text": ...}`; where both members are of one modality their
    names are "anchor" and "positive". A member that is a list of texts holds several candidates, of which a sampler
    draws one. `"negative"` (a list), `"score"` and `"label"` are in a sample where the dataset has them.

    Args:
        members: Two sequences of N items by the names of the members, in the order of the modalities.
        labels: int64 (N,), or None.
        classes: Name of class k at position k; None without labels.
        negatives: N lists of items that are negatives of the first member, of the second member's modality; or None.
        scores: float (N,), how well the members of each pair belong together, or None.
        names: N names for messages, such as the paths of files; None for positions.
        ignored: What was passed over, as (file or row, reason).
        source: What the pairs were read from, for messages.

    Raises:
        ValueError: Not two members, or members, labels, negatives or scores of different lengths.

    Example:
        >>> dataset = PairedDataset({"anchor": ["who?", "when?"], "positive": ["she", "now"]}, scores=[1.0, 0.5])
        >>> dataset[1]
        {'anchor': 'when?', 'positive': 'now', 'score': 0.5}
    """

    def __init__(
        self,
        members: Mapping[str, Sequence[Any]],
        labels: Labels | None = None,
        classes: Sequence[str] | None = None,
        *,
        negatives: Sequence[Sequence[Any]] | None = None,
        scores: Sequence[float] | npt.NDArray[np.floating[Any]] | None = None,
        names: Sequence[str] | None = None,
        ignored: Sequence[PassedOver] = (),
        source: str = "the pairs",
    ) -> None:
        if len(members) != 2:
            raise ValueError(f"a pair has two members, got {len(members)}: {', '.join(members)}")
        self.members = dict(members)
        self.labels = labels
        self.classes = None if classes is None else list(classes)
        self.negatives = negatives
        self.scores = None if scores is None else np.asarray(scores, dtype=np.float64)
        self.names = names
        self.ignored = tuple(ignored)
        self.source = source
        parts = {**self.members, "labels": labels, "negatives": negatives, "scores": self.scores, "names": names}
        counts = {name: len(values) for name, values in parts.items() if values is not None}
        if len(set(counts.values())) > 1:
            listed = ", ".join(f"{count} of {name}" for name, count in counts.items())
            raise ValueError(
                f"{source}: members of a pair come in equal numbers, got {listed}; pass one of each a pair"
            )

    @property
    def in_memory(self) -> bool:
        """Whether no file has to be read when a pair is asked for."""
        return all(isinstance(items, list) and not _lies_in_file(items) for items in self.members.values())

    def name_item(self, index: int) -> str:
        """Return what messages call the pair at a position: the file or row that it came from."""
        return f"item {index}" if self.names is None else self.names[index]

    def __len__(self) -> int:
        return len(next(iter(self.members.values())))

    def __getitem__(self, index: int) -> dict[str, Any]:
        sample = {name: items[index] for name, items in self.members.items()}
        if self.negatives is not None and len(self.negatives[index]):
            sample["negative"] = list(self.negatives[index])
        if self.scores is not None:
            sample["score"] = float(self.scores[index])
        if self.labels is not None:
            sample["label"] = int(self.labels[index])
        return sample

    def __repr__(self) -> str:
        classes = "" if self.classes is None else f", {len(self.classes)} classes"
        return f"PairedDataset({len(self)} pairs of {' and '.join(self.members)}{classes})"

    def side(self, position: int) -> LabelledDataset[Any]:
        """Return the items of one member, each candidate as an item of its own.

        Args:
            position: 0 for the first member, 1 for the second.

        Returns:
            A dataset of M items with the labels of their pairs; its column "pair" has the pair that each is of, int64
            (M,), and "pair_name" the name of that, if pairs have names.
        """
        name, items = list(self.members.items())[position]
        rows = np.arange(len(self), dtype=np.int64)
        if isinstance(items, list) and any(isinstance(item, list) for item in items):
            listed = [item if isinstance(item, list) else [item] for item in items]
            rows = np.repeat(rows, [len(candidates) for candidates in listed])
            items = [candidate for candidates in listed for candidate in candidates]
        labels = None if self.labels is None else self.labels[rows]
        columns: dict[str, Any] = {"pair": rows}
        if self.names is not None:
            columns["pair_name"] = select_rows(self.names, rows)
        return LabelledDataset(items, labels, self.classes, columns=columns, noun=f"items of {name}")

    def where(self, keep: Sequence[bool] | npt.NDArray[np.bool_]) -> PairedDataset:
        """Return the pairs at which a mask is True, with the same classes: a split.

        Args:
            keep: bool (N,).

        Raises:
            TypeError: `keep` is no mask of bools.
            ValueError: Not one bool a pair.
        """
        mask = np.asarray(keep)
        if mask.shape != (len(self),):
            raise ValueError(f"{len(self)} pairs but keep of shape {mask.shape}; pass one bool a pair")
        if mask.dtype != np.bool_ and len(mask):
            raise TypeError(
                f"keep is a mask of bools, got {mask.dtype}; for positions use np.isin(range(N), positions)"
            )
        rows = np.flatnonzero(mask)
        return PairedDataset(
            {name: select_rows(items, rows) for name, items in self.members.items()},
            None if self.labels is None else self.labels[rows],
            self.classes,
            negatives=None if self.negatives is None else [self.negatives[row] for row in rows],
            scores=None if self.scores is None else self.scores[rows],
            names=None if self.names is None else select_rows(self.names, rows),
            ignored=self.ignored,
            source=self.source,
        )


class _Rows(Sequence[Any]):
    """Some rows of a sequence that is read when it is asked for."""

    def __init__(self, items: Sequence[Any], rows: npt.NDArray[np.int64]) -> None:
        self.items, self.rows = items, rows

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> _Rows: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return _Rows(self.items, self.rows[index])
        return self.items[int(self.rows[index])]


def select_rows(items: Sequence[Any], rows: npt.NDArray[np.int64]) -> Sequence[Any]:
    """Return some rows of a sequence: a list of those of a list, else one that reads them when they are asked for."""
    if len(rows) == len(items):
        return items
    return [items[row] for row in rows] if isinstance(items, list) else _Rows(items, rows)


def describe_passed_over(ignored: Sequence[PassedOver]) -> str:
    """Return what was passed over in one line: how much for which reason, and the first ones."""
    counts = ", ".join(f"{count} with {reason}" for reason, count in Counter(why for _, why in ignored).most_common(5))
    shown = ", ".join(name for name, _ in ignored[:_SHOWN])
    return f"{counts}; such as {shown}"


def _lies_in_file(items: Sequence[Any]) -> bool:
    return bool(len(items)) and isinstance(items[0], os.PathLike)
