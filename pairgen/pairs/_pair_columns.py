"""Batches of pairs of a loader that someone else built: columns of both members, with what belongs to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from pairgen.batch import unbatch
from pairgen.pairs.pair_sample import PairColumnNames, PairItem, flatten_negatives
from pairgen.pairs.sample import Sample

__all__ = ["PairColumns", "split_columns"]


@dataclass(frozen=True)
class PairColumns:
    """The columns of a batch of B pairs.

    Args:
        members: The items of the first member and of the second: a batch of the modality, or a list.
        negatives: Columns of negatives, each of B items or lists of them; an item that is None is none.
        index: int64 (B,); None if the batch has none.
        label: B labels; None if the batch has none.
        score: B numbers; None if the batch has none.
    """

    members: tuple[Any, Any]
    negatives: tuple[Any, ...] = ()
    index: Any = None
    label: Any = None
    score: Any = None

    def __len__(self) -> int:
        return len(self.members[0])

    def samples(self) -> Iterator[Sample]:
        """Iterate the rows as samples of a dataset."""
        nothing = [None] * len(self)
        numbers = [nothing if column is None else column for column in (self.index, self.label, self.score)]
        for first, second, negatives, index, label, score in zip(
            *map(unbatch, self.members), self._rows_of_negatives(), *numbers, strict=True
        ):
            item = PairItem((first, second), flatten_negatives(negatives), None if score is None else float(score))
            yield Sample(None if index is None else int(index), item, label)

    def _rows_of_negatives(self) -> Sequence[tuple[Any, ...]]:
        rows: Sequence[tuple[Any, ...]] = list(zip(*map(unbatch, self.negatives), strict=True))
        return rows if self.negatives else [()] * len(self)


def split_columns(batch: object, names: PairColumnNames) -> PairColumns:
    """Split a batch of a loader into the columns of a batch of pairs.

    Args:
        batch: A dict of columns by `names`; or (first, second), further columns, that are negatives, and behind them
            columns of numbers: floats are the scores, integers the labels. Also (indices, such a batch),
            (indices, such a batch, labels) and (such a batch, labels), or indices in front of the columns.
        names: Names of the columns of a dict.

    Raises:
        ValueError: The columns have different lengths, or there are fewer than two.
        TypeError: The batch is of another type.
    """
    if isinstance(batch, Mapping):
        columns = _from_mapping(batch, names)
    elif isinstance(batch, (tuple, list)):
        columns = _from_parts(list(batch))
    else:
        raise TypeError(f"a batch of pairs is (first, second) or a dict of columns, got {type(batch).__name__}")
    given = [*columns.members, *columns.negatives, columns.index, columns.label, columns.score]
    counts = [len(column) for column in given if column is not None]
    if len(set(counts)) > 1:
        raise ValueError(f"the columns of a batch of pairs have as many rows each, got {counts}")
    return columns


def _from_mapping(batch: Mapping[str, Any], names: PairColumnNames) -> PairColumns:
    found = names.parse({**batch, names.negative: None, names.score: None})
    numbered = names.numbered_negatives(batch)
    negatives = [batch[name] for name in (names.negative, *numbered) if batch.get(name) is not None]
    label, score = found.label, batch.get(names.score)
    return PairColumns(found.item.members, tuple(negatives), found.index, label, score)


def _from_parts(parts: list[Any]) -> PairColumns:
    index = parts.pop(0) if len(parts) > 1 and _is_numbers(parts[0], "iu") else None
    if parts and len(parts) <= 2 and _is_columns(parts[0]) and all(_is_numbers(part, "iubf") for part in parts[1:]):
        parts = [*parts[0], *parts[1:]]
    columns, numbers = parts, PairColumns((None, None), index=index)
    while columns and _is_numbers(columns[-1], "iubf"):
        name = "score" if _is_numbers(columns[-1], "f") else "label"
        if getattr(numbers, name) is not None:
            raise ValueError(f"the batch ends in two columns of numbers that could be the {name}; leave one out")
        numbers = replace(numbers, **{name: columns[-1]})
        columns = columns[:-1]
    if len(columns) < 2:
        raise ValueError(f"a batch of pairs is (first, second), with what belongs to it; got {len(columns)} column(s)")
    return replace(numbers, members=(columns[0], columns[1]), negatives=tuple(columns[2:]))


def _is_numbers(value: object, kinds: str) -> bool:
    """Whether a column has one number a row, of the kinds of NumPy's dtypes."""
    if isinstance(value, torch.Tensor):
        kind = "f" if value.is_floating_point() else "b" if value.dtype == torch.bool else "i"
        return value.ndim == 1 and kind in kinds
    return isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind in kinds


def _is_columns(value: object) -> bool:
    """Whether a list holds the columns of both members rather than items."""
    return (
        isinstance(value, (tuple, list))
        and len(value) >= 2
        and all(isinstance(part, (tuple, list, torch.Tensor, np.ndarray)) or hasattr(part, "__len__") for part in value)
        and not any(isinstance(part, (str, bytes)) for part in value)
    )
