"""Augmentations of colors and gray levels."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Generic

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor

from pairgen._validation import check_number, check_pair, check_range
from pairgen.augmentation import Range
from pairgen.modalities.image import _kernels
from pairgen.modalities.image._kernels.color import ORDERS
from pairgen.modalities.image.augmentations.base import ImageAugmentation, Number
from pairgen.modalities.image.batch import check_statistics
from pairgen.modalities.image.io.codec import ImageItem
from pairgen.random import Stream

__all__ = ["ColorJitter", "ColorJitterParams", "Equalize", "Grayscale", "Normalize", "Posterize", "Solarize"]


@dataclass(frozen=True)
class ColorJitterParams(Generic[Number]):
    """What `ColorJitter` drew; each with a leading axis B in a batch.

    Args:
        brightness: Factor.
        contrast: Factor.
        saturation: Factor.
        hue: Turn of the color circle, in [-0.5, 0.5].
        order: Order of the four operations, integers (4,): a row of `ORDERS`.
    """

    brightness: Number
    contrast: Number
    saturation: Number
    hue: Number
    order: np.ndarray


@dataclass(frozen=True)
class ColorJitter(ImageAugmentation[ColorJitterParams]):
    """Change brightness, contrast, saturation and hue, in a random order.

    Gray has neither saturation nor hue and keeps them so. Of 2 channels the first is gray, of more than 3 the first
    three are red, green and blue; the others, such as alpha, stay as they are.

    Args:
        brightness: Factor drawn uniformly from [max(0, 1 - s), 1 + s] for a number s, or from a pair (low, high), 0
            or more; 0 switches it off.
        contrast: The same.
        saturation: The same.
        hue: Turn of the color circle drawn uniformly from [-h, h] for a number h, or from a pair (low, high); in
            [-0.5, 0.5].
    """

    brightness: Range = 0.0
    contrast: Range = 0.0
    saturation: Range = 0.0
    hue: Range = 0.0
    _bounds: tuple[np.ndarray, np.ndarray] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        factors = [_check_factor(name, getattr(self, name)) for name in ("brightness", "contrast", "saturation")]
        low, high = zip(*factors, check_range("hue", self.hue, -0.5, 0.5), strict=True)
        object.__setattr__(self, "_bounds", (np.array(low), np.array(high)))

    def draw(self, item: ImageItem, rng: Stream) -> ColorJitterParams:
        """Draw factors, hue and order."""
        low, high = self._bounds
        unit = rng.uniform(size=5)
        values = low + (high - low) * unit[..., :4]
        order = ORDERS[(unit[..., 4] * len(ORDERS)).astype(np.int64)]
        if rng.is_batched:
            return ColorJitterParams(values[:, 0], values[:, 1], values[:, 2], values[:, 3], order)
        brightness, contrast, saturation, hue = values.tolist()
        return ColorJitterParams(brightness, contrast, saturation, hue, order)

    def apply_batch(self, batch: Tensor, params: ColorJitterParams[np.ndarray]) -> Tensor:
        """Return (B, C, H, W)."""
        p = params
        return _kernels.jitter(batch, p.brightness, p.contrast, p.saturation, p.hue, p.order)

    def apply_array(self, image: np.ndarray, params: ColorJitterParams[float]) -> np.ndarray:
        """Return an array of the shape of `image`."""
        p = params
        return _kernels.jitter_array(image, p.brightness, p.contrast, p.saturation, p.hue, p.order)


def _check_factor(name: str, value: Range) -> tuple[float, float]:
    """A range of factors: a pair means itself, a number s means (max(0, 1 - s), 1 + s)."""
    if np.ndim(value) == 0:
        strength = check_number(name, value, 0)
        return max(1 - strength, 0.0), 1 + strength
    return check_pair(name, value, 0, math.inf)


@dataclass(frozen=True)
class _Fixed(ImageAugmentation[None]):
    """An operation without randomness."""

    def draw(self, item: ImageItem, rng: Stream) -> None:
        """Return None: nothing is random."""


@dataclass(frozen=True)
class Grayscale(_Fixed):
    """Replace red, green and blue by the luma (ITU-R 601). Not random: wrap it in `RandomApply`.

    Images of 1 or 2 channels are gray and stay as they are, and so do channels after the third.
    """

    def apply_batch(self, batch: Tensor, params: None) -> Tensor:
        """Return (B, C, H, W)."""
        return _kernels.grayscale(batch)

    def apply_array(self, image: np.ndarray, params: None) -> np.ndarray:
        """Return an array of the shape of `image`."""
        return _kernels.grayscale_array(image)


@dataclass(frozen=True)
class Solarize(_Fixed):
    """Invert all values at or above a threshold. Not random: wrap it in `RandomApply`.

    Alpha, the last of 2 or 4 channels, stays as it is.

    Args:
        threshold: A ratio of white, in [0, 1].
    """

    threshold: float = 0.5

    def __post_init__(self) -> None:
        object.__setattr__(self, "threshold", check_number("threshold", self.threshold, 0, 1))

    def apply_batch(self, batch: Tensor, params: None) -> Tensor:
        """Return (B, C, H, W)."""
        return _kernels.solarize(batch, self.threshold)

    def apply_array(self, image: np.ndarray, params: None) -> np.ndarray:
        """Return an array of the shape of `image`."""
        return _kernels.solarize_array(image, self.threshold)


@dataclass(frozen=True)
class Posterize(ImageAugmentation):
    """Keep only the upper bits of every value; float images are taken as 8 bits.

    Alpha, the last of 2 or 4 channels, stays as it is.

    Args:
        bits: How many stay, a whole number from 1 to 8, or a pair (low, high), of which one is drawn, both included.
    """

    bits: int | tuple[int, int] = 4
    _bounds: tuple[int, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        low, high = check_pair("bits", self.bits, 1, 8)
        if not (low.is_integer() and high.is_integer()):
            raise ValueError(f"bits are whole numbers, got {self.bits}")
        object.__setattr__(self, "_bounds", (int(low), int(high)))

    def draw(self, item: ImageItem, rng: Stream) -> int | np.ndarray:
        """Draw how many bits stay: an integer, or int64 (B,)."""
        low, high = self._bounds
        bits: int | np.ndarray = rng.integers(low, high + 1)
        return bits

    def apply_batch(self, batch: Tensor, params: ArrayLike) -> Tensor:
        """Return (B, C, H, W)."""
        return _kernels.posterize(batch, params)

    def apply_array(self, image: np.ndarray, params: int) -> np.ndarray:
        """Return an array of the shape of `image`."""
        return _kernels.posterize_array(image, params)


@dataclass(frozen=True)
class Equalize(_Fixed):
    """Flatten the histogram of each channel, as PIL does; float images are taken as 8 bits.

    Not random: wrap it in `RandomApply`. Alpha, the last of 2 or 4 channels, stays as it is.
    """

    def apply_batch(self, batch: Tensor, params: None) -> Tensor:
        """Return (B, C, H, W)."""
        return _kernels.equalize(batch)

    def apply_array(self, image: np.ndarray, params: None) -> np.ndarray:
        """Return an array of the shape of `image`."""
        return _kernels.equalize_array(image)


@dataclass(frozen=True)
class Normalize(_Fixed):
    """Subtract the mean and divide by the standard deviation of each channel of float images.

    The result leaves [0, 1], so it comes last. Recipes do this in their `to_model_input` instead.

    Args:
        mean: One number a channel, or one for all.
        std: As many numbers above 0.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self) -> None:
        mean, std = check_statistics(self.mean, self.std)
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "std", std)

    def apply_batch(self, batch: Tensor, params: None) -> Tensor:
        """Return (B, C, H, W); TypeError for uint8."""
        return _kernels.normalize(batch, self.mean, self.std)

    def apply_array(self, image: np.ndarray, params: None) -> np.ndarray:
        """Raise TypeError: a uint8 image cannot hold the result."""
        raise TypeError(
            "Normalize takes floats in [0, 1], got uint8; divide by 255 first, or leave the normalization to the "
            "recipe, which does it in `to_model_input`"
        )
