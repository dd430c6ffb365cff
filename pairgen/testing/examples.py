"""The examples that checks are given, and the Hypothesis strategies that generate them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import hypothesis
import numpy as np
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from torch.utils.data import Dataset

from pairgen.augmentation import Augmentation, Params
from pairgen.batch import unbatch
from pairgen.pairs import PairBatch, PairSampler
from pairgen.random import Stream
from pairgen.testing.compare import to_parts
from pairgen.testing.formatting import format_short, format_value
from pairgen.testing.targets import SamplerTarget, Target

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = [
    "BatchExample",
    "CheckFailure",
    "Example",
    "ItemDataset",
    "ItemGroup",
    "NotAcceptedError",
    "SamplerExample",
    "Scope",
    "batch_strategy",
    "example_strategy",
    "find_example",
    "pairs_by_index",
]

Scope = Literal["item", "batch", "group", "class", "sampler"]
"""What a check judges at a time: an `Example`, a `BatchExample`, an `ItemGroup`, a `Target`, a `SamplerExample`."""

T = TypeVar("T")


class CheckFailure(AssertionError):  # noqa: N818 - a property that does not hold is no error of the check
    """A property that does not hold, in words."""


class NotAcceptedError(Exception):
    """The augmentation raised on this example; only the checks of errors judge that, the others discard the example."""


@dataclass(frozen=True)
class Example:
    """One augmentation, one item, one key.

    Args:
        target: What is checked.
        augmentation: The augmentation.
        item: Its item.
        seed: Seed of the stream.
        index: Index of the stream.
    """

    target: Target = field(repr=False)
    augmentation: Augmentation
    item: Any
    seed: int = 0
    index: int = 0

    def stream(self) -> Stream:
        """Return a fresh stream of this example's key."""
        return Stream(self.seed, index=self.index)

    def view(self) -> Any:
        """Return a view, from a fresh stream; NotAcceptedError if the augmentation raises."""
        with _not_accepted_if_raised():
            return self.augmentation(self.item, self.stream())

    def sample(self) -> tuple[Any, Any]:
        """Return a view and its params; NotAcceptedError if the augmentation raises."""
        with _not_accepted_if_raised():
            return self.augmentation.sample(self.item, self.stream())

    def __str__(self) -> str:
        key = f"Stream(seed={self.seed}, index={self.index})"
        return f"{format_short(self.augmentation)}({format_value(self.item)}, {key})"


@dataclass(frozen=True)
class BatchExample:
    """One augmentation, one batch, a key for each item.

    Args:
        target: What is checked.
        augmentation: The augmentation.
        batch: Its batch.
        seed: Seed of the stream.
        first: Lowest index of the stream.
    """

    target: Target = field(repr=False)
    augmentation: Augmentation
    batch: Any
    seed: int = 0
    first: int = 0

    @property
    def index(self) -> np.ndarray:
        """int64 (B,): the items' indices, not in order and with gaps."""
        count = sum(1 for _ in unbatch(self.batch))
        return self.first + 7 * np.arange(count)[::-1].astype(np.int64)

    def stream(self) -> Stream:
        """Return a fresh stream of the items' keys."""
        return Stream(self.seed, index=self.index)

    def sample(self) -> tuple[Any, Params]:
        """Return the views and their params; NotAcceptedError if the augmentation raises."""
        with _not_accepted_if_raised():
            return self.augmentation.sample_batch(self.batch, self.stream())

    def __str__(self) -> str:
        key = f"Stream(seed={self.seed}, index={self.index.tolist()})"
        return f"{format_short(self.augmentation)}.sample_batch({format_value(self.batch)}, {key})[0]"


@dataclass(frozen=True)
class ItemGroup:
    """One augmentation and a few informative items, for properties that show only over several, or cost much.

    Args:
        target: What is checked.
        augmentation: The augmentation.
        items: Its items.
        seed: Seed of the streams.
    """

    target: Target = field(repr=False)
    augmentation: Augmentation
    items: list[Any]
    seed: int = 0

    def accepted(self) -> list[Example]:
        """Return an example of each item that the augmentation takes; NotAcceptedError if there is none."""
        examples = [Example(self.target, self.augmentation, item, self.seed, i) for i, item in enumerate(self.items)]
        accepted = [example for example in examples if _is_accepted(example)]
        if not accepted:
            raise NotAcceptedError("none of the items is accepted")
        return accepted

    def __str__(self) -> str:
        first = format_value(self.items[0])
        return f"{format_short(self.augmentation)} on {len(self.items)} items, first {first}, seed={self.seed}"


@dataclass(frozen=True)
class SamplerExample:
    """A sampler, some items and an epoch.

    Args:
        target: What is checked.
        items: Items that collate into one batch.
        epoch: The epoch.
    """

    target: SamplerTarget = field(repr=False)
    items: list[Any]
    epoch: int

    @property
    def sampler(self) -> PairSampler:
        """The sampler."""
        return self.target.sampler

    @property
    def dataset(self) -> ItemDataset:
        """The items as a dataset, each labelled by its position."""
        return ItemDataset(self.items)

    def __str__(self) -> str:
        first = format_value(self.items[0])
        return f"{self.sampler!r} on {len(self.items)} items, epoch={self.epoch}, first {first}"


@dataclass(frozen=True)
class ItemDataset(Dataset[tuple[Any, int]]):
    """A list of items as a map-style dataset of (item, position)."""

    items: list[Any]

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, position: int) -> tuple[Any, int]:
        if position >= len(self.items):
            raise IndexError(position)
        return self.items[position], position


def pairs_by_index(batches: Iterable[PairBatch]) -> dict[int, tuple[object, ...]]:
    """Return the views, negatives and score of each pair in some batches, by index, in the form that compares."""
    pairs: dict[int, tuple[object, ...]] = {}
    for batch in batches:
        negatives: list[list[object]] = [[] for _ in batch.index]
        if batch.negative_of is not None:
            for row, view in zip(batch.negative_of.tolist(), unbatch(batch.negatives), strict=True):
                negatives[row].append(to_parts(view))
        scores = [()] * len(batch) if batch.score is None else batch.score.tolist()
        rows = zip(batch.index.tolist(), negatives, scores, *map(unbatch, batch.views), strict=True)
        for index, of_row, score, *views in rows:
            pairs[index] = (*map(to_parts, views), of_row, score)
    return pairs


def find_example(strategy: SearchStrategy[T], fits: Callable[[T], bool] = lambda _: True) -> T:
    """Return the simplest example of a strategy that fits; LookupError if none of some twenty does."""
    settings = hypothesis.settings(
        database=None,
        derandomize=True,
        deadline=None,
        max_examples=20,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    try:
        return hypothesis.find(strategy, fits, settings=settings)
    except hypothesis.errors.NoSuchExample as error:
        raise LookupError("no such example") from error


def example_strategy(scope: Scope, target: Target | SamplerTarget) -> SearchStrategy[Any]:
    """Return the strategy of the examples that a check of this scope is given."""
    if isinstance(target, SamplerTarget):
        return st.builds(lambda *parts: SamplerExample(target, *parts), target.item_lists, st.integers(0, 100))
    keys = [st.integers(0, 2**16), st.integers(0, 2**16)]
    if scope == "group":
        items = st.lists(target.informative_items, min_size=3, max_size=5)
        return st.builds(lambda *parts: ItemGroup(target, *parts), target.augmentations, items, keys[0])
    if scope == "batch":
        batches = batch_strategy(target)
        return st.builds(lambda *parts: BatchExample(target, *parts), target.augmentations, batches, *keys)
    return st.builds(lambda *parts: Example(target, *parts), target.augmentations, target.check_spec.items, *keys)


def batch_strategy(target: Target) -> SearchStrategy[Any]:
    """Return the strategy of batches: the modality's, else batches collated from its items where they fit together."""
    batches: SearchStrategy[Any] | None = target.check_spec.batches
    if batches is not None:
        return batches
    modality = target.modality

    def collate(items: list[Any]) -> Any:
        if modality is None:
            return hypothesis.reject()
        try:
            return modality.collate([modality.decode(item) for item in items])
        except (ValueError, TypeError):
            return hypothesis.reject()

    return st.lists(target.check_spec.items, min_size=1, max_size=4).map(collate)


@contextmanager
def _not_accepted_if_raised() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise NotAcceptedError(f"{type(error).__name__}: {error}") from error


def _is_accepted(example: Example) -> bool:
    try:
        example.view()
    except NotAcceptedError:
        return False
    return True
