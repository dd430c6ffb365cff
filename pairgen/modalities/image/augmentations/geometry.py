"""Augmentations that mirror, turn, tilt or hide parts of an image."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor

from pairgen._validation import check_number, check_probability, check_range
from pairgen.augmentation import Numbers, Range
from pairgen.modalities.image import _kernels
from pairgen.modalities.image._kernels.geometry import perspective_matrices, rotation_matrices
from pairgen.modalities.image.augmentations.base import ImageAugmentation
from pairgen.modalities.image.augmentations.crops import Box
from pairgen.modalities.image.io.codec import ImageItem, shape_of
from pairgen.random import Stream

__all__ = ["Cutout", "HorizontalFlip", "Perspective", "Rotation", "VerticalFlip"]


@dataclass(frozen=True)
class _Flip(ImageAugmentation):
    _axis: ClassVar[int]
    p: float = 0.5

    def __post_init__(self) -> None:
        object.__setattr__(self, "p", check_probability("p", self.p))

    def draw(self, item: ImageItem, rng: Stream) -> bool | np.ndarray:
        """Draw whether the image is mirrored: bool, or bool (B,)."""
        flipped: bool | np.ndarray = rng.uniform() < self.p
        return flipped

    def apply_batch(self, batch: Tensor, params: ArrayLike) -> Tensor:
        """Return (B, C, H, W)."""
        return _kernels.flip(batch, params, self._axis)

    def apply_array(self, image: np.ndarray, params: bool) -> np.ndarray:
        """Return an array of the shape of `image`."""
        return _kernels.flip_array(image, params, self._axis)


@dataclass(frozen=True)
class HorizontalFlip(_Flip):
    """Mirror left and right.

    Args:
        p: Probability with which it happens.
    """

    _axis: ClassVar[int] = -1


@dataclass(frozen=True)
class VerticalFlip(_Flip):
    """Mirror top and bottom.

    Args:
        p: Probability with which it happens.
    """

    _axis: ClassVar[int] = -2


@dataclass(frozen=True)
class Rotation(ImageAugmentation):
    """Turn about the center, counter-clockwise, bilinear, black outside.

    Args:
        degrees: Angle drawn uniformly from [-d, d] for a number d, or from a pair (low, high); in [-360, 360].
    """

    degrees: Range = 30.0
    _bounds: tuple[float, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_bounds", check_range("degrees", self.degrees, -360, 360))

    def draw(self, item: ImageItem, rng: Stream) -> Numbers:
        """Draw the angle in degrees."""
        angle: Numbers = rng.uniform(*self._bounds)
        return angle

    def apply_batch(self, batch: Tensor, params: ArrayLike) -> Tensor:
        """Return (B, C, H, W)."""
        return _kernels.warp(batch, rotation_matrices(params, *batch.shape[-2:]))

    def apply_array(self, image: np.ndarray, params: float) -> np.ndarray:
        """Return an array of the shape of `image`."""
        return _kernels.warp_array(image, rotation_matrices(params, *image.shape[:2])[0])


@dataclass(frozen=True)
class Perspective(ImageAugmentation[np.ndarray]):
    """Tilt the image: each corner moves inwards by a random ratio of the side; bilinear, black outside.

    Args:
        distortion: In [0, 1); a corner moves by up to distortion / 2 of the width and of the height.
    """

    distortion: float = 0.5

    def __post_init__(self) -> None:
        object.__setattr__(self, "distortion", check_number("distortion", self.distortion, 0, 1, below=True))

    def draw(self, item: ImageItem, rng: Stream) -> np.ndarray:
        """Draw how far the corners move, as ratios of the sides: (4, 2) or (B, 4, 2)."""
        return rng.uniform(0.0, self.distortion / 2, size=(4, 2))

    def apply_batch(self, batch: Tensor, params: np.ndarray) -> Tensor:
        """Return (B, C, H, W)."""
        return _kernels.warp(batch, perspective_matrices(params, *batch.shape[-2:]))

    def apply_array(self, image: np.ndarray, params: np.ndarray) -> np.ndarray:
        """Return an array of the shape of `image`."""
        return _kernels.warp_array(image, perspective_matrices(params, *image.shape[:2])[0])


@dataclass(frozen=True)
class Cutout(ImageAugmentation[Box]):
    """Hide a box at a random position (DeVries and Taylor 2017); its center is anywhere, so it may be cut off.

    Args:
        size: Sides of the box as a ratio of the image's, in (0, 1].
        fill: Gray level of the box as a ratio of white, in [0, 1].
    """

    size: float = 0.5
    fill: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", check_number("size", self.size, 0, 1, above=True))
        object.__setattr__(self, "fill", check_number("fill", self.fill, 0, 1))

    def draw(self, item: ImageItem, rng: Stream) -> Box:
        """Draw the part of the box that lies in the image."""
        _, height, width = shape_of(item)
        sides = np.array([height, width])
        box = np.maximum(1, np.rint(sides * self.size)).astype(np.int64)
        first = np.floor(rng.uniform(size=2) * sides).astype(np.int64) - box // 2
        start, stop = np.maximum(first, 0), np.minimum(first + box, sides)
        edges = [start[..., 0], start[..., 1], *np.moveaxis(stop - start, -1, 0)]
        return Box(*edges) if rng.is_batched else Box(*map(int, edges))

    def apply_batch(self, batch: Tensor, params: Box[np.ndarray]) -> Tensor:
        """Return (B, C, H, W)."""
        value = self.fill if batch.dtype.is_floating_point else round(self.fill * 255)
        return _kernels.erase(batch, params.top, params.left, params.height, params.width, value)

    def apply_array(self, image: np.ndarray, params: Box[int]) -> np.ndarray:
        """Return an array of the shape of `image`."""
        value = round(self.fill * 255)
        return _kernels.erase_array(image, params.top, params.left, params.height, params.width, value)
