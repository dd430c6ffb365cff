"""Datasets of pairs over datasets of items: map-style, iterable, and columns for Hugging Face's `with_transform`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch.utils.data import Dataset, IterableDataset

from pairgen.pairs.pair import SampleKey
from pairgen.pairs.sample import ColumnNames, parse_sample

if TYPE_CHECKING:
    from pairgen.pairs.loader import BatchedAugmenter
    from pairgen.pairs.sampler import PairSampler

__all__ = ["HFTransform", "PairDataset", "PairStream", "SharedEpoch", "is_map_style"]


class SharedEpoch:
    """The epoch of adapters that are not told it with each index, in memory that worker processes share.

    So a change reaches workers that live on (`persistent_workers`), under `fork` and `spawn` alike.
    """

    def __init__(self, epoch: int = 0) -> None:
        self._cell = torch.tensor([epoch], dtype=torch.int64)
        self._cell.untyped_storage().share_memory_()

    @property
    def value(self) -> int:
        """The current epoch."""
        return int(self._cell.item())

    @value.setter
    def value(self, epoch: int) -> None:
        if isinstance(epoch, bool) or not isinstance(epoch, int) or epoch < 0:
            raise ValueError(f"an epoch is a non-negative integer, got {epoch!r}")
        self._cell[0] = epoch


def is_map_style(dataset: Any) -> bool:
    """Whether a dataset is read by index. An iterable one only iterates."""
    return not isinstance(dataset, IterableDataset) and hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__")


@dataclass(frozen=True, eq=False)
class PairDataset(Dataset[Any]):
    """The pairs of a map-style dataset: element i becomes the pair of index i at the sampler's current epoch.

    The views are opened ones, as `sampler.collate` takes them. Asked with a `SampleKey`, the key's epoch counts.
    """

    maker: PairSampler | BatchedAugmenter
    dataset: Any
    columns: ColumnNames

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, key: int | SampleKey) -> Any:
        epoch, position = (key.epoch, key.index) if isinstance(key, SampleKey) else (self.maker.epoch, key)
        return self.maker.make(lambda: parse_sample(self.dataset[position], self.columns), int(position), epoch)


@dataclass(frozen=True, eq=False)
class PairStream(IterableDataset[Any]):
    """The pairs of an iterable dataset, which shards itself among workers as it did before.

    An element that carries no index or key is keyed by its content: workers see different parts of the stream, so a
    position would change with their number.
    """

    maker: PairSampler | BatchedAugmenter
    dataset: Any
    columns: ColumnNames

    def __len__(self) -> int:
        return len(self.dataset)

    def __iter__(self) -> Iterator[Any]:
        epoch = self.maker.epoch
        for element in self.dataset:
            yield self.maker.make(partial(parse_sample, element, self.columns), None, epoch)


@dataclass(frozen=True, eq=False)
class HFTransform:
    """A transform of columns: a dict of lists in, {"pair": [Pair, ...]} out, as `with_transform` wants it."""

    maker: PairSampler
    columns: ColumnNames

    def __call__(self, batch: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
        """One pair a row, at the sampler's current epoch."""
        names, epoch = list(batch), self.maker.epoch
        elements = [dict(zip(names, row, strict=True)) for row in zip(*batch.values(), strict=True)]
        made = [self.maker.make(partial(parse_sample, element, self.columns), None, epoch) for element in elements]
        return {"pair": made}
