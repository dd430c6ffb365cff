"""Combine augmentations: one after the other, with a probability, or one of several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pairgen.augmentation.base import Augmentation
from pairgen.augmentation.params import MaskedParams, Params
from pairgen.batch import put, take
from pairgen.random import Stream

__all__ = ["Compose", "OneOf", "OneOfParams", "RandomApply", "RandomApplyParams"]


def _checked(augmentation: Any, where: str) -> Augmentation:
    if not isinstance(augmentation, Augmentation):
        raise TypeError(
            f"{where} takes augmentations, got {augmentation!r} of type {type(augmentation).__name__}; "
            "derive it from pairgen.augmentation.base.Augmentation"
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
        return (self.sample_batch if rng.is_batched else self.sample)(item, rng)[1]

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
            item, drawn = step.sample(item, rng.fold_in(name))
            params.append(drawn)
        return item, tuple(params)

    def sample_batch(self, batch: Any, rng: Stream) -> tuple[Any, Params]:
        """Draws and applies step by step, each once, on the whole batch."""
        params = []
        for name, step in self._named():
            batch, drawn = step.sample_batch(batch, rng.fold_in(name))
            params.append(drawn)
        return batch, tuple(params)


def _free_name(name: str, taken: set[str]) -> str:
    count, free = 1, name
    while free in taken:
        count += 1
        free = f"{name}_{count}"
    return free


@dataclass(frozen=True)
class RandomApplyParams:
    """What `RandomApply` drew: whether it happens, and the params if so; batched, bool (B,) and a `MaskedParams`."""

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
        inner = rng.fold_in(self.augmentation.name)
        applied = rng.bernoulli(self.p)
        if rng.is_batched:
            return RandomApplyParams(
                applied, MaskedParams(applied, self.augmentation.draw_batch(take(item, applied), inner[applied]))
            )
        return RandomApplyParams(applied, self.augmentation.draw(item, inner) if applied else None)

    def sample(self, item: Any, rng: Stream) -> tuple[Any, Params]:
        """Samples what it applies once: a pipeline within has to apply its steps already to draw."""
        if not rng.bernoulli(self.p):
            return item, RandomApplyParams(False, None)
        view, drawn = self.augmentation.sample(item, rng.fold_in(self.augmentation.name))
        return view, RandomApplyParams(True, drawn)

    def sample_batch(self, batch: Any, rng: Stream) -> tuple[Any, Params]:
        """Takes the items to which it happens out of the batch once, for draw and apply."""
        inner = rng.fold_in(self.augmentation.name)
        applied = rng.bernoulli(self.p)
        views, drawn = self.augmentation.sample_batch(take(batch, applied), inner[applied])
        return self._among(batch, applied, views), RandomApplyParams(applied, MaskedParams(applied, drawn))

    @staticmethod
    def _among(batch: Any, applied: np.ndarray, views: Any) -> Any:
        """The batch with those items replaced by their views."""
        if applied.all():
            return views
        return put(batch, applied, views) if applied.any() else batch

    def apply(self, item: Any, params: Params) -> Any:
        """The view, or the item as it is."""
        return self.augmentation.apply(item, params.params) if params.applied else item

    def apply_batch(self, batch: Any, params: Params) -> Any:
        """The views of those items to which it happens, among the others."""
        views = self.augmentation.apply_batch(take(batch, params.applied), params.params.params)
        return self._among(batch, params.applied, views)


@dataclass(frozen=True)
class OneOfParams:
    """What `OneOf` drew: the position of the augmentation, and for each its params, None where it was not chosen.

    Batched: positions (B,), and for each a `MaskedParams`.
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
        if not rng.is_batched:
            drawn = (a.draw(item, rng.fold_in(n)) if k == which else None for k, n, a in self._branches())
            return OneOfParams(which, tuple(drawn))
        parts = []
        for k, name, augmentation in self._branches():
            where = which == k
            parts.append(MaskedParams(where, augmentation.draw_batch(take(item, where), rng.fold_in(name)[where])))
        return OneOfParams(which, tuple(parts))

    def apply(self, item: Any, params: Params) -> Any:
        """The view by the chosen augmentation."""
        return self.augmentations[params.which].apply(item, params.params[params.which])

    def apply_batch(self, batch: Any, params: Params) -> Any:
        """The views, each by the augmentation chosen for it."""
        for augmentation, part in zip(self.augmentations, params.params, strict=True):
            if part.where.any():
                views = augmentation.apply_batch(take(batch, part.where), part.params)
                batch = put(batch, part.where, views)
        return batch
