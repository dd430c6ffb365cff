"""Bugs of time series with missing values, planted in an augmentation of arrays (T, C)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from pairgen.augmentation import Augmentation
from pairgen.random import Stream
from pairgen.testing.spec import Tags
from tests.helpers.planted_bugs.base import PlantedBug


@dataclass(frozen=True)
class Permute(Augmentation):
    """Correct: cut into `pieces` and shuffle them, all channels alike; missing values stay missing."""

    pieces: int = 3

    def draw(self, item: np.ndarray, rng: Stream) -> Any:
        return tuple(int(i) for i in rng.permutation(self.pieces))

    def apply(self, item: np.ndarray, params: Any) -> np.ndarray:
        parts = np.array_split(np.arange(len(item)), self.pieces)
        return item[np.concatenate([parts[i] for i in params])]


class FillsTheGaps(Permute):
    def apply(self, item: np.ndarray, params: Any) -> np.ndarray:
        return np.nan_to_num(super().apply(item, params))


class CopiesTheFirstChannel(Permute):
    """Like TS-TCC's code, which copies channel 0 into all."""

    def apply(self, item: np.ndarray, params: Any) -> np.ndarray:
        view = super().apply(item, params)
        return np.repeat(view[:, :1], view.shape[1], axis=1)


class WidensToDoubles(Permute):
    def apply(self, item: np.ndarray, params: Any) -> np.ndarray:
        return super().apply(item, params) * np.ones(1)


class ReturnsAView(Permute):
    """Returns the item itself, written to."""

    def apply(self, item: np.ndarray, params: Any) -> np.ndarray:
        item[:] = super().apply(item, params)
        return item


VALUES = st.sampled_from([0.0, 1.0, -2.0, float("nan")])


def _series(values: list[float], channels: int) -> np.ndarray:
    one = np.array(values, dtype=np.float32)[:, None]
    return one * np.arange(1, channels + 1, dtype=np.float32)


SERIES = st.builds(_series, st.lists(VALUES, min_size=1, max_size=9), st.integers(1, 2))
OPTIONS = {"items": SERIES, "tags": Tags(identity_params={"pieces": 1})}

BUGS = [
    PlantedBug(FillsTheGaps(), Permute(), "identity_at_zero_strength", OPTIONS),
    PlantedBug(CopiesTheFirstChannel(), Permute(), "identity_at_zero_strength", OPTIONS),
    PlantedBug(WidensToDoubles(), Permute(), "keeps_dtype", OPTIONS),
    PlantedBug(ReturnsAView(), Permute(), "leaves_the_item_alone", OPTIONS),
]
