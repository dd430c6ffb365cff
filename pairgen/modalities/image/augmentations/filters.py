"""Augmentations that blur and add noise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor

from pairgen._validation import check_pair
from pairgen.augmentation import Numbers, Range
from pairgen.modalities.image import _kernels
from pairgen.modalities.image.augmentations.base import ImageAugmentation, Number
from pairgen.modalities.image.io.codec import ImageItem
from pairgen.random import RandomArray, Stream

__all__ = ["GaussianBlur", "GaussianNoise", "GaussianNoiseParams"]

_MAX_SIGMA = 100.0


@dataclass(frozen=True)
class GaussianBlur(ImageAugmentation):
    """Blur with a Gaussian, cut at three standard deviations, the border reflected.

    Args:
        sigma: Standard deviation in pixels, a number or a pair (low, high) to draw from, in (0, 100].
    """

    sigma: Range = (0.1, 2.0)
    _bounds: tuple[float, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        bounds = check_pair("sigma", self.sigma, 0, _MAX_SIGMA, unit="pixels")
        if bounds[0] == 0:
            raise ValueError(f"sigma must be above 0, got {self.sigma}; 0.1 leaves an image as it is")
        object.__setattr__(self, "_bounds", bounds)

    def draw(self, item: ImageItem, rng: Stream) -> Numbers:
        """Draw sigma in pixels."""
        sigma: Numbers = rng.uniform(*self._bounds)
        return sigma

    def apply_batch(self, batch: Tensor, params: ArrayLike) -> Tensor:
        """Return (B, C, H, W)."""
        return _kernels.gaussian_blur(batch, params)

    def apply_array(self, image: np.ndarray, params: float) -> np.ndarray:
        """Return an array of the shape of `image`."""
        return _kernels.gaussian_blur_array(image, params)


@dataclass(frozen=True)
class GaussianNoiseParams(Generic[Number]):
    """What `GaussianNoise` drew.

    Args:
        sigma: Standard deviation as a ratio of white; float64 (B,) in a batch.
        noise: Standard normal numbers, one a value of the image.
    """

    sigma: Number
    noise: RandomArray


@dataclass(frozen=True)
class GaussianNoise(ImageAugmentation[GaussianNoiseParams]):
    """Add independent normal noise to every value and clip; the same noise on every device.

    Alpha, the last of 2 or 4 channels, stays as it is.

    Args:
        sigma: Standard deviation as a ratio of white, a number or a pair (low, high) to draw from, in [0, 1].
    """

    sigma: Range = (0.0, 0.1)
    _bounds: tuple[float, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_bounds", check_pair("sigma", self.sigma, 0, 1))

    def draw(self, item: ImageItem, rng: Stream) -> GaussianNoiseParams:
        """Draw sigma and the noise."""
        return GaussianNoiseParams(rng.uniform(*self._bounds), rng.array())

    def apply_batch(self, batch: Tensor, params: GaussianNoiseParams[np.ndarray]) -> Tensor:
        """Return (B, C, H, W)."""
        return _kernels.add_noise(batch, params.sigma, params.noise)

    def apply_array(self, image: np.ndarray, params: GaussianNoiseParams[float]) -> np.ndarray:
        """Return an array of the shape of `image`."""
        return _kernels.add_noise_array(image, params.sigma, params.noise)
