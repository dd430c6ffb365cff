"""The audio augmentations, by subject: time, pitch, level, noise, filters, rooms."""

from __future__ import annotations

from pairgen.modalities.audio.augmentations.base import AudioAugmentation
from pairgen.modalities.audio.augmentations.level import Clipping, Gain, MuLaw, PolarityInversion
from pairgen.modalities.audio.augmentations.noise import GaussianNoise
from pairgen.modalities.audio.augmentations.time import RandomCrop, TimeMask, TimeShift

__all__ = [
    "AudioAugmentation",
    "Clipping",
    "Gain",
    "GaussianNoise",
    "MuLaw",
    "PolarityInversion",
    "RandomCrop",
    "TimeMask",
    "TimeShift",
]
