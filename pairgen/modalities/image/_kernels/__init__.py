"""The arithmetic of the image augmentations, without randomness.

Each operation has a tensor kernel on batches (B, C, H, W), uint8 in 0..255 or float in [0, 1], on any device, its
parameters arrays of length B: the reference. Its `_array` twin takes one uint8 (H, W) or (H, W, C) array and uses
OpenCV, for speed; tests compare the two.
"""

from __future__ import annotations

from pairgen.modalities.image._kernels.color import (
    grayscale,
    grayscale_array,
    jitter,
    jitter_array,
)
from pairgen.modalities.image._kernels.geometry import (
    crop,
    crop_array,
    erase,
    erase_array,
    flip,
    flip_array,
    warp,
    warp_array,
)
from pairgen.modalities.image._kernels.linear import (
    gaussian_blur,
    gaussian_blur_array,
    resized_crop,
    resized_crop_array,
)
from pairgen.modalities.image._kernels.values import (
    add_noise,
    add_noise_array,
    equalize,
    equalize_array,
    normalize,
    posterize,
    posterize_array,
    solarize,
    solarize_array,
)

__all__ = [
    "add_noise",
    "add_noise_array",
    "crop",
    "crop_array",
    "equalize",
    "equalize_array",
    "erase",
    "erase_array",
    "flip",
    "flip_array",
    "gaussian_blur",
    "gaussian_blur_array",
    "grayscale",
    "grayscale_array",
    "jitter",
    "jitter_array",
    "normalize",
    "posterize",
    "posterize_array",
    "resized_crop",
    "resized_crop_array",
    "solarize",
    "solarize_array",
    "warp",
    "warp_array",
]
