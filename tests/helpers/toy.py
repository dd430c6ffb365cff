"""A small modality of number series, for the tests of samplers, loaders and methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

from pairgen.augmentation import Augmentation, Compose, RandomApply
from pairgen.modality import Modality, Recipe
from pairgen.random import Stream
from pairgen.registry import Registry


@dataclass(frozen=True)
class Scale(Augmentation):
    """Multiply by a factor; draws for and applies to batches too."""

    low: float = 0.5
    high: float = 2.0

    def draw(self, item: Any, rng: Stream) -> Any:
        return rng.uniform(self.low, self.high)

    def apply(self, item: torch.Tensor, params: float) -> torch.Tensor:
        return item * params

    def apply_batch(self, batch: torch.Tensor, params: np.ndarray) -> torch.Tensor:
        return batch * torch.from_numpy(params).to(batch.dtype)[:, None]


@dataclass(frozen=True)
class Shift(Augmentation):
    """Add a number; written as a third party would, for one item only."""

    by: float = 1.0

    def draw(self, item: Any, rng: Stream) -> float:
        return self.by if rng.uniform() < 0.5 else -self.by * rng.uniform()

    def apply(self, item: torch.Tensor, params: float) -> torch.Tensor:
        return item + params


@dataclass(frozen=True)
class Jitter(Augmentation):
    """Add noise: a random array, computed where the item lives."""

    sigma: float = 0.1

    def draw(self, item: Any, rng: Stream) -> Any:
        return rng.array()

    def apply(self, item: torch.Tensor, params: Any) -> torch.Tensor:
        return item + self.sigma * params.normal(item.shape, like=item).to(item.dtype)

    def apply_batch(self, batch: torch.Tensor, params: Any) -> torch.Tensor:
        return batch + self.sigma * params.normal(batch.shape[1:], like=batch).to(batch.dtype)


def whole(size: int = 4) -> Recipe:
    steps = Compose([Scale(), RandomApply(Shift(), p=0.5), Jitter()])
    return Recipe(steps, steps, double)


def double(batch: torch.Tensor) -> torch.Tensor:
    return batch.to(torch.float64)


class Series(Modality):
    name = "series"
    evaluation_recipe = "whole"

    def __init__(self) -> None:
        self._recipes: Registry[Callable[..., Recipe]] = Registry("recipe")
        self._recipes.register("whole", whole)

    @property
    def augmentations(self) -> Mapping[str, type[Augmentation]]:
        return {"Scale": Scale, "Shift": Shift, "Jitter": Jitter}

    @property
    def recipes(self) -> Registry[Callable[..., Recipe]]:
        return self._recipes

    @property
    def encoders(self) -> Registry[Callable[..., nn.Module]]:
        return Registry("encoder")

    def decode(self, item: Any) -> torch.Tensor:
        if not isinstance(item, torch.Tensor):
            raise TypeError(f"a series is a tensor, got {item!r}; convert it")
        if not item.isfinite().all():
            raise ValueError("a series must be finite; fill the gaps")
        return item

    def collate(self, views: Sequence[torch.Tensor]) -> torch.Tensor:
        return torch.stack(list(views))


class SeriesData(Dataset[Any]):
    """n series of four numbers, with labels; those of the indices `bad` are NaN."""

    def __init__(self, n: int, bad: frozenset[int] = frozenset()) -> None:
        self.n = n
        self.bad = bad

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
        if i >= self.n:
            raise IndexError(i)
        value = torch.arange(4, dtype=torch.float64) + i
        return (value * float("nan") if i in self.bad else value), i % 3
