"""Pairs from a loader of item batches that someone else built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sized
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch

from pairgen.pairs.distributed import rank_and_size
from pairgen.pairs.pair import PairBatch
from pairgen.pairs.sample import Sample

if TYPE_CHECKING:
    from pairgen.pairs.sampler import PairSampler

__all__ = ["WrappedLoader"]


class WrappedLoader:
    """The batches of a loader, each augmented to a `PairBatch` on its own device.

    Items without an index are keyed by their position in the pass (and the rank, in a process group). Each pass is the
    next epoch unless `set_epoch` sets another.

    Args:
        sampler: What makes the pairs.
        loader: Yields tensors of items, lists of items, (items, labels), (indices, items) or (indices, items, labels).
            Graphs of PyG may hold their labels themselves, as `y` of one whole number a graph.
    """

    def __init__(self, sampler: PairSampler, loader: Iterable[Any]) -> None:
        self.sampler = sampler
        self.loader = loader
        self._epoch = 0

    def __len__(self) -> int:
        if not isinstance(self.loader, Sized):
            raise TypeError(f"the wrapped loader, of type {type(self.loader).__name__}, has no length")
        return len(self.loader)

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next pass, also of the loader's own sampler where that has one."""
        self._epoch = epoch
        order = getattr(self.loader, "sampler", None)
        if order is not None and hasattr(order, "set_epoch"):
            order.set_epoch(epoch)

    def __iter__(self) -> Iterator[PairBatch]:
        epoch = self._epoch
        self._epoch += 1
        rank, size = rank_and_size()
        read = 0
        for batch in self.loader:
            index, items, label = _split(batch)
            if index is None:
                index = (read + np.arange(len(items), dtype=np.int64)) * size + rank
            read += len(items)
            if label is None:
                label = self.sampler.modality.find_labels(items)
            if isinstance(items, (list, tuple)):
                labels = [None] * len(items) if label is None else label
                yield self.sampler.collate(
                    [
                        self.sampler.process(partial(Sample, int(key), item, item_label), int(key), epoch)
                        for key, item, item_label in zip(index, items, labels, strict=True)
                    ]
                )
            else:
                yield self.sampler.augment(items, index, epoch, label)


class _Parts(NamedTuple):
    """A batch of a loader; None for what it does not hold."""

    index: Any
    items: Any
    label: Any


def _split(batch: object) -> _Parts:
    if isinstance(batch, Mapping):
        raise TypeError(
            f"cannot tell which of the columns {list(batch)} of a batch holds the items; wrap "
            '((batch["image"], batch["label"]) for batch in loader), or use sampler.wrap_dataset(dataset)'
        )
    if isinstance(batch, (tuple, list)):
        if batch and _is_index(batch[0]) and len(batch) in (2, 3):
            return _Parts(batch[0], batch[1], batch[2] if len(batch) == 3 else None)
        if len(batch) == 2 and _is_items(batch[0]):
            return _Parts(None, batch[0], batch[1])
        if len(batch) == 1 and _is_items(batch[0]):
            return _Parts(None, batch[0], None)
    return _Parts(None, batch, None)


def _is_index(value: object) -> bool:
    return isinstance(value, (torch.Tensor, np.ndarray)) and value.ndim == 1 and "int" in str(value.dtype)


def _is_items(value: object) -> bool:
    """Return whether a value is a batch of items rather than one: a list, or a tensor with more than one axis."""
    return isinstance(value, (list, tuple)) or (isinstance(value, torch.Tensor) and value.ndim >= 2)
