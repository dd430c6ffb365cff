"""Datasets of pairs over datasets of items: map-style, iterable, and a transform for Hugging Face datasets."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, SupportsInt

from torch.utils.data import Dataset, IterableDataset, get_worker_info

from pairgen.pairs._default_collate import PairList, streamed
from pairgen.pairs._shared import PassCounter
from pairgen.pairs.distributed import rank_and_size, take_share
from pairgen.pairs.pair import DecodedItem, Pair, SampleKey, Skipped
from pairgen.pairs.pair_sample import PairColumnNames
from pairgen.pairs.sample import ColumnNames

if TYPE_CHECKING:
    from pairgen.pairs.loader import BatchedAugmenter
    from pairgen.pairs.sampler import PairSampler

__all__ = ["HFTransform", "PairDataset", "PairStream", "is_map_style"]

_MOST_WRAPPERS = 16  # calls between a loader's fetcher and the dataset of pairs


def is_map_style(dataset: object) -> bool:
    """Return whether a dataset is read by index; an iterable one only iterates."""
    return not isinstance(dataset, IterableDataset) and hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__")


@dataclass(frozen=True, eq=False)
class PairDataset(Dataset[Any]):
    """The pairs of a map-style dataset, as `sampler.collate` takes them: their views are still decoded ones.

    `dataset[i]` is at the sampler's epoch. A torch `DataLoader` over it, or over a dataset that reads it (`Subset`,
    `ConcatDataset`), is at that epoch in its first pass after `set_epoch`, and each further pass is the next epoch.

    Args:
        sampler: What makes the pairs.
        dataset: A map-style dataset of samples; sample i has the index i unless it carries one.
        columns: Names of the columns of samples that are dicts.
        passes: What tells the passes of a `DataLoader` apart; None where the keys carry the epoch.
    """

    sampler: PairSampler | BatchedAugmenter
    dataset: Any
    columns: ColumnNames | PairColumnNames
    passes: PassCounter | None = None

    def __len__(self) -> int:
        return len(self.dataset)

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the sampler; accelerate calls it before each pass."""
        self.sampler.set_epoch(epoch)

    def __iter__(self) -> Iterator[Pair | DecodedItem | Skipped]:
        """Iterate the pairs in order, at the sampler's current epoch."""
        return (self[position] for position in range(len(self)))

    def __getitem__(self, key: int | SampleKey) -> Pair | DecodedItem | Skipped:
        """Return the pair of a position at the sampler's current epoch, or at that of a `SampleKey`.

        For a `DataLoader` that asks item by item, it is at the epoch of the pass.

        Raises:
            IndexError: There is no such position; negative ones count from the end.
        """
        if isinstance(key, SampleKey):
            return self._get(key.index, key.epoch, key.repeat)
        if self.passes is None or not _is_loading():
            return self._get(key, self.sampler.epoch)
        position = self._check_position(key)
        return self._get(position, self.passes.epoch_of([position], self.sampler.epoch_stamp))

    def __getitems__(self, keys: Sequence[int] | Sequence[SampleKey]) -> PairList:
        """Return the pairs of a batch of positions, for a `DataLoader`: at the epoch of the pass.

        Torch's default collate function makes a `PairBatch` of them.
        """
        if self.passes is None or isinstance(keys[0], SampleKey):
            return PairList([self[key] for key in keys], self.sampler)
        positions = [self._check_position(key) for key in keys]  # type: ignore[arg-type]
        epoch = self.passes.epoch_of(positions, self.sampler.epoch_stamp)
        earlier: Counter[int] = Counter()
        pairs = []
        for position in positions:
            pairs.append(self._get(position, epoch, earlier[position]))
            earlier[position] += 1
        return PairList(pairs, self.sampler)

    def _get(self, position: int, epoch: int, repeat: int = 0) -> Pair | DecodedItem | Skipped:
        position = self._check_position(position)
        unique = self.passes is None  # within a `PairLoader`, which reads no other dataset of pairs
        return self.sampler.process(
            lambda: self.columns.parse(self.dataset[position]), position, epoch, repeat, unique=unique
        )

    def _check_position(self, position: SupportsInt) -> int:
        length, given = len(self.dataset), int(position)
        if not -length <= given < length:
            raise IndexError(f"position {given} is outside a dataset of {length} items")
        return given % length


def _is_loading() -> bool:
    """Return whether a `DataLoader` reads an item: its fetcher is among the callers, behind datasets that wrap ours."""
    frame = sys._getframe(2)
    for _ in range(_MOST_WRAPPERS):
        if frame.f_globals.get("__name__") == "torch.utils.data._utils.fetch":
            return True
        if frame.f_back is None:
            break
        frame = frame.f_back
    return False


@dataclass(frozen=True, eq=False)
class PairStream(IterableDataset[Any]):
    """The pairs of an iterable dataset, which shards itself among workers as before.

    In a process group each rank takes its own share of the samples, equally many on each. A WebDataset, a LitData
    stream and a Hugging Face dataset that was split by node share themselves out; `sharded=True` says so of another.

    A sample without an index or key is keyed by its content: workers see different parts of the stream, so a position
    would change with their number.

    Args:
        sampler: What makes the pairs.
        dataset: An iterable dataset of samples.
        columns: Names of the columns of samples that are dicts.
        passes: What counts the passes, each at the next epoch after that of the sampler; None for that of the sampler.
        sharded: Whether the dataset gives each rank other samples by itself; None finds out.
    """

    sampler: PairSampler | BatchedAugmenter
    dataset: Any
    columns: ColumnNames | PairColumnNames
    passes: PassCounter | None = None
    sharded: bool | None = None
    ranks: tuple[int, int] | None = None  # those of the process that started this worker

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "ranks": self._rank_and_size()}

    def _rank_and_size(self) -> tuple[int, int]:
        rank, size = rank_and_size()
        return (rank, size) if size > 1 or self.ranks is None else self.ranks

    def __len__(self) -> int:
        return len(self.dataset)

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the sampler; accelerate calls it before each pass."""
        self.sampler.set_epoch(epoch)

    def __iter__(self) -> Iterator[Pair | DecodedItem | Skipped]:
        """Iterate the pairs of the next pass."""
        epoch, worker = self.sampler.epoch, get_worker_info()
        if self.passes is not None:
            epoch = self.passes.next_pass(0 if worker is None else worker.id, self.sampler.epoch_stamp)
        rank, size = self._rank_and_size()
        sharded = _shards_itself(self.dataset) if self.sharded is None else self.sharded
        samples = enumerate(self.dataset) if sharded or size == 1 else take_share(self.dataset, rank, size)
        suffix = "" if worker is None or worker.num_workers == 1 else f" of worker {worker.id}"
        for position, sample in samples:
            where = f"{position}{suffix}" if suffix else position
            pair = self.sampler.process(partial(self.columns.parse, sample), None, epoch, where=where)
            yield streamed(pair, self.sampler)


def _shards_itself(dataset: object) -> bool:
    libraries = {base.__module__.partition(".")[0] for base in type(dataset).__mro__}
    return bool({"webdataset", "litdata"} & libraries) or getattr(dataset, "_distributed", None) is not None


@dataclass(frozen=True, eq=False)
class HFTransform:
    """A transform for Hugging Face's `with_transform`: a dict of columns in, {"pair": [Pair, ...]} out.

    Args:
        sampler: What makes the pairs.
        columns: Names of the columns.
    """

    sampler: PairSampler
    columns: ColumnNames | PairColumnNames

    def __call__(self, batch: Mapping[str, list[Any]]) -> dict[str, list[Pair | Skipped]]:
        """Return one pair a row, at the sampler's current epoch."""
        names, epoch = list(batch), self.sampler.epoch
        samples = [dict(zip(names, row, strict=True)) for row in zip(*batch.values(), strict=True)]
        return {"pair": [self.sampler.process(partial(self.columns.parse, s), None, epoch) for s in samples]}
