"""Combine augmentations: one after the other, with a probability, or one of several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pairgen._validation import check_probability
from pairgen.augmentation.base import Augmentation, Batch, Item
from pairgen.augmentation.params import MaskedParams, Params
from pairgen.batch import put, take
from pairgen.random import Integers, Stream

__all__ = ["Compose", "OneOf", "OneOfParams", "RandomApply", "RandomApplyParams"]

Step = Augmentation | tuple[str, Augmentation]
"""A step of a pipeline: an augmentation, or a tuple (name, augmentation)."""


def _check_augmentation(augmentation: object, container: str) -> Augmentation:
    if not isinstance(augmentation, Augmentation):
        raise TypeError(
            f"{container} takes augmentations, got {augmentation!r} of type {type(augmentation).__name__}; "
            "derive it from pairgen.augmentation.Augmentation"
        )
    return augmentation


@dataclass(frozen=True)
class Compose(Augmentation[Item, tuple[Params, ...]]):
    """Apply augmentations one after the other.

    Each step has a random stream of its own, keyed by its name in the pipeline. So adding, removing or reordering
    steps of different names does not change the draws of the others.

    Args:
        steps: Augmentations, or tuples (name, augmentation). Without a name, a step is named after its class in snake
            case, with `_2`, `_3` for repetitions. After construction `steps` holds (name, augmentation) tuples.

    Raises:
        TypeError: A step is no augmentation.
        ValueError: A name is given twice.

    Example:
        ```python
        views = Compose([RandomResizedCrop(32), RandomApply(ColorJitter(0.4, 0.4, 0.4, 0.1), p=0.8)])
        [name for name, _ in views.steps]  # ["random_resized_crop", "color_jitter"]
        ```
    """

    steps: Sequence[Step]

    def __post_init__(self) -> None:
        given = [step[0] for step in self.steps if isinstance(step, tuple)]
        named: dict[str, Augmentation] = {}
        for step in self.steps:
            name, augmentation = step if isinstance(step, tuple) else (None, step)
            _check_augmentation(augmentation, "Compose")
            if name is None:
                name = _free_name(augmentation.name, {*named, *given})
            elif name in named:
                raise ValueError(f"two steps are called {name!r}; give each its own name, which keys its draws")
            named[name] = augmentation
        object.__setattr__(self, "steps", tuple(named.items()))

    def _named(self) -> Iterator[tuple[str, Augmentation]]:
        for step in self.steps:
            if isinstance(step, tuple):
                yield step

    def draw(self, item: Item, rng: Stream) -> tuple[Params, ...]:
        """Draw the params of each step, and apply the step, as the next one draws for its result."""
        return (self.sample_batch if rng.is_batched else self.sample)(item, rng)[1]

    def apply(self, item: Item, params: tuple[Params, ...]) -> Item:
        """Apply each step in turn."""
        for (_, step), step_params in zip(self._named(), params, strict=True):
            item = step.apply(item, step_params)
        return item

    def apply_batch(self, batch: Batch, params: tuple[Params, ...]) -> Batch:
        """Apply each step in turn to the whole batch."""
        for (_, step), step_params in zip(self._named(), params, strict=True):
            batch = step.apply_batch(batch, step_params)
        return batch

    def sample(self, item: Item, rng: Stream) -> tuple[Item, tuple[Params, ...]]:
        """Draw and apply step by step, each once."""
        params = []
        for name, step in self._named():
            item, step_params = step.sample(item, rng.fold_in(name))
            params.append(step_params)
        return item, tuple(params)

    def sample_batch(self, batch: Batch, rng: Stream) -> tuple[Batch, tuple[Params, ...]]:
        """Draw and apply step by step, each once, for the whole batch."""
        params = []
        for name, step in self._named():
            batch, step_params = step.sample_batch(batch, rng.fold_in(name))
            params.append(step_params)
        return batch, tuple(params)


def _free_name(name: str, taken: set[str]) -> str:
    count, free = 1, name
    while free in taken:
        count += 1
        free = f"{name}_{count}"
    return free


@dataclass(frozen=True)
class RandomApplyParams:
    """Params of `RandomApply`.

    Args:
        applied: Whether the augmentation is applied; bool (B,) for a batch.
        params: Its params if so, else None; a `MaskedParams` for a batch.
    """

    applied: bool | np.ndarray
    params: Params


@dataclass(frozen=True)
class RandomApply(Augmentation[Item, RandomApplyParams]):
    """Apply an augmentation with probability p, independently for each item.

    Args:
        augmentation: The augmentation; for batches it must keep the shape of an item.
        p: Probability in [0, 1].

    Raises:
        TypeError: `augmentation` is no augmentation, or p no number.
        ValueError: p lies outside [0, 1].
    """

    augmentation: Augmentation
    p: float = 0.5

    def __post_init__(self) -> None:
        _check_augmentation(self.augmentation, "RandomApply")
        check_probability("p", self.p)

    @property
    def name(self) -> str:
        """Name of the augmentation that it applies."""
        return self.augmentation.name

    def draw(self, item: Item, rng: Stream) -> RandomApplyParams:
        """Draw whether the augmentation is applied, and its params if so."""
        inner = rng.fold_in(self.augmentation.name)
        applied = rng.bernoulli(self.p)
        if rng.is_batched:
            params = self.augmentation.draw_batch(take(item, applied), inner[applied])
            return RandomApplyParams(applied, MaskedParams(applied, params))
        return RandomApplyParams(applied, self.augmentation.draw(item, inner) if applied else None)

    def sample(self, item: Item, rng: Stream) -> tuple[Item, RandomApplyParams]:
        """Draw and apply the augmentation once: a pipeline within it applies its steps to draw."""
        if not rng.bernoulli(self.p):
            return item, RandomApplyParams(False, None)
        view, params = self.augmentation.sample(item, rng.fold_in(self.augmentation.name))
        return view, RandomApplyParams(True, params)

    def sample_batch(self, batch: Batch, rng: Stream) -> tuple[Batch, RandomApplyParams]:
        """Draw and apply for those items of the batch that are changed, taken out of it once."""
        inner = rng.fold_in(self.augmentation.name)
        applied = rng.bernoulli(self.p)
        views, params = self.augmentation.sample_batch(take(batch, applied), inner[applied])
        return self._merge(batch, applied, views), RandomApplyParams(applied, MaskedParams(applied, params))

    @staticmethod
    def _merge(batch: Batch, applied: np.ndarray, views: Batch) -> Batch:
        if applied.all():
            return views
        return put(batch, applied, views) if applied.any() else batch

    def apply(self, item: Item, params: RandomApplyParams) -> Item:
        """Return the view, or the item as it is."""
        view: Item = self.augmentation.apply(item, params.params) if params.applied else item
        return view

    def apply_batch(self, batch: Batch, params: RandomApplyParams) -> Batch:
        """Return the batch in which the chosen items are replaced by their views."""
        applied = np.asarray(params.applied)
        views: Batch = self.augmentation.apply_batch(take(batch, applied), params.params.params)
        return self._merge(batch, applied, views)


@dataclass(frozen=True)
class OneOfParams:
    """Params of `OneOf`.

    Args:
        which: Position of the chosen augmentation; int64 (B,) for a batch.
        params: For each augmentation its params, None where it was not chosen; `MaskedParams` for a batch.
    """

    which: Integers
    params: tuple[Params, ...]


@dataclass(frozen=True)
class OneOf(Augmentation[Item, OneOfParams]):
    """Apply one of several augmentations, chosen independently for each item.

    Args:
        augmentations: At least one; for batches they must keep the shape of an item.
        weights: Relative weight of each, non-negative and not all zero; equal if None.

    Raises:
        TypeError: An augmentation is none.
        ValueError: There are no augmentations, or the weights do not fit them.
    """

    augmentations: Sequence[Augmentation]
    weights: Sequence[float] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "augmentations", tuple(_check_augmentation(a, "OneOf") for a in self.augmentations))
        if not self.augmentations:
            raise ValueError("OneOf needs at least one augmentation, got none")
        if self.weights is not None:
            weights = tuple(float(weight) for weight in self.weights)
            valid = np.isfinite(weights).all() and min(weights, default=-1) >= 0 and sum(weights) > 0
            if len(weights) != len(self.augmentations) or not valid:
                raise ValueError(
                    f"OneOf needs {len(self.augmentations)} non-negative weights, not all zero; got {self.weights}"
                )
            object.__setattr__(self, "weights", weights)

    def _probabilities(self) -> np.ndarray | None:
        return None if self.weights is None else np.asarray(self.weights) / sum(self.weights)

    def _branches(self) -> Iterator[tuple[int, str, Augmentation]]:
        names: set[str] = set()
        for position, augmentation in enumerate(self.augmentations):
            name = _free_name(augmentation.name, names)
            names.add(name)
            yield position, name, augmentation

    def draw(self, item: Item, rng: Stream) -> OneOfParams:
        """Draw which augmentation is applied, and its params."""
        which = rng.choice(len(self.augmentations), p=self._probabilities())
        if not rng.is_batched:
            drawn = (a.draw(item, rng.fold_in(name)) if k == which else None for k, name, a in self._branches())
            return OneOfParams(which, tuple(drawn))
        parts = []
        for k, name, augmentation in self._branches():
            where = which == k
            parts.append(MaskedParams(where, augmentation.draw_batch(take(item, where), rng.fold_in(name)[where])))
        return OneOfParams(which, tuple(parts))

    def apply(self, item: Item, params: OneOfParams) -> Item:
        """Return the view by the chosen augmentation."""
        which = int(params.which)
        view: Item = self.augmentations[which].apply(item, params.params[which])
        return view

    def apply_batch(self, batch: Batch, params: OneOfParams) -> Batch:
        """Return the views, each by the augmentation chosen for its item."""
        for augmentation, part in zip(self.augmentations, params.params, strict=True):
            if part.where.any():
                views = augmentation.apply_batch(take(batch, part.where), part.params)
                batch = put(batch, part.where, views)
        return batch
