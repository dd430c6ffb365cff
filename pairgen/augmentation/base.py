"""The protocol of an augmentation: `draw` holds all randomness, `apply` is a pure function of item and params."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Any, Generic, final

import numpy as np
import numpy.typing as npt
from typing_extensions import TypeVar

from pairgen.augmentation.params import ItemParams, Params, one
from pairgen.batch import stack, unbatch
from pairgen.random import Stream

__all__ = ["Augmentation", "Numbers", "Range"]

Range = float | tuple[float, float]
"""What an amount is drawn from: a number, or a pair (low, high); each augmentation says what a number means."""

Numbers = float | npt.NDArray[np.float64]
"""What `Stream.uniform()` gives: a number for one key, float64 (B,) for many."""

Item = TypeVar("Item", default=Any)
P = TypeVar("P", default=Any)


class Augmentation(ABC, Generic[Item, P]):
    """A random transform of an item. Write it as a frozen dataclass: picklable, comparable, thread-safe.

    A subclass gives `draw` and `apply`. It may give `apply_batch` too, for speed; by doing so it promises that its
    `draw` accepts a stream of many keys (then `item` is the batch) and returns params whose leaves have a leading
    axis of one row an item. Without it, a batch is augmented item by item, with the same result.

    `Item` is the type of the items, `P` that of the params.
    """

    @abstractmethod
    def draw(self, item: Item, rng: Stream) -> P:
        """Draw all that is random, as a frozen value. Sees the item, changes nothing."""

    @abstractmethod
    def apply(self, item: Item, params: P) -> Item:
        """Return the view: a pure function of item and params, of the item's type. The item is not changed."""

    def apply_batch(self, batch: Any, params: Params) -> Any:
        """Return the views of a batch: what `apply` gives item by item."""
        return stack(batch, [self.apply(item, one(params, i)) for i, item in enumerate(unbatch(batch))])

    @property
    def name(self) -> str:
        """The name of this operation in a pipeline, from which its random stream is keyed: `gaussian_blur`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", type(self).__name__).lower()

    @final
    def __call__(self, item: Item, rng: Stream | np.random.Generator) -> Item:
        """Return a random view of the item: `apply(item, draw(item, rng))`."""
        return self.sample(item, Stream.from_generator(rng))[0]

    def sample(self, item: Item, rng: Stream) -> tuple[Item, P]:
        """Return a view and the params that replay it."""
        params = self.draw(item, rng)
        return self.apply(item, params), params

    def draw_batch(self, batch: Any, rng: Stream) -> Params:
        """Draw batched params from a stream of one key an item."""
        if type(self).apply_batch is not Augmentation.apply_batch:
            return self.draw(batch, rng)
        return ItemParams(tuple(self.draw(item, rng[i]) for i, item in enumerate(unbatch(batch))))

    def sample_batch(self, batch: Any, rng: Stream) -> tuple[Any, Params]:
        """Return the views of a batch and the batched params that replay them, from a stream of one key an item."""
        params = self.draw_batch(batch, rng)
        return self.apply_batch(batch, params), params
