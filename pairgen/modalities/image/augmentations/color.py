"""Augmentations of colour and grey levels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch import Tensor

from pairgen.augmentation import Range
from pairgen.modalities.image import _kernels
from pairgen.modalities.image._kernels.color import ORDERS
from pairgen.modalities.image.augmentations.base import ImageAugmentation, checked_range
from pairgen.random import Stream

__all__ = ["ColorJitter", "Equalize", "Grayscale", "Normalize", "Posterize", "Solarize"]


@dataclass(frozen=True)
class Jitter:
    """Factors, hue in turns, and the order (4,) of the four; each with a leading axis B in a batch."""

    brightness: Any
    contrast: Any
    saturation: Any
    hue: Any
    order: Any


@dataclass(frozen=True)
class ColorJitter(ImageAugmentation):
    """Change brightness, contrast, saturation and hue, in a random order.

    brightness, contrast, saturation: factors; a number s means [max(0, 1 - s), 1 + s], a pair itself, 0 or more.
    hue: a turn of the colour circle; a number h means [-h, h], a pair itself, within [-0.5, 0.5].
    0 switches one off. Images of 1 channel have neither saturation nor hue and keep them so; 1 or 3 channels.
    """

    brightness: Range = 0.0
    contrast: Range = 0.0
    saturation: Range = 0.0
    hue: Range = 0.0
    _bounds: tuple[np.ndarray, np.ndarray] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Every draw needs the bounds, so they are computed once, past the frozen dataclass's guard.
        object.__setattr__(self, "_bounds", self._ranges())

    def _ranges(self) -> tuple[np.ndarray, np.ndarray]:
        factors = [
            checked_range(name, getattr(self, name), 0, float("inf"), centre=1)
            for name in ("brightness", "contrast", "saturation")
        ]
        low, high = zip(*factors, checked_range("hue", self.hue, -0.5, 0.5, centre=0), strict=True)
        return np.array(low), np.array(high)

    def draw(self, item: Any, rng: Stream) -> Jitter:
        """Factors, hue and order."""
        low, high = self._bounds
        unit = rng.uniform(size=5)
        values = low + (high - low) * unit[..., :4]
        order = ORDERS[(unit[..., 4] * len(ORDERS)).astype(np.int64)]
        if rng.is_batched:
            return Jitter(values[:, 0], values[:, 1], values[:, 2], values[:, 3], order)
        brightness, contrast, saturation, hue = values.tolist()
        return Jitter(brightness, contrast, saturation, hue, order)

    def apply_batch(self, batch: Tensor, params: Jitter) -> Tensor:
        """(B, 1 or 3, H, W) -> the same shape."""
        p = params
        return _kernels.jitter(batch, p.brightness, p.contrast, p.saturation, p.hue, p.order)

    def apply_array(self, image: np.ndarray, params: Jitter) -> np.ndarray:
        """(H, W[, 3]) -> the same shape."""
        p = params
        return _kernels.jitter_array(image, p.brightness, p.contrast, p.saturation, p.hue, p.order)


@dataclass(frozen=True)
class _Fixed(ImageAugmentation):
    """An operation without randomness."""

    def draw(self, item: Any, rng: Stream) -> None:
        """Nothing is random here."""
        return


@dataclass(frozen=True)
class Grayscale(_Fixed):
    """Every channel becomes the luma (ITU-R 601). Not random: wrap it in RandomApply. 1 or 3 channels."""

    def apply_batch(self, batch: Tensor, params: Any) -> Tensor:
        """(B, 1 or 3, H, W) -> the same shape."""
        return _kernels.greyscale(batch)

    def apply_array(self, image: np.ndarray, params: Any) -> np.ndarray:
        """(H, W[, 3]) -> the same shape."""
        return _kernels.greyscale_array(image)


@dataclass(frozen=True)
class Solarize(_Fixed):
    """Invert all values at or above `threshold`, a fraction of white in [0, 1]. Not random: wrap it in RandomApply."""

    threshold: float = 0.5

    def __post_init__(self) -> None:
        checked_range("threshold", self.threshold, 0, 1)

    def apply_batch(self, batch: Tensor, params: Any) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        return _kernels.solarize(batch, self.threshold)

    def apply_array(self, image: np.ndarray, params: Any) -> np.ndarray:
        """(H, W[, C]) -> the same shape."""
        return _kernels.solarize_array(image, self.threshold)


@dataclass(frozen=True)
class Posterize(ImageAugmentation):
    """Keep only the upper bits of every value.

    bits: a whole number from 1 to 8, or a pair (low, high), of which one is drawn, both ends included.
    Float images are taken as 8 bits.
    """

    bits: int | tuple[int, int] = 4

    def __post_init__(self) -> None:
        low, high = checked_range("bits", self.bits, 1, 8)
        if low != int(low) or high != int(high):
            raise ValueError(f"bits are whole numbers, got {self.bits}")

    def draw(self, item: Any, rng: Stream) -> Any:
        """How many bits stay: an integer, or int64 (B,)."""
        low, high = checked_range("bits", self.bits, 1, 8)
        return rng.integers(int(low), int(high) + 1)

    def apply_batch(self, batch: Tensor, params: Any) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        return _kernels.posterize(batch, params)

    def apply_array(self, image: np.ndarray, params: Any) -> np.ndarray:
        """(H, W[, C]) -> the same shape."""
        return _kernels.posterize_array(image, params)


@dataclass(frozen=True)
class Equalize(_Fixed):
    """Flatten the histogram of each channel, as PIL does. Not random: wrap it in RandomApply.

    Float images are taken as 8 bits.
    """

    def apply_batch(self, batch: Tensor, params: Any) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        return _kernels.equalize(batch)

    def apply_array(self, image: np.ndarray, params: Any) -> np.ndarray:
        """(H, W[, C]) -> the same shape."""
        return _kernels.equalize_array(image)


@dataclass(frozen=True)
class Normalize(_Fixed):
    """(value - mean) / std for each channel of float images; the result leaves [0, 1], so it comes last.

    mean, std: one number a channel, or one for all; std above 0. The recipes do this in their `finish` instead.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.mean) != len(self.std) or not self.mean or min(self.std) <= 0:
            raise ValueError(
                f"mean and std need one number a channel, std above 0; got mean={self.mean}, std={self.std}"
            )

    def apply_batch(self, batch: Tensor, params: Any) -> Tensor:
        """(B, C, H, W), floats -> the same shape. TypeError for uint8."""
        return _kernels.normalize(batch, self.mean, self.std)

    def apply_array(self, image: np.ndarray, params: Any) -> np.ndarray:
        """TypeError: a uint8 image cannot hold the result."""
        raise TypeError(
            "Normalize takes floats in [0, 1], got uint8; divide by 255 first, or leave normalisation to the recipe, "
            "which does it in `finish`"
        )
