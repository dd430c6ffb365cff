"""Augmentations that choose what part of an image is seen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from pairgen.modalities.image import _kernels
from pairgen.modalities.image.augmentations.base import (
    ImageAugmentation,
    checked_range,
    checked_size,
)
from pairgen.modalities.image.io.codec import shape_of
from pairgen.random import Stream

__all__ = ["Box", "CenterResize", "RandomCrop", "RandomResizedCrop"]

_RETRIES = (2, 7)  # further attempts, drawn together; two of them nearly always suffice


@dataclass(frozen=True)
class Box:
    """A box in pixels: integers, or int64 (B,)."""

    top: Any
    left: Any
    height: Any
    width: Any


@dataclass(frozen=True)
class RandomResizedCrop(ImageAugmentation):
    """Cut out a random box and resize it to `size`, antialiased ("Inception crop", Szegedy et al. 2015).

    size: pixels, or (height, width). scale: the box's share of the area, within (0, 1]. ratio: its width over its
    height, drawn uniformly in the logarithm. A box that does not fit is drawn again, ten times, after which the
    largest centred box of a permitted ratio is taken, as torchvision does.
    """

    size: int | tuple[int, int]
    scale: tuple[float, float] = (0.08, 1.0)
    ratio: tuple[float, float] = (3 / 4, 4 / 3)

    def __post_init__(self) -> None:
        checked_size(self.size)
        if checked_range("scale", self.scale, 0, 1)[1] == 0:
            raise ValueError(f"scale must leave some of the image, got {self.scale}")
        if checked_range("ratio", self.ratio, 0, math.inf)[0] == 0:
            raise ValueError(f"ratio must be above 0, got {self.ratio}")

    def draw(self, item: Any, rng: Stream) -> Box:
        """A box inside the image."""
        _, height, width = shape_of(item)
        if not rng.is_batched:
            return self._draw_one(height, width, rng)
        unit = rng.uniform(size=4)
        h, w, fits = self._sized(unit[:, 0], unit[:, 1], height, width)
        pending, stream = np.flatnonzero(~fits), rng[~fits]
        for count in _RETRIES:
            if not len(pending):
                break
            again = stream.uniform(size=(2, count))
            heights, widths, fits = self._sized(again[:, 0], again[:, 1], height, width)
            chosen, found = (np.arange(len(pending)), fits.argmax(axis=1)), fits.any(axis=1)
            h[pending], w[pending] = heights[chosen], widths[chosen]
            pending, stream = pending[~found], stream[~found]
        top = np.floor(unit[:, 2] * (height - h + 1))
        left = np.floor(unit[:, 3] * (width - w + 1))
        if len(pending):
            box = self._largest(height, width)
            for values, side in zip((top, left, h, w), (box.top, box.left, box.height, box.width), strict=True):
                values[pending] = side
        return Box(*(values.astype(np.int64) for values in (top, left, h, w)))

    def _draw_one(self, height: int, width: int, rng: Stream) -> Box:
        """The same for one key, in Python's numbers, which are ten times faster than arrays of one."""
        area, shape, y, x = rng.uniform(size=4).tolist()
        h, w, fits = self._sized(area, shape, height, width)
        for count in _RETRIES:
            if fits:
                break
            again = rng.uniform(size=(2, count))
            heights, widths, fitting = self._sized(again[0], again[1], height, width)
            chosen, fits = fitting.argmax(), fitting.any()
            h, w = heights[chosen], widths[chosen]
        if not fits:
            return self._largest(height, width)
        h, w = int(h), int(w)
        return Box(int(y * (height - h + 1)), int(x * (width - w + 1)), h, w)

    def _sized(self, area: Any, shape: Any, height: int, width: int) -> tuple[Any, Any, Any]:
        """Heights and widths for draws in [0, 1), numbers or arrays, and whether they fit into the image."""
        pixels = height * width * (self.scale[0] + (self.scale[1] - self.scale[0]) * area)
        low, high = math.log(self.ratio[0]), math.log(self.ratio[1])
        ratio = np.exp(low + (high - low) * shape)
        h, w = np.rint(np.sqrt(pixels / ratio)), np.rint(np.sqrt(pixels * ratio))
        return h, w, (h >= 1) & (h <= height) & (w >= 1) & (w <= width)

    def _largest(self, height: int, width: int) -> Box:
        """The largest centred box of a permitted ratio."""
        h, w = height, width
        if width < self.ratio[0] * height:
            h = max(1, min(height, round(width / self.ratio[0])))
        elif width > self.ratio[1] * height:
            w = max(1, min(width, round(height * self.ratio[1])))
        return Box((height - h) // 2, (width - w) // 2, h, w)

    def apply_batch(self, batch: Tensor, params: Box) -> Tensor:
        """(B, C, H, W) -> (B, C, *size)."""
        box = params
        size = checked_size(self.size)
        return _kernels.resized_crop(batch, box.top, box.left, box.height, box.width, size)

    def apply_array(self, image: np.ndarray, params: Box) -> np.ndarray:
        """(H, W[, C]) -> (*size[, C])."""
        box, size = params, checked_size(self.size)
        return _kernels.resized_crop_array(image, box.top, box.left, box.height, box.width, size)


@dataclass(frozen=True)
class RandomCrop(ImageAugmentation):
    """Pad with black and cut out a random window, without resizing: the shift augmentation of CIFAR.

    size: pixels, or (height, width), at most the padded image. padding: pixels on each side, 0 or more.
    """

    size: int | tuple[int, int]
    padding: int = 0

    def __post_init__(self) -> None:
        checked_size(self.size)
        if not isinstance(self.padding, int) or self.padding < 0:
            raise ValueError(f"padding is a whole number of pixels, 0 or more; got {self.padding!r}")

    def draw(self, item: Any, rng: Stream) -> Box:
        """A window in the padded image. ValueError for an image that is too small."""
        _, height, width = shape_of(item)
        h, w = checked_size(self.size)
        free = height + 2 * self.padding - h, width + 2 * self.padding - w
        if min(free) < 0:
            raise ValueError(
                f"cannot cut {h} x {w} pixels out of an image of {height} x {width} with padding {self.padding}; "
                "raise the padding, or use RandomResizedCrop"
            )
        unit = rng.uniform(size=2)
        places = (unit * (np.array(free) + 1)).astype(np.int64)
        if rng.is_batched:
            full = np.ones(len(places), dtype=np.int64)
            return Box(places[:, 0], places[:, 1], h * full, w * full)
        return Box(int(places[0]), int(places[1]), h, w)

    def apply_batch(self, batch: Tensor, params: Box) -> Tensor:
        """(B, C, H, W) -> (B, C, *size)."""
        return _kernels.crop(batch, params.top, params.left, checked_size(self.size), self.padding)

    def apply_array(self, image: np.ndarray, params: Box) -> np.ndarray:
        """(H, W[, C]) -> (*size[, C])."""
        return _kernels.crop_array(image, params.top, params.left, checked_size(self.size), self.padding)


@dataclass(frozen=True)
class CenterResize(ImageAugmentation):
    """Resize the shorter side to `size` and cut out the centre: what encoders are evaluated on. Not random.

    size: pixels, or (height, width); None, or an image that has this size already, leaves the image as it is.
    """

    size: int | tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.size is not None:
            checked_size(self.size)

    def draw(self, item: Any, rng: Stream) -> Box | None:
        """The largest centred box of the shape of `size`; nothing is drawn."""
        _, height, width = shape_of(item)
        if self.size is None or checked_size(self.size) == (height, width):
            return None
        h, w = checked_size(self.size)
        step = min(height / h, width / w)
        tall, wide = max(1, min(height, round(h * step))), max(1, min(width, round(w * step)))
        box = Box((height - tall) // 2, (width - wide) // 2, tall, wide)
        if not rng.is_batched:
            return box
        sides = (box.top, box.left, box.height, box.width)
        return Box(*(np.full(len(rng), side, dtype=np.int64) for side in sides))

    def apply_batch(self, batch: Tensor, params: Box | None) -> Tensor:
        """(B, C, H, W) -> (B, C, *size)."""
        if self.size is None or params is None:
            return batch
        box, size = params, checked_size(self.size)
        return _kernels.resized_crop(batch, box.top, box.left, box.height, box.width, size)

    def apply_array(self, image: np.ndarray, params: Box | None) -> np.ndarray:
        """(H, W[, C]) -> (*size[, C])."""
        if self.size is None or params is None:
            return image
        box, size = params, checked_size(self.size)
        return _kernels.resized_crop_array(image, box.top, box.left, box.height, box.width, size)
