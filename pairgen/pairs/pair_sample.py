"""The samples of a dataset of pairs: (first, second), with negatives, a score and a label, or a dict of columns."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
import torch

from pairgen.pairs.sample import Sample, is_integer, to_index

__all__ = ["PairColumnNames", "PairItem", "flatten_negatives", "is_missing", "is_same"]


@dataclass(frozen=True, slots=True)
class PairItem:
    """What one sample of a dataset of pairs holds.

    Args:
        members: The two items that belong together; raw, each may be a list of candidates, of which one is drawn.
        negatives: Items that do not belong to the first member, of the modality of the second.
        score: How well the members belong together; None if the dataset does not say.
    """

    members: tuple[Any, Any]
    negatives: tuple[Any, ...] = ()
    score: float | None = None


@dataclass(frozen=True)
class PairColumnNames:
    """The names under which the samples of a dataset of dicts hold the parts of a pair.

    Args:
        members: For each member the names of its column, the first one that a sample has is taken.
        label: Column of the label; None for no labels.
        index: Column of the index; None for "__key__" or "index" where there is one, else the position or the content.
        negative: Column of the negatives, an item or a list of them, with those of the same name and "_1", "_2", ...
        score: Column of the score.
    """

    members: tuple[tuple[str, ...], tuple[str, ...]]
    label: str | None = "label"
    index: str | None = None
    negative: str = "negative"
    score: str = "score"

    def parse(self, sample: object) -> Sample:
        """Split a sample of a dataset of pairs into index, members, negatives, score and label.

        Args:
            sample: A dict, read by these names; or a tuple or list: (first, second), further items, that are negatives,
                and behind them numbers: a float is the score, an integer the label. Also (index, such a sample),
                (index, such a sample, label), and (such a tuple, number). A negative that is None is none; one that is
                a list is several.

        Raises:
            ValueError: A dict lacks the column of a member, there are fewer than two items, or the score is not finite.
            TypeError: The sample is a single item.
        """
        if isinstance(sample, Mapping):
            return self._from_columns(sample)
        if not isinstance(sample, (tuple, list)):
            raise TypeError(f"a sample is a pair, (first, second), or a dict of columns; got a single {_type(sample)}")
        if len(sample) in (2, 3) and is_integer(sample[0]):
            inner = self.parse(sample[1])
            label = inner.label if len(sample) == 2 else sample[2]
            return Sample(to_index(sample[0]), inner.item, label, inner.is_named)
        if len(sample) == 2 and isinstance(sample[0], (tuple, list)) and _is_number(sample[1]):
            return _from_parts([*sample[0], sample[1]])
        return _from_parts(sample)

    def _from_columns(self, sample: Mapping[str, Any]) -> Sample:
        members = [_find(sample, names) for names in self.members]
        negatives = [sample.get(name) for name in (self.negative, *self.numbered_negatives(sample))]
        item = PairItem((members[0], members[1]), flatten_negatives(negatives), _to_score(sample.get(self.score)))
        names = [self.index] if self.index else ["__key__", "index"]
        index = next((sample[name] for name in names if name in sample), None)
        return Sample(to_index(index), item, sample.get(self.label) if self.label else None, is_named=True)

    def numbered_negatives(self, sample: Mapping[str, Any]) -> list[str]:
        """Return the names "negative_1", "negative_2", ... that a dict has, in the order of their numbers."""
        numbered = re.compile(rf"{re.escape(self.negative)}_(\d+)")
        found = {int(match[1]): name for name in sample if (match := numbered.fullmatch(str(name)))}
        return [found[number] for number in sorted(found)]


def _find(sample: Mapping[str, Any], names: Sequence[str]) -> object:
    for name in names:
        if name in sample:
            return sample[name]
    raise ValueError(
        f"the dataset has no column {' or '.join(map(repr, names))}; it has {', '.join(map(repr, sample))}. "
        'Name the columns of both members: sampler.wrap_dataset(dataset, item=("...", "..."))'
    )


def _from_parts(sample: Sequence[Any]) -> Sample:
    """The sample that a tuple or list holds by the position of its parts."""
    parts, score, label = list(sample), None, None
    while parts and _is_number(parts[-1]):
        number = parts.pop()
        if is_integer(number) or isinstance(number, (bool, np.bool_)):
            if label is not None:
                raise ValueError(f"the sample ends in two whole numbers, {number} and {label}; one is the label")
            label = number
        else:
            if score is not None:
                raise ValueError(
                    f"the sample ends in two numbers with a fraction, {number} and {score}; one is the score"
                )
            score = _to_score(number)
    if len(parts) < 2:
        found = ", ".join(map(_type, sample)) or "nothing"
        raise ValueError(f"a sample is a pair, (first, second), with what belongs to it; this one holds {found}")
    return Sample(None, PairItem((parts[0], parts[1]), flatten_negatives(parts[2:]), score), label)


def flatten_negatives(negatives: Sequence[Any]) -> tuple[Any, ...]:
    """Return the negatives of a sample: a list stands for several, None for none."""
    listed: list[Any] = []
    for negative in negatives:
        listed += negative if isinstance(negative, list) else [negative]
    return tuple(negative for negative in listed if negative is not None)


def is_missing(value: object) -> bool:
    """Return whether there is no item: None, a blank text, or nothing in a list."""
    if isinstance(value, (str, bytes)):
        return not value.strip()
    return value is None or (isinstance(value, (tuple, list)) and not value)


def is_same(one: object, other: object) -> bool:
    """Return whether two items are one, as far as that is told at once: texts, bytes, paths, arrays, tensors."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return one.device == other.device and one.shape == other.shape and bool((one == other).all())
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    return isinstance(one, (str, bytes, os.PathLike)) and one == other


def _is_number(value: object) -> bool:
    if isinstance(value, torch.Tensor):
        return value.ndim == 0
    return isinstance(value, (int, float, np.number, np.bool_))


def _to_score(score: Any) -> float | None:
    if score is None:
        return None
    if not _is_number(score):
        raise TypeError(f"a score is a number, got {score!r}; name its column, or leave it out")
    number = float(score)
    if not isfinite(number):
        raise ValueError(f"the score is {number}; give a finite number, or None in every sample")
    return number


def _type(value: object) -> str:
    return type(value).__name__
