"""The order, and the batches, in which a map-style dataset is read: a pure function of (seed, epoch, rank)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np
from torch.utils.data import Sampler

from pairgen.pairs.distributed import rank_and_size
from pairgen.pairs.pair import SampleKey
from pairgen.random import Stream

__all__ = ["IndexOrder", "KeyedBatchSampler", "ShardedSampler"]


class IndexOrder(Protocol):
    """The indices of a pass, such as a list or a `DistributedSampler`."""

    def __len__(self) -> int:
        """Return the number of indices."""
        ...

    def __iter__(self) -> Iterator[int]:
        """Iterate the indices in order."""
        ...


class ShardedSampler:
    """The indices of an epoch that this rank reads, in order or shuffled by (seed, epoch).

    All ranks read equally many, as with a `DistributedSampler`.

    Args:
        length: Number of items of the dataset.
        shuffle: Whether each epoch has another order.
        seed: Any integer.
        drop_last: With several ranks, leave out the last few indices; else the first few are read twice.
    """

    def __init__(self, length: int, *, shuffle: bool, seed: int, drop_last: bool) -> None:
        self.length = length
        self.shuffle = shuffle
        self.seed = seed
        self.drop_last = drop_last
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next pass."""
        self.epoch = epoch

    def __len__(self) -> int:
        _, size = rank_and_size()
        return _count_parts(self.length, size, self.drop_last)

    def __iter__(self) -> Iterator[int]:
        rank, size = rank_and_size()
        order = np.arange(self.length)
        if self.shuffle:
            order = Stream(self.seed, self.epoch).fold_in("shuffle").permutation(self.length)
        return iter(np.resize(order, len(self) * size)[rank::size].tolist())


class KeyedBatchSampler(Sampler[list[SampleKey]]):
    """Batches of `SampleKey`s: indices with their epoch.

    Args:
        order: The indices of a pass; its `set_epoch` is called where it has one.
        batch_size: Indices a batch.
        drop_last: Leave out an incomplete last batch.

    Attributes:
        start: Batch at which the next pass starts, without reading those before.
    """

    def __init__(self, order: IndexOrder, batch_size: int, drop_last: bool) -> None:
        self.order = order
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.epoch = 0
        self.start = 0

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next pass."""
        self.epoch = epoch
        if hasattr(self.order, "set_epoch"):
            self.order.set_epoch(epoch)

    def __len__(self) -> int:
        return _count_parts(len(self.order), self.batch_size, self.drop_last)

    def __iter__(self) -> Iterator[list[SampleKey]]:
        for number, batch in enumerate(_split(self.order, self.batch_size, self.drop_last)):
            if number >= self.start:
                yield [SampleKey(self.epoch, index) for index in batch]


def _count_parts(count: int, size: int, drop_last: bool) -> int:
    return count // size if drop_last else -(-count // size)


def _split(order: Iterable[int], batch_size: int, drop_last: bool) -> Iterator[list[int]]:
    batch: list[int] = []
    for index in order:
        batch.append(int(index))
        if len(batch) == batch_size:
            yield batch
            batch = []
    if batch and not drop_last:
        yield batch
