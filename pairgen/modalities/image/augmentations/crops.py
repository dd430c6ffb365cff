"""Augmentations that cut out a part of an image."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from torch import Tensor

from pairgen._validation import check_int, check_pair
from pairgen.modalities.image import _kernels
from pairgen.modalities.image.augmentations.base import (
    ImageAugmentation,
    ImageSize,
    Number,
    check_size,
    height_and_width,
)
from pairgen.modalities.image.io.codec import ImageItem, shape_of
from pairgen.random import Stream

__all__ = ["Box", "CenterResize", "RandomCrop", "RandomResizedCrop"]

_RETRIES = (2, 7)  # further attempts, drawn together; two of them nearly always suffice

Unit = TypeVar("Unit", float, np.ndarray)


@dataclass(frozen=True)
class Box(Generic[Number]):
    """A box in an image: the params of crops and of `Cutout`.

    Args:
        top: First row, an integer; int64 (B,) in a batch, as the others.
        left: First column.
        height: Pixels.
        width: Pixels.
    """

    top: Number
    left: Number
    height: Number
    width: Number


@dataclass(frozen=True)
class RandomResizedCrop(ImageAugmentation[Box]):
    """Cut out a random box and resize it, antialiased ("Inception crop", Szegedy et al. 2015).

    A box that does not fit is drawn again, ten times, after which the largest centered box of a permitted aspect
    ratio is taken, as torchvision does.

    Args:
        size: Size of the view in pixels, a number or (height, width), at least 1.
        scale: Area of the box as a ratio of the image's, a pair (low, high) within [0, 1], high above 0.
        ratio: Width of the box over its height, a pair (low, high) above 0, drawn uniformly in the logarithm.

    Example:
        >>> import torch
        >>> from pairgen.random import Stream
        >>> RandomResizedCrop(8)(torch.rand(3, 20, 30), Stream(seed=0)).shape
        torch.Size([3, 8, 8])
    """

    size: ImageSize
    scale: tuple[float, float] = (0.08, 1.0)
    ratio: tuple[float, float] = (3 / 4, 4 / 3)

    def __post_init__(self) -> None:
        scale, ratio = check_pair("scale", self.scale, 0, 1), check_pair("ratio", self.ratio, 0, math.inf)
        if scale[1] == 0:
            raise ValueError(f"scale must leave some of the image, got {self.scale}")
        if ratio[0] == 0:
            raise ValueError(f"ratio must be above 0, got {self.ratio}")
        object.__setattr__(self, "size", check_size(self.size))
        object.__setattr__(self, "scale", scale)
        object.__setattr__(self, "ratio", ratio)

    def draw(self, item: ImageItem, rng: Stream) -> Box:
        """Draw a box inside the image."""
        _, height, width = shape_of(item)
        if not rng.is_batched:
            return self._draw_one(height, width, rng)
        unit = rng.uniform(size=4)
        h, w, fits = self._box_sides(unit[:, 0], unit[:, 1], height, width)
        pending, stream = np.flatnonzero(~fits), rng[~fits]
        for count in _RETRIES:
            if not len(pending):
                break
            again = stream.uniform(size=(2, count))
            heights, widths, fits = self._box_sides(again[:, 0], again[:, 1], height, width)
            chosen, any_fits = (np.arange(len(pending)), fits.argmax(axis=1)), fits.any(axis=1)
            h[pending], w[pending] = heights[chosen], widths[chosen]
            pending, stream = pending[~any_fits], stream[~any_fits]
        top = np.floor(unit[:, 2] * (height - h + 1))
        left = np.floor(unit[:, 3] * (width - w + 1))
        if len(pending):
            box = self._largest_box(height, width)
            for values, side in zip((top, left, h, w), (box.top, box.left, box.height, box.width), strict=True):
                values[pending] = side
        return Box(*(values.astype(np.int64) for values in (top, left, h, w)))

    def _draw_one(self, height: int, width: int, rng: Stream) -> Box[int]:
        """The same for one key, in Python's numbers, which are ten times faster than arrays of one."""
        area, shape, y, x = rng.uniform(size=4).tolist()
        h, w, fits = self._box_sides(area, shape, height, width)
        for count in _RETRIES:
            if fits:
                break
            again = rng.uniform(size=(2, count))
            heights, widths, fitting = self._box_sides(again[0], again[1], height, width)
            chosen, fits = fitting.argmax(), fitting.any()
            h, w = heights[chosen], widths[chosen]
        if not fits:
            return self._largest_box(height, width)
        h, w = int(h), int(w)
        return Box(int(y * (height - h + 1)), int(x * (width - w + 1)), h, w)

    def _box_sides(self, area: Unit, shape: Unit, height: int, width: int) -> tuple[Any, Any, Any]:
        """Heights and widths for draws in [0, 1), numbers or arrays, and whether they fit into the image."""
        pixels = height * width * (self.scale[0] + (self.scale[1] - self.scale[0]) * area)
        low, high = math.log(self.ratio[0]), math.log(self.ratio[1])
        ratio = np.exp(low + (high - low) * shape)
        h, w = np.rint(np.sqrt(pixels / ratio)), np.rint(np.sqrt(pixels * ratio))
        return h, w, (h >= 1) & (h <= height) & (w >= 1) & (w <= width)

    def _largest_box(self, height: int, width: int) -> Box[int]:
        """The largest centered box of a permitted aspect ratio."""
        h, w = height, width
        if width < self.ratio[0] * height:
            h = max(1, min(height, round(width / self.ratio[0])))
        elif width > self.ratio[1] * height:
            w = max(1, min(width, round(height * self.ratio[1])))
        return Box((height - h) // 2, (width - w) // 2, h, w)

    def apply_batch(self, batch: Tensor, params: Box[np.ndarray]) -> Tensor:
        """Return (B, C, *size)."""
        size = height_and_width(self.size)
        return _kernels.resized_crop(batch, params.top, params.left, params.height, params.width, size)

    def apply_array(self, image: np.ndarray, params: Box[int]) -> np.ndarray:
        """Return (*size) or (*size, C)."""
        size = height_and_width(self.size)
        return _kernels.resized_crop_array(image, params.top, params.left, params.height, params.width, size)


@dataclass(frozen=True)
class RandomCrop(ImageAugmentation[Box]):
    """Pad with black and cut out a random window without resizing: the shift augmentation of CIFAR.

    Args:
        size: Size of the view in pixels, a number or (height, width), at most that of the padded image.
        padding: Pixels on each side, 0 or more.
    """

    size: ImageSize
    padding: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", check_size(self.size))
        object.__setattr__(self, "padding", check_int("padding", self.padding, 0, unit="pixels"))

    def draw(self, item: ImageItem, rng: Stream) -> Box:
        """Draw a window in the padded image; ValueError for an image that is too small."""
        _, height, width = shape_of(item)
        h, w = height_and_width(self.size)
        free = height + 2 * self.padding - h, width + 2 * self.padding - w
        if min(free) < 0:
            raise ValueError(
                f"cannot cut {h} x {w} pixels out of an image of {height} x {width} with padding {self.padding}; "
                "raise the padding, or use RandomResizedCrop"
            )
        corners = (rng.uniform(size=2) * (np.array(free) + 1)).astype(np.int64)
        if rng.is_batched:
            full = np.ones(len(corners), dtype=np.int64)
            return Box(corners[:, 0], corners[:, 1], h * full, w * full)
        return Box(int(corners[0]), int(corners[1]), h, w)

    def apply_batch(self, batch: Tensor, params: Box[np.ndarray]) -> Tensor:
        """Return (B, C, *size)."""
        return _kernels.crop(batch, params.top, params.left, height_and_width(self.size), self.padding)

    def apply_array(self, image: np.ndarray, params: Box[int]) -> np.ndarray:
        """Return (*size) or (*size, C)."""
        return _kernels.crop_array(image, params.top, params.left, height_and_width(self.size), self.padding)


@dataclass(frozen=True)
class CenterResize(ImageAugmentation[Box | None]):
    """Resize the shorter side and cut out the center: what encoders are evaluated on. Not random.

    Args:
        size: Size of the view in pixels, a number or (height, width). None, or an image that has this size already,
            leaves the image as it is.
    """

    size: ImageSize | None = None

    def __post_init__(self) -> None:
        if self.size is not None:
            object.__setattr__(self, "size", check_size(self.size))

    def draw(self, item: ImageItem, rng: Stream) -> Box | None:
        """Return the largest centered box of the shape of `size`, or None where nothing changes."""
        _, height, width = shape_of(item)
        if self.size is None or height_and_width(self.size) == (height, width):
            return None
        h, w = height_and_width(self.size)
        step = min(height / h, width / w)
        tall, wide = max(1, min(height, round(h * step))), max(1, min(width, round(w * step)))
        sides = (height - tall) // 2, (width - wide) // 2, tall, wide
        if not rng.is_batched:
            return Box(*sides)
        return Box(*(np.full(len(rng), side, dtype=np.int64) for side in sides))

    def apply_batch(self, batch: Tensor, params: Box[np.ndarray] | None) -> Tensor:
        """Return (B, C, *size)."""
        if self.size is None or params is None:
            return batch
        size = height_and_width(self.size)
        return _kernels.resized_crop(batch, params.top, params.left, params.height, params.width, size)

    def apply_array(self, image: np.ndarray, params: Box[int] | None) -> np.ndarray:
        """Return (*size) or (*size, C)."""
        if self.size is None or params is None:
            return image
        size = height_and_width(self.size)
        return _kernels.resized_crop_array(image, params.top, params.left, params.height, params.width, size)
