"""The arithmetic of the audio augmentations, without randomness or policy.

Each kernel takes a `PaddedBatch` of values (B, C, T), float32 or float64, on any device, silent beyond the lengths, and
parameters that are arrays of length B, and gives the same. A single clip is a batch of one.
"""

from __future__ import annotations

from pairgen.modalities.audio._kernels.filters import band_stop, convolve, high_pass, low_pass, reverberate
from pairgen.modalities.audio._kernels.level import (
    add_at_snr,
    clip_at,
    gain,
    mu_law,
    polarity,
    power,
    white_noise,
)
from pairgen.modalities.audio._kernels.pitch import pitch_shift, time_stretch
from pairgen.modalities.audio._kernels.time import crop, time_mask, time_shift, with_lengths

__all__ = [
    "add_at_snr",
    "band_stop",
    "clip_at",
    "convolve",
    "crop",
    "gain",
    "high_pass",
    "low_pass",
    "mu_law",
    "pitch_shift",
    "polarity",
    "power",
    "reverberate",
    "time_mask",
    "time_shift",
    "time_stretch",
    "white_noise",
    "with_lengths",
]
