"""The audio augmentations, by subject: time, pitch, level, noise, filters, rooms."""

from __future__ import annotations

from pairgen.modalities.audio.augmentations.base import AudioAugmentation
from pairgen.modalities.audio.augmentations.filters import FrequencyMask, HighPass, LowPass
from pairgen.modalities.audio.augmentations.level import Clipping, Gain, MuLaw, PolarityInversion
from pairgen.modalities.audio.augmentations.noise import BackgroundNoise, GaussianNoise
from pairgen.modalities.audio.augmentations.pitch import PitchShift, TimeStretch
from pairgen.modalities.audio.augmentations.rooms import Reverberation
from pairgen.modalities.audio.augmentations.time import RandomCrop, TimeMask, TimeShift

__all__ = [
    "AudioAugmentation",
    "BackgroundNoise",
    "Clipping",
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
]
