"""`PairLoader`: a ready loader of pairs, the same pairs whatever the workers, and resumable at any batch."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from torch.utils.data import DataLoader

from pairgen.pairs.batch_sampler import KeyedBatchSampler, ShardedSampler
from pairgen.pairs.datasets import PairDataset, PairStream, is_map_style
from pairgen.pairs.pair import DecodedItem, PairBatch, Skipped
from pairgen.pairs.sample import ColumnNames, Sample

if TYPE_CHECKING:
    from pairgen.pairs.sampler import PairSampler

__all__ = ["PairLoader"]


class PairLoader:
    """Yields `PairBatch`es of a dataset.

    Each pass is the next epoch; `set_epoch` says which. In a process group each rank reads its own share.

    dataset: map-style, or iterable (then without shuffle); its elements as in `PairSampler.wrap_dataset`.
    batch_size: items a batch, at least 1; a data set smaller than that gives one batch of all.
    shuffle: a new order each epoch, a pure function of (seed, epoch). order: the indices of a pass instead, such as a
        `DistributedSampler`.
    drop_last: leave out an incomplete last batch; ValueError if that leaves none.
    batched: augment whole batches instead of item by item: faster for small items of equal shape, the same pairs.
    columns: the names of item, label and index where elements are dicts.
    options: passed on to `torch.utils.data.DataLoader`: num_workers, persistent_workers, pin_memory, ...

    `skipped` lists what `on_error="skip"` left out in the current pass; a warning tells at its end.
    """

    def __init__(
        self,
        sampler: PairSampler,
        dataset: Any,
        batch_size: int,
        *,
        shuffle: bool = False,
        order: Any = None,
        drop_last: bool = False,
        batched: bool = False,
        columns: ColumnNames | None = None,
        **options: Any,
    ) -> None:
        if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
            raise ValueError(f"batch_size is an integer of at least 1, got {batch_size!r}")
        self.sampler = sampler
        self.dataset = dataset
        self.batch_size = batch_size
        self.skipped: list[Skipped] = []
        self._epoch = 0
        self._done = 0
        maker = BatchedAugmenter(sampler) if batched else sampler
        columns = columns or ColumnNames(sampler.modality.name)
        self._batches: KeyedBatchSampler | None = None
        if is_map_style(dataset):
            if order is None:
                order = _order(dataset, shuffle, sampler.seed, drop_last)
            elif shuffle:
                raise ValueError("give either shuffle=True or an order, not both")
            self._batches = _batches(order, batch_size, drop_last)
            pairs: Any = PairDataset(maker, dataset, columns)
            options |= {"batch_sampler": self._batches}
        else:
            if shuffle or order is not None:
                raise ValueError("an iterable dataset has its own order; shuffle within it instead")
            pairs = PairStream(maker, dataset, columns)
            options |= {"batch_size": batch_size, "drop_last": drop_last}
        self._loader = DataLoader(pairs, collate_fn=maker.collate, **options)

    def __len__(self) -> int:
        return len(self._loader)

    @property
    def epoch(self) -> int:
        """The epoch of the current pass, or of the next one between passes."""
        return self._epoch

    def set_epoch(self, epoch: int) -> None:
        """The epoch of the next pass, from its first batch."""
        if isinstance(epoch, bool) or not isinstance(epoch, int) or epoch < 0:
            raise ValueError(f"an epoch is a non-negative integer, got {epoch!r}")
        self._epoch, self._done = epoch, 0

    def __iter__(self) -> Iterator[PairBatch]:
        epoch, start = self._epoch, self._done
        self.skipped = []
        if self._batches is not None:
            self._batches.set_epoch(epoch)
            self._batches.start = start
            already = 0
        else:
            self.sampler.set_epoch(epoch)
            already = start
        for number, batch in enumerate(self._loader):
            self.skipped.extend(batch.skipped)
            if number < already:
                continue
            self._done += 1
            if len(batch):
                yield batch
        self._epoch, self._done = epoch + 1, 0
        self._tell_skipped()

    def _tell_skipped(self) -> None:
        if self.skipped:
            listed = "\n".join(f"  {one.index}: {one.error}" for one in self.skipped[:10])
            more = f"\n  and {len(self.skipped) - 10} more" if len(self.skipped) > 10 else ""
            warnings.warn(f"{len(self.skipped)} items were left out:\n{listed}{more}", stacklevel=3)

    def state_dict(self) -> dict[str, int]:
        """Where the pass stands: after `batches` batches of `epoch` that have been handed out."""
        return {"epoch": self._epoch, "batches": self._done, "batch_size": self.batch_size}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Go on from a saved state: the next pass yields exactly the batches that were still to come.

        A map-style dataset jumps there; an iterable one is read up to there. ValueError for another batch size.
        """
        if state["batch_size"] != self.batch_size:
            raise ValueError(
                f"the state was saved with batch_size={state['batch_size']}, this loader has {self.batch_size}; "
                "make the loader with the saved one"
            )
        self._epoch, self._done = state["epoch"], state["batches"]


def _order(dataset: Any, shuffle: bool, seed: int, drop_last: bool) -> ShardedSampler:
    if len(dataset) == 0:
        raise ValueError("the dataset is empty: it has no items to make pairs of")
    return ShardedSampler(len(dataset), shuffle=shuffle, seed=seed, even="drop" if drop_last else "pad")


def _batches(order: Any, batch_size: int, drop_last: bool) -> KeyedBatchSampler:
    batches = KeyedBatchSampler(order, batch_size, drop_last)
    if len(batches) == 0:
        raise ValueError(
            f"drop_last=True with batch_size={batch_size} leaves no batch of {len(order)} items; "
            "lower batch_size or keep the last batch"
        )
    return batches


class BatchedAugmenter:
    """Opens items one by one and augments them as one batch: `PairSampler.collate` with the work moved into it."""

    def __init__(self, sampler: PairSampler) -> None:
        self.sampler = sampler

    @property
    def epoch(self) -> int:
        return self.sampler.epoch

    def make(self, read: Callable[[], Sample], position: int | str | None, epoch: int) -> DecodedItem | Skipped:
        return self.sampler.decode(read, position, epoch)

    def collate(self, opened: Sequence[DecodedItem | Skipped]) -> PairBatch:
        kept = [item for item in opened if isinstance(item, DecodedItem)]
        skipped = tuple(item for item in opened if isinstance(item, Skipped))
        if not kept:
            return self.sampler.collate(skipped)
        batch = self.sampler.modality.collate([one.item for one in kept])
        index = np.array([one.index for one in kept], dtype=np.int64)
        return self.sampler.augment(batch, index, kept[0].epoch, [one.label for one in kept], skipped)
