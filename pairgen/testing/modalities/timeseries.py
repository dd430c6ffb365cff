"""What the property-testing kit is shown of time series: items, bad ones, and what each augmentation promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

from pairgen.modalities.timeseries.io.codec import decode_series
from pairgen.testing.modalities.timeseries_strategies import KINDS, batches, items
from pairgen.testing.spec import TOLERANCE, CheckSpec, Tags

__all__ = ["check_spec"]

_FLOATS = tuple(kind for kind in KINDS if "int" not in kind)
_FORM = frozenset({"type", "dtype", "device", "layout"})
"""What views keep that may show nothing but a gap: a crop of a series with missing values, a mask."""


def check_spec() -> CheckSpec:
    """Series from one step on, constant and with gaps, of every type; unequal batches; eight that are none."""
    return CheckSpec(
        items=items(max_steps=16),
        informative_items=items(kinds=_FLOATS, min_steps=12, max_steps=20, channels=(3,), patterns=("noise",)),
        batches=batches(min_count=1, max_steps=12),
        invalid_items=_BAD,
        layout=_channels,
        augmentations=_augmentations(),
        model_items=items(kinds=("tensor-float32",), min_steps=12, max_steps=12, channels=(1,), patterns=("noise",)),
        tolerance={**TOLERANCE, **dict.fromkeys(("int16", "int32"), 1.0)},
    )


_BAD: Mapping[str, Any] = {
    "no series": lambda: object(),
    "text": lambda: "0.1, 0.2",
    "no steps": lambda: np.zeros((0, 2)),
    "three axes": lambda: np.zeros((4, 5, 2)),
    "complex numbers": lambda: np.zeros(4, np.complex64),
    "infinite values": lambda: np.array([0.0, np.inf, 1.0]),
    "missing values only": lambda: torch.full((5, 2), torch.nan),
    "a ragged list": lambda: [[1.0, 2.0], [3.0]],
}


def _channels(series: Any) -> int:
    """C, also of a view that shows nothing but a gap."""
    values = getattr(series, "values", series)
    return int(np.shape(values)[1]) if np.ndim(values) == 2 else 1


def _cut(augmentation: Any, item: Any, crop: Any, view: Any) -> str | None:
    steps = len(decode_series(item))
    inside = 0 <= crop.start <= crop.start + crop.size <= steps and crop.size >= 1
    return None if inside else f"the crop {crop} leaves the series of {steps} steps"


def _around(augmentation: Any, item: Any, params: Any, view: Any) -> str | None:
    """The crop holds the overlap, and ends or begins with it."""
    crop, overlap = params.crop, params.overlap
    if augmentation.view == "first":
        held = crop.start <= overlap.start and crop.start + crop.size == overlap.start + overlap.size
    else:
        held = crop.start == overlap.start and crop.size >= overlap.size
    return _cut(augmentation, item, crop, view) or (None if held else f"the crop {crop} does not fit {overlap}")


def _whole(augmentation: Any, item: Any, params: Any, view: Any) -> str | None:
    """Each piece comes once."""
    order, most = sorted(params.order.tolist()), augmentation.pieces[1]
    return None if order == list(range(most)) else f"the pieces {order} are not each of {most} once"


def _floating(augmentation: Any, item: Any) -> bool:
    return "int" not in str(getattr(item, "dtype", ""))


def _augmentations() -> dict[str, Tags]:
    sigma = st.fixed_dictionaries({"sigma": st.floats(0.05, 0.5)})
    shares = st.tuples(st.floats(0.1, 0.5), st.floats(0.5, 1.0))
    still = Tags(sigma, identity_params={"sigma": 0.0}, invalid_params=({"sigma": -0.1}, {"sigma": 20.0}))
    curved = replace(still, invalid_params=(*still.invalid_params, {"knots": -1}))
    return {
        "Jitter": still,
        "Scaling": still,
        "MagnitudeWarp": curved,
        "TimeWarp": curved,
        "Normalize": Tags(random=False),
        "Permutation": Tags(
            st.fixed_dictionaries({"pieces": st.tuples(st.integers(1, 3), st.integers(3, 6))}),
            identity_params={"pieces": (1, 1)},
            check_bounds=_whole,
            invalid_params=({"pieces": (0, 3)}, {"pieces": (4, 2)}),
        ),
        "RandomCrop": Tags(
            st.fixed_dictionaries({"size": st.integers(1, 9) | shares}),
            preserves=_FORM,
            identity_params={"size": 1000},
            check_bounds=_cut,
            invalid_params=({"size": 0}, {"size": 1.5}, {"size": (0.0, 0.5)}),
        ),
        "OverlapCrop": Tags(
            st.fixed_dictionaries({"view": st.sampled_from(["first", "second"]), "least": st.integers(1, 5)}),
            preserves=_FORM,
            check_bounds=_around,
            invalid_params=({"view": "third"}, {"least": 0}),
        ),
        "WindowSlice": Tags(
            st.fixed_dictionaries({"share": shares}),
            preserves=_FORM,
            check_bounds=_cut,
            invalid_params=({"share": 0.0}, {"share": (0.5, 1.5)}),
        ),
        "TimeMask": Tags(
            st.fixed_dictionaries({"share": shares}),
            identity_params={"share": 0.0},
            invalid_params=({"share": 2.0}, {"fill": "zero"}),
        ),
        "TimestampMask": Tags(
            st.fixed_dictionaries({"p": st.floats(0.1, 0.9)}),
            preserves=_FORM,
            identity_params={"p": 0.0},
            accepts=_floating,
            invalid_params=({"p": 1.5},),
        ),
        "ChannelDropout": Tags(
            st.fixed_dictionaries({"p": st.floats(0.2, 0.9)}),
            identity_params={"p": 0.0},
            invalid_params=({"p": -0.5}, {"fill": "zero"}),
        ),
        "FrequencyPerturbation": Tags(
            st.fixed_dictionaries({"removed": st.floats(0.2, 0.9), "added": st.floats(0.0, 0.5)}),
            identity_params={"removed": 0.0, "added": 0.0},
            invalid_params=({"removed": 1.5}, {"strength": -1.0}),
        ),
    }
