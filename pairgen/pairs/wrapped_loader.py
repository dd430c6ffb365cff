"""Pairs from a loader of item batches that someone else built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch

from pairgen.pairs._identity import identify_rows
from pairgen.pairs._pair_columns import split_columns
from pairgen.pairs.distributed import rank_and_size
from pairgen.pairs.loader import warn_of_skipped
from pairgen.pairs.member import Member
from pairgen.pairs.pair import PairBatch, Skipped
from pairgen.pairs.pair_sample import PairColumnNames, is_missing
from pairgen.pairs.sample import ColumnNames, Sample

if TYPE_CHECKING:
    from pairgen.pairs.sampler import PairSampler

__all__ = ["WrappedLoader"]

_MOST_POSITIONS = 40  # bits of the positions of a pass


class WrappedLoader:
    """The batches of a loader, each augmented to a `PairBatch` on its own device.

    Items without an index are keyed by their position in the pass (and the rank, in a process group); nothing tells
    then that an item comes again in a later pass, so let the loader give indices where a method asks for that, as MoCo
    does (`PairBatch.item_id`). Each pass is the next epoch unless `set_epoch` sets another.

    Args:
        sampler: What makes the pairs.
        loader: Yields tensors of items, lists of items or of samples (item, label), (items, labels),
            (indices, items) or (indices, items, labels). Graphs of PyG may hold their labels themselves, as `y` of one
            whole number a graph. With two modalities it yields columns, as torch's default collate function makes
            them: dicts, or (first, second), columns of negatives, scores (floats) and labels (integers).

    Attributes:
        skipped: The items that `on_error="skip"` left out in the current pass; a warning lists them at its end.
    """

    def __init__(self, sampler: PairSampler, loader: Iterable[Any]) -> None:
        self.sampler = sampler
        self.loader = loader
        self.skipped: list[Skipped] = []
        self._epoch = 0

    @property
    def batch_sampler(self) -> Any:
        """The loader's own, which Lightning asks for; None if it has none."""
        return getattr(self.loader, "batch_sampler", None)

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
        skipped: list[Skipped] = []
        self.skipped = skipped
        rank, size = rank_and_size()
        read = 0
        names = self.sampler.columns()
        for batch in self.loader:
            if isinstance(names, PairColumnNames):
                pairs = self._augment_columns(batch, names, epoch, read * size + rank, size)
                read += len(pairs) + len(pairs.skipped)
                skipped.extend(pairs.skipped)
                yield pairs
                continue
            parts = _split(batch, self.sampler.members[0].tells_items)
            identity: torch.Tensor | None
            if parts.index is None:
                index = (read + np.arange(len(parts.items), dtype=np.int64)) * size + rank
                identity = torch.from_numpy(index + (epoch << _MOST_POSITIONS))
                parts = parts._replace(index=index)
            else:
                identity = identify_rows(parts.index, parts.items)
            read += len(parts.items)
            if parts.label is None:
                parts = parts._replace(label=self.sampler.modality.find_labels(parts.items))
            pairs = self._augment(parts, epoch)
            if pairs.identity is None and identity is not None:
                pairs.identity = identity.to(pairs.index.device)
            skipped.extend(pairs.skipped)
            yield pairs
        warn_of_skipped(skipped)

    def _augment_columns(self, batch: object, names: PairColumnNames, epoch: int, start: int, step: int) -> PairBatch:
        """The pairs of a batch of two members; keyed from `start` on in steps where it has no indices."""
        columns = split_columns(batch, names)
        if columns.index is None:
            columns = replace(columns, index=start + step * np.arange(len(columns), dtype=np.int64))
        if not columns.negatives and columns.score is None:
            with suppress(ValueError, TypeError):  # row by row the error names the item, or the item is left out
                batches = tuple(map(_collate_column, self.sampler.members, columns.members))
                return self.sampler.augment(batches, columns.index, epoch, columns.label)
        reads = [partial(_same, sample) for sample in columns.samples()]
        return self.sampler.collate([self.sampler.process(read, None, epoch) for read in reads])

    def _augment(self, parts: _Parts, epoch: int) -> PairBatch:
        if not isinstance(parts.items, (list, tuple)):
            try:
                items, label = self.sampler.members[0].resolve_batch(parts.items, parts.label)
                return self.sampler.augment(items, parts.index, epoch, label)
            except (ValueError, TypeError):
                if self.sampler.on_error != "skip" or not isinstance(parts.items, torch.Tensor):
                    raise
        if parts.label is None and all(map(_is_sample, parts.items)):
            columns = ColumnNames(self.sampler.modality.name)
            reads = [partial(columns.parse, sample) for sample in parts.items]
        else:
            labels = [None] * len(parts.items) if parts.label is None else parts.label
            samples = zip(parts.index, parts.items, labels, strict=True)
            reads = [partial(Sample, int(key), item, label) for key, item, label in samples]
        keyed = zip(reads, parts.index, strict=True)
        return self.sampler.collate([self.sampler.process(read, int(key), epoch) for read, key in keyed])


def _same(sample: Sample) -> Sample:
    return sample


def _collate_column(member: Member, column: Any) -> Any:
    """A list of items as a batch; ValueError where one of them is missing or is a list of candidates."""
    if not isinstance(column, (list, tuple)):
        return column
    if any(is_missing(item) or (isinstance(item, (list, tuple)) and not member.is_item(item)) for item in column):
        raise ValueError(f"the {member.name} of a row is missing, or is a list of candidates")
    return member.modality.collate([member.codec.decode(item) for item in column])


class _Parts(NamedTuple):
    """A batch of a loader; None for what it does not hold."""

    index: Any
    items: Any
    label: Any


def _split(batch: object, is_item: Callable[[object], bool] | None = None) -> _Parts:
    if isinstance(batch, Mapping):
        raise TypeError(
            f"cannot tell which of the columns {list(batch)} of a batch holds the items; wrap "
            '((batch["image"], batch["label"]) for batch in loader), or use sampler.wrap_dataset(dataset)'
        )
    if isinstance(batch, list) and batch and all(map(_is_sample, batch)):
        return _Parts(None, batch, None)
    if isinstance(batch, (list, tuple)) and batch and _are_items(batch, is_item):
        return _Parts(None, batch, None)
    if isinstance(batch, (tuple, list)):
        if batch and _is_index(batch[0]) and len(batch) in (2, 3):
            return _Parts(batch[0], batch[1], batch[2] if len(batch) == 3 else None)
        if len(batch) == 2 and _is_items(batch[0]):
            return _Parts(None, batch[0], batch[1])
        if len(batch) == 1 and _is_items(batch[0]):
            return _Parts(None, batch[0], None)
    return _Parts(None, batch, None)


def _are_items(batch: Sequence[Any], is_item: Callable[[object], bool] | None) -> bool:
    """Return whether the members of a batch are items in themselves, such as lists of numbers, and no columns of it."""
    if is_item is None or not all(map(is_item, batch)):
        return False
    # Two lists are a column of items and one of labels only where each item has a label that is no list itself.
    if len(batch) != 2:
        return True
    items, labels = batch
    nested = isinstance(items[0], (list, tuple)) and not isinstance(labels[0], (list, tuple))
    return not (nested and len(items) == len(labels))


def _is_index(value: object) -> bool:
    return isinstance(value, (torch.Tensor, np.ndarray)) and value.ndim == 1 and "int" in str(value.dtype)


def _is_sample(value: object) -> bool:
    """Return whether a member of a batch is a sample of the dataset, (item, label) or (wave, rate), not a column."""
    if not isinstance(value, tuple) or len(value) not in (2, 3):
        return False
    numbers = [
        isinstance(member, (int, float, np.number)) or (isinstance(member, torch.Tensor) and member.ndim == 0)
        for member in value
    ]
    return any(numbers) and not all(numbers)


def _is_items(value: object) -> bool:
    """Return whether a value is a batch of items rather than one: a list, or a tensor with more than one axis."""
    return isinstance(value, (list, tuple)) or (isinstance(value, torch.Tensor) and value.ndim >= 2)
