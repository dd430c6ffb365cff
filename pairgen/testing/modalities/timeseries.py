"""Time series for the property-testing kit: Hypothesis strategies of items and batches, and the augmentations' tags.

Needs hypothesis (the extra `testing`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from hypothesis import strategies as st

from pairgen.batch import pad
from pairgen.modalities.timeseries.augmentations import OverlapCrop, Permutation, SeriesAugmentation
from pairgen.modalities.timeseries.augmentations.crops import CropParams, OverlapCropParams
from pairgen.modalities.timeseries.augmentations.time import PermutationParams
from pairgen.modalities.timeseries.batch.segments import Segment, Segments
from pairgen.modalities.timeseries.io.codec import SeriesItem, decode_series
from pairgen.testing.spec import TOLERANCE, CheckSpec, Forms, Tags

__all__ = ["ITEM_TYPES", "PATTERNS", "as_item", "batches", "check_spec", "items", "series"]

Values: TypeAlias = npt.NDArray[np.float64]

ITEM_TYPES = (
    "array-float32",
    "array-float64",
    "array-float16",
    "array-int32",
    "tensor-float32",
    "tensor-float64",
    "tensor-bfloat16",
    "tensor-int16",
    "list",
    "segment",
)
"""The types of the items that `items` makes, with the dtype of arrays and tensors."""

PATTERNS = ("constant", "walk", "wave", "noise", "gaps")
"""The courses of the series that `series` makes."""


@st.composite
def series(
    draw: st.DrawFn,
    max_steps: int = 30,
    channels: tuple[int, ...] = (1, 2, 3),
    min_steps: int = 1,
    patterns: tuple[str, ...] = PATTERNS,
) -> Values:
    """Draw float64 (T, C): constant, a random walk, a wave, noise, or noise of which a third is missing.

    Args:
        draw: Passed by Hypothesis.
        max_steps: Largest T.
        channels: Choices of C.
        min_steps: Smallest T.
        patterns: Choices of `PATTERNS`.
    """
    steps, count = draw(st.integers(min_steps, max_steps)), draw(st.sampled_from(channels))
    pattern = draw(st.sampled_from(patterns))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    level, spread = draw(st.sampled_from([0.0, 40.0])), draw(st.sampled_from([1.0, 5.0]))
    noise = rng.normal(size=(steps, count))
    courses = {
        "constant": np.zeros((steps, count)),
        "walk": noise.cumsum(axis=0),
        "wave": np.sin(np.arange(steps)[:, None] / rng.uniform(1, 9, count)),
    }
    course = courses.get(pattern, noise)
    if pattern == "gaps":
        missing = rng.random((steps, count)) < 1 / 3
        missing[rng.integers(steps)] = False  # a series has at least one value
        course = np.where(missing, np.nan, course)
    return level + spread * course


def as_item(values: Values, item_type: str, flat: bool = False) -> SeriesItem:
    """Return a series (T, C) as an item.

    Args:
        values: The series; a missing value becomes 0 in an item of integers.
        item_type: One of `ITEM_TYPES`.
        flat: Whether a series of one channel becomes (T,).
    """
    container, _, dtype = item_type.partition("-")
    shaped = values[:, 0] if flat and values.shape[1] == 1 else values
    if container == "segment":
        return Segment(torch.from_numpy(values.copy()), start=3)
    if container == "list":
        listed: list[float] = shaped.tolist()
        return listed
    if dtype.startswith("int"):
        shaped = np.rint(np.nan_to_num(shaped)).astype(dtype)
    if container == "array":
        return shaped.astype(dtype)
    return torch.from_numpy(shaped.copy()).to(getattr(torch, dtype))


@st.composite
def items(
    draw: st.DrawFn,
    item_types: tuple[str, ...] = ITEM_TYPES,
    max_steps: int = 30,
    channels: tuple[int, ...] = (1, 2, 3),
    min_steps: int = 1,
    patterns: tuple[str, ...] = PATTERNS,
) -> SeriesItem:
    """Draw items of every type, one-step and constant ones and ones with missing values included.

    Args:
        draw: Passed by Hypothesis.
        item_types: Choices of `ITEM_TYPES`.
        max_steps: Largest number of steps.
        channels: Choices of the number of channels.
        min_steps: Smallest number of steps.
        patterns: Choices of `PATTERNS`.
    """
    values = draw(series(max_steps, channels, min_steps, patterns))
    return as_item(values, draw(st.sampled_from(item_types)), draw(st.booleans()))


@st.composite
def batches(
    draw: st.DrawFn, max_count: int = 4, max_steps: int = 20, min_count: int = 0, patterns: tuple[str, ...] = PATTERNS
) -> Segments:
    """Draw batches of series of unequal lengths, float32 or float64, empty ones included.

    Args:
        draw: Passed by Hypothesis.
        max_count: Largest number of series.
        max_steps: Largest number of steps.
        min_count: Smallest number of series.
        patterns: Choices of `PATTERNS`.
    """
    count, channels = draw(st.integers(min_count, max_count)), draw(st.sampled_from([1, 3]))
    dtype = draw(st.sampled_from([torch.float32, torch.float64]))
    if count == 0:
        return Segments(torch.zeros(0, 5, channels, dtype=dtype), torch.zeros(0, dtype=torch.int64))
    rows = [draw(series(max_steps, (channels,), patterns=patterns)) for _ in range(count)]
    if draw(st.booleans()):  # all of one length: nothing is padded
        rows = [np.resize(row, rows[0].shape) for row in rows]
    padded = pad([torch.from_numpy(row).to(dtype) for row in rows])
    return Segments(padded.values, padded.lengths, starts=torch.arange(count))


def _to_values(item: SeriesItem) -> Values:
    """float64 (T, C)."""
    values: Values = decode_series(item).values.to(torch.float64).numpy()
    return values


def _convert(item: SeriesItem) -> dict[str, SeriesItem]:
    names = ("array-float64", "array-float32", "tensor-float32", "list")
    return {name: as_item(_to_values(item), name) for name in names}


def check_spec() -> CheckSpec:
    """Return the spec of time series: items from one step on of every type, unequal batches, eight invalid items."""
    floats = tuple(item_type for item_type in ITEM_TYPES if "int" not in item_type)
    return CheckSpec(
        items=items(max_steps=16),
        informative_items=items(item_types=floats, min_steps=12, max_steps=20, channels=(3,), patterns=("noise",)),
        batches=batches(min_count=1, max_steps=12),
        invalid_items=_INVALID_ITEMS,
        layout=_count_channels,
        forms=Forms(_convert, _to_values, tolerance=1e-3),
        augmentations=_augmentation_tags(),
        model_items=items(
            item_types=("tensor-float32",), min_steps=12, max_steps=12, channels=(1,), patterns=("noise",)
        ),
        tolerance={**TOLERANCE, **dict.fromkeys(("int16", "int32"), 1.0)},
    )


_INVALID_ITEMS: Mapping[str, Callable[[], object]] = {
    "no series": lambda: object(),
    "text": lambda: "0.1, 0.2",
    "no steps": lambda: np.zeros((0, 2)),
    "three axes": lambda: np.zeros((4, 5, 2)),
    "complex numbers": lambda: np.zeros(4, np.complex64),
    "infinite values": lambda: np.array([0.0, np.inf, 1.0]),
    "missing values only": lambda: torch.full((5, 2), torch.nan),
    "a ragged list": lambda: [[1.0, 2.0], [3.0]],
}

_ALL_BUT_VALUES = frozenset({"type", "dtype", "device", "layout"})
"""What views keep that may contain missing values only: a crop of a series with gaps, a mask."""


def _count_channels(item: SeriesItem) -> int:
    """C, also of a view of missing values only."""
    values = item.values if isinstance(item, Segment) else item
    shape = values.shape if isinstance(values, (np.ndarray, torch.Tensor)) else np.asarray(values).shape
    return int(shape[1]) if len(shape) == 2 else 1


def _check_crop(augmentation: SeriesAugmentation, item: SeriesItem, params: CropParams, view: SeriesItem) -> str | None:
    steps = len(decode_series(item))
    inside = 0 <= params.start <= params.start + params.size <= steps and params.size >= 1
    return None if inside else f"the crop {params} leaves the series of {steps} steps"


def _check_overlap(
    augmentation: OverlapCrop, item: SeriesItem, params: OverlapCropParams, view: SeriesItem
) -> str | None:
    """The crop contains the overlap, and ends or begins with it."""
    crop, overlap = params.crop, params.overlap
    if augmentation.view == "first":
        fits = crop.start <= overlap.start and crop.start + crop.size == overlap.start + overlap.size
    else:
        fits = crop.start == overlap.start and crop.size >= overlap.size
    return _check_crop(augmentation, item, crop, view) or (None if fits else f"the crop {crop} does not fit {overlap}")


def _check_order(
    augmentation: Permutation, item: SeriesItem, params: PermutationParams, view: SeriesItem
) -> str | None:
    """Each piece occurs once."""
    order, most = sorted(params.order.tolist()), augmentation.pieces[1]
    return None if order == list(range(most)) else f"the pieces {order} are not each of {most} once"


def _is_floating(augmentation: SeriesAugmentation, item: SeriesItem) -> bool:
    return "int" not in str(getattr(item, "dtype", ""))


def _augmentation_tags() -> dict[str, Tags]:
    sigma = st.fixed_dictionaries({"sigma": st.floats(0.05, 0.5)})
    ratios = st.tuples(st.floats(0.1, 0.5), st.floats(0.5, 1.0))
    noise = Tags(sigma, identity_params={"sigma": 0.0}, invalid_params=({"sigma": -0.1}, {"sigma": 20.0}))
    warp = replace(noise, invalid_params=(*noise.invalid_params, {"knots": -1}))
    return {
        "Jitter": noise,
        "Scaling": noise,
        "MagnitudeWarp": warp,
        "TimeWarp": warp,
        "Normalize": Tags(random=False),
        "Permutation": Tags(
            st.fixed_dictionaries({"pieces": st.tuples(st.integers(1, 3), st.integers(3, 6))}),
            identity_params={"pieces": (1, 1)},
            check_bounds=_check_order,
            invalid_params=({"pieces": (0, 3)}, {"pieces": (4, 2)}),
        ),
        "RandomCrop": Tags(
            st.fixed_dictionaries({"size": st.integers(1, 9) | ratios}),
            preserves=_ALL_BUT_VALUES,
            identity_params={"size": 1000},
            check_bounds=_check_crop,
            invalid_params=({"size": 0}, {"size": 1.5}, {"size": (0.0, 0.5)}),
        ),
        "OverlapCrop": Tags(
            st.fixed_dictionaries({"view": st.sampled_from(["first", "second"]), "min_overlap": st.integers(1, 5)}),
            shared=True,
            preserves=_ALL_BUT_VALUES,
            check_bounds=_check_overlap,
            invalid_params=({"view": "third"}, {"min_overlap": 0}),
        ),
        "WindowSlice": Tags(
            st.fixed_dictionaries({"ratio": ratios}),
            preserves=_ALL_BUT_VALUES,
            check_bounds=_check_crop,
            invalid_params=({"ratio": 0.0}, {"ratio": (0.5, 1.5)}),
        ),
        "TimeMask": Tags(
            st.fixed_dictionaries({"ratio": ratios}),
            identity_params={"ratio": 0.0},
            invalid_params=({"ratio": 2.0}, {"fill": "zero"}),
        ),
        "TimestampMask": Tags(
            st.fixed_dictionaries({"p": st.floats(0.1, 0.9)}),
            preserves=_ALL_BUT_VALUES,
            identity_params={"p": 0.0},
            accepts=_is_floating,
            invalid_params=({"p": 1.5},),
        ),
        "ChannelDropout": Tags(
            st.fixed_dictionaries({"p": st.floats(0.2, 0.9)}),
            identity_params={"p": 0.0},
            invalid_params=({"p": -0.5}, {"fill": "zero"}),
        ),
        "FrequencyPerturbation": Tags(
            st.fixed_dictionaries({"remove_p": st.floats(0.2, 0.9), "add_p": st.floats(0.0, 0.5)}),
            identity_params={"remove_p": 0.0, "add_p": 0.0},
            invalid_params=({"remove_p": 1.5}, {"strength": -1.0}),
        ),
    }
