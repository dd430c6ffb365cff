"""The arithmetic of the audio augmentations, without randomness or options.

Each kernel takes a batch of values (B, C, T), float32 or float64, on any device, silent beyond the lengths, and
parameters of length B, and returns such a batch. A single clip is a batch of one.
"""

from __future__ import annotations

from pairgen.modalities.audio._kernels.filters import band_stop, convolve, high_pass, low_pass
from pairgen.modalities.audio._kernels.level import (
    add_at_snr,
    clip_peaks,
    gain,
    invert_polarity,
    mu_law,
    white_noise,
)
from pairgen.modalities.audio._kernels.time import crop, fit_lengths, time_mask, time_shift
from pairgen.modalities.audio._kernels.vocoder import pitch_shift, time_stretch

__all__ = [
    "add_at_snr",
    "band_stop",
    "clip_peaks",
    "convolve",
    "crop",
    "fit_lengths",
    "gain",
    "high_pass",
    "invert_polarity",
    "low_pass",
    "mu_law",
    "pitch_shift",
    "time_mask",
    "time_shift",
    "time_stretch",
    "white_noise",
]
