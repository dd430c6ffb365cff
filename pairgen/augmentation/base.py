"""The protocol of an augmentation: `draw` holds all randomness, `apply` is a pure function of item and params."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Any, Generic, final

import numpy as np
from typing_extensions import TypeVar

from pairgen.augmentation.params import ItemParams, Params, one
from pairgen.batch import stack, unbatch
from pairgen.random import Numbers, Stream

__all__ = ["Augmentation", "Numbers", "Range"]

Range = float | tuple[float, float]
"""What an amount is drawn from: a number, or a pair (low, high); each augmentation says what a number means."""

Item = TypeVar("Item", default=Any)
P = TypeVar("P", default=Any)
Batch = TypeVar("Batch")


class Augmentation(ABC, Generic[Item, P]):
    """A random transform of an item: the base class of all augmentations.

    Write a subclass as a frozen dataclass, so that it is picklable, comparable and thread-safe. It defines `draw` and
    `apply`. It may define `apply_batch` too, for speed. Its `draw` must then accept a stream of many keys, for which
    `item` is the batch, and return params whose leaves have a leading axis with one row an item. Without it, a batch is
    augmented item by item, with the same result.

    The type parameters are the type of the items and that of the params.
    """

    @abstractmethod
    def draw(self, item: Item, rng: Stream) -> P:
        """Draw everything that is random, as a frozen value.

        Args:
            item: The item, which must not be changed; the batch where `rng` holds many keys.
            rng: The only source of randomness.

        Returns:
            Params from which `apply` makes the view.
        """

    @abstractmethod
    def apply(self, item: Item, params: P) -> Item:
        """Make the view: a pure function of item and params.

        Args:
            item: The item, which must not be changed.
            params: What `draw` returned.

        Returns:
            The view, in the type, dtype and device of the item.
        """

    def apply_batch(self, batch: Any, params: Any) -> Any:
        """Make the views of a batch: those that `apply` makes item by item.

        Args:
            batch: B items, as `collate` of their modality makes it; not changed.
            params: Batched params of the B items.

        Returns:
            The batch of views.
        """
        return stack(batch, [self.apply(item, one(params, i)) for i, item in enumerate(unbatch(batch))])

    @property
    def name(self) -> str:
        """Name of this operation in a pipeline, which keys its random stream: the class name in snake case."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", type(self).__name__).lower()

    @final
    def __call__(self, item: Item, rng: Stream | np.random.Generator) -> Item:
        """Return a random view of the item: `apply(item, draw(item, rng))`."""
        return self.sample(item, Stream.from_generator(rng))[0]

    def sample(self, item: Item, rng: Stream) -> tuple[Item, P]:
        """Return a view of an item and the params that replay it."""
        params = self.draw(item, rng)
        return self.apply(item, params), params

    def draw_batch(self, batch: Any, rng: Stream) -> Params:
        """Draw batched params from a stream with one key for each item of the batch."""
        if type(self).apply_batch is not Augmentation.apply_batch:
            return self.draw(batch, rng)
        return ItemParams(tuple(self.draw(item, rng[i]) for i, item in enumerate(unbatch(batch))))

    def sample_batch(self, batch: Batch, rng: Stream) -> tuple[Batch, Params]:
        """Return the views of a batch and the batched params that replay them.

        Args:
            batch: B items, as `collate` of their modality makes it; not changed.
            rng: A stream of B keys.

        Returns:
            The batch of views, and params for `apply_batch`.
        """
        params = self.draw_batch(batch, rng)
        return self.apply_batch(batch, params), params
