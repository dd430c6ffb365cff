"""Pixel values: the dtypes in which kernels compute, and operations on each value alone.

Kernels compute in float32 (float64 for float64) and cast once, back to the images' dtype.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Concatenate, ParamSpec

import cv2
import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from pairgen.random import RandomArray

__all__ = [
    "add_noise",
    "add_noise_array",
    "cast_back",
    "cast_clipped",
    "composite",
    "equalize",
    "equalize_array",
    "has_alpha",
    "normalize",
    "per_item",
    "posterize",
    "posterize_array",
    "solarize",
    "solarize_array",
    "spare_alpha",
    "spare_alpha_array",
    "to_float",
    "white_level",
    "without_autocast",
]

P = ParamSpec("P")

_LEVELS = np.arange(256, dtype=np.uint8)


def white_level(images: Tensor) -> float:
    """Return the value of white: 255 for uint8, 1 for floats."""
    return 255.0 if images.dtype == torch.uint8 else 1.0


def to_float(images: Tensor) -> Tensor:
    """Return the images in the dtype they are computed in: themselves if they have it, else a copy."""
    if images.dtype in (torch.float32, torch.float64):
        return images
    if images.dtype == torch.uint8 or images.dtype.is_floating_point:
        return images.to(torch.float32)
    raise TypeError(
        f"images are uint8 in 0..255 or floats in [0, 1], got {images.dtype}; "
        "convert with images.to(torch.uint8), or divide by the largest value"
    )


def cast_back(values: Tensor, images: Tensor) -> Tensor:
    """Return computed values in the dtype of `images`; uint8 is rounded and clipped, floats are cast.

    For uint8 the values are overwritten.
    """
    if images.dtype == torch.uint8:
        # The detour by int16 is three times faster on the CPU, where a cast from float to uint8 is not vectorized.
        return values.round_().clamp_(0, 255).to(torch.int16).to(torch.uint8)
    return values.to(images.dtype)


def cast_clipped(values: Tensor, images: Tensor) -> Tensor:
    """Do as `cast_back`, floats clipped to [0, 1], which weights that sum to 1 leave by rounding.

    The values are overwritten.
    """
    return cast_back(values if images.dtype == torch.uint8 else values.clamp_(0, 1), images)


def per_item(values: ArrayLike, like: Tensor, ndim: int = 4) -> Tensor:
    """Return parameters (B,) as a tensor (B, 1, ...) of `like`'s dtype and device that broadcasts over a batch."""
    # From NumPy, not `as_tensor`, which would put it onto torch's default device.
    column = torch.from_numpy(np.array(values)).to(like.dtype).reshape(-1, *(1,) * (ndim - 1))
    return column.to(like.device)


def without_autocast(kernel: Callable[Concatenate[Tensor, P], Tensor]) -> Callable[Concatenate[Tensor, P], Tensor]:
    """Decorate a kernel whose products `torch.autocast` would compute in half precision: it computes as outside."""

    @wraps(kernel)
    def in_full(images: Tensor, /, *args: P.args, **kwargs: P.kwargs) -> Tensor:
        device = images.device.type
        if not torch.is_autocast_enabled(device):
            return kernel(images, *args, **kwargs)
        with torch.autocast(device, enabled=False):
            return kernel(images, *args, **kwargs)

    return in_full


def has_alpha(channels: int) -> bool:
    """Whether the last of so many channels is taken for alpha: of 2, behind gray, and of 4, behind red, green, blue."""
    return channels in (2, 4)


def composite(images: Tensor, background: int | Sequence[int]) -> Tensor:
    """Return images over a background, without alpha, rounded as those of files are.

    Args:
        images: (..., 2, H, W), gray and alpha, or (..., 4, H, W); uint8 or float in [0, 1].
        background: Red, green and blue, or one gray level, 0 to 255.

    Returns:
        (..., 3, H, W), or (..., 1, H, W) where image and background are gray.
    """
    levels = list(background) if isinstance(background, Sequence) else [background]
    levels = levels[:1] if len(set(levels)) == 1 else levels
    behind = torch.tensor(levels, dtype=torch.int32, device=images.device).reshape(-1, 1, 1)
    colors, alpha = images[..., :-1, :, :], images[..., -1:, :, :]
    if images.dtype == torch.uint8:
        opacity = alpha.to(torch.int32)
        mixed = colors * opacity + behind * (255 - opacity) + 127
        return mixed.div_(255, rounding_mode="floor").to(torch.uint8)
    opacity = to_float(alpha)
    return cast_back(to_float(colors) * opacity + behind.to(opacity.dtype) / 255 * (1 - opacity), images)


def spare_alpha(kernel: Callable[Concatenate[Tensor, P], Tensor]) -> Callable[Concatenate[Tensor, P], Tensor]:
    """Decorate a kernel on (B, C, H, W) that keeps the shape and changes values alone: alpha stays as it is."""

    @wraps(kernel)
    def on_colors(images: Tensor, /, *args: P.args, **kwargs: P.kwargs) -> Tensor:
        if not has_alpha(images.shape[1]):
            return kernel(images, *args, **kwargs)
        views = images.clone()
        views[:, :-1] = kernel(images[:, :-1], *args, **kwargs)
        return views

    return on_colors


def spare_alpha_array(
    kernel: Callable[Concatenate[np.ndarray, P], np.ndarray],
) -> Callable[Concatenate[np.ndarray, P], np.ndarray]:
    """Do the same for a kernel on one uint8 (H, W) or (H, W, C) array."""

    @wraps(kernel)
    def on_colors(image: np.ndarray, /, *args: P.args, **kwargs: P.kwargs) -> np.ndarray:
        if image.ndim == 2 or not has_alpha(image.shape[2]):
            return kernel(image, *args, **kwargs)
        colors = image[..., 0] if image.shape[2] == 2 else image[..., :3]
        view = image.copy()
        view[..., :-1] = kernel(np.ascontiguousarray(colors), *args, **kwargs).reshape(*image.shape[:2], -1)
        return view

    return on_colors


@spare_alpha
def solarize(images: Tensor, threshold: float) -> Tensor:
    """Invert all values at or above `threshold`, a ratio of white in [0, 1]; images (B, C, H, W)."""
    white = 255 if images.dtype == torch.uint8 else 1.0
    return torch.where(images >= threshold * white, white - images, images)


@spare_alpha_array
def solarize_array(image: np.ndarray, threshold: float) -> np.ndarray:
    """Do the same for one uint8 array, to the bit."""
    return cv2.LUT(image, np.where(threshold * 255 <= _LEVELS, 255 - _LEVELS, _LEVELS))


@spare_alpha
def posterize(images: Tensor, bits: ArrayLike) -> Tensor:
    """Keep the upper `bits` (B,), 1 to 8, of the 8 bits of every value; floats are taken in steps of 1/255."""
    mask = per_item(256 - 2 ** (8 - np.asarray(bits)), torch.empty(0, dtype=torch.int64, device="cpu"))
    mask = mask.to(torch.uint8).to(images.device)
    if images.dtype == torch.uint8:
        return images & mask
    x = to_float(images)
    levels = (x * 255).round().clamp(0, 255).to(torch.uint8) & mask
    return cast_back(levels.to(x.dtype) / 255, images)


@spare_alpha_array
def posterize_array(image: np.ndarray, bits: int) -> np.ndarray:
    """Do the same for one uint8 array, to the bit."""
    masked: np.ndarray = np.bitwise_and(image, np.uint8(256 - 2 ** (8 - bits)))
    return masked


def _equalization_tables(counts: np.ndarray) -> np.ndarray:
    """uint8 (N, 256) tables that flatten N histograms `counts` (N, 256), PIL's integer arithmetic.

    A histogram with fewer than 256 values beside its brightest level gives the identity.
    """
    brightest = 255 - np.argmax(counts[:, ::-1] > 0, axis=1)
    last = np.take_along_axis(counts, brightest[:, None], axis=1)[:, 0]
    step = (counts.sum(axis=1) - last) // 255
    before = np.cumsum(counts, axis=1) - counts
    tables = (before + (step // 2)[:, None]) // np.maximum(step, 1)[:, None]
    return np.where((step > 0)[:, None], np.minimum(tables, 255), _LEVELS).astype(np.uint8)


@spare_alpha
def equalize(images: Tensor) -> Tensor:
    """Flatten the histogram of every channel of every image (B, C, H, W), as PIL does; floats in 256 levels."""
    is_uint8 = images.dtype == torch.uint8
    levels = images if is_uint8 else (to_float(images) * 255).round().clamp_(0, 255).to(torch.uint8)
    planes = levels.flatten(2).flatten(0, 1).to(torch.int64)
    shifted = planes + 256 * torch.arange(len(planes), device=images.device)[:, None]
    counts = torch.bincount(shifted.reshape(-1), minlength=256 * len(planes)).view(-1, 256)
    tables = torch.from_numpy(_equalization_tables(counts.cpu().numpy())).to(images.device)
    flat = tables.gather(1, planes).view(images.shape)
    return flat if is_uint8 else cast_back(flat.to(to_float(images).dtype) / 255, images)


@spare_alpha_array
def equalize_array(image: np.ndarray) -> np.ndarray:
    """Do the same for one uint8 (H, W) or (H, W, C) array, to the bit."""
    planes = image.reshape(-1, 1) if image.ndim == 2 else image.reshape(-1, image.shape[2])
    counts = np.stack([np.bincount(plane, minlength=256) for plane in planes.T])
    tables = _equalization_tables(counts)
    return cv2.LUT(image, tables[0] if len(tables) == 1 else np.ascontiguousarray(tables.T)[None])


@spare_alpha
def add_noise(images: Tensor, sigma: ArrayLike, noise: RandomArray) -> Tensor:
    """Add `sigma` (B,) times white times the normal `noise` to every image (B, C, H, W), clipped to the range."""
    x, white = to_float(images), white_level(images)
    values = noise.normal(images.shape[1:], x).to(x.dtype)
    return cast_back((x + values * per_item(sigma, x).mul_(white)).clamp_(0, white), images)


@spare_alpha_array
def add_noise_array(image: np.ndarray, sigma: float, noise: RandomArray) -> np.ndarray:
    """Do the same for one uint8 (H, W) or (H, W, C) array: the same noise, drawn in the layout (C, H, W)."""
    if image.ndim == 2:
        values = noise.normal(image.shape, image)
    else:
        height, width, channels = image.shape
        values = noise.normal((channels, height, width), image).transpose(1, 2, 0)
    return np.clip(np.rint(image + values * np.float32(255 * sigma)), 0, 255).astype(np.uint8)


def normalize(images: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """Return (images - mean) / std, channel by channel; float images (B, C, H, W)."""
    if not images.dtype.is_floating_point:
        raise TypeError(
            f"Normalize takes floats in [0, 1], got {images.dtype}; divide by 255 first, or leave the normalization "
            "to the recipe, which does it in `to_model_input`"
        )
    if len(mean) not in (1, images.shape[1]):
        raise ValueError(
            f"{len(mean)} means do not fit images of {images.shape[1]} channels; give one a channel, or one for all"
        )
    x = to_float(images)
    return cast_back((x - per_item(mean, x, 3)) / per_item(std, x, 3), images)
