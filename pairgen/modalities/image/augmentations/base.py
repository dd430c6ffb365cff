"""What all image augmentations share: which kernel serves which type of item."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from pairgen.augmentation import Augmentation, Range, batch_of_one
from pairgen.modalities.image.io.codec import decode_image

__all__ = ["ImageAugmentation", "checked_range", "checked_size"]


class ImageAugmentation(Augmentation):
    """An augmentation of images: PIL.Image, arrays (H, W) or (H, W, C), tensors (C, H, W), batches (B, C, H, W).

    A subclass gives `draw`, for one key or many, and two kernels: `apply_batch` on tensors and `apply_array` on
    uint8 arrays (H, W) or (H, W, C > 1). Tensors, and float arrays, take the first as a batch of one; the rest takes
    the second. The result has the type, dtype, device and rank of the item.
    """

    @abstractmethod
    def apply_batch(self, batch: Tensor, params: Any) -> Tensor:
        """The views of uint8 or float images (B, C, H, W); the leaves of params have B rows."""

    @abstractmethod
    def apply_array(self, image: np.ndarray, params: Any) -> np.ndarray:
        """The view of one uint8 image (H, W) or (H, W, C)."""

    def apply(self, item: Any, params: Any) -> Any:
        """The view of one image of any type."""
        if isinstance(item, np.ndarray):
            return self._of_array(item, params)
        if isinstance(item, Tensor):
            return self.apply_batch(item[None], batch_of_one(params))[0]
        return Image.fromarray(self._of_array(decode_image(item), params))

    def _of_array(self, image: np.ndarray, params: Any) -> np.ndarray:
        if image.ndim == 3 and image.shape[2] == 1:  # OpenCV drops a last axis of one
            return self._of_array(image[..., 0], params)[..., None]
        if image.dtype == np.uint8:
            return self.apply_array(image, params)
        planes = image[None] if image.ndim == 2 else np.moveaxis(image, 2, 0)
        batch = torch.from_numpy(np.ascontiguousarray(planes)[None].copy())
        view = self.apply_batch(batch, batch_of_one(params))[0].numpy()
        return view[0] if image.ndim == 2 else np.ascontiguousarray(np.moveaxis(view, 0, 2))


def checked_range(name: str, value: Range, low: float, high: float, centre: float | None = None) -> tuple[float, float]:
    """A documented range as (lowest, highest) within [low, high]; ValueError with the remedy if it is none.

    A pair means itself. A number s means [centre - s, centre + s], cut at `low`; without a centre, [s, s].
    """
    if isinstance(value, (int, float)):
        if centre is not None and value < 0:
            raise ValueError(f"{name} must not be negative, got {value}; 0 switches it off")
        pair = (value, value) if centre is None else (max(centre - value, low), centre + value)
    else:
        if len(value) != 2:
            raise ValueError(f"{name} is a number or a pair (low, high), got {value!r}")
        pair = value
    if not low <= pair[0] <= pair[1] <= high:
        raise ValueError(f"{name} must lie in [{low:g}, {high:g}], low before high; got {value!r}")
    return float(pair[0]), float(pair[1])


def checked_size(size: int | tuple[int, int]) -> tuple[int, int]:
    """(height, width) of a size given as one number or two; ValueError unless both are at least 1."""
    pair = (size, size) if isinstance(size, int) else tuple(size)
    if len(pair) != 2 or not all(isinstance(n, int) and n >= 1 for n in pair):
        raise ValueError(f"size is a number of pixels or a pair (height, width), each at least 1; got {size!r}")
    return pair
