"""The arithmetic of the time-series augmentations, without randomness or policy.

Each kernel takes `Segments` of values (B, T, C), float32 or float64, on any device, zero beyond the lengths and NaN
where a value is missing, and parameters that are arrays of B rows, and gives the same. A single series is a batch of
one.
"""

from __future__ import annotations

from pairgen.modalities.timeseries._kernels.curves import smooth_curve, travelled
from pairgen.modalities.timeseries._kernels.frequency import perturb_frequencies
from pairgen.modalities.timeseries._kernels.level import add_noise, normalize, scale, warp_magnitude
from pairgen.modalities.timeseries._kernels.masks import mask_channels, mask_stretch, mask_timestamps
from pairgen.modalities.timeseries._kernels.noise import normal_numbers, random_words
from pairgen.modalities.timeseries._kernels.statistics import mean_and_scale
from pairgen.modalities.timeseries._kernels.time import crop, permute, stretch, warp_time

__all__ = [
    "add_noise",
    "crop",
    "mask_channels",
    "mask_stretch",
    "mask_timestamps",
    "mean_and_scale",
    "normal_numbers",
    "normalize",
    "permute",
    "perturb_frequencies",
    "random_words",
    "scale",
    "smooth_curve",
    "stretch",
    "travelled",
    "warp_magnitude",
    "warp_time",
]
