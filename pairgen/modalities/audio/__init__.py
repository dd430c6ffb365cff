"""Audio: items, augmentations, recipes, encoders, reader and drawing.

>>> from pairgen.modalities.audio import PitchShift, modality
>>> modality.recipes.names()
['clmr', 'cpc', 'none', 'slides', 'spectrogram', 'speech']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pairgen.modalities.audio.plugin import AudioModality, modality

if TYPE_CHECKING:
    from pairgen.modalities.audio.augmentations import (
        AudioAugmentation,
        BackgroundNoise,
        Clipping,
        FrequencyMask,
        Gain,
        GaussianNoise,
        HighPass,
        LowPass,
        MuLaw,
        PitchShift,
        PolarityInversion,
        RandomCrop,
        Reverberation,
        TimeMask,
        TimeShift,
        TimeStretch,
    )
    from pairgen.modalities.audio.collation import Finish
    from pairgen.modalities.audio.door import AudioDoor

__all__ = [
    "AudioAugmentation",
    "AudioDoor",
    "AudioModality",
    "BackgroundNoise",
    "Clipping",
    "Finish",
    "FrequencyMask",
    "Gain",
    "GaussianNoise",
    "HighPass",
    "LowPass",
    "MuLaw",
    "PitchShift",
    "PolarityInversion",
    "RandomCrop",
    "Reverberation",
    "TimeMask",
    "TimeShift",
    "TimeStretch",
    "modality",
]

_ROOMS = {"Finish": "collation", "AudioDoor": "door"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS.get(name, 'augmentations')}"), name)
