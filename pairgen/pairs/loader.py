"""`PairLoader`: a ready loader of pairs, the same pairs whatever the workers, and resumable at any batch."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.context import BaseContext
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
import torch
from torch.utils.data import DataLoader
from typing_extensions import Unpack

from pairgen._validation import check_int
from pairgen.pairs.batch_sampler import IndexOrder, KeyedBatchSampler, ShardedSampler
from pairgen.pairs.datasets import PairDataset, PairStream, is_map_style
from pairgen.pairs.pair import DecodedItem, PairBatch, Skipped
from pairgen.pairs.sample import ColumnNames, Sample

if TYPE_CHECKING:
    from pairgen.pairs.sampler import PairSampler

__all__ = ["BatchedAugmenter", "DataLoaderOptions", "LoaderOptions", "PairLoader"]


class DataLoaderOptions(TypedDict, total=False):
    """Options of `torch.utils.data.DataLoader` that a `PairLoader` passes on."""

    num_workers: int
    pin_memory: bool
    timeout: float
    worker_init_fn: Callable[[int], None] | None
    multiprocessing_context: str | BaseContext | None
    generator: torch.Generator | None
    prefetch_factor: int | None
    persistent_workers: bool
    in_order: bool


class LoaderOptions(DataLoaderOptions, total=False):
    """Options of `PairSampler.loader`: those of `PairLoader`."""

    shuffle: bool
    order: IndexOrder | None
    drop_last: bool
    batched: bool
    columns: ColumnNames | None


class PairLoader:
    """A loader that yields `PairBatch`es of a dataset.

    Each pass is the next epoch unless `set_epoch` sets another. In a process group each rank reads its own part.

    Args:
        sampler: What makes the pairs.
        dataset: Map-style, or iterable (then without shuffle); its samples as in `PairSampler.wrap_dataset`.
        batch_size: Items a batch, at least 1; a dataset smaller than that gives one batch of all.
        shuffle: Read in a new order each epoch, a pure function of (seed, epoch).
        order: The indices of a pass instead, such as a `DistributedSampler`; None for all indices.
        drop_last: Leave out an incomplete last batch.
        batched: Augment whole batches instead of item by item: faster for small items of equal shape, the same pairs.
        columns: Names of the columns of samples that are dicts; by default the item is in the one named as the
            modality.
        options: Options of `torch.utils.data.DataLoader`: num_workers, persistent_workers, pin_memory, ...

    Attributes:
        skipped: The items that `on_error="skip"` left out in the current pass; a warning lists them at its end.

    Raises:
        TypeError: batch_size is no integer.
        ValueError: batch_size is below 1, the dataset is empty, `drop_last` leaves no batch, or `shuffle` and `order`
            contradict each other or an iterable dataset.
    """

    def __init__(
        self,
        sampler: PairSampler,
        dataset: Any,
        batch_size: int,
        *,
        shuffle: bool = False,
        order: IndexOrder | None = None,
        drop_last: bool = False,
        batched: bool = False,
        columns: ColumnNames | None = None,
        **options: Unpack[DataLoaderOptions],
    ) -> None:
        self.sampler = sampler
        self.dataset = dataset
        self.batch_size = check_int("batch_size", batch_size, low=1)
        self.skipped: list[Skipped] = []
        self._epoch = 0
        self._batches_read = 0
        augmenter = BatchedAugmenter(sampler) if batched else sampler
        columns = columns or ColumnNames(sampler.modality.name, is_item=sampler.is_item)
        collate = augmenter.collate
        self._batches: KeyedBatchSampler | None = None
        self._loader: DataLoader[Any]
        if is_map_style(dataset):
            if order is None:
                order = _all_indices(dataset, shuffle, sampler.seed, drop_last)
            elif shuffle:
                raise ValueError("pass either shuffle=True or an order, not both")
            self._batches = _keyed_batches(order, batch_size, drop_last)
            pairs = PairDataset(augmenter, dataset, columns)
            self._loader = DataLoader(pairs, batch_sampler=self._batches, collate_fn=collate, **options)
        else:
            if shuffle or order is not None:
                raise ValueError("an iterable dataset has an order of its own; shuffle within it instead")
            stream = PairStream(augmenter, dataset, columns)
            self._loader = DataLoader(stream, batch_size=batch_size, drop_last=drop_last, collate_fn=collate, **options)

    def __len__(self) -> int:
        return len(self._loader)

    @property
    def epoch(self) -> int:
        """The epoch of the current pass, or of the next one between passes."""
        return self._epoch

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next pass, which starts at its first batch.

        Args:
            epoch: At least 0.
        """
        self._epoch, self._batches_read = check_int("epoch", epoch, low=0), 0

    def __iter__(self) -> Iterator[PairBatch]:
        """Iterate the batches of an epoch, from where `load_state_dict` left it."""
        epoch, start = self._epoch, self._batches_read
        self.skipped = []
        if self._batches is not None:
            self._batches.set_epoch(epoch)
            self._batches.start = start
            to_pass_over = 0
        else:
            self.sampler.set_epoch(epoch)
            to_pass_over = start
        for number, batch in enumerate(self._loader):
            self.skipped.extend(batch.skipped)
            if number < to_pass_over:
                continue
            self._batches_read += 1
            if len(batch):
                yield batch
        self._epoch, self._batches_read = epoch + 1, 0
        self._warn_of_skipped()

    def _warn_of_skipped(self) -> None:
        if self.skipped:
            listed = "\n".join(f"  {item.index}: {item.error}" for item in self.skipped[:10])
            more = f"\n  and {len(self.skipped) - 10} more" if len(self.skipped) > 10 else ""
            warnings.warn(f"{len(self.skipped)} items were left out:\n{listed}{more}", stacklevel=3)

    def state_dict(self) -> dict[str, int]:
        """Return the position in the pass: `epoch`, the number of `batches` yielded of it, and `batch_size`."""
        return {"epoch": self._epoch, "batches": self._batches_read, "batch_size": self.batch_size}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Continue from a saved state: the next pass yields exactly the batches that were still to come.

        A map-style dataset is read from there; an iterable one is read from its beginning, and passed over up to there.

        Args:
            state: What `state_dict` returned.

        Raises:
            ValueError: The state was saved with another batch size.
        """
        if state["batch_size"] != self.batch_size:
            raise ValueError(
                f"the state was saved with batch_size={state['batch_size']}, this loader has {self.batch_size}; "
                "build the loader with the saved one"
            )
        self._epoch, self._batches_read = state["epoch"], state["batches"]


def _all_indices(dataset: Any, shuffle: bool, seed: int, drop_last: bool) -> ShardedSampler:
    if len(dataset) == 0:
        raise ValueError("the dataset is empty; pass one with at least one item")
    return ShardedSampler(len(dataset), shuffle=shuffle, seed=seed, drop_last=drop_last)


def _keyed_batches(order: IndexOrder, batch_size: int, drop_last: bool) -> KeyedBatchSampler:
    batches = KeyedBatchSampler(order, batch_size, drop_last)
    if len(batches) == 0:
        raise ValueError(
            f"drop_last=True with batch_size={batch_size} leaves no batch of {len(order)} items; "
            "lower batch_size or keep the last batch"
        )
    return batches


class BatchedAugmenter:
    """Decodes items one by one and augments them as one batch: a `PairSampler` whose work is done in `collate`.

    Args:
        sampler: What makes the pairs.
    """

    def __init__(self, sampler: PairSampler) -> None:
        self.sampler = sampler

    @property
    def epoch(self) -> int:
        """The epoch of the sampler."""
        return self.sampler.epoch

    def process(self, read: Callable[[], Sample], position: int | str | None, epoch: int) -> DecodedItem | Skipped:
        """Return a sample read and decoded, or why it is left out."""
        return self.sampler.decode(read, position, epoch)

    def collate(self, decoded: Sequence[DecodedItem | Skipped]) -> PairBatch:
        """Return the pairs of decoded items, augmented as one batch."""
        items = [item for item in decoded if isinstance(item, DecodedItem)]
        skipped = tuple(item for item in decoded if isinstance(item, Skipped))
        if not items:
            return self.sampler.collate(skipped)
        batch = self.sampler.modality.collate([item.item for item in items])
        index = np.array([item.index for item in items], dtype=np.int64)
        return self.sampler.augment(batch, index, items[0].epoch, [item.label for item in items], skipped)
