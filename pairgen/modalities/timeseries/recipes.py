"""The named recipes for time series.

Options that several recipes take:

| option | what it does |
|---|---|
| `layout` | "TC" where arrays, tensors and lists of two axes are (T, C), "CT" where they are (C, T) |
| `length` | number of steps to which longer series are cut, at one random position for both views; None for none |
| `normalize` | whether each channel of each series is standardized to mean 0 and standard deviation 1 first |
| `mean`, `std` | statistics by which views are standardized for the encoder: numbers, or one a channel; None for none |
"""

from __future__ import annotations

from collections.abc import Sequence

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
    steps: list[Augmentation] = [Normalize()] if normalize else []
    steps += [] if length is None else [RandomCrop(length)]
    shared = Compose(steps) if steps else None
    return Recipe(Compose(first), Compose(second), ToModelInput(*statistics), SeriesCodec(layout), shared)


def ts2vec(
    layout: Layout = "TC",
    length: int | None = None,
    normalize: bool = False,
    mean: Statistic = None,
    std: Statistic = None,
    *,
    mask_p: float = 0.5,
    min_overlap: int = 2,
) -> Recipe:
    """Make two crops that overlap, each with masked timestamps (Yue et al. 2022), for the method TS2Vec.

    Args:
        layout: Axes of the items.
        length: Number of steps to which longer series are cut.
        normalize: Whether each series is standardized first.
        mean: Of the data, subtracted for the encoder.
        std: Of the data, divided by for the encoder.
        mask_p: Probability of each timestamp to be masked, in [0, 1].
        min_overlap: Smallest number of steps of the overlap, at least 1.
    """
    mask = TimestampMask(mask_p)
    first: list[Augmentation] = [OverlapCrop("first", min_overlap), mask]
    second: list[Augmentation] = [OverlapCrop("second", min_overlap), mask]
    return _recipe(first, second, layout, length, normalize, (mean, std))


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
    """Make a weak view, scaled and jittered, and a strong one, permuted and jittered (Eldele et al. 2021, TS-TCC).

    The published code scales by 2 in the mean, not 1, and copies one channel into all when it permutes; this does
    neither.

    Args:
        layout: Axes of the items.
        length: Number of steps to which longer series are cut.
        normalize: Whether each series is standardized first.
        mean: Of the data, subtracted for the encoder.
        std: Of the data, divided by for the encoder.
        scaling: Standard deviation of the factor of a channel, in [0, 1].
        jitter: Standard deviation of the noise, in units of that of the channel, in [0, 10].
        pieces: Smallest and largest number of pieces of the strong view.
    """
    weak: list[Augmentation] = [Scaling(scaling), Jitter(jitter)]
    strong: list[Augmentation] = [Permutation((int(pieces[0]), int(pieces[1]))), Jitter(jitter)]
    return _recipe(weak, strong, layout, length, normalize, (mean, std))


def jitter_scale(
    layout: Layout = "TC",
    length: int | None = None,
    normalize: bool = False,
    mean: Statistic = None,
    std: Statistic = None,
) -> Recipe:
    """Scale and jitter a series mildly (Um et al. 2017), as for an LSTM that detects anomalies in windows of 50 steps.

    Args:
        layout: Axes of the items.
        length: Number of steps to which longer series are cut.
        normalize: Whether each series is standardized first.
        mean: Of the data, subtracted for the encoder.
        std: Of the data, divided by for the encoder.
    """
    view: list[Augmentation] = [Scaling(0.1), Jitter(0.1)]
    return _recipe(view, view, layout, length, normalize, (mean, std))


def evaluation(layout: Layout = "TC", normalize: bool = False, mean: Statistic = None, std: Statistic = None) -> Recipe:
    """Leave series whole and without randomness, for evaluation.

    Args:
        layout: Axes of the items.
        normalize: Whether each series is standardized first.
        mean: Of the data, subtracted for the encoder.
        std: Of the data, divided by for the encoder.
    """
    return _recipe([], [], layout, None, normalize, (mean, std))
