"""A sampler under check, and the examples it is given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from torch.utils.data import Dataset

from pairgen.batch import unbatch
from pairgen.pairs import PairBatch, PairSampler
from pairgen.testing.compare import parts_of
from pairgen.testing.spec import CheckSpec

__all__ = ["Items", "SamplerExample", "SamplerSubject", "pairs_of"]


@dataclass(frozen=True)
class SamplerSubject:
    """A sampler and the items it is fed. random: whether the two views of a pair differ."""

    sampler: PairSampler
    check_spec: CheckSpec
    random: bool
    several: Any
    """A strategy of lists of items that collate into one batch."""

    @property
    def examples(self) -> Any:
        """A strategy of `SamplerExample`."""
        from hypothesis import strategies as st

        return st.builds(lambda *parts: SamplerExample(self, *parts), self.several, st.integers(0, 100))


@dataclass(frozen=True)
class SamplerExample:
    """A sampler, some items and an epoch."""

    subject: SamplerSubject = field(repr=False)
    items: list[Any]
    epoch: int

    @property
    def sampler(self) -> PairSampler:
        """The sampler."""
        return self.subject.sampler

    @property
    def data(self) -> Items:
        """The items as a data set, each labelled by its place."""
        return Items(self.items)

    def __str__(self) -> str:
        from pairgen.testing.formatting import shown

        return f"{self.sampler!r} on {len(self.items)} items, epoch={self.epoch}, first {shown(self.items[0])}"


@dataclass(frozen=True)
class Items(Dataset[Any]):
    """A list of items as a map-style data set of (item, label)."""

    items: list[Any]

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, position: int) -> tuple[Any, int]:
        if position >= len(self.items):
            raise IndexError(position)
        return self.items[position], position


def pairs_of(batches: Iterable[PairBatch]) -> dict[int, Any]:
    """The views of each pair in some batches, by index, as parts that compare."""
    return dict(_pairs(batches))


def _pairs(batches: Iterable[PairBatch]) -> Iterator[tuple[int, Any]]:
    for batch in batches:
        for index, first, second in zip(batch.index.tolist(), unbatch(batch.first), unbatch(batch.second), strict=True):
            yield index, (parts_of(first), parts_of(second))
