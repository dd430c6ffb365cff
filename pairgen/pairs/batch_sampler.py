"""The order, and the batches, in which a map-style dataset is read: a pure function of (seed, epoch, rank)."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from torch.utils.data import Sampler

from pairgen.pairs.composition.base import ComposedBatches
from pairgen.pairs.distributed import rank_and_size
from pairgen.pairs.pair import SampleKey
from pairgen.random import Stream

__all__ = ["BatchOrder", "IndexOrder", "KeyedBatchSampler", "ShardedSampler"]


class IndexOrder(Protocol):
    """The indices of a pass, such as a list or a `DistributedSampler`."""

    def __len__(self) -> int:
        """Return the number of indices."""
        ...

    def __iter__(self) -> Iterator[int]:
        """Iterate the indices in order."""
        ...


class BatchOrder(Protocol):
    """The batches of a pass, each a list of indices, such as torch's `BatchSampler`."""

    def __len__(self) -> int:
        """Return the number of batches."""
        ...

    def __iter__(self) -> Iterator[Sequence[int]]:
        """Iterate the batches in order."""
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
        return self.length // size if self.drop_last else -(-self.length // size)

    def __iter__(self) -> Iterator[int]:
        rank, size = rank_and_size()
        order = np.arange(self.length)
        if self.shuffle:
            order = Stream(self.seed, self.epoch).fold_in("shuffle").permutation(self.length)
        return iter(np.resize(order, len(self) * size)[rank::size].tolist())


class KeyedBatchSampler(Sampler[list[SampleKey]]):
    """Batches of `SampleKey`s: indices with their epoch, and how often the pass had each before.

    Args:
        batches: The batches of a pass; `set_epoch` of it and of its `sampler` are called where they have one.

    Attributes:
        sampler: The order that the batches are made of, or the batches themselves.
        start: Batch at which the next pass starts, without reading those before.
        checksums: Of the indices up to and with each batch of the pass, where the order is not this package's own.
    """

    def __init__(self, batches: BatchOrder) -> None:
        self.batches = batches
        self.sampler: Any = getattr(batches, "sampler", batches)
        self.epoch = 0
        self.start = 0
        self.checksums: list[int] = []
        self._prepared: Iterator[list[SampleKey]] | None = None

    @property
    def is_reproducible(self) -> bool:
        """Whether the order is known to be a pure function of seed and epoch."""
        return isinstance(self.sampler, (ShardedSampler, ComposedBatches))

    @property
    def count(self) -> int | None:
        """The number of batches of a pass; None if it is not known."""
        return len(self.batches) if hasattr(self.batches, "__len__") else None

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next pass."""
        self.epoch = epoch
        self._prepared = None
        for target in {id(part): part for part in (self.batches, self.sampler)}.values():
            if hasattr(target, "set_epoch"):
                target.set_epoch(epoch)

    def prepare(self, start: int) -> int | None:
        """Read the order up to a batch now, so that the next pass goes on from there.

        Args:
            start: Number of batches to pass over, at least 1.

        Returns:
            The checksum of their indices; None if there are fewer batches.
        """
        self.checksums = []
        batches = self._generate(self.checksums)
        for _ in range(start):
            if next(batches, None) is None:
                return None
        self._prepared = batches
        return self.checksums[-1]

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[list[SampleKey]]:
        if self._prepared is not None:
            prepared, self._prepared = self._prepared, None
            return prepared
        if isinstance(self.batches, ComposedBatches):
            return self.batches.iterate_keys(self.start)
        if self.is_reproducible:
            return self._generate_own()
        self.checksums = []
        return self._generate(self.checksums)

    def _generate_own(self) -> Iterator[list[SampleKey]]:
        for number, batch in enumerate(self.batches):
            if number >= self.start:
                yield [SampleKey(self.epoch, index) for index in batch]

    def _generate(self, checksums: list[int]) -> Iterator[list[SampleKey]]:
        epoch, checksum = self.epoch, 0
        earlier: Counter[int] = Counter()
        for batch in self.batches:
            keys = []
            for index in map(int, batch):
                keys.append(SampleKey(epoch, index, earlier[index]))
                earlier[index] += 1
            checksum = zlib.crc32(np.array([key.index for key in keys], dtype=np.int64).tobytes(), checksum)
            checksums.append(checksum)
            yield keys
