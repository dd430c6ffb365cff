"""The named pipelines for time series.

All recipes take `layout` ("CT" where arrays of two axes are (C, T)), `length` (series longer than that are cut to so
many steps at a random place, the same for both views; for evaluation they stay whole), `normalize` (bring each channel
of each series to mean 0 and deviation 1 first), and `mean` and `std` of the data (numbers, or one a channel).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pairgen.augmentation import Augmentation, Compose
from pairgen.modalities.timeseries.augmentations import (
    Jitter,
    Normalize,
    OverlapCrop,
    Permutation,
    RandomCrop,
    Scaling,
    TimestampMask,
)
from pairgen.modalities.timeseries.batch.collate import ToModelInput
from pairgen.modalities.timeseries.io.codec import Layout, SeriesCodec
from pairgen.modality import Recipe

__all__ = ["evaluation", "jitter_scale", "ts2vec", "ts_tcc"]


Statistic = float | tuple[float, ...] | None


def _recipe(
    first: Sequence[Augmentation],
    second: Sequence[Augmentation],
    layout: Layout,
    length: int | None,
    normalize: bool,
    statistics: tuple[Statistic, Statistic],
) -> Recipe:
    common: list[Any] = [Normalize()] if normalize else []
    common += [] if length is None else [RandomCrop(length)]
    shared = Compose(common) if common else None
    return Recipe(Compose(first), Compose(second), ToModelInput(*statistics), SeriesCodec(layout), shared)


def ts2vec(
    layout: Layout = "TC",
    length: int | None = None,
    normalize: bool = False,
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
    return _recipe(views[0], views[1], layout, length, normalize, (mean, std))


def ts_tcc(
    layout: Layout = "TC",
    length: int | None = None,
    normalize: bool = False,
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
    return _recipe(weak, strong, layout, length, normalize, (mean, std))


def jitter_scale(
    layout: Layout = "TC",
    length: int | None = None,
    normalize: bool = False,
    mean: Statistic = None,
    std: Statistic = None,
) -> Recipe:
    """Jitter and scale a series mildly (Um et al. 2017), as for an LSTM that detects anomalies in windows of 50 steps."""
    view: list[Augmentation] = [Scaling(0.1), Jitter(0.1)]
    return _recipe(view, view, layout, length, normalize, (mean, std))


def evaluation(layout: Layout = "TC", normalize: bool = False, mean: Statistic = None, std: Statistic = None) -> Recipe:
    """No randomness, for evaluation: whole series."""
    return _recipe([], [], layout, None, normalize, (mean, std))
