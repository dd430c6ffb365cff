"""What a composition is: the batches of an epoch, drawn by key, cut into the shares of the ranks."""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pairgen.pairs.distributed import rank_and_size
from pairgen.pairs.pair import SampleKey
from pairgen.random import Stream

__all__ = ["BatchPlan", "ComposedBatches", "Composition", "IntArray", "Rows", "shuffle"]

IntArray = npt.NDArray[np.signedinteger[Any]]

_BLOCK = 1 << 20
"""Words packed at a time: temporary arrays are of this length, not of that of the data."""


class Rows(NamedTuple):
    """The rows of one batch.

    Args:
        indices: Positions in the dataset, (B,).
        repeats: How often the epoch read each before, (B,); None if never.
    """

    indices: IntArray
    repeats: IntArray | None = None


@dataclass(frozen=True)
class BatchPlan:
    """The batches that a composition makes of one dataset.

    Args:
        count: Number of batches of an epoch, the same in all.
        draw: Draws an epoch from a stream; the function that it returns gives the rows of batch 0, ..., count - 1.
        data: What the batches depend on beside the stream, such as the class of each item: a loader that continues must
            have the same.
        unit: Rows that stay together on one rank.
        labels: Class of each item, where the composition knows it.
        lengths: Length of each item, where the composition knows it.
    """

    count: int
    draw: Callable[[Stream], Callable[[int], Rows]]
    data: Sequence[IntArray] = field(default=(), repr=False)
    unit: int = 1
    labels: IntArray | None = field(default=None, repr=False)
    lengths: npt.NDArray[np.float64] | None = field(default=None, repr=False)


class Composition(ABC):
    """Which items meet in a batch: `sampler.loader(dataset, batch_size, batches=...)`.

    The batches of an epoch are a pure function of (seed, epoch); a subclass says which they are in `plan`.
    """

    @abstractmethod
    def plan(self, dataset: Any, batch_size: int, ranks: int, drop_last: bool) -> BatchPlan:
        """Return the batches of a dataset.

        Args:
            dataset: A map-style dataset.
            batch_size: Items a batch on one rank.
            ranks: Number of ranks; a batch of all has so many times the items, and at least one unit for each.
            drop_last: Leave out incomplete batches.

        Raises:
            ValueError: No such batches can be made of the dataset.
        """


class ComposedBatches:
    """The batches of this rank: contiguous shares, equal to one unit, of the batches of a composition.

    Args:
        composition: Says which items meet in a batch.
        dataset: A map-style dataset.
        batch_size: Items a batch on one rank.
        seed: Any integer.
        drop_last: Leave out incomplete batches; else those that have less than one unit a rank.
    """

    def __init__(self, composition: Composition, dataset: Any, batch_size: int, *, seed: int, drop_last: bool) -> None:
        self.composition = composition
        self.dataset = dataset
        self.batch_size = batch_size
        self.seed = seed
        self.drop_last = drop_last
        self.epoch = 0
        self._plans: dict[int, BatchPlan] = {}
        self._checksum: int | None = None
        if self.plan.count == 0:
            raise ValueError(
                f"{composition!r} with batch_size={batch_size} and drop_last={drop_last} makes no batch of "
                f"{len(dataset)} items; lower batch_size"
            )

    @property
    def plan(self) -> BatchPlan:
        """The batches for the current number of ranks."""
        _, ranks = rank_and_size()
        if ranks not in self._plans:
            self._plans[ranks] = self.composition.plan(self.dataset, self.batch_size, ranks, self.drop_last)
        return self._plans[ranks]

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next pass."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.plan.count

    def __iter__(self) -> Iterator[Sequence[int]]:
        for rows in self._iterate(0):
            yield rows.indices.tolist()

    def iterate_keys(self, start: int) -> Iterator[list[SampleKey]]:
        """Iterate the batches from number `start` on, without making those before."""
        epoch = self.epoch
        for indices, repeats in self._iterate(start):
            if repeats is None:
                yield [SampleKey(epoch, index) for index in indices.tolist()]
            else:
                pairs = zip(indices.tolist(), repeats.tolist(), strict=True)
                yield [SampleKey(epoch, index, repeat) for index, repeat in pairs]

    def _iterate(self, start: int) -> Iterator[Rows]:
        plan, (rank, ranks) = self.plan, rank_and_size()
        rows_of = plan.draw(Stream(self.seed, self.epoch).fold_in("batches"))
        for number in range(start, plan.count):
            indices, repeats = rows_of(number)
            units = len(indices) // plan.unit
            share = slice(rank * units // ranks * plan.unit, (rank + 1) * units // ranks * plan.unit)
            yield Rows(indices[share], None if repeats is None else repeats[share])

    def describe(self) -> str:
        """The settings and a checksum of the data that the batches depend on: equal for equal batches."""
        if self._checksum is None:
            checksum = int(self.drop_last)
            for array in self.plan.data:
                checksum = zlib.crc32(np.ascontiguousarray(array, dtype=np.int64).data, checksum)
            self._checksum = checksum
        return f"{self.composition!r}, data {self._checksum:08x}"


def shuffle(rng: Stream, count: int, codes: IntArray | None = None) -> IntArray:
    """Draw a random order of range(count), with the items of one code after the other where codes are given.

    Sorts words of (code, random bits, position): a quarter of the time and memory of sorting positions by random words.
    At least 64 - 2 log2(count) bits are random; equal ones keep the order of the dataset.

    Args:
        rng: A stream of one key; raw words of NumPy's Philox are taken, the same in all versions of NumPy.
        count: Number of items.
        codes: Integers from 0, (count,).

    Returns:
        int32 (count,); int64 beyond 2**31 items.
    """
    words: Any = np.atleast_1d(rng.generator().bit_generator.random_raw(count))
    low = max(count - 1, 1).bit_length()
    high = 0 if codes is None or count == 0 else int(codes.max()).bit_length()
    words >>= np.uint64(low + high)
    words <<= np.uint64(low)
    for start in range(0, count, _BLOCK):
        block = words[start : start + _BLOCK]
        block |= np.arange(start, start + len(block), dtype=np.uint64)
        if codes is not None and high:
            block |= codes[start : start + _BLOCK].astype(np.uint64) << np.uint64(64 - high)
    words.sort()
    words &= np.uint64((1 << low) - 1)
    order: IntArray = words.astype(np.int32 if count < 2**31 else np.int64)
    return order
