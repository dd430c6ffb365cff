"""Bugs of randomness, purity, state and batches, planted in augmentations of float tensors (T,)."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from torch.utils.data import get_worker_info

from pairgen.augmentation import Augmentation
from pairgen.random import Stream
from pairgen.testing.spec import Tags
from tests.helpers.planted_bugs.base import PlantedBug


@dataclass(frozen=True)
class Gain(Augmentation):
    """Correct: multiply by a factor from [1, 1 + strength]."""

    strength: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 10:
            raise ValueError(f"strength lies in [0, 10], got {self.strength}")

    def draw(self, item: Any, rng: Stream) -> Any:
        return 1 + self.strength * rng.uniform()

    def apply(self, item: torch.Tensor, params: float) -> torch.Tensor:
        return item * params

    def apply_batch(self, batch: torch.Tensor, params: np.ndarray) -> torch.Tensor:
        return batch * torch.from_numpy(params).to(batch.dtype)[:, None]


class WrongFromTheNinth(Gain):
    """Leaves all items but the first eight as they are."""

    def apply_batch(self, batch: torch.Tensor, params: np.ndarray) -> torch.Tensor:
        return torch.cat([super().apply_batch(batch[:8], params[:8]), batch[8:]])


class ReadsTheGlobalState(Gain):
    def draw(self, item: Any, rng: Stream) -> Any:
        return super().draw(item, rng) + np.random.rand()  # noqa: NPY002


class SeedsTheGlobalState(Gain):
    def draw(self, item: Any, rng: Stream) -> Any:
        torch.manual_seed(0)
        return super().draw(item, rng)


class TakesFreshEntropy(Gain):
    def draw(self, item: Any, rng: Stream) -> Any:
        return super().draw(item, rng) + random.SystemRandom().random()


class IgnoresTheSeed(Gain):
    def draw(self, item: Any, rng: Stream) -> Any:
        return super().draw(item, Stream(0, index=rng.index))


class DrawsOnceForAll(Gain):
    def draw(self, item: Any, rng: Stream) -> Any:
        return super().draw(item, Stream(rng.seed, index=0 * np.asarray(rng.index) if rng.is_batched else 0))


class IgnoresTheView(Gain):
    def draw(self, item: Any, rng: Any) -> Any:
        return super().draw(item, Stream(rng.seed, index=rng.index))


class WritesIntoTheItem(Gain):
    def apply(self, item: torch.Tensor, params: float) -> torch.Tensor:
        return item.mul_(params)


class WritesIntoTheBatch(Gain):
    def apply_batch(self, batch: torch.Tensor, params: np.ndarray) -> torch.Tensor:
        return batch.mul_(torch.from_numpy(params).to(batch.dtype)[:, None])


@dataclass(frozen=True)
class DrawsInApply(Gain):
    """Like audiomentations' AddGaussianNoise: the first `apply` uses up what `draw` stored."""

    _left: list[float] = field(default_factory=list, compare=False)

    def draw(self, item: Any, rng: Stream) -> Any:
        self._left[:] = [rng.fold_in("rest").uniform()] if not rng.is_batched else []
        return super().draw(item, rng)

    def apply(self, item: torch.Tensor, params: float) -> torch.Tensor:
        return item * params + (self._left.pop() if self._left else 0.0)


@dataclass(frozen=True)
class Mixture(Augmentation):
    """Correct, with params that are an array: three weights."""

    def draw(self, item: Any, rng: Stream) -> Any:
        return rng.uniform(size=3)

    def apply(self, item: torch.Tensor, params: np.ndarray) -> torch.Tensor:
        return item * float(params.sum())


class WritesIntoTheParams(Mixture):
    def apply(self, item: torch.Tensor, params: np.ndarray) -> torch.Tensor:
        total = float(params.sum())
        params /= total
        return item * total


@dataclass(frozen=True)
class RemembersTheFirst(Gain):
    """Like PyGCL's diffusion, whose cache returns the first graph for every later one."""

    _cache: dict[Any, Any] = field(default_factory=dict, compare=False)

    def apply(self, item: torch.Tensor, params: float) -> torch.Tensor:
        kept = self._cache.setdefault("first", item.sum())
        return item * params + 0 * item + kept * (item.sum() != kept)


@dataclass(frozen=True)
class SharesScratch(Gain):
    """Like transforms that keep their draws in `self.parameters`."""

    _scratch: dict[str, float] = field(default_factory=dict, compare=False)

    def draw(self, item: Any, rng: Stream) -> Any:
        params = super().draw(item, rng)
        if not rng.is_batched:
            self._scratch["by"] = params
        return params

    def apply(self, item: torch.Tensor, params: float) -> torch.Tensor:
        time.sleep(1e-5)
        busy = threading.current_thread() is not threading.main_thread()
        return item * (self._scratch["by"] if busy else params)


_VIEWS: dict[Any, torch.Tensor] = {}


class KeepsEveryView(Gain):
    def apply(self, item: torch.Tensor, params: float) -> torch.Tensor:
        return _VIEWS.setdefault((params, tuple(item.tolist())), super().apply(item, params)).clone()


@dataclass(frozen=True)
class HoldsALambda(Gain):
    law: Any = field(default=lambda params: params, compare=False)

    def apply(self, item: torch.Tensor, params: float) -> torch.Tensor:
        return item * self.law(params)


class AsksTheWorker(Gain):
    """Like transforms that are seeded by the worker."""

    def draw(self, item: Any, rng: Stream) -> Any:
        worker = get_worker_info()
        return super().draw(item, rng) + (0 if worker is None else 1 + worker.id)


class OneDrawABatch(Gain):
    """Like torchvision on batches."""

    def apply_batch(self, batch: torch.Tensor, params: np.ndarray) -> torch.Tensor:
        return batch * float(params[0]) if len(batch) else batch


class SqueezesABatchOfOne(Gain):
    def apply_batch(self, batch: torch.Tensor, params: np.ndarray) -> torch.Tensor:
        return super().apply_batch(batch, params).squeeze(0)


class FailsOnAnEmptyBatch(Gain):
    def apply_batch(self, batch: torch.Tensor, params: np.ndarray) -> torch.Tensor:
        return super().apply_batch(batch, params) + 0 * float(params.max())


class WholeBatchesOnly(Gain):
    """Has one number for the batch beside those of the items, so that rows of its params are not params."""

    def draw(self, item: Any, rng: Stream) -> Any:
        by = super().draw(item, rng)
        return {"by": by, "count": np.array([len(by)])} if rng.is_batched else {"by": by}

    def apply(self, item: torch.Tensor, params: Any) -> torch.Tensor:
        return item * params["by"]

    def apply_batch(self, batch: torch.Tensor, params: Any) -> torch.Tensor:
        return super().apply_batch(batch, params["by"])


class AtMostThree(Gain):
    def apply_batch(self, batch: torch.Tensor, params: np.ndarray) -> torch.Tensor:
        if len(batch) == 3:
            raise RuntimeError("three items are not supported")
        return super().apply_batch(batch, params)


class TakesAnyStrength(Gain):
    def __post_init__(self) -> None:
        return


class ChangesAtZeroStrength(Gain):
    def draw(self, item: Any, rng: Stream) -> Any:
        return super().draw(item, rng) + 0.01


class TooStrong(Gain):
    def draw(self, item: Any, rng: Stream) -> Any:
        return 1 + 1.2 * self.strength * rng.uniform()


def bounds(gain: Gain, item: Any, params: Any, view: Any) -> str | None:
    return None if 1 <= params <= 1 + gain.strength else f"the factor is {params}, outside [1, {1 + gain.strength}]"


FLOATS = st.floats(-4, 4, width=32)
TAGS = Tags(
    identity_params={"strength": 0.0}, check_bounds=bounds, invalid_params=({"strength": -1.0}, {"strength": 11})
)
OPTIONS: dict[str, Any] = {
    "items": st.lists(FLOATS, min_size=1, max_size=6).map(torch.tensor),
    "batches": st.lists(st.tuples(FLOATS, FLOATS), min_size=1, max_size=4).map(torch.tensor),
    "tags": TAGS,
}
PLAIN = {**OPTIONS, "tags": Tags()}
CHECK_MUTATION: dict[str, Any] = {**OPTIONS, "checks": ["leaves_the_item_alone", "keeps_dtype"]}


def bug(broken: type, check: str, correct: Any = Gain, **options: Any) -> PlantedBug:
    return PlantedBug(broken(), correct(), check, {**OPTIONS, **options})


BUGS = [
    bug(ReadsTheGlobalState, "ignores_the_global_rng"),
    bug(SeedsTheGlobalState, "leaves_the_global_rng_alone"),
    bug(TakesFreshEntropy, "same_seed_same_view"),
    bug(IgnoresTheSeed, "other_seed_other_view"),
    bug(DrawsOnceForAll, "other_item_other_draw"),
    bug(IgnoresTheView, "other_view_other_draw"),
    bug(IgnoresTheView, "other_epoch_other_draw"),
    bug(WritesIntoTheItem, "leaves_the_item_alone"),
    bug(WritesIntoTheBatch, "leaves_the_batch_alone"),
    bug(DrawsInApply, "replays_from_params"),
    bug(WritesIntoTheParams, "leaves_the_params_alone", Mixture, tags=Tags()),
    bug(RemembersTheFirst, "keeps_no_state"),
    bug(SharesScratch, "same_in_threads"),
    bug(KeepsEveryView, "memory_stays_flat"),
    bug(HoldsALambda, "pickles"),
    bug(AsksTheWorker, "same_in_loader_workers"),
    bug(OneDrawABatch, "batch_equals_items"),
    bug(WrongFromTheNinth, "large_batch_equals_items"),
    bug(SqueezesABatchOfOne, "accepts_a_batch_of_one"),
    bug(FailsOnAnEmptyBatch, "accepts_an_empty_batch"),
    bug(WholeBatchesOnly, "params_select_rows", tags=Tags()),
    bug(AtMostThree, "accepts_every_batch"),
    bug(TakesAnyStrength, "rejects_invalid_params"),
    bug(ChangesAtZeroStrength, "identity_at_zero_strength"),
    bug(TooStrong, "stays_within_its_bounds"),
]
