"""What is checked, and the examples that a check is given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pairgen.augmentation import Augmentation
from pairgen.batch import unbatch
from pairgen.modality import Modality
from pairgen.random import Stream
from pairgen.testing.formatting import clipped, shown
from pairgen.testing.spec import CheckSpec, Tags

__all__ = ["BatchExample", "CheckFailure", "Example", "ItemGroup", "NotServedError", "Subject"]


class CheckFailure(AssertionError):  # noqa: N818 - what a check finds is no error of its own
    """A property that does not hold, in words."""


class NotServedError(Exception):
    """The augmentation raised for this example; only the checks of errors judge that, the others pass it over."""


@dataclass(frozen=True)
class Subject:
    """An augmentation, or a class of them, with all that its checks need.

    augmentations: strategy of the augmentations to check, all of one class. kind: that class.
    """

    name: str
    kind: type
    augmentations: Any
    check_spec: CheckSpec
    tags: Tags
    modality: Modality | None = None

    @property
    def informative_items(self) -> Any:
        """Items on which a random augmentation shows."""
        return (
            self.check_spec.informative_items
            if self.check_spec.informative_items is not None
            else self.check_spec.items
        )

    def takes(self, augmentation: Any, item: Any) -> bool:
        """Whether the augmentation promises to serve the item."""
        return self.tags.accepts is None or self.tags.accepts(augmentation, item)

    def takes_batch(self, augmentation: Any, batch: Any) -> bool:
        """Whether the augmentation promises to serve the batch."""
        return self.tags.accepts_batch is None or self.tags.accepts_batch(augmentation, batch)


@contextmanager
def _serving() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise NotServedError(f"{type(error).__name__}: {error}") from error


@dataclass(frozen=True)
class Example:
    """One augmentation, one item, one key."""

    subject: Subject = field(repr=False)
    augmentation: Augmentation
    item: Any
    seed: int = 0
    index: int = 0

    def stream(self) -> Stream:
        """A fresh stream of this example's key."""
        return Stream(self.seed, index=self.index)

    def view(self) -> Any:
        """A view, from a fresh stream. NotServedError if the augmentation raises."""
        with _serving():
            return self.augmentation(self.item, self.stream())

    def sample(self) -> tuple[Any, Any]:
        """A view and its params. NotServedError if the augmentation raises."""
        with _serving():
            return self.augmentation.sample(self.item, self.stream())

    def __str__(self) -> str:
        return f"{clipped(self.augmentation)}({shown(self.item)}, Stream(seed={self.seed}, index={self.index}))"


@dataclass(frozen=True)
class BatchExample:
    """One augmentation, one batch, a key an item."""

    subject: Subject = field(repr=False)
    augmentation: Augmentation
    batch: Any
    seed: int = 0
    first: int = 0

    @property
    def index(self) -> np.ndarray:
        """The items' indices, not in order and with gaps."""
        count = sum(1 for _ in unbatch(self.batch))
        return self.first + 7 * np.arange(count)[::-1].astype(np.int64)

    def stream(self) -> Stream:
        """A fresh stream of the items' keys."""
        return Stream(self.seed, index=self.index)

    def sample(self) -> tuple[Any, Any]:
        """The views and their params. NotServedError if the augmentation raises."""
        with _serving():
            return self.augmentation.sample_batch(self.batch, self.stream())

    def __str__(self) -> str:
        stream = f"Stream(seed={self.seed}, index={self.index.tolist()})"
        return f"{clipped(self.augmentation)}.sample_batch({shown(self.batch)}, {stream})[0]"


@dataclass(frozen=True)
class ItemGroup:
    """One augmentation and some items that tell: for what shows only over several, or costs much."""

    subject: Subject = field(repr=False)
    augmentation: Augmentation
    items: list[Any]
    seed: int = 0

    def served(self) -> list[Example]:
        """An example of each item that the augmentation serves; NotServedError if there is none."""
        examples = [Example(self.subject, self.augmentation, item, self.seed, i) for i, item in enumerate(self.items)]
        kept = [example for example in examples if _serves(example)]
        if not kept:
            raise NotServedError("none of the items is served")
        return kept

    def __str__(self) -> str:
        return (
            f"{clipped(self.augmentation)} on {len(self.items)} items, first {shown(self.items[0])}, seed={self.seed}"
        )


def _serves(example: Example) -> bool:
    try:
        example.view()
    except NotServedError:
        return False
    return True
