"""Pairs from a loader of item batches that someone else built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from pairgen.pairs.distributed import rank_and_size
from pairgen.pairs.pair import PairBatch
from pairgen.pairs.sample import Sample

if TYPE_CHECKING:
    from pairgen.pairs.sampler import PairSampler

__all__ = ["WrappedLoader"]


class WrappedLoader:
    """Turns each batch of a loader into a `PairBatch`, where the batch lives.

    A batch is a tensor of items, or (items, label), (index, items), (index, items, label), or a list of items. Items
    without an index are keyed by their position in the pass (and the rank, in a process group). Each pass is the
    next epoch; `set_epoch` says which.
    """

    def __init__(self, sampler: PairSampler, loader: Iterable[Any]) -> None:
        self.sampler = sampler
        self.loader = loader
        self._epoch = 0

    def __len__(self) -> int:
        return len(self.loader)  # type: ignore[arg-type]

    def set_epoch(self, epoch: int) -> None:
        """The epoch of the next pass; handed on to the loader's sampler where that has one."""
        self._epoch = epoch
        inner = getattr(self.loader, "sampler", None)
        if inner is not None and hasattr(inner, "set_epoch"):
            inner.set_epoch(epoch)

    def __iter__(self) -> Iterator[PairBatch]:
        epoch = self._epoch
        self._epoch += 1
        rank, size = rank_and_size()
        seen = 0
        for batch in self.loader:
            index, items, label = _parts(batch)
            if index is None:
                index = (seen + np.arange(len(items), dtype=np.int64)) * size + rank
            seen += len(items)
            if isinstance(items, (list, tuple)):
                labels = [None] * len(items) if label is None else label
                yield self.sampler.collate(
                    [
                        self.sampler.make(partial(Sample, int(key), item, own), int(key), epoch)
                        for key, item, own in zip(index, items, labels, strict=True)
                    ]
                )
            else:
                yield self.sampler.augment(items, index, epoch, label)


def _parts(batch: Any) -> tuple[Any, Any, Any]:
    """(index, items, label) of a batch, None for what it does not hold."""
    if isinstance(batch, Mapping):
        raise TypeError(
            f"a batch of columns {list(batch)} says not which holds the items; attach to "
            '((batch["image"], batch["label"]) for batch in loader), or use sampler.wrap_dataset(dataset)'
        )
    if isinstance(batch, (tuple, list)):
        if batch and _is_index(batch[0]) and len(batch) in (2, 3):
            return batch[0], batch[1], batch[2] if len(batch) == 3 else None
        if len(batch) == 2 and _is_items(batch[0]):
            return None, batch[0], batch[1]
        if len(batch) == 1 and _is_items(batch[0]):
            return None, batch[0], None
    return None, batch, None


def _is_index(value: Any) -> bool:
    return isinstance(value, (torch.Tensor, np.ndarray)) and value.ndim == 1 and "int" in str(value.dtype)


def _is_items(value: Any) -> bool:
    """A batch of items rather than one item: a list, or a tensor with an axis more than an item has."""
    return isinstance(value, (list, tuple)) or (isinstance(value, torch.Tensor) and value.ndim >= 2)
