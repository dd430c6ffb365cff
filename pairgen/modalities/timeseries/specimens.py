"""What the property-testing kit is shown of time series: items, bad ones, and what each augmentation promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

from pairgen.modalities.timeseries.items import open_series
from pairgen.modalities.timeseries.strategies import KINDS, batches, items
from pairgen.specimens import TOLERANCE, Specimens, Tags

__all__ = ["specimens"]

_FLOATS = tuple(kind for kind in KINDS if "int" not in kind)
_FORM = frozenset({"type", "dtype", "device", "layout"})
"""What views keep that may show nothing but a gap: a crop of a series with missing values, a mask."""


def specimens() -> Specimens:
    """Series from one step on, constant and with gaps, of every type; unequal batches; eight that are none."""
    return Specimens(
        items=items(max_steps=16),
        telling=items(kinds=_FLOATS, min_steps=12, max_steps=20, channels=(3,), patterns=("noise",)),
        batches=batches(min_count=1, max_steps=12),
        bad=_BAD,
        layout=_channels,
        augmentations=_augmentations(),
        encodable=items(kinds=("tensor-float32",), min_steps=12, max_steps=12, channels=(1,), patterns=("noise",)),
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
    steps = len(open_series(item))
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
    still = Tags(sigma, still={"sigma": 0.0}, refused=({"sigma": -0.1}, {"sigma": 20.0}))
    curved = replace(still, refused=(*still.refused, {"knots": -1}))
    return {
        "Jitter": still,
        "Scaling": still,
        "MagnitudeWarp": curved,
        "TimeWarp": curved,
        "Normalise": Tags(random=False),
        "Permutation": Tags(
            st.fixed_dictionaries({"pieces": st.tuples(st.integers(1, 3), st.integers(3, 6))}),
            still={"pieces": (1, 1)},
            bounds=_whole,
            refused=({"pieces": (0, 3)}, {"pieces": (4, 2)}),
        ),
        "RandomCrop": Tags(
            st.fixed_dictionaries({"size": st.integers(1, 9) | shares}),
            keeps=_FORM,
            still={"size": 1000},
            bounds=_cut,
            refused=({"size": 0}, {"size": 1.5}, {"size": (0.0, 0.5)}),
        ),
        "OverlapCrop": Tags(
            st.fixed_dictionaries({"view": st.sampled_from(["first", "second"]), "least": st.integers(1, 5)}),
            keeps=_FORM,
            bounds=_around,
            refused=({"view": "third"}, {"least": 0}),
        ),
        "WindowSlice": Tags(
            st.fixed_dictionaries({"share": shares}),
            keeps=_FORM,
            bounds=_cut,
            refused=({"share": 0.0}, {"share": (0.5, 1.5)}),
        ),
        "TimeMask": Tags(
            st.fixed_dictionaries({"share": shares}),
            still={"share": 0.0},
            refused=({"share": 2.0}, {"fill": "zero"}),
        ),
        "TimestampMask": Tags(
            st.fixed_dictionaries({"p": st.floats(0.1, 0.9)}),
            keeps=_FORM,
            still={"p": 0.0},
            serves=_floating,
            refused=({"p": 1.5},),
        ),
        "ChannelDropout": Tags(
            st.fixed_dictionaries({"p": st.floats(0.2, 0.9)}),
            still={"p": 0.0},
            refused=({"p": -0.5}, {"fill": "zero"}),
        ),
        "FrequencyPerturbation": Tags(
            st.fixed_dictionaries({"removed": st.floats(0.2, 0.9), "added": st.floats(0.0, 0.5)}),
            still={"removed": 0.0, "added": 0.0},
            refused=({"removed": 1.5}, {"strength": -1.0}),
        ),
    }
