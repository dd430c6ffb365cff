"""Batches without two chunks of one class: `PerClass` (chunks of m items) and `NoDuplicates` (chunks of one)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from pairgen._validation import check_choice, check_int
from pairgen.pairs.composition.base import BatchPlan, Composition, IntArray, Rows, shuffle
from pairgen.pairs.composition.values import ValuesLike, encode, labels_of, values_of
from pairgen.pairs.sample import index_of
from pairgen.random import Stream

__all__ = ["NoDuplicates", "PerClass"]


@dataclass(frozen=True, eq=False)
class PerClass(Composition):
    """Batches of batch_size / m classes with m items each, for losses that take positives by label.

    The order within a class, and which classes meet, are drawn anew each epoch. An epoch has as many batches of that
    many different classes as the data allows, and reads no item twice: where classes differ in size, the large ones are
    not read to their end. What does not fill a chunk of m or a batch is left out of that epoch; without `drop_last` one
    batch of fewer classes comes last.

    Args:
        m: Items of a class in a batch, at least 2; divides batch_size.
        labels: N labels, the name of a column, or a function of a sample; None for the dataset's.
        few: What becomes of classes with fewer than m items, of which a warning tells: "leave out", or "repeat" items
            until there are m, each time with other views.

    Example:
        ```python
        loader = sampler.loader(dataset, batch_size=64, batches=PerClass(4))  # 16 classes a batch
        ```
    """

    m: int
    labels: ValuesLike | None = field(default=None, repr=False)
    few: str = "leave out"

    def __post_init__(self) -> None:
        """Check the options."""
        check_int("m", self.m, low=2)
        check_choice("few", self.few, ("leave out", "repeat"))

    def plan(self, dataset: Any, batch_size: int, ranks: int, drop_last: bool) -> BatchPlan:
        """Return the batches of a dataset; see `Composition.plan`.

        Raises:
            ValueError: There are no labels, batch_size is no multiple of m, or too few classes have m items.
        """
        labels = labels_of(dataset) if self.labels is None else values_of(dataset, self.labels, "labels")
        if labels is None:
            raise ValueError("the dataset has no labels; give PerClass(m, labels=...)")
        if batch_size % self.m:
            raise ValueError(f"batch_size={batch_size} is no multiple of m={self.m}; give one that is")
        codes = encode(labels, "the label")
        counts = np.bincount(codes)
        chunks = counts // self.m
        if self.few == "repeat":
            chunks = np.maximum(chunks, 1)
        self._warn_of_few(counts)
        classes, enough = batch_size // self.m * ranks, int(np.count_nonzero(chunks))
        if classes < 2 or enough < classes:
            advice = f"at most {enough * self.m} items a batch on all ranks together" if enough > 1 else "other labels"
            raise ValueError(
                f"batch_size={batch_size} with m={self.m} on {ranks} ranks needs {max(classes, 2)} classes of at least "
                f"{self.m} items, the data has {enough}; take {'a smaller m' if classes < 2 else advice}"
            )
        spread = _Spread(codes, counts, chunks, self.m, classes)
        return _spread_plan(spread, classes if drop_last else ranks, codes)

    def _warn_of_few(self, counts: IntArray) -> None:
        few = (counts < self.m) & (counts > 0)
        if few.any():
            done = "their items are repeated" if self.few == "repeat" else "they are left out"
            warnings.warn(
                f"{int(few.sum())} classes have fewer than m={self.m} items ({int(counts[few].sum())} items in all); "
                f"{done}: PerClass(few={self.few!r})",
                stacklevel=2,
            )


@dataclass(frozen=True, eq=False)
class NoDuplicates(Composition):
    """Batches in which no two items have the same key, so that no negative is a positive in truth.

    The batches are drawn anew each epoch. All items are read once an epoch unless one key has more items than there are
    batches: then a warning says how many are left out, other ones each epoch.

    Args:
        key: What must differ: N keys, the name of a column ("label" for the dataset's labels), or a function of a
            sample, such as its caption. None for the content of the item (of a pair of items, of the first), which
            reads all samples once.
    """

    key: ValuesLike | None = field(default=None, repr=False)

    def plan(self, dataset: Any, batch_size: int, ranks: int, drop_last: bool) -> BatchPlan:
        """Return the batches of a dataset; see `Composition.plan`.

        Raises:
            ValueError: There are fewer different keys than items in a batch.
        """
        keys = values_of(dataset, _content_of if self.key is None else self.key, "keys")
        codes = encode(keys, "the key")
        counts = np.bincount(codes)
        total = batch_size * ranks
        wanted = min(total, len(codes))
        if len(counts) < wanted:
            only = "all items have the same key" if len(counts) == 1 else f"there are only {len(counts)} different keys"
            raise ValueError(
                f"{only}, so that {wanted} items of a batch cannot all differ; lower batch_size, or give another key"
            )
        spread = _Spread(*_pool_single(codes, counts), 1, total)
        lost = len(codes) - spread.full * total - spread.rest
        if lost:
            warnings.warn(
                f"{lost} of {len(codes)} items are left out of each epoch, other ones each time: one key has "
                f"{int(counts.max())} items, and an epoch {spread.full + (spread.rest > 0)} batches; lower batch_size",
                stacklevel=2,
            )
        return _spread_plan(spread, total if drop_last else ranks)


def _content_of(sample: Any) -> int:
    """The hash of a sample's item."""
    if isinstance(sample, Mapping):
        return index_of(None, {name: sample[name] for name in sample if name not in ("index", "__key__", "label")})
    if isinstance(sample, (tuple, list)) and sample:
        parts = sample[1:] if len(sample) > 1 and isinstance(sample[0], (int, np.integer)) else sample
        item = parts[0]
        return index_of(None, item[0] if isinstance(item, tuple) and item else item)  # (index, (first, second))
    return index_of(None, sample)


class _Spread:
    """How chunks of classes spread over batches: each batch has `width` chunks of different classes.

    Args:
        codes: Class of each item, from 0; class `len(counts)` is a pool of items that differ from all others.
        counts: Items of each class without the pool.
        chunks: Chunks of each class without the pool.
        m: Items of a chunk; 1 with a pool.
        width: Chunks of a batch.
    """

    def __init__(self, codes: IntArray, counts: IntArray, chunks: IntArray, m: int, width: int) -> None:
        self.codes, self.counts, self.chunks, self.m, self.width = codes, counts, chunks, m, width
        self.pool = len(codes) - int(counts.sum())
        self.full = _most_batches(chunks, self.pool, width)
        """Number of complete batches."""
        used = int(np.minimum(chunks, self.full).sum())
        self.surplus = max(used + self.pool - width * self.full, 0) if self.full else 0
        self.rest = self.surplus + int(np.count_nonzero(chunks > self.full)) + (0 if self.full else self.pool)
        """Chunks of the last, incomplete batch."""

    def draw(self, rng: Stream) -> Callable[[int], Rows]:
        """Draw the batches of an epoch."""
        order = shuffle(rng.fold_in("items"), len(self.codes), self.codes)
        classes = shuffle(rng.fold_in("classes"), len(self.chunks))
        chunks = self.chunks[classes]
        used = np.minimum(chunks, self.full).astype(order.dtype)
        pooled = max(self.pool - self.surplus, 0) if self.full else 0
        # Classes that are not read to their end have a chunk for the last batch anyway, so others give up one first.
        for wanted in (chunks <= self.full, chunks > self.full):
            missing = int(used.sum()) + pooled - self.width * self.full
            used[np.flatnonzero(wanted & (used > 0))[:missing]] -= 1
        first = (np.cumsum(self.counts) - self.counts).astype(order.dtype)[classes]
        beginning = len(order) - self.pool
        ends = np.cumsum(used, dtype=order.dtype)
        table = self._fill(first, ends, used, np.arange(beginning, beginning + pooled, dtype=order.dtype))
        _shuffle_rows(table, ends, used, rng.fold_in("columns"))
        last = (first + self.m * used)[chunks > used]
        return partial(self._rows, order, table, np.append(last, np.arange(beginning + pooled, len(order))))

    def _fill(self, first: IntArray, ends: IntArray, used: IntArray, pool: IntArray) -> IntArray:
        """Where each chunk begins in the order, (width, full): the chunks of a class are in different columns."""
        table = np.repeat(first - self.m * (ends - used), used)
        table += self.m * np.arange(len(table), dtype=table.dtype)
        return np.append(table, pool).reshape(self.width, self.full)

    def _rows(self, order: IntArray, table: IntArray, rest: IntArray, number: int) -> Rows:
        begin = (table[:, number] if number < self.full else rest).astype(np.int64)
        if self.m == 1:
            return Rows(order[begin])
        steps = np.arange(self.m)
        size = self.counts[self.codes[order[begin]]]
        if (size >= self.m).all():
            return Rows(order[begin[:, None] + steps].ravel())
        available = np.minimum(size, self.m)[:, None]
        return Rows(order[begin[:, None] + steps % available].ravel(), (steps // available).ravel())


def _spread_plan(spread: _Spread, least: int, labels: IntArray | None = None) -> BatchPlan:
    """The plan of a spread, with its last batch if that has at least so many chunks."""
    count = spread.full + (spread.rest >= max(least, 1))
    return BatchPlan(count, spread.draw, (spread.codes,), spread.m, labels)


def _pool_single(codes: IntArray, counts: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Codes in which the items whose key is theirs alone have the last one, and the counts of the others, twice."""
    several = counts > 1
    renamed = np.cumsum(several, dtype=np.int32) - 1
    renamed[~several] = int(several.sum())
    return renamed[codes], counts[several], counts[several]


def _most_batches(chunks: IntArray, pool: int, width: int) -> int:
    """The largest T with sum(min(chunks, T)) + pool >= width T: there are so many batches of different classes."""
    low, high = 0, (int(chunks.sum()) + pool) // width
    while low < high:
        middle = (low + high + 1) // 2
        enough = np.minimum(chunks, middle).sum() + pool >= width * middle
        low, high = (middle, high) if enough else (low, middle - 1)
    return low


def _shuffle_rows(table: IntArray, ends: IntArray, used: IntArray, rng: Stream) -> None:
    """Shuffle each row of a table in place, and keep the chunks of a class in different columns.

    The chunks lie class by class, row by row. Only a class that runs on from one row into the next could meet itself:
    its columns in the second row are drawn from those that it does not have in the first.
    """
    rows, columns = table.shape
    if columns == 0:
        return
    previous: IntArray = np.empty(0, dtype=np.int64)
    for row in range(rows):
        order: IntArray = shuffle(rng.fold_in(str(row)), columns)
        position = int(np.searchsorted(ends, row * columns, side="right"))
        begin = int(ends[position] - used[position]) if position < len(ends) else row * columns
        if begin < row * columns:
            taken = int(ends[position]) - row * columns
            free = np.zeros(columns, dtype=bool)
            free[previous[: begin - (row - 1) * columns]] = True
            allowed = order[free[order]][:taken]
            free[:] = True
            free[allowed] = False
            order = np.concatenate([allowed, order[free[order]]])
        shuffled = np.empty_like(table[row])
        shuffled[order] = table[row]
        table[row] = shuffled
        previous = order
