"""Augmentations that move pixels about or hide them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from torch import Tensor

from pairgen.augmentation import Range
from pairgen.modalities.image import _kernels
from pairgen.modalities.image._kernels.geometry import perspective_matrices, rotation_matrices
from pairgen.modalities.image.augmentations.base import ImageAugmentation, checked_range
from pairgen.modalities.image.augmentations.crops import Box
from pairgen.modalities.image.io.codec import shape_of
from pairgen.random import Stream

__all__ = ["Cutout", "HorizontalFlip", "Perspective", "Rotation", "VerticalFlip"]


@dataclass(frozen=True)
class _Flip(ImageAugmentation):
    _axis: ClassVar[int]
    p: float = 0.5

    def __post_init__(self) -> None:
        checked_range("p", self.p, 0, 1)

    def draw(self, item: Any, rng: Stream) -> Any:
        """Whether the image is mirrored: bool, or bool (B,)."""
        return rng.uniform() < self.p

    def apply_batch(self, batch: Tensor, params: Any) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        return _kernels.flip(batch, params, self._axis)

    def apply_array(self, image: np.ndarray, params: Any) -> np.ndarray:
        """(H, W[, C]) -> the same shape."""
        return _kernels.flip_array(image, params, self._axis)


@dataclass(frozen=True)
class HorizontalFlip(_Flip):
    """Mirror left and right with probability p."""

    _axis: ClassVar[int] = -1


@dataclass(frozen=True)
class VerticalFlip(_Flip):
    """Mirror top and bottom with probability p."""

    _axis: ClassVar[int] = -2


@dataclass(frozen=True)
class Rotation(ImageAugmentation):
    """Turn about the centre, counter-clockwise, bilinear, black outside.

    degrees: a number d means [-d, d], a pair itself; within [-360, 360].
    """

    degrees: Range = 30.0

    def __post_init__(self) -> None:
        checked_range("degrees", self.degrees, -360, 360, centre=0)

    def draw(self, item: Any, rng: Stream) -> Any:
        """The angle in degrees, or angles (B,)."""
        return rng.uniform(*checked_range("degrees", self.degrees, -360, 360, centre=0))

    def apply_batch(self, batch: Tensor, params: Any) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        return _kernels.warp(batch, rotation_matrices(params, *batch.shape[-2:]))

    def apply_array(self, image: np.ndarray, params: Any) -> np.ndarray:
        """(H, W[, C]) -> the same shape."""
        return _kernels.warp_array(image, rotation_matrices(params, *image.shape[:2])[0])


@dataclass(frozen=True)
class Perspective(ImageAugmentation):
    """See the image as if tilted: each corner moves inwards by a random share of the side, bilinear, black outside.

    distortion: in [0, 1); a corner moves by up to distortion / 2 of the width and of the height.
    """

    distortion: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.distortion < 1:
            raise ValueError(f"distortion must lie in [0, 1), got {self.distortion}")

    def draw(self, item: Any, rng: Stream) -> np.ndarray:
        """How far the corners move, as fractions of the sides: (4, 2) or (B, 4, 2)."""
        return rng.uniform(0.0, self.distortion / 2, size=(4, 2))

    def apply_batch(self, batch: Tensor, params: np.ndarray) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        return _kernels.warp(batch, perspective_matrices(params, *batch.shape[-2:]))

    def apply_array(self, image: np.ndarray, params: np.ndarray) -> np.ndarray:
        """(H, W[, C]) -> the same shape."""
        return _kernels.warp_array(image, perspective_matrices(params, *image.shape[:2])[0])


@dataclass(frozen=True)
class Cutout(ImageAugmentation):
    """Hide a box at a random place (DeVries and Taylor 2017); its centre is anywhere, so it may be cut off.

    size: its sides as fractions of the image's, in (0, 1]. fill: its grey level as a fraction of white, in [0, 1].
    """

    size: float = 0.5
    fill: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.size <= 1:
            raise ValueError(f"size is a fraction of the image's sides in (0, 1], got {self.size}")
        if not 0 <= self.fill <= 1:
            raise ValueError(f"fill is a fraction of white in [0, 1], got {self.fill}")

    def draw(self, item: Any, rng: Stream) -> Box:
        """The part of the box that lies in the image."""
        _, height, width = shape_of(item)
        sides = np.array([height, width])
        box = np.maximum(1, np.rint(sides * self.size)).astype(np.int64)
        first = np.floor(rng.uniform(size=2) * sides).astype(np.int64) - box // 2
        start, stop = np.maximum(first, 0), np.minimum(first + box, sides)
        edges = [start[..., 0], start[..., 1], *np.moveaxis(stop - start, -1, 0)]
        return Box(*(edges if rng.is_batched else map(int, edges)))

    def apply_batch(self, batch: Tensor, params: Box) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        box = params
        value = self.fill if batch.dtype.is_floating_point else round(self.fill * 255)
        return _kernels.erase(batch, box.top, box.left, box.height, box.width, value)

    def apply_array(self, image: np.ndarray, params: Box) -> np.ndarray:
        """(H, W[, C]) -> the same shape."""
        box, value = params, round(self.fill * 255)
        return _kernels.erase_array(image, box.top, box.left, box.height, box.width, value)
