"""Changing grey levels: solarise, posterise, equalise, noise, normalize."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from pairgen.modalities.image._kernels.precision import per_item, restore, top, working
from pairgen.random import RandomArray

__all__ = [
    "add_noise",
    "add_noise_array",
    "equalize",
    "equalize_array",
    "normalize",
    "posterize",
    "posterize_array",
    "solarize",
    "solarize_array",
]

_LEVELS = np.arange(256, dtype=np.uint8)


def solarize(images: Tensor, threshold: float) -> Tensor:
    """Invert all values at or above `threshold`, a fraction of white in [0, 1]; images (B, C, H, W)."""
    white = 255 if images.dtype == torch.uint8 else 1.0
    return torch.where(images >= threshold * white, white - images, images)


def solarize_array(image: np.ndarray, threshold: float) -> np.ndarray:
    """The same for one uint8 array, to the bit."""
    return cv2.LUT(image, np.where(threshold * 255 <= _LEVELS, 255 - _LEVELS, _LEVELS))


def posterize(images: Tensor, bits: Any) -> Tensor:
    """Keep the upper `bits` (B,), 1 to 8, of the 8 bits of every value; floats are taken in steps of 1/255."""
    mask = per_item(256 - 2 ** (8 - np.asarray(bits)), torch.empty(0, dtype=torch.int64))
    mask = mask.to(torch.uint8).to(images.device)
    if images.dtype == torch.uint8:
        return images & mask
    x = working(images)
    levels = (x * 255).round().clamp(0, 255).to(torch.uint8) & mask
    return restore(levels.to(x.dtype) / 255, images)


def posterize_array(image: np.ndarray, bits: int) -> np.ndarray:
    """The same for one uint8 array, to the bit."""
    masked: np.ndarray = np.bitwise_and(image, np.uint8(256 - 2 ** (8 - bits)))
    return masked


def _equalizing_tables(counts: np.ndarray) -> np.ndarray:
    """uint8 (N, 256) tables that flatten N histograms `counts` (N, 256), PIL's integer arithmetic.

    A histogram with fewer than 256 values beside its brightest level gives the identity.
    """
    brightest = 255 - np.argmax(counts[:, ::-1] > 0, axis=1)
    last = np.take_along_axis(counts, brightest[:, None], axis=1)[:, 0]
    step = (counts.sum(axis=1) - last) // 255
    before = np.cumsum(counts, axis=1) - counts
    tables = (before + (step // 2)[:, None]) // np.maximum(step, 1)[:, None]
    return np.where((step > 0)[:, None], np.minimum(tables, 255), _LEVELS).astype(np.uint8)


def equalize(images: Tensor) -> Tensor:
    """Flatten the histogram of every channel of every image (B, C, H, W), as PIL does; floats in 256 levels."""
    exact = images.dtype == torch.uint8
    levels = images if exact else (working(images) * 255).round().clamp_(0, 255).to(torch.uint8)
    planes = levels.flatten(2).flatten(0, 1).to(torch.int64)
    shifted = planes + 256 * torch.arange(len(planes), device=images.device)[:, None]
    counts = torch.bincount(shifted.reshape(-1), minlength=256 * len(planes)).view(-1, 256)
    tables = torch.from_numpy(_equalizing_tables(counts.cpu().numpy())).to(images.device)
    flat = tables.gather(1, planes).view(images.shape)
    return flat if exact else restore(flat.to(working(images).dtype) / 255, images)


def equalize_array(image: np.ndarray) -> np.ndarray:
    """The same for one uint8 (H, W) or (H, W, C) array, to the bit."""
    planes = image.reshape(-1, 1) if image.ndim == 2 else image.reshape(-1, image.shape[2])
    counts = np.stack([np.bincount(plane, minlength=256) for plane in planes.T])
    tables = _equalizing_tables(counts)
    return cv2.LUT(image, tables[0] if len(tables) == 1 else np.ascontiguousarray(tables.T)[None])


def add_noise(images: Tensor, sigma: Any, field: RandomArray) -> Tensor:
    """Add `sigma` (B,) times white times the normal `field` to every image (B, C, H, W), clipped to the range."""
    x, white = working(images), top(images)
    noise = field.normal(images.shape[1:], x).to(x.dtype)
    return restore((x + noise * per_item(sigma, x).mul_(white)).clamp_(0, white), images)


def add_noise_array(image: np.ndarray, sigma: float, field: RandomArray) -> np.ndarray:
    """The same for one uint8 (H, W) or (H, W, C) array: the same field, laid out (C, H, W) while it is drawn."""
    if image.ndim == 2:
        noise = field.normal(image.shape, image)
    else:
        height, width, channels = image.shape
        noise = field.normal((channels, height, width), image).transpose(1, 2, 0)
    return np.clip(np.rint(image + noise * np.float32(255 * sigma)), 0, 255).astype(np.uint8)


def normalize(images: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """(images - mean) / std, channel by channel; float images (B, C, H, W)."""
    if not images.dtype.is_floating_point:
        raise TypeError(
            f"Normalize takes floats in [0, 1], got {images.dtype}; divide by 255 first, or leave normalisation to "
            "the recipe, which does it in `finish`"
        )
    if len(mean) not in (1, images.shape[1]):
        raise ValueError(
            f"{len(mean)} means do not fit images of {images.shape[1]} channels; give one a channel, or one for all"
        )
    x = working(images)
    return restore((x - per_item(mean, x, 3)) / per_item(std, x, 3), images)
