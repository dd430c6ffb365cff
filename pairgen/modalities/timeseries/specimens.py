"""What the property-testing kit is shown of time series: items, bad ones, and what each augmentation promises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

from pairgen.modalities.timeseries.items import open_series
from pairgen.modalities.timeseries.strategies import batches, series
from pairgen.specimens import Specimens, Tags

__all__ = ["specimens"]


def specimens() -> Specimens:
    """Series from one step on, of every type, with missing values; batches of unequal lengths; seven that are none."""
    return Specimens(
        items=series(),
        telling=series(kinds=("array",), min_steps=10, missing=False),
        batches=batches(),
        bad=_BAD,
        layout=lambda item: open_series(item).values.shape[1],
        augmentations=_augmentations(),
        encodable=series(kinds=("array",), min_steps=10, max_channels=1, missing=False),
        tolerance={"float32": 1e-4, "float64": 1e-6, "float16": 2e-3},
    )


_BAD: Mapping[str, Any] = {
    "no series": lambda: object(),
    "text": lambda: "1, 2, 3",
    "no steps": lambda: np.zeros((0, 2), np.float32),
    "three axes": lambda: np.zeros((2, 3, 1), np.float32),
    "nothing but NaN": lambda: np.full((4, 1), np.nan),
    "an infinite value": lambda: torch.tensor([1.0, float("inf")]),
    "complex numbers": lambda: np.zeros(4, np.complex64),
}


def _steps(item: Any) -> int:
    return len(open_series(item))


def _same_length(augmentation: Any, item: Any, params: Any, view: Any) -> str | None:
    return None if _steps(view) == _steps(item) else f"{_steps(item)} steps became {_steps(view)}"


def _crops(augmentation: Any, item: Any, params: Any, view: Any) -> str | None:
    crop = getattr(params, "crop", params)
    inside = 0 <= crop.start <= crop.start + crop.size <= _steps(item)
    return None if inside and _steps(view) == crop.size else f"{crop} leaves a series of {_steps(item)} steps"


def _holds_gaps(augmentation: Any, item: Any) -> bool:
    """Whether the item can hold missing values, which the augmentation may bring in, and keeps one that is there."""
    return "int" not in str(getattr(item, "dtype", ""))


def _pair(low: float, high: float) -> Any:
    return st.tuples(st.floats(low, high), st.floats(low, high)).map(lambda two: (min(two), max(two)))


def _augmentations() -> dict[str, Tags]:
    sigma = st.fixed_dictionaries({"sigma": st.floats(0.05, 0.9)})
    negative = ({"sigma": -0.1},)
    fill = st.sampled_from(["mean", "missing"])
    views = frozenset({"type", "dtype", "device", "layout"})  # what is left of a series may be nothing but missing
    return {
        "Jitter": Tags(sigma, still={"sigma": 0.0}, bounds=_same_length, refused=negative),
        "Scaling": Tags(sigma, still={"sigma": 0.0}, bounds=_same_length, refused=negative),
        "MagnitudeWarp": Tags(sigma, still={"sigma": 0.0}, bounds=_same_length, refused=negative),
        "TimeWarp": Tags(sigma, still={"sigma": 0.0}, bounds=_same_length, refused=negative),
        "Normalise": Tags(random=False, bounds=_same_length),
        "FrequencyPerturbation": Tags(
            still={"removed": 0.0, "added": 0.0}, bounds=_same_length, refused=({"removed": 1.5}, {"strength": -1})
        ),
        "Permutation": Tags(
            st.fixed_dictionaries({"pieces": st.tuples(st.integers(1, 3), st.integers(3, 6))}),
            still={"pieces": (1, 1)},
            bounds=_same_length,
            refused=({"pieces": (0, 2)}, {"pieces": (3, 2)}),
        ),
        "TimeMask": Tags(
            st.fixed_dictionaries({"share": _pair(0, 1), "fill": fill}),
            keeps=views,
            still={"share": 0.0},
            serves=lambda mask, item: mask.fill == "mean" or _holds_gaps(mask, item),
            bounds=_same_length,
            refused=({"share": 1.5}, {"fill": "zeros"}),
        ),
        "TimestampMask": Tags(
            st.fixed_dictionaries({"p": st.floats(0, 1)}),
            keeps=views,
            still={"p": 0.0},
            serves=_holds_gaps,
            bounds=_same_length,
            refused=({"p": 1.5},),
        ),
        "ChannelDropout": Tags(
            st.fixed_dictionaries({"p": st.floats(0, 1), "fill": fill}),
            keeps=views,
            still={"p": 0.0},
            serves=lambda drop, item: drop.fill == "mean" or _holds_gaps(drop, item),
            bounds=_same_length,
            refused=({"p": 1.5}, {"fill": "zeros"}),
        ),
        "RandomCrop": Tags(
            st.fixed_dictionaries({"size": st.integers(1, 8) | _pair(0.1, 1)}),
            keeps=views,
            still={"size": 1.0},
            bounds=_crops,
            refused=({"size": 0}, {"size": 1.5}),
        ),
        "WindowSlice": Tags(
            st.fixed_dictionaries({"share": _pair(0.1, 1)}),
            keeps=views,
            still={"share": 1.0},
            bounds=_same_length,
            refused=({"share": 0.0}, {"share": 2.0}),
        ),
        "OverlapCrop": Tags(
            st.fixed_dictionaries({"view": st.sampled_from(["first", "second"]), "least": st.integers(1, 4)}),
            keeps=views,
            bounds=_crops,
            refused=({"view": "third"}, {"least": 0}),
        ),
    }
