"""The time-series augmentations, by subject: crops, time, level, masks, frequency."""

from __future__ import annotations

from pairgen.modalities.timeseries.augmentations.base import SeriesAugmentation
from pairgen.modalities.timeseries.augmentations.crops import OverlapCrop, RandomCrop, WindowSlice
from pairgen.modalities.timeseries.augmentations.frequency import FrequencyPerturbation
from pairgen.modalities.timeseries.augmentations.level import Jitter, MagnitudeWarp, Normalise, Scaling
from pairgen.modalities.timeseries.augmentations.masks import ChannelDropout, TimeMask, TimestampMask
from pairgen.modalities.timeseries.augmentations.time import Permutation, TimeWarp

__all__ = [
    "ChannelDropout",
    "FrequencyPerturbation",
    "Jitter",
    "MagnitudeWarp",
    "Normalise",
    "OverlapCrop",
    "Permutation",
    "RandomCrop",
    "Scaling",
    "SeriesAugmentation",
    "TimeMask",
    "TimeWarp",
    "TimestampMask",
    "WindowSlice",
]
