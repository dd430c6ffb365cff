"""In which order, and in which batches, a map-style dataset is read: a pure function of (seed, epoch, rank)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from torch.utils.data import Sampler

from pairgen.pairs.distributed import rank_and_size
from pairgen.pairs.pair import SampleKey
from pairgen.random import Stream

__all__ = ["KeyedBatchSampler", "ShardedSampler"]


class ShardedSampler:
    """The indices of an epoch: all, or this rank's share, shuffled by (seed, epoch) or in order.

    Ranks get equally many: with `even="drop"` the last few indices are left out, with "pad" the first are read twice,
    as a `DistributedSampler` does.
    """

    def __init__(self, length: int, *, shuffle: bool, seed: int, even: str) -> None:
        self.length = length
        self.shuffle = shuffle
        self.seed = seed
        self.even = even
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """The epoch of the next pass."""
        self.epoch = epoch

    def __len__(self) -> int:
        _, size = rank_and_size()
        return self.length // size if self.even == "drop" else -(-self.length // size)

    def __iter__(self) -> Iterator[int]:
        rank, size = rank_and_size()
        order = np.arange(self.length)
        if self.shuffle:
            order = Stream(self.seed, self.epoch).fold_in("shuffle").permutation(self.length)
        return iter(np.resize(order, len(self) * size)[rank::size].tolist())


class KeyedBatchSampler(Sampler[list[SampleKey]]):
    """Batches of `SampleKey`s: indices with the epoch. Starts at batch `start`, without reading what comes before.

    order: anything with indices to iterate; told the epoch where it has `set_epoch` (as `DistributedSampler` has).
    """

    def __init__(self, order: Any, batch_size: int, drop_last: bool) -> None:
        self.order = order
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.epoch = 0
        self.start = 0

    def set_epoch(self, epoch: int) -> None:
        """The epoch of the next pass."""
        self.epoch = epoch
        if hasattr(self.order, "set_epoch"):
            self.order.set_epoch(epoch)

    def __len__(self) -> int:
        count = len(self.order)
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)

    def __iter__(self) -> Iterator[list[SampleKey]]:
        for number, batch in enumerate(_in_batches(self.order, self.batch_size, self.drop_last)):
            if number >= self.start:
                yield [SampleKey(self.epoch, index) for index in batch]


def _in_batches(order: Iterable[int], batch_size: int, drop_last: bool) -> Iterator[list[int]]:
    batch: list[int] = []
    for index in order:
        batch.append(int(index))
        if len(batch) == batch_size:
            yield batch
            batch = []
    if batch and not drop_last:
        yield batch
