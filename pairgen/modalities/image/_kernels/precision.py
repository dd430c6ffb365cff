"""How the tensor kernels compute: float32 (float64 for float64), then once back to the images' own dtype."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

__all__ = ["per_item", "restore", "restore_clipped", "top", "working"]


def top(images: Tensor) -> float:
    """The value of white: 255 for uint8, 1 for floats."""
    return 255.0 if images.dtype == torch.uint8 else 1.0


def working(images: Tensor) -> Tensor:
    """The images in the dtype they are computed in: themselves if that is what they have, else a copy."""
    if images.dtype in (torch.float32, torch.float64):
        return images
    if images.dtype == torch.uint8 or images.dtype.is_floating_point:
        return images.to(torch.float32)
    raise TypeError(
        f"images are uint8 in 0..255 or floats in [0, 1], got {images.dtype}; "
        "convert with images.to(torch.uint8), or divide by the largest value"
    )


def restore(values: Tensor, images: Tensor) -> Tensor:
    """Computed `values` in the dtype of `images`; uint8 is rounded and clipped, floats are cast.

    For uint8 the values, a copy by then, are used up.
    """
    if images.dtype == torch.uint8:
        # The detour by int16 is three times faster on the CPU, where a cast from float to uint8 is not vectorised.
        return values.round_().clamp_(0, 255).to(torch.int16).to(torch.uint8)
    return values.to(images.dtype)


def restore_clipped(values: Tensor, images: Tensor) -> Tensor:
    """The same, floats clipped to [0, 1]: weights that sum to 1 but for rounding may leave the range by as much.

    The values, not the images themselves, are used up.
    """
    return restore(values if images.dtype == torch.uint8 else values.clamp_(0, 1), images)


def per_item(values: Any, like: Tensor, ndim: int = 4) -> Tensor:
    """Parameters (B,) as a (B, 1, ...) tensor of `like`'s dtype and device that broadcasts over a batch."""
    column = torch.as_tensor(np.asarray(values), dtype=like.dtype).reshape(-1, *(1,) * (ndim - 1))
    return column.to(like.device)
