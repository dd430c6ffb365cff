"""Augmentations: a random transform in two halves, `draw` and `apply`, and the ways to combine them.

>>> from dataclasses import dataclass
>>> from pairgen.augmentation import Augmentation
>>> from pairgen.randomness import Stream
>>> @dataclass(frozen=True)
... class Scale(Augmentation):
...     by: float = 2.0
...     def draw(self, item, rng):
...         return rng.uniform(1 / self.by, self.by)
...     def apply(self, item, params):
...         return item * params
>>> Scale()(1.0, Stream(seed=0, index=7)) == Scale()(1.0, Stream(seed=0, index=7))
True
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from pairgen.batches import items_of, rows, stacked, with_rows
from pairgen.params import Params, PerItem, Sparse, batch_of_one, one, select
from pairgen.randomness import Stream

__all__ = [
    "Augmentation",
    "Compose",
    "OneOf",
    "RandomApply",
    "Range",
    "batch_of_one",
    "one",
    "select",
]

Range = float | tuple[float, float]


class Augmentation(ABC):
    """A random transform of an item. Write it as a frozen dataclass: picklable, comparable, thread-safe.

    A subclass gives `draw` and `apply`. It may give `apply_batch` too, for speed; by doing so it promises that its
    `draw` accepts a stream of many keys (then `item` is the batch) and returns params whose leaves have a leading
    axis of one row an item. Without it, a batch is augmented item by item, with the same result.
    """

    @abstractmethod
    def draw(self, item: Any, rng: Stream) -> Params:
        """All randomness, as a frozen value. Sees the item, changes nothing."""

    @abstractmethod
    def apply(self, item: Any, params: Params) -> Any:
        """The view: a pure function of item and params, of the item's type. The item is not changed."""

    def apply_batch(self, batch: Any, params: Params) -> Any:
        """The views of a batch: what `apply` gives item by item."""
        return stacked(batch, [self.apply(item, one(params, i)) for i, item in enumerate(items_of(batch))])

    @property
    def name(self) -> str:
        """The name of this operation in a pipeline, from which its random stream is keyed: `gaussian_blur`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", type(self).__name__).lower()

    @final
    def __call__(self, item: Any, rng: Stream | np.random.Generator) -> Any:
        """A random view of the item: `apply(item, draw(item, rng))`."""
        return self.sample(item, Stream.of(rng))[0]

    def sample(self, item: Any, rng: Stream) -> tuple[Any, Params]:
        """A view and the params that replay it."""
        params = self.draw(item, rng)
        return self.apply(item, params), params

    def draw_batch(self, batch: Any, rng: Stream) -> Params:
        """Batched params for a stream of one key an item."""
        if type(self).apply_batch is not Augmentation.apply_batch:
            return self.draw(batch, rng)
        return PerItem(tuple(self.draw(item, rng[i]) for i, item in enumerate(items_of(batch))))

    def sample_batch(self, batch: Any, rng: Stream) -> tuple[Any, Params]:
        """The views of a batch and the batched params that replay them; rng: a stream of one key an item."""
        params = self.draw_batch(batch, rng)
        return self.apply_batch(batch, params), params


def _checked(augmentation: Any, where: str) -> Augmentation:
    if not isinstance(augmentation, Augmentation):
        raise TypeError(
            f"{where} takes augmentations, got {augmentation!r} of type {type(augmentation).__name__}; "
            "derive it from pairgen.augmentation.Augmentation"
        )
    return augmentation


Step = Augmentation | tuple[str, Augmentation]


@dataclass(frozen=True)
class Compose(Augmentation):
    """Augmentations one after the other.

    Each has a random stream of its own, keyed by its name in the pipeline: the one given in a (name, augmentation)
    tuple, else its class in snake case, with `_2`, `_3` for repetitions. So adding, removing or reordering
    differently named steps leaves the draws of the others alone. ValueError for a name given twice.
    """

    steps: Sequence[Step]

    def __post_init__(self) -> None:
        given = [step[0] for step in self.steps if isinstance(step, tuple)]
        named: dict[str, Augmentation] = {}
        for step in self.steps:
            name, augmentation = step if isinstance(step, tuple) else (None, step)
            _checked(augmentation, "Compose")
            if name is None:
                name = _free_name(augmentation.name, {*named, *given})
            elif name in named:
                raise ValueError(f"two steps are called {name!r}; each needs a name of its own to key its draws")
            named[name] = augmentation
        object.__setattr__(self, "steps", tuple(named.items()))

    def _named(self) -> Iterator[tuple[str, Augmentation]]:
        for step in self.steps:
            if isinstance(step, tuple):
                yield step

    def draw(self, item: Any, rng: Stream) -> Params:
        """The params of each step. A step's draw sees the item as the steps before it left it, so they are applied."""
        return (self.sample_batch if rng.many else self.sample)(item, rng)[1]

    def apply(self, item: Any, params: Params) -> Any:
        """Each step in turn."""
        for (_, step), drawn in zip(self._named(), params, strict=True):
            item = step.apply(item, drawn)
        return item

    def apply_batch(self, batch: Any, params: Params) -> Any:
        """Each step in turn, on the whole batch."""
        for (_, step), drawn in zip(self._named(), params, strict=True):
            batch = step.apply_batch(batch, drawn)
        return batch

    def sample(self, item: Any, rng: Stream) -> tuple[Any, Params]:
        """Draws and applies step by step, each once."""
        params = []
        for name, step in self._named():
            item, drawn = step.sample(item, rng.child(name))
            params.append(drawn)
        return item, tuple(params)

    def sample_batch(self, batch: Any, rng: Stream) -> tuple[Any, Params]:
        """Draws and applies step by step, each once, on the whole batch."""
        params = []
        for name, step in self._named():
            batch, drawn = step.sample_batch(batch, rng.child(name))
            params.append(drawn)
        return batch, tuple(params)


def _free_name(name: str, taken: set[str]) -> str:
    count, free = 1, name
    while free in taken:
        count += 1
        free = f"{name}_{count}"
    return free


@dataclass(frozen=True)
class Applied:
    """What `RandomApply` drew: whether it happens, and the params if so; batched, bool (B,) and a `Sparse`."""

    applied: Any
    params: Params


@dataclass(frozen=True)
class RandomApply(Augmentation):
    """An augmentation that happens with probability p, item by item. It must keep an item's shape."""

    augmentation: Augmentation
    p: float = 0.5

    def __post_init__(self) -> None:
        _checked(self.augmentation, "RandomApply")
        if not 0 <= self.p <= 1:
            raise ValueError(f"p is a probability in [0, 1], got {self.p}")

    @property
    def name(self) -> str:
        """The name of what it applies."""
        return self.augmentation.name

    def draw(self, item: Any, rng: Stream) -> Params:
        """Whether it happens, and the params if so."""
        inner = rng.child(self.augmentation.name)
        applied = rng.bernoulli(self.p)
        if rng.many:
            return Applied(applied, Sparse(applied, self.augmentation.draw_batch(rows(item, applied), inner[applied])))
        return Applied(applied, self.augmentation.draw(item, inner) if applied else None)

    def sample(self, item: Any, rng: Stream) -> tuple[Any, Params]:
        """Samples what it applies once: a pipeline within has to apply its steps already to draw."""
        if not rng.bernoulli(self.p):
            return item, Applied(False, None)
        view, drawn = self.augmentation.sample(item, rng.child(self.augmentation.name))
        return view, Applied(True, drawn)

    def sample_batch(self, batch: Any, rng: Stream) -> tuple[Any, Params]:
        """Takes the items to which it happens out of the batch once, for draw and apply."""
        inner = rng.child(self.augmentation.name)
        applied = rng.bernoulli(self.p)
        views, drawn = self.augmentation.sample_batch(rows(batch, applied), inner[applied])
        return self._among(batch, applied, views), Applied(applied, Sparse(applied, drawn))

    @staticmethod
    def _among(batch: Any, applied: np.ndarray, views: Any) -> Any:
        """The batch with those items replaced by their views."""
        if applied.all():
            return views
        return with_rows(batch, applied, views) if applied.any() else batch

    def apply(self, item: Any, params: Params) -> Any:
        """The view, or the item as it is."""
        return self.augmentation.apply(item, params.params) if params.applied else item

    def apply_batch(self, batch: Any, params: Params) -> Any:
        """The views of those items to which it happens, among the others."""
        views = self.augmentation.apply_batch(rows(batch, params.applied), params.params.params)
        return self._among(batch, params.applied, views)


@dataclass(frozen=True)
class Chosen:
    """What `OneOf` drew: the position of the augmentation, and for each its params, None where it was not chosen.

    Batched: positions (B,), and for each a `Sparse`.
    """

    which: Any
    params: tuple[Params, ...]


@dataclass(frozen=True)
class OneOf(Augmentation):
    """One of several augmentations, chosen item by item. They must keep an item's shape.

    weights: relative, non-negative; equal by default.
    """

    augmentations: Sequence[Augmentation]
    weights: Sequence[float] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "augmentations", tuple(_checked(a, "OneOf") for a in self.augmentations))
        if not self.augmentations:
            raise ValueError("OneOf needs at least one augmentation, got none")
        if self.weights is not None:
            weights = tuple(float(w) for w in self.weights)
            if len(weights) != len(self.augmentations) or min(weights) < 0 or sum(weights) <= 0:
                raise ValueError(
                    f"OneOf needs {len(self.augmentations)} non-negative weights, not all zero; got {self.weights}"
                )
            object.__setattr__(self, "weights", weights)

    def _probabilities(self) -> np.ndarray | None:
        return None if self.weights is None else np.asarray(self.weights) / sum(self.weights)

    def _branches(self) -> Iterator[tuple[int, str, Augmentation]]:
        names: set[str] = set()
        for k, augmentation in enumerate(self.augmentations):
            name = _free_name(augmentation.name, names)
            names.add(name)
            yield k, name, augmentation

    def draw(self, item: Any, rng: Stream) -> Params:
        """Which one, and its params."""
        which = rng.choice(len(self.augmentations), p=self._probabilities())
        if not rng.many:
            drawn = (a.draw(item, rng.child(n)) if k == which else None for k, n, a in self._branches())
            return Chosen(which, tuple(drawn))
        parts = []
        for k, name, augmentation in self._branches():
            where = which == k
            parts.append(Sparse(where, augmentation.draw_batch(rows(item, where), rng.child(name)[where])))
        return Chosen(which, tuple(parts))

    def apply(self, item: Any, params: Params) -> Any:
        """The view by the chosen augmentation."""
        return self.augmentations[params.which].apply(item, params.params[params.which])

    def apply_batch(self, batch: Any, params: Params) -> Any:
        """The views, each by the augmentation chosen for it."""
        for augmentation, part in zip(self.augmentations, params.params, strict=True):
            if part.where.any():
                views = augmentation.apply_batch(rows(batch, part.where), part.params)
                batch = with_rows(batch, part.where, views)
        return batch
