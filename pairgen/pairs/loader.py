"""`PairLoader`: a ready loader of pairs, the same pairs whatever the workers, and resumable at any batch."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from typing import TYPE_CHECKING, Any, TypedDict

import torch
from torch.utils.data import BatchSampler, DataLoader
from typing_extensions import Unpack

from pairgen._numerics import default_numerics
from pairgen._validation import check_int
from pairgen.pairs.batch_sampler import BatchOrder, IndexOrder, KeyedBatchSampler, ShardedSampler
from pairgen.pairs.composition.base import ComposedBatches, Composition
from pairgen.pairs.datasets import PairDataset, PairStream, is_map_style
from pairgen.pairs.distributed import rank_and_size
from pairgen.pairs.pair import DecodedItem, PairBatch, Skipped
from pairgen.pairs.pair_sample import PairColumnNames
from pairgen.pairs.sample import ColumnNames, Sample

if TYPE_CHECKING:
    from pairgen.pairs.sampler import PairSampler

__all__ = ["BatchedAugmenter", "DataLoaderOptions", "LoaderOptions", "LoaderState", "PairLoader", "warn_of_skipped"]


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
    batch_sampler: BatchOrder | None
    batches: Composition | None
    drop_last: bool
    batched: bool
    columns: ColumnNames | PairColumnNames | None
    sharded: bool | None


class LoaderTraits(TypedDict):
    """What a `PairLoader` must have in common with the one whose state it continues."""

    batch_size: int | None
    seed: int
    length: int | None
    order: str
    ranks: int


class LoaderState(LoaderTraits):
    """Where a `PairLoader` stands, fit for JSON."""

    epoch: int
    batches: int
    checksum: int | None


@dataclass
class _Position:
    """A pass and the number of its batches that were read."""

    epoch: int = 0
    batches: int = 0


class PairLoader:
    """A loader that yields `PairBatch`es of a dataset.

    Each pass is the next epoch unless `set_epoch` sets another; a pass that was broken off counts, and only
    `load_state_dict` continues one. In a process group each rank reads its own part, and a batch whose items were all
    left out is yielded with length 0, so that the ranks stay in step; else it is passed over.

    Args:
        sampler: What makes the pairs.
        dataset: Map-style, or iterable (then without shuffle); its samples as in `PairSampler.wrap_dataset`.
        batch_size: Items a batch, at least 1; a dataset smaller than that gives one batch of all. None with a
            `batch_sampler`.
        shuffle: Read in a new order each epoch, a pure function of (seed, epoch).
        order: The indices of a pass instead, such as a `DistributedSampler`; None for all indices. An index that comes
            again in a pass gets other views each time.
        batch_sampler: The batches of a pass instead, each a list of indices; its `set_epoch` is called if it has one.
        batches: Which items meet in a batch, such as `PerClass(4)`; the order is drawn anew each epoch, with `shuffle`
            or without. With several ranks, each reads its share of common batches of batch_size times their number.
        drop_last: Leave out an incomplete last batch.
        batched: Augment whole batches instead of item by item: faster for small items of equal shape, the same pairs.
        columns: Names of the columns of samples that are dicts; by default the item is in the one named as the
            modality.
        sharded: Whether an iterable dataset gives each process of a group other samples by itself; None finds out,
            see `PairStream`.
        options: Options of `torch.utils.data.DataLoader`: num_workers, persistent_workers, pin_memory, ...

    Attributes:
        skipped: The items that `on_error="skip"` left out in the current pass; a warning lists them at its end.
        batch_sampler: The batches of keys of a map-style dataset; None for an iterable one.

    Raises:
        TypeError: batch_size is no integer, or an option is unknown.
        ValueError: batch_size is below 1, the dataset is empty, `drop_last` leaves no batch, or `shuffle`, `order`,
            `batch_sampler`, `batches` and an iterable dataset contradict each other, or `batches` cannot be made.
    """

    def __init__(
        self,
        sampler: PairSampler,
        dataset: Any,
        /,
        batch_size: int | None = None,
        *,
        shuffle: bool = False,
        order: IndexOrder | None = None,
        batch_sampler: BatchOrder | None = None,
        batches: Composition | None = None,
        drop_last: bool = False,
        batched: bool = False,
        columns: ColumnNames | PairColumnNames | None = None,
        sharded: bool | None = None,
        **options: Unpack[DataLoaderOptions],
    ) -> None:
        _check_options(options)
        _check_order(batch_size, shuffle, order, batch_sampler, drop_last)
        _check_composition(batches, dataset, order, batch_sampler)
        self.sampler = sampler
        self.dataset = dataset
        self.batch_size = None if batch_size is None else check_int("batch_size", batch_size, low=1)
        self.skipped: list[Skipped] = []
        self.batch_sampler: KeyedBatchSampler | None = None
        self._position = self._next = _Position()
        augmenter = BatchedAugmenter(sampler) if batched else sampler
        columns = columns or sampler.columns()
        collate = augmenter.collate
        self._loader: DataLoader[Any]
        if is_map_style(dataset):
            if batches is not None:
                seed, size = sampler.seed, self.batch_size or 1
                batch_sampler = ComposedBatches(batches, dataset, size, seed=seed, drop_last=drop_last)
            elif batch_sampler is None:
                if order is None:
                    order = _all_indices(dataset, shuffle, sampler.seed, drop_last)
                batch_sampler = _split_to_batches(order, batch_size, drop_last)
            self.batch_sampler = KeyedBatchSampler(batch_sampler)
            pairs = PairDataset(augmenter, dataset, columns)
            self._loader = DataLoader(pairs, batch_sampler=self.batch_sampler, collate_fn=collate, **options)
        else:
            if shuffle or order is not None or batch_sampler is not None:
                raise ValueError("an iterable dataset has an order of its own; shuffle within it instead")
            stream = PairStream(augmenter, dataset, columns, sharded=sharded)
            self._loader = DataLoader(stream, batch_size=batch_size, drop_last=drop_last, collate_fn=collate, **options)

    def __len__(self) -> int:
        return len(self._loader)

    @property
    def epoch(self) -> int:
        """The epoch of the current pass, or of the next one between passes."""
        return self._position.epoch

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next pass, which starts at its first batch.

        Args:
            epoch: At least 0.
        """
        self._position = self._next = _Position(check_int("epoch", epoch, low=0))
        if self.batch_sampler is not None:
            self.batch_sampler.set_epoch(epoch)

    def __iter__(self) -> Iterator[PairBatch]:
        """Iterate the batches of the next epoch, or from where `load_state_dict` left it."""
        resumed = self._next.batches > 0
        yielded = False
        for batch in self._iterate_pass():
            yielded = True
            yield batch
        if resumed and not yielded:  # all that was to come had been left out, or a stream had ended: on with the next
            yield from self._iterate_pass()

    def _iterate_pass(self) -> Iterator[PairBatch]:
        position = _Position(self._next.epoch, self._next.batches)
        self._position, self._next = position, _Position(position.epoch + 1)
        skipped: list[Skipped] = []
        self.skipped = skipped
        to_pass_over, last = position.batches, None
        if self.batch_sampler is None:
            self.sampler.set_epoch(position.epoch)
        else:
            if not position.batches:
                self.batch_sampler.set_epoch(position.epoch)
            self.batch_sampler.start, to_pass_over = position.batches, 0
            last = self.batch_sampler.count
        for number, batch in enumerate(_iterate(self._loader)):
            skipped.extend(batch.skipped)
            if number < to_pass_over:
                continue
            position.batches += 1
            if position.batches == last:
                warn_of_skipped(skipped)
            if len(batch) or rank_and_size()[1] > 1:
                yield batch
        if last is None or position.batches < last:
            warn_of_skipped(skipped)
        if self._position is position:
            self._position = self._next

    def state_dict(self) -> LoaderState:
        """Return where the latest pass stands, to be continued by a loader of the same data, order and seed.

        After the last batch of a pass, it is the beginning of the next one.
        """
        epoch, batches, checksum = self._position.epoch, self._position.batches, None
        if self.batch_sampler is not None and batches:
            if batches == self.batch_sampler.count:
                epoch, batches = epoch + 1, 0
            elif not self.batch_sampler.is_reproducible:
                checksum = self.batch_sampler.checksums[batches - 1]
        return LoaderState(**self._describe(), epoch=epoch, batches=batches, checksum=checksum)

    def _describe(self) -> LoaderTraits:
        order, sampler = "iterable", self.batch_sampler
        if sampler is not None:
            own = isinstance(sampler.sampler, ShardedSampler)
            order = ("shuffled" if sampler.sampler.shuffle else "in order") if own else type(sampler.sampler).__name__
            if isinstance(sampler.sampler, ComposedBatches):
                order = sampler.sampler.describe()
        return LoaderTraits(
            batch_size=self.batch_size,
            seed=self.sampler.seed,
            length=None if sampler is None else len(self.dataset),
            order=order,
            ranks=rank_and_size()[1],
        )

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a saved state: the next pass yields exactly the batches that were still to come.

        A map-style dataset is read from there; an iterable one is read from its beginning, and passed over up to there.

        Args:
            state: What `state_dict` returned.

        Raises:
            ValueError: The state is that of another seed, batch size, length, order or number of ranks, or the order
                does not come out as it did then.
        """
        for name, value in self._describe().items():
            if state.get(name, value) != value:
                raise ValueError(
                    f"the state was saved with {name}={state[name]!r}, this loader has {value!r}; build the loader as "
                    "the one that saved it, or begin anew with set_epoch"
                )
        position = _Position(check_int("epoch", state["epoch"], low=0), check_int("batches", state["batches"], low=0))
        if self.batch_sampler is not None and position.batches:
            self._prepare(self.batch_sampler, position, state.get("checksum"))
        self._position = self._next = position

    def _prepare(self, batches: KeyedBatchSampler, position: _Position, checksum: int | None) -> None:
        batches.set_epoch(position.epoch)
        if not batches.is_reproducible and batches.prepare(position.batches) != checksum:
            batches.set_epoch(position.epoch)
            raise ValueError(
                f"cannot continue after batch {position.batches} of epoch {position.epoch}: the order, of type "
                f"{type(batches.sampler).__name__}, is another than when the state was saved, and items would be lost "
                "or repeated; use shuffle=True or an order that set_epoch determines, or begin the epoch anew with "
                f"set_epoch({position.epoch})"
            )


def _iterate(loader: DataLoader[Any]) -> Iterator[PairBatch]:
    """Iterate a loader; its own seed is a CPU tensor whatever the default device."""
    with default_numerics():
        batches = iter(loader)
    yield from batches


def warn_of_skipped(skipped: Sequence[Skipped]) -> None:
    """Warn of the items that a pass left out, and list the first ten."""
    if skipped:
        listed = "\n".join(f"  {item.index}: {item.error}" for item in skipped[:10])
        more = f"\n  and {len(skipped) - 10} more" if len(skipped) > 10 else ""
        warnings.warn(f"{len(skipped)} items were left out:\n{listed}{more}", stacklevel=4)


def _check_options(options: Mapping[str, Any]) -> None:
    remedies = {
        "sampler": "; pass it as order=",
        "collate_fn": "; a loader of pairs collates by itself, use sampler.wrap_dataset for another way",
    }
    for name in options:
        if name not in DataLoaderOptions.__annotations__:
            known = ", ".join(LoaderOptions.__annotations__)
            raise TypeError(f"a loader of pairs has no option {name!r}{remedies.get(name, f'; it has: {known}')}")


def _check_order(
    batch_size: int | None, shuffle: bool, order: IndexOrder | None, batches: BatchOrder | None, drop_last: bool
) -> None:
    if batches is not None:
        given = {"batch_size": batch_size is not None, "shuffle": shuffle, "order": order is not None}
        for name in [name for name, is_given in {**given, "drop_last": drop_last}.items() if is_given]:
            raise ValueError(f"a batch_sampler determines the batches; leave {name} out, or the batch_sampler")
    elif batch_size is None:
        raise TypeError("a loader of pairs needs a batch_size, or a batch_sampler")
    elif shuffle and order is not None:
        raise ValueError("pass either shuffle=True or an order, not both")


def _check_composition(
    batches: Composition | None, dataset: Any, order: IndexOrder | None, batch_sampler: BatchOrder | None
) -> None:
    if batches is None:
        return
    if not isinstance(batches, Composition):
        raise TypeError(
            f"batches is a composition such as PerClass(4), got {batches!r}; pass batches as batch_sampler="
        )
    if order is not None or batch_sampler is not None:
        raise ValueError("batches determines the order and the batches; leave order and batch_sampler out")
    if not is_map_style(dataset):
        raise ValueError(
            f"batches={batches!r} needs a dataset that is read by index, got the iterable {type(dataset).__name__}; "
            "read it into a list first"
        )
    if len(dataset) == 0:
        raise ValueError("the dataset is empty; pass one with at least one item")


def _all_indices(dataset: Any, shuffle: bool, seed: int, drop_last: bool) -> ShardedSampler:
    if len(dataset) == 0:
        raise ValueError("the dataset is empty; pass one with at least one item")
    return ShardedSampler(len(dataset), shuffle=shuffle, seed=seed, drop_last=drop_last)


def _split_to_batches(order: IndexOrder, batch_size: int | None, drop_last: bool) -> BatchOrder:
    batches = BatchSampler(order, batch_size or 1, drop_last)
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

    @property
    def epoch_stamp(self) -> int:
        """The stamp of that epoch."""
        return self.sampler.epoch_stamp

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the sampler."""
        self.sampler.set_epoch(epoch)

    def process(
        self,
        read: Callable[[], Sample],
        position: int | str | None,
        epoch: int,
        repeat: int = 0,
        where: int | str | None = None,
        unique: bool = False,
    ) -> DecodedItem | Skipped:
        """Return a sample read and decoded, or why it is left out."""
        return self.sampler.decode(read, position, epoch, repeat, where, unique)

    def collate(self, decoded: Sequence[DecodedItem | Skipped]) -> PairBatch:
        """Return the pairs of decoded items, augmented as one batch."""
        items = [item for item in decoded if isinstance(item, DecodedItem)]
        skipped = tuple(item for item in decoded if isinstance(item, Skipped))
        if not items:
            return self.sampler.collate(skipped)
        return self.sampler.augment_decoded(items, skipped)
