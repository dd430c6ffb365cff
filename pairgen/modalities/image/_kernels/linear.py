"""Separable linear operators: cropping with resampling, and Gaussian blur, as one matrix an axis and item.

Both are `rows @ image @ columns^T`. Matrices depend on the drawn parameters alone, so a whole batch with different
crops or blurs is two batched products. On the CPU, enlarging, and images above `_DENSE_LIMIT` pixels, take a per-item
route of the same value and less work.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import ArrayLike
from torch import Tensor

from pairgen.modalities.image._kernels.values import cast_clipped, per_item, to_float, without_autocast

__all__ = ["gaussian_blur", "gaussian_blur_array", "resized_crop", "resized_crop_array"]

_DENSE_LIMIT = 96 * 96


def _separable(images: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Rows (B, h, H) @ float images (B, C, H, W) @ columns^T, columns (B, w, W): (B, C, h, w)."""
    batch, channels, height, width = images.shape
    across = torch.bmm(images.reshape(batch, channels * height, width), columns.transpose(1, 2))
    across = across.view(batch, channels, height, columns.shape[1])
    if channels == 1:
        return torch.bmm(rows, across[:, 0])[:, None]
    return torch.matmul(rows[:, None], across)


def _dense(images: Tensor) -> bool:
    """Whether to use matrices: a rule of device and image size alone, so that an item and its batch agree."""
    return images.device.type != "cpu" or images.shape[-2] * images.shape[-1] <= _DENSE_LIMIT


# -- crop and resize ---------------------------------------------------------------------------------------------


def _resampling_matrix(start: ArrayLike, extent: ArrayLike, size: int, length: int, like: Tensor) -> Tensor:
    """Matrices (B, size, length): resample pixels [start, start + extent) of an axis of `length` pixels to `size`.

    Linear interpolation when enlarging; a triangle filter as wide as the step when shrinking, so that it does not
    alias (the "bilinear" of PIL, and of `F.interpolate(..., antialias=True)`).
    """
    first, count = per_item(start, like, 3), per_item(extent, like, 3)
    step = count / size
    center = first + (torch.arange(size, dtype=like.dtype, device=like.device)[:, None] + 0.5) * step
    reach = step.clamp(min=1)
    position = torch.arange(length, dtype=like.dtype, device=like.device)
    weights = ((position + 0.5 - center).abs_() / reach).neg_().add_(1).clamp_(min=0)
    weights *= ((position >= first) & (position < first + count)).to(weights.dtype)
    return weights.div_(weights.sum(dim=-1, keepdim=True))


@without_autocast
def resized_crop(
    images: Tensor, top: ArrayLike, left: ArrayLike, height: ArrayLike, width: ArrayLike, size: tuple[int, int]
) -> Tensor:
    """Cut a box out of every image and resample it, antialiased.

    Args:
        images: (B, C, H, W).
        top: First rows of the boxes, integers (B,).
        left: First columns of the boxes, integers (B,).
        height: Heights of the boxes, pixels, integers (B,).
        width: Widths of the boxes, pixels, integers (B,).
        size: (h, w) of the result.

    Returns:
        (B, C, h, w), of the dtype of `images`.
    """
    x, boxes = to_float(images), np.stack([np.asarray(side) for side in (top, left, height, width)], axis=1)
    if images.device.type != "cpu":
        return cast_clipped(_resample(x, boxes, size), images)
    out = torch.from_numpy(np.empty((*images.shape[:2], *size), dtype=np.dtype(str(x.dtype).removeprefix("torch."))))
    enlarged = (boxes[:, 2] <= size[0]) & (boxes[:, 3] <= size[1])
    _enlarge(x.detach().contiguous().numpy(), boxes, np.flatnonzero(enlarged), out.numpy())
    shrunk = np.flatnonzero(~enlarged)
    if len(shrunk) and _dense(images):
        rows = torch.from_numpy(shrunk)
        out.index_copy_(0, rows, _resample(x.index_select(0, rows), boxes[shrunk], size))
    elif len(shrunk):
        for i in shrunk.tolist():
            t, e, h, w = boxes[i].tolist()
            crop = x[i : i + 1, :, t : t + h, e : e + w]
            out[i] = F.interpolate(crop, size, mode="bilinear", antialias=True)[0]
    return cast_clipped(out, images)


def _resample(x: Tensor, boxes: np.ndarray, size: tuple[int, int]) -> Tensor:
    rows = _resampling_matrix(boxes[:, 0], boxes[:, 2], size[0], x.shape[-2], x)
    columns = _resampling_matrix(boxes[:, 1], boxes[:, 3], size[1], x.shape[-1], x)
    return _separable(x, rows, columns)


def _enlarge(x: np.ndarray, boxes: np.ndarray, chosen: np.ndarray, out: np.ndarray) -> None:
    """Write the `chosen` boxes of float images (B, C, H, W), enlarged linearly, into `out` (B, C, h, w)."""
    channels, size = out.shape[1], (out.shape[3], out.shape[2])
    planes, targets = list(x.reshape(-1, *x.shape[2:])), list(out.reshape(-1, *out.shape[2:]))
    for i, (t, e, h, w) in zip(chosen.tolist(), boxes[chosen].tolist(), strict=True):
        for k in range(i * channels, (i + 1) * channels):
            cv2.resize(planes[k][t : t + h, e : e + w], size, targets[k], 0, 0, cv2.INTER_LINEAR)


def resized_crop_array(
    image: np.ndarray, top: int, left: int, height: int, width: int, size: tuple[int, int]
) -> np.ndarray:
    """Do the same for one uint8 (H, W) or (H, W, C) array; at most 2 gray levels from the tensor kernel.

    Enlarging is OpenCV's linear resize. Shrinking is torch's 8-bit antialiased resize: OpenCV's linear resize
    aliases (3.8 gray levels off on average at a factor of 2), and its INTER_AREA is slower and a different filter.
    """
    crop = image[top : top + height, left : left + width]
    if height <= size[0] and width <= size[1]:
        return cv2.resize(crop, (size[1], size[0]), interpolation=cv2.INTER_LINEAR)
    if not crop.flags.writeable or min(crop.strides) < 0:  # torch takes neither
        crop = crop.copy()
    # `[None]` by torch, not NumPy: its stride of the batch axis makes this channels_last, which takes torch's
    # vectorized 8-bit route.
    pixels = torch.from_numpy(crop[..., None] if crop.ndim == 2 else crop)[None].permute(0, 3, 1, 2)
    resized = F.interpolate(pixels, size, mode="bilinear", antialias=True)[0]
    return np.ascontiguousarray(resized.permute(1, 2, 0).numpy()).reshape(*size, *image.shape[2:])


# -- blur --------------------------------------------------------------------------------------------------------


def _reflect(positions: Tensor, length: int) -> Tensor:
    """Positions off an axis of `length` pixels, mirrored back into it: "dcb|abcd|cba", as often as needed."""
    if length == 1:
        return torch.zeros_like(positions)
    folded = positions.remainder(2 * (length - 1))
    return torch.minimum(folded, 2 * (length - 1) - folded)


def _gaussian_taps(sigma: ArrayLike, like: Tensor) -> Tensor:
    """(B, 2 R + 1) normalized weights of Gaussians cut at ceil(3 sigma) pixels; R is the largest such radius."""
    deviations = np.asarray(sigma, dtype=np.float64).reshape(-1, 1)
    radii = np.ceil(3 * deviations)
    reach = int(radii.max(initial=1))
    offsets = np.arange(-reach, reach + 1)
    weights = np.where(np.abs(offsets) <= radii, np.exp(-0.5 * (offsets / deviations) ** 2), 0)
    weights /= weights.sum(axis=1, keepdims=True)
    return torch.from_numpy(weights).to(like.dtype).to(like.device)


def _blur_matrix(taps: Tensor, length: int) -> Tensor:
    """(B, length, length): the convolution with `taps`, its border reflected."""
    reach = taps.shape[1] // 2
    offsets = torch.arange(-reach, reach + 1, device=taps.device)
    source = _reflect(offsets[:, None] + torch.arange(length, device=taps.device), length)
    moves = F.one_hot(source, length).to(taps.dtype)
    return (taps @ moves.reshape(2 * reach + 1, -1)).view(-1, length, length)


def _convolve(image: Tensor, taps: Tensor) -> Tensor:
    """One image (C, H, W) convolved with `taps` (2 R + 1,) along both axes, its border reflected."""
    reach = taps.shape[0] // 2
    for axis, shape in ((1, (1, 1, -1, 1)), (2, (1, 1, 1, -1))):
        length = image.shape[axis]
        source = _reflect(torch.arange(-reach, length + reach, device="cpu"), length)
        padded = image.index_select(axis, source.to(image.device))
        image = F.conv2d(padded[:, None], taps.view(shape))[:, 0]
    return image


@without_autocast
def gaussian_blur(images: Tensor, sigma: ArrayLike) -> Tensor:
    """Blur every image with a Gaussian, cut at ceil(3 sigma) pixels, the border reflected.

    Args:
        images: (B, C, H, W).
        sigma: Standard deviations (B,), pixels, above 0.
    """
    x = to_float(images)
    if _dense(images):
        taps = _gaussian_taps(sigma, x)
        rows, columns = _blur_matrix(taps, x.shape[-2]), _blur_matrix(taps, x.shape[-1])
        return cast_clipped(_separable(x, rows, columns), images)
    views = [
        _convolve(image, _gaussian_taps(deviation, x)[0])
        for image, deviation in zip(x, np.asarray(sigma).reshape(-1), strict=True)
    ]
    return cast_clipped(torch.stack(views), images) if views else images.clone()


def gaussian_blur_array(image: np.ndarray, sigma: float) -> np.ndarray:
    """Do the same for one uint8 (H, W) or (H, W, C) array; OpenCV rounds its kernel to 8 bits: at most 2 levels off."""
    taps = 2 * math.ceil(3 * sigma) + 1
    return cv2.GaussianBlur(image, (taps, taps), sigmaX=sigma, sigmaY=sigma, borderType=cv2.BORDER_REFLECT_101)
