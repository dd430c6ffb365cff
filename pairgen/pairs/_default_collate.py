"""Let torch's own collate function collate pairs, for loaders that are given none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from torch.utils.data._utils.collate import default_collate_fn_map

from pairgen.pairs.pair import DecodedItem, Pair, PairBatch, Skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PairList"]


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


def _collate(pairs: Sequence[Any], *, collate_fn_map: object = None) -> PairBatch:
    """Collate what `default_collate` was given, if it says how."""
    return pairs.sampler.collate(pairs) if isinstance(pairs, PairList) else _refuse()


def _refuse() -> NoReturn:
    raise TypeError(
        "torch's default collate function does not know the sampler of these pairs; give the loader the sampler's: "
        "DataLoader(..., collate_fn=sampler.collate)"
    )


default_collate_fn_map.update(dict.fromkeys((Pair, Skipped), _collate))
