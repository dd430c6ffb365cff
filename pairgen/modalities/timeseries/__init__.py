"""Time series: items, augmentations, recipes, encoders, reader and drawing.

>>> from pairgen.modalities.timeseries import TimeWarp, modality
>>> modality.recipes.names()
['none', 'slides', 'ts-tcc', 'ts2vec']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pairgen.modalities.timeseries.plugin import SeriesModality, modality

if TYPE_CHECKING:
    from pairgen.modalities.timeseries.augmentations import (
        ChannelDropout,
        FrequencyPerturbation,
        Jitter,
        MagnitudeWarp,
        Normalise,
        OverlapCrop,
        Permutation,
        RandomCrop,
        Scaling,
        SeriesAugmentation,
        TimeMask,
        TimestampMask,
        TimeWarp,
        WindowSlice,
    )
    from pairgen.modalities.timeseries.collation import Finish
    from pairgen.modalities.timeseries.door import SeriesDoor
    from pairgen.modalities.timeseries.segments import Segment, Segments, overlap

__all__ = [
    "ChannelDropout",
    "Finish",
    "FrequencyPerturbation",
    "Jitter",
    "MagnitudeWarp",
    "Normalise",
    "OverlapCrop",
    "Permutation",
    "RandomCrop",
    "Scaling",
    "Segment",
    "Segments",
    "SeriesAugmentation",
    "SeriesDoor",
    "SeriesModality",
    "TimeMask",
    "TimeWarp",
    "TimestampMask",
    "WindowSlice",
    "modality",
    "overlap",
]

_ROOMS = {
    "Finish": "collation",
    "Segment": "segments",
    "Segments": "segments",
    "SeriesDoor": "door",
    "overlap": "segments",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS.get(name, 'augmentations')}"), name)
