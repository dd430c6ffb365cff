"""The base class of image augmentations: it chooses the kernel for each type of item."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from typing_extensions import TypeVar

from pairgen._validation import check_int
from pairgen.augmentation import Augmentation, batch_of_one
from pairgen.modalities.image.io.codec import ImageItem, decode_image, restore_image
from pairgen.random import Stream

__all__ = ["ImageAugmentation", "ImageSize", "Number", "check_size", "height_and_width"]

_MAX_OPENCV_CHANNELS = 128  # OpenCV 5 refuses more; OpenCV 4 512

P = TypeVar("P", default=Any)
Number = TypeVar("Number", bound=float | np.ndarray, default=Any)  # of params: a number, or an array (B,) in a batch

ImageSize = int | tuple[int, int]
"""Pixels: the side of a square, or (height, width)."""


class ImageAugmentation(Augmentation[ImageItem, P]):
    """A random transform of images: the base class of all image augmentations.

    It takes PIL images, arrays (H, W) or (H, W, C), tensors (C, H, W), paths, encoded bytes, and batches
    (B, C, H, W); a view has the type, dtype, device and rank of its item. Items that are not decoded yet are decoded
    once a call.

    A subclass gives `draw`, for one key or many, and `apply_batch`, a kernel on tensors that serves items of every type
    as batches of one. It may define `apply_array` too, a faster kernel on uint8 arrays. `P` is the type of its params.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass(frozen=True)
        ... class Fade(ImageAugmentation):
        ...     low: float = 0.5
        ...
        ...     def draw(self, item, rng):
        ...         return rng.uniform(self.low, 1.0)
        ...
        ...     def apply_batch(self, batch, params):
        ...         factors = torch.as_tensor(params, device=batch.device).reshape(-1, 1, 1, 1)
        ...         return (batch * factors).to(batch.dtype)
        >>> Fade()(np.full((2, 2, 3), 255, np.uint8), Stream(0)).dtype
        dtype('uint8')
    """

    @abstractmethod
    def apply_batch(self, batch: Tensor, params: P) -> Tensor:
        """Return the views of a batch.

        Args:
            batch: (B, C, H, W), uint8 or float in [0, 1].
            params: What `draw` gives for a stream of B keys: each leaf has B rows.
        """

    def apply_array(self, image: np.ndarray, params: P) -> np.ndarray:
        """Return the view of one uint8 array: that of `apply_batch`, unless a subclass has a kernel for arrays.

        Args:
            image: (H, W), or (H, W, C) with C > 1.
            params: What `draw` gives for a stream of one key.
        """
        return self._apply_as_batch(image, params)

    def apply(self, item: ImageItem, params: P) -> ImageItem:
        """Return the view of one image of any type."""
        if isinstance(item, np.ndarray):
            return self._apply_to_array(item, params)
        if isinstance(item, Tensor):
            return self.apply_batch(item[None], batch_of_one(params))[0]
        return restore_image(self.apply(decode_image(item), params), item)

    def sample(self, item: ImageItem, rng: Stream) -> tuple[ImageItem, P]:
        """Return a view and the params that replay it; an item that is not decoded is decoded once for both."""
        image = item if isinstance(item, (np.ndarray, Tensor)) else decode_image(item)
        params = self.draw(image, rng)
        view = self.apply(image, params)
        return (view if image is item else restore_image(view, item)), params

    def _apply_to_array(self, image: np.ndarray, params: P) -> np.ndarray:
        if image.ndim == 3 and image.shape[2] == 1:  # OpenCV drops a last axis of one
            return self._apply_to_array(image[..., 0], params)[..., None]
        if image.dtype == np.uint8 and (image.ndim == 2 or image.shape[2] <= _MAX_OPENCV_CHANNELS):
            return self.apply_array(image, params)
        return self._apply_as_batch(image, params)

    def _apply_as_batch(self, image: np.ndarray, params: P) -> np.ndarray:
        planes = image[None] if image.ndim == 2 else np.moveaxis(image, 2, 0)
        batch = torch.from_numpy(np.ascontiguousarray(planes)[None].copy())
        view = self.apply_batch(batch, batch_of_one(params))[0].numpy()
        return view[0] if image.ndim == 2 else np.ascontiguousarray(np.moveaxis(view, 0, 2))


def check_size(size: object) -> ImageSize:
    """Return a size in Python's integers.

    Raises:
        TypeError: It is neither an integer nor a pair of integers.
        ValueError: A side is below 1.
    """
    if not isinstance(size, Iterable) or getattr(size, "ndim", 1) == 0:  # an array without axes claims to be iterable
        return check_int("size", size, 1, unit="pixels")
    sides = tuple(check_int("size", side, 1, unit="pixels") for side in size)
    if len(sides) != 2:
        raise ValueError(f"size is a number of pixels or a pair (height, width), got {size!r}")
    return sides[0], sides[1]


def height_and_width(size: ImageSize) -> tuple[int, int]:
    """Return (height, width) of a size that `check_size` returned."""
    return (size, size) if isinstance(size, int) else size
