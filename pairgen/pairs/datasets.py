"""Datasets of pairs over datasets of items: map-style, iterable, and a transform for Hugging Face datasets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch.utils.data import Dataset, IterableDataset

from pairgen._validation import check_int
from pairgen.pairs._default_collate import PairList
from pairgen.pairs.pair import DecodedItem, Pair, SampleKey, Skipped
from pairgen.pairs.sample import ColumnNames, parse_sample

if TYPE_CHECKING:
    from pairgen.pairs.loader import BatchedAugmenter
    from pairgen.pairs.sampler import PairSampler

__all__ = ["HFTransform", "PairDataset", "PairStream", "SharedEpoch", "is_map_style"]


class SharedEpoch:
    """An epoch in memory that worker processes share, for the ways into a loader in which no index carries it.

    So a change reaches workers that live on (`persistent_workers`), under `fork` and `spawn` alike.

    Args:
        epoch: The epoch at first.
    """

    def __init__(self, epoch: int = 0) -> None:
        self._cell = torch.tensor([epoch], dtype=torch.int64)
        self._cell.untyped_storage().share_memory_()

    @property
    def value(self) -> int:
        """The current epoch, at least 0."""
        return int(self._cell.item())

    @value.setter
    def value(self, epoch: int) -> None:
        self._cell[0] = check_int("epoch", epoch, low=0)


def is_map_style(dataset: object) -> bool:
    """Return whether a dataset is read by index; an iterable one only iterates."""
    return not isinstance(dataset, IterableDataset) and hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__")


@dataclass(frozen=True, eq=False)
class PairDataset(Dataset[Any]):
    """The pairs of a map-style dataset, as `sampler.collate` takes them: their views are still decoded ones.

    Args:
        sampler: What makes the pairs.
        dataset: A map-style dataset of samples; sample i has the index i unless it carries one.
        columns: Names of the columns of samples that are dicts.
    """

    sampler: PairSampler | BatchedAugmenter
    dataset: Any
    columns: ColumnNames

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, key: int | SampleKey) -> Pair | DecodedItem | Skipped:
        """Return the pair of a position at the sampler's current epoch, or at that of a `SampleKey`."""
        epoch, position = (key.epoch, key.index) if isinstance(key, SampleKey) else (self.sampler.epoch, key)
        return self.sampler.process(lambda: parse_sample(self.dataset[position], self.columns), int(position), epoch)

    def __getitems__(self, keys: Sequence[int] | Sequence[SampleKey]) -> PairList:
        """Return the pairs of a batch of positions, for a `DataLoader`, which needs no collate function for them."""
        return PairList([self[key] for key in keys], self.sampler)


@dataclass(frozen=True, eq=False)
class PairStream(IterableDataset[Any]):
    """The pairs of an iterable dataset, which shards itself among workers as before.

    A sample without an index or key is keyed by its content: workers see different parts of the stream, so a position
    would change with their number.

    Args:
        sampler: What makes the pairs.
        dataset: An iterable dataset of samples.
        columns: Names of the columns of samples that are dicts.
    """

    sampler: PairSampler | BatchedAugmenter
    dataset: Any
    columns: ColumnNames

    def __len__(self) -> int:
        return len(self.dataset)

    def __iter__(self) -> Iterator[Pair | DecodedItem | Skipped]:
        """Iterate the pairs at the sampler's current epoch."""
        epoch = self.sampler.epoch
        for sample in self.dataset:
            yield self.sampler.process(partial(parse_sample, sample, self.columns), None, epoch)


@dataclass(frozen=True, eq=False)
class HFTransform:
    """A transform for Hugging Face's `with_transform`: a dict of columns in, {"pair": [Pair, ...]} out.

    Args:
        sampler: What makes the pairs.
        columns: Names of the columns.
    """

    sampler: PairSampler
    columns: ColumnNames

    def __call__(self, batch: Mapping[str, list[Any]]) -> dict[str, list[Pair | Skipped]]:
        """Return one pair a row, at the sampler's current epoch."""
        names, epoch = list(batch), self.sampler.epoch
        samples = [dict(zip(names, row, strict=True)) for row in zip(*batch.values(), strict=True)]
        return {"pair": [self.sampler.process(partial(parse_sample, s, self.columns), None, epoch) for s in samples]}
