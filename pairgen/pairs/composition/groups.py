"""Batches of items that are alike: of one group (`Grouped`), or of similar length (`ByLength`)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from pairgen._validation import check_int
from pairgen.pairs.composition.base import BatchPlan, Composition, IntArray, Rows, shuffle
from pairgen.pairs.composition.values import ValuesLike, encode, values_of
from pairgen.random import Stream

__all__ = ["ByLength", "Grouped", "check_lengths"]


@dataclass(frozen=True, eq=False)
class Grouped(Composition):
    """Batches of one group each, such as one language, speaker or domain: the negatives are hard ones of that group.

    Items are shuffled within their group, and the batches of all groups among each other, anew each epoch; a group has
    batches in proportion to its size. What is left of a group is an incomplete batch; `drop_last` leaves it out, for
    which a warning says how many items no epoch would read.

    Args:
        groups: N groups, the name of a column, or a function of a sample.
    """

    groups: ValuesLike = field(repr=False)

    def plan(self, dataset: Any, batch_size: int, ranks: int, drop_last: bool) -> BatchPlan:
        """Return the batches of a dataset; see `Composition.plan`."""
        codes = encode(values_of(dataset, self.groups, "groups"), "the group")
        counts, total = np.bincount(codes), batch_size * ranks
        least = total if drop_last else ranks
        full, rest = counts // total, counts % total
        kept = rest >= max(least, 1)
        batches = full + kept
        never = int(counts[batches == 0].sum())
        if never and batches.any():
            warnings.warn(
                f"{int((batches == 0).sum())} groups have fewer than {least} items, and none of their {never} items is "
                "read; lower batch_size, or drop_last=False",
                stacklevel=2,
            )
        alone = int(np.count_nonzero((counts == 1) & kept))
        if alone:
            warnings.warn(f"{alone} groups have one item: their batches have no negatives", stacklevel=2)
        first = np.concatenate([[0], np.cumsum(counts)[:-1]])
        within = np.arange(batches.sum()) - np.repeat(np.cumsum(batches) - batches, batches)
        starts = np.repeat(first, batches) + total * within
        stops = np.minimum(starts + total, np.repeat(first + counts, batches))
        return BatchPlan(len(starts), partial(_draw, codes, starts, stops), (codes,))


@dataclass(frozen=True, eq=False)
class ByLength(Composition):
    """Batches of items of similar length, so that little of a padded batch is padding.

    Items are shuffled within buckets of length and cut into batches bucket by bucket; the batches are then shuffled,
    and an incomplete one comes last. `batch_report` gives the share of padding.

    Args:
        lengths: N lengths of 0 or more, the name of a column, or a function of a sample, such as `len`.
        buckets: Number of buckets with about equally many items; or the limits between buckets, ascending: a length
            belongs to the bucket above the last limit that it reaches. Few buckets mix more, many pad less.
    """

    lengths: ValuesLike = field(repr=False)
    buckets: int | Sequence[float] = 32

    def __post_init__(self) -> None:
        """Check the options."""
        if isinstance(self.buckets, Sequence):
            limits = np.asarray(self.buckets, dtype=np.float64)
            if limits.ndim != 1 or len(limits) == 0 or not (np.diff(limits) > 0).all():
                raise ValueError(f"the limits of buckets are ascending numbers, got {self.buckets!r}")
        else:
            check_int("buckets", self.buckets, low=1)

    def plan(self, dataset: Any, batch_size: int, ranks: int, drop_last: bool) -> BatchPlan:
        """Return the batches of a dataset; see `Composition.plan`.

        Raises:
            ValueError: A length is missing, negative or not finite.
        """
        lengths = check_lengths(values_of(dataset, self.lengths, "lengths"))
        codes = self._bucket(lengths)
        total, count = batch_size * ranks, len(codes)
        rest = count % total
        stops = np.full(count // total + (rest >= (total if drop_last else ranks) and rest > 0), total)
        if rest and len(stops) > count // total:
            stops[-1] = rest
        draw = partial(_draw_contiguous, codes, stops, rest)
        return BatchPlan(len(stops), draw, (codes,), lengths=lengths)

    def _bucket(self, lengths: npt.NDArray[np.float64]) -> IntArray:
        if isinstance(self.buckets, Sequence):
            limits = np.asarray(self.buckets, dtype=np.float64)
        else:
            limits = np.unique(np.quantile(lengths, np.linspace(0, 1, self.buckets + 1)[1:-1]))
        return np.searchsorted(limits, lengths, side="right").astype(np.int32)


def check_lengths(values: Any) -> npt.NDArray[np.float64]:
    """Return lengths as float64; ValueError for one that is missing, negative or not finite."""
    try:
        lengths = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"lengths are numbers of 0 or more, one for each item: {error}") from error
    wrong = np.flatnonzero(~(np.isfinite(lengths) & (lengths >= 0)))
    if len(wrong):
        position = int(wrong[0])
        raise ValueError(
            f"lengths are numbers of 0 or more, item {position} has {values[position]!r}; give its length, or leave it "
            "out of the dataset"
        )
    return lengths


def _draw(codes: IntArray, starts: IntArray, stops: IntArray, rng: Stream) -> Callable[[int], Rows]:
    """Draw batches order[start:stop] of an order by code, in random order."""
    order = shuffle(rng.fold_in("items"), len(codes), codes)
    batches = shuffle(rng.fold_in("batches"), len(starts))
    return lambda number: Rows(order[starts[batches[number]] : stops[batches[number]]])


def _draw_contiguous(codes: IntArray, sizes: IntArray, rest: int, rng: Stream) -> Callable[[int], Rows]:
    """Draw batches of an order by code, cut one after the other; what is left lies at a random place in between."""
    order = shuffle(rng.fold_in("items"), len(codes), codes)
    total = len(codes) - rest
    full = int(total // sizes[0])
    gap = int(rng.fold_in("rest").integers(0, full + 1)) if rest else full
    starts = np.arange(full) * sizes[0]
    starts[gap:] += rest
    batches = shuffle(rng.fold_in("batches"), full)

    def rows(number: int) -> Rows:
        start = int(starts[batches[number]]) if number < full else gap * int(sizes[0])
        return Rows(order[start : start + int(sizes[number])])

    return rows
