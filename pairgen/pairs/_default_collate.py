"""Let torch's own collate function collate pairs, for loaders that are given none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from torch.utils.data._utils.collate import default_collate_fn_map

from pairgen.pairs.pair import DecodedItem, Pair, PairBatch, Skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PairList", "streamed"]


class Collates(Protocol):
    """A sampler, or what takes its place within a loader."""

    def collate(self, pairs: Any, /) -> PairBatch: ...


class PairList(list[Pair | DecodedItem | Skipped]):
    """The pairs of a batch, and the sampler that collates them where a loader has no collate function.

    Args:
        pairs: The pairs and left-out items.
        sampler: What made them.
    """

    def __init__(self, pairs: Iterable[Pair | DecodedItem | Skipped], sampler: Collates) -> None:
        super().__init__(pairs)
        self.sampler = sampler


class StreamedPair(Pair[Any]):
    """A pair of an iterable dataset, whose batches the loader gathers itself: it knows the sampler that collates it.

    A copy, and what another process gets, is a plain `Pair`.
    """

    __slots__ = ("sampler",)

    def __reduce__(self) -> tuple[type[Pair], tuple[Any, ...]]:
        return Pair, tuple(getattr(self, field.name) for field in fields(Pair))


class StreamedSkipped(Skipped):
    """A left-out item of an iterable dataset, as `StreamedPair`."""

    __slots__ = ("sampler",)

    def __reduce__(self) -> tuple[type[Skipped], tuple[Any, ...]]:
        return Skipped, (self.index, self.error)


def streamed(pair: Pair | DecodedItem | Skipped, sampler: Collates) -> Pair | DecodedItem | Skipped:
    """Return a pair or a left-out item that tells torch's default collate function its sampler."""
    if isinstance(pair, DecodedItem):  # within a loader of the sampler, which has its own collate function
        return pair
    cls: type[Pair | Skipped] = StreamedPair if isinstance(pair, Pair) else StreamedSkipped
    copy = cls(*(getattr(pair, field.name) for field in fields(pair)))
    object.__setattr__(copy, "sampler", sampler)  # frozen
    return copy


def _collate(pairs: Sequence[Any], *, collate_fn_map: object = None) -> PairBatch:
    """Collate what `default_collate` was given, if it says how."""
    owner = pairs if isinstance(pairs, PairList) else pairs[0]
    sampler: Collates | None = getattr(owner, "sampler", None)
    return _refuse() if sampler is None else sampler.collate(pairs)


def _refuse() -> NoReturn:
    raise TypeError(
        "torch's default collate function does not know the sampler of these pairs; give the loader the sampler's: "
        "DataLoader(..., collate_fn=sampler.collate)"
    )


default_collate_fn_map.update(dict.fromkeys((Pair, Skipped), _collate))
