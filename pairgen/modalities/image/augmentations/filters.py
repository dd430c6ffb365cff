"""Augmentations that blur and add noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from pairgen.augmentation import Range
from pairgen.modalities.image import _kernels
from pairgen.modalities.image.augmentations.base import ImageAugmentation, checked_range
from pairgen.random import RandomArray, Stream

__all__ = ["GaussianBlur", "GaussianNoise", "Noise"]

_WIDEST = 100.0


@dataclass(frozen=True)
class GaussianBlur(ImageAugmentation):
    """Blur with a Gaussian, cut at three deviations, the border reflected.

    sigma: its standard deviation in pixels, a number or a pair (low, high) to draw from, within (0, 100].
    """

    sigma: Range = (0.1, 2.0)

    def __post_init__(self) -> None:
        if checked_range("sigma", self.sigma, 0, _WIDEST)[0] == 0:
            raise ValueError(f"sigma must be above 0, got {self.sigma}; 0.1 leaves an image as it is")

    def draw(self, item: Any, rng: Stream) -> Any:
        """Sigma in pixels, or sigmas (B,)."""
        return rng.uniform(*checked_range("sigma", self.sigma, 0, _WIDEST))

    def apply_batch(self, batch: Tensor, params: Any) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        return _kernels.gaussian_blur(batch, params)

    def apply_array(self, image: np.ndarray, params: Any) -> np.ndarray:
        """(H, W[, C]) -> the same shape."""
        return _kernels.gaussian_blur_array(image, params)


@dataclass(frozen=True)
class Noise:
    """The deviation as a fraction of white, and the field of numbers; sigma (B,) in a batch."""

    sigma: Any
    field: RandomArray


@dataclass(frozen=True)
class GaussianNoise(ImageAugmentation):
    """Add independent normal noise to every value and clip; the same noise on every device.

    sigma: its standard deviation as a fraction of white, a number or a pair (low, high) to draw from, in [0, 1].
    """

    sigma: Range = (0.0, 0.1)

    def __post_init__(self) -> None:
        checked_range("sigma", self.sigma, 0, 1)

    def draw(self, item: Any, rng: Stream) -> Noise:
        """Sigma and the field."""
        return Noise(rng.uniform(*checked_range("sigma", self.sigma, 0, 1)), rng.array())

    def apply_batch(self, batch: Tensor, params: Noise) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        return _kernels.add_noise(batch, params.sigma, params.field)

    def apply_array(self, image: np.ndarray, params: Noise) -> np.ndarray:
        """(H, W[, C]) -> the same shape."""
        return _kernels.add_noise_array(image, params.sigma, params.field)
