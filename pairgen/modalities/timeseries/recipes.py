"""The named pipelines for time series.

All recipes take `layout` ("CT" where arrays of two axes are (C, T)), `length` (series longer than that are cut to so
many steps at a random place, the same for both views; for evaluation they stay whole), `normalise` (bring each channel
of each series to mean 0 and deviation 1 first), and `mean` and `std` of the data (numbers, or one a channel).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pairgen.augmentation import Augmentation, Compose
from pairgen.modalities.timeseries.augmentations import (
    Jitter,
    Normalise,
    OverlapCrop,
    Permutation,
    RandomCrop,
    Scaling,
    TimestampMask,
)
from pairgen.modalities.timeseries.collation import Finish
from pairgen.modalities.timeseries.door import SeriesDoor
from pairgen.modalities.timeseries.items import Layout
from pairgen.plugin import Recipe
from pairgen.registry import Registry

__all__ = ["RECIPES"]

RECIPES: Registry[Callable[..., Recipe]] = Registry("time-series recipe")

Statistic = float | tuple[float, ...] | None


def _recipe(
    first: Sequence[Augmentation],
    second: Sequence[Augmentation],
    layout: Layout,
    length: int | None,
    normalise: bool,
    statistics: tuple[Statistic, Statistic],
) -> Recipe:
    common: list[Any] = [Normalise()] if normalise else []
    common += [] if length is None else [RandomCrop(length)]
    shared = Compose(common) if common else None
    return Recipe(Compose(first), Compose(second), Finish(*statistics), SeriesDoor(layout), shared)


@RECIPES.register("ts2vec")
def ts2vec(
    layout: Layout = "TC",
    length: int | None = None,
    normalise: bool = False,
    mean: Statistic = None,
    std: Statistic = None,
    *,
    mask: float = 0.5,
    least: int = 2,
) -> Recipe:
    """Yue et al. 2022: two crops that overlap, each with half of its timestamps masked. For the method TS2Vec.

    mask: probability of a timestamp to be masked. least: the fewest steps of the overlap.
    """
    views = [[OverlapCrop("first", least), TimestampMask(mask)], [OverlapCrop("second", least), TimestampMask(mask)]]
    return _recipe(views[0], views[1], layout, length, normalise, (mean, std))


@RECIPES.register("ts-tcc")
def ts_tcc(
    layout: Layout = "TC",
    length: int | None = None,
    normalise: bool = False,
    mean: Statistic = None,
    std: Statistic = None,
    *,
    scaling: float = 0.1,
    jitter: float = 0.2,
    pieces: tuple[int, int] = (2, 5),
) -> Recipe:
    """Eldele et al. 2021, TS-TCC: a weak view, scaled and jittered, and a strong one, permuted and jittered.

    scaling, jitter: in units of the series' scale. The published code scales by 2 in the mean, not 1, and copies one
    channel into all when it permutes; this does neither.
    """
    weak = [Scaling(scaling), Jitter(jitter)]
    strong = [Permutation((int(pieces[0]), int(pieces[1]))), Jitter(jitter)]
    return _recipe(weak, strong, layout, length, normalise, (mean, std))


@RECIPES.register("slides")
def slides(
    layout: Layout = "TC",
    length: int | None = None,
    normalise: bool = False,
    mean: Statistic = None,
    std: Statistic = None,
) -> Recipe:
    """For the slides' detector of anomalies, an LSTM on windows of 50 steps: jittered and scaled windows.

    The slides leave the training out, and so say nothing of views; these are the usual mild ones, Um et al. 2017.
    """
    view: list[Augmentation] = [Scaling(0.1), Jitter(0.1)]
    return _recipe(view, view, layout, length, normalise, (mean, std))


@RECIPES.register("none")
def none(layout: Layout = "TC", normalise: bool = False, mean: Statistic = None, std: Statistic = None) -> Recipe:
    """No randomness, for evaluation: whole series."""
    return _recipe([], [], layout, None, normalise, (mean, std))
