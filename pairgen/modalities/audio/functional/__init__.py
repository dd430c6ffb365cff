"""The arithmetic of the audio augmentations, without randomness or policy.

Each kernel takes a `Padded` of values (B, C, T), float32 or float64, on any device, silent beyond the lengths, and
parameters that are arrays of length B, and gives the same. A single clip is a batch of one.
"""

from __future__ import annotations

from pairgen.modalities.audio.functional.level import (
    add_at_snr,
    clip_at,
    gain,
    mu_law,
    polarity,
    power,
    white_noise,
)
from pairgen.modalities.audio.functional.time import crop, time_mask, time_shift

__all__ = [
    "add_at_snr",
    "clip_at",
    "crop",
    "gain",
    "mu_law",
    "polarity",
    "power",
    "time_mask",
    "time_shift",
    "white_noise",
]
