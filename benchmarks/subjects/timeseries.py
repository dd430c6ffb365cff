"""Subject `timeseries`: what it costs to augment batches of series, on one thread, against tsaug."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from benchmarks.harness.rates import Case, Group, RateSubject, Work
from pairgen.augmentation import Augmentation
from pairgen.modalities.timeseries import Jitter, RandomCrop, TimeWarp, WindowSlice
from pairgen.modalities.timeseries.batch.collate import check_batch
from pairgen.pairs import PairSampler
from pairgen.random import Stream


class TimeSeries(RateSubject):
    """The subject that the module describes."""

    name = "timeseries"
    title = "Time series: batches augmented on one thread"
    threads = 1
    peers = ("tsaug",)
    distributions = ("tsaug", "torch", "numpy", "scipy")

    def groups(self, quick: bool) -> Sequence[Group]:
        """Against tsaug at one size; then pairgen alone, more series and longer ones."""
        shape = (20, 50, 3) if quick else (1000, 500, 3)
        half = shape[1] // 2
        against: list[tuple[str, Augmentation, Callable[[Any], Any], str]] = [
            ("Jitter", Jitter(0.1), lambda t: t.AddNoise(scale=0.1), "AddNoise"),
            ("Time warp", TimeWarp(0.2, 3), lambda t: t.TimeWarp(n_speed_change=5, max_speed_ratio=2), "TimeWarp"),
            ("Crop to half", RandomCrop(half), lambda t: t.Crop(size=half), "Crop"),
            (
                "Crop to half, stretched back",
                WindowSlice(0.5),
                lambda t: t.Crop(size=half, resize=shape[1]),
                "Crop(resize=...)",
            ),
        ]
        groups = [_against(title, own, peer, name, shape) for title, own, peer, name in against]
        return [*groups, _pairs(shape), *_scaling(quick)]


def _values(shape: tuple[int, int, int]) -> np.ndarray:
    """float32 (N, T, C): random walks."""
    return np.random.default_rng(0).normal(size=shape).cumsum(axis=1).astype(np.float32)


def _against(
    title: str, own: Augmentation, peer: Callable[[Any], Any], name: str, shape: tuple[int, int, int]
) -> Group:
    values = _values(shape)

    def peer_work() -> Work:
        import tsaug

        transform = peer(tsaug)
        return lambda: transform.augment(values)

    return Group(
        f"{title}, a batch of {shape}",
        "items",
        (
            Case(own.name, "pairgen", lambda: _augmenting(own, values), shape[0]),
            Case(name, "tsaug", peer_work, shape[0]),
        ),
        "float32 in both; pairgen's draws are keyed by series and make the same view alone.",
    )


def _augmenting(augmentation: Augmentation, values: np.ndarray) -> Work:
    batch = check_batch(torch.from_numpy(values))
    index = np.arange(len(values))
    return lambda: augmentation.sample_batch(batch, Stream(0, index=index))


def _pairs(shape: tuple[int, int, int]) -> Group:
    values = torch.from_numpy(_values(shape))

    def pairs(recipe: str) -> Callable[[], Work]:
        def setup() -> Work:
            sampler = PairSampler("timeseries", recipe=recipe)
            return lambda: sampler.augment(values, np.arange(len(values)))

        return setup

    return Group(
        f"Recipes, a batch of {shape}",
        "pairs",
        tuple(Case(recipe, "pairgen", pairs(recipe), shape[0]) for recipe in ("ts2vec", "ts-tcc", "jitter-scale")),
        "Both views, checked, augmented and finished.",
    )


def _scaling(quick: bool) -> list[Group]:
    """Rates in values a second: equal rates mean that time grows with the number of values and no faster."""
    unit = 10 if quick else 250
    more = [(unit * factor, 500, 3) for factor in (1, 4, 16)]
    longer = [(unit, 500 * factor, 3) for factor in (1, 4, 16)]
    return [_sizes(title, shapes) for title, shapes in (("More series", more), ("Longer series", longer))]


def _sizes(title: str, shapes: Sequence[tuple[int, int, int]]) -> Group:
    steps: tuple[Augmentation, ...] = (TimeWarp(), Jitter())
    cases = [
        Case(f"{step.name} {shape}", "pairgen", lambda step=step, shape=shape: _augmenting(step, _values(shape)), size)  # type: ignore[misc]
        for step in steps
        for shape in shapes
        for size in [int(np.prod(shape)) // 1000]
    ]
    return Group(f"{title}: is time linear?", "thousand values", tuple(cases), "Equal rates mean linear time.")


SUBJECT = TimeSeries()
