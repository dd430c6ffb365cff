"""The arithmetic of the time-series augmentations, without randomness or checks of arguments.

Each kernel takes `Segments` of values (B, T, C), float32 or float64, on any device, zero beyond the lengths and NaN
where a value is missing, and parameters that are arrays of B rows. It returns such a batch. A single series is a batch
of one.
"""

from __future__ import annotations

from pairgen.modalities.timeseries._kernels.statistics import mean_and_scale
from pairgen.modalities.timeseries._kernels.time import crop, permute, stretch, warp_time
from pairgen.modalities.timeseries._kernels.values import (
    add_noise,
    mask_channels,
    mask_span,
    mask_timestamps,
    normalize,
    perturb_frequencies,
    scale,
    warp_magnitude,
)

__all__ = [
    "add_noise",
    "crop",
    "mask_channels",
    "mask_span",
    "mask_timestamps",
    "mean_and_scale",
    "normalize",
    "permute",
    "perturb_frequencies",
    "scale",
    "stretch",
    "warp_magnitude",
    "warp_time",
]
