"""Flips, crops without resampling, rotation, perspective and cutout."""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import ArrayLike
from torch import Tensor

from pairgen.batch import put, take
from pairgen.modalities.image._kernels.values import cast_clipped, per_item, to_float, without_autocast

__all__ = [
    "crop",
    "crop_array",
    "erase",
    "erase_array",
    "flip",
    "flip_array",
    "perspective_matrices",
    "rotation_matrices",
    "warp",
    "warp_array",
]


def flip(images: Tensor, flipped: ArrayLike, axis: int) -> Tensor:
    """Mirror the images (B, C, H, W) where `flipped`, bool (B,), is True, along `axis`: -1 (width) or -2 (height)."""
    chosen = np.asarray(flipped).reshape(-1)
    if not chosen.any():
        return images.clone()
    if chosen.all():
        return images.flip(axis)
    mirrored: Tensor = put(images, chosen, take(images, chosen).flip(axis))
    return mirrored


def flip_array(image: np.ndarray, flipped: bool, axis: int) -> np.ndarray:
    """Do the same for one (H, W) or (H, W, C) array; axis -1 is its width, -2 its height."""
    return cv2.flip(image, 1 if axis == -1 else 0) if flipped else image


def crop(images: Tensor, top: ArrayLike, left: ArrayLike, size: tuple[int, int], padding: int) -> Tensor:
    """Pad every image with `padding` black pixels on all sides, then cut a window out of it.

    Args:
        images: (B, C, H, W).
        top: First row of each window in the padded image, integers (B,).
        left: First column of each window in the padded image, integers (B,).
        size: (h, w) of the windows, pixels.
        padding: Pixels on each side.

    Returns:
        (B, C, h, w).
    """
    padded = F.pad(images, (padding,) * 4)
    device = images.device
    rows = per_item(top, torch.empty(0, dtype=torch.int64, device="cpu"), 2) + torch.arange(size[0], device="cpu")
    columns = per_item(left, torch.empty(0, dtype=torch.int64, device="cpu"), 2) + torch.arange(size[1], device="cpu")
    item = torch.arange(len(images), device=device)[:, None, None, None]
    channel = torch.arange(images.shape[1], device=device)[None, :, None, None]
    return padded[item, channel, rows.to(device)[:, None, :, None], columns.to(device)[:, None, None]]


def crop_array(image: np.ndarray, top: int, left: int, size: tuple[int, int], padding: int) -> np.ndarray:
    """Do the same for one (H, W) or (H, W, C) array."""
    wide = (padding, padding)
    padded = np.pad(image, (wide, wide, *((0, 0),) * (image.ndim - 2))) if padding else image
    return padded[top : top + size[0], left : left + size[1]].copy()


def rotation_matrices(degrees: ArrayLike, height: int, width: int) -> np.ndarray:
    """Return float64 (B, 3, 3), pixel of the result -> pixel of the source: counter-clockwise about the center."""
    angle = np.deg2rad(np.asarray(degrees, dtype=np.float64).reshape(-1))
    cosine, sine, zero, one = np.cos(angle), np.sin(angle), np.zeros_like(angle), np.ones_like(angle)
    x, y = (width - 1) / 2, (height - 1) / 2
    rows = [
        [cosine, -sine, x - cosine * x + sine * y],
        [sine, cosine, y - sine * x - cosine * y],
        [zero, zero, one],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def perspective_matrices(corners: ArrayLike, height: int, width: int) -> np.ndarray:
    """Return float64 (B, 3, 3): pixel of the result -> pixel of the source, when the image's corners move inwards.

    Args:
        corners: (B, 4, 2): how far the top left, top right, bottom right and bottom left corner moves in x and in y,
            as ratios of the width and the height, below 0.5 each.
        height: Of the image, pixels.
        width: Of the image, pixels.
    """
    moved = np.asarray(corners, dtype=np.float64).reshape(-1, 4, 2)
    size = np.array([max(width - 1, 1), max(height - 1, 1)], dtype=np.float64)
    start = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * size
    inwards = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    end = start + inwards * moved * size
    x, y = end[..., 0], end[..., 1]
    one, zero = np.ones_like(x), np.zeros_like(x)
    u, v = np.broadcast_to(start[:, 0], x.shape), np.broadcast_to(start[:, 1], x.shape)
    for_u = np.stack([x, y, one, zero, zero, zero, -u * x, -u * y], axis=-1)
    for_v = np.stack([zero, zero, zero, x, y, one, -v * x, -v * y], axis=-1)
    system = np.concatenate([for_u, for_v], axis=1)
    solved: np.ndarray = np.linalg.solve(system, np.concatenate([u, v], axis=1)[..., None])[..., 0]
    rows: np.ndarray = np.concatenate([solved, np.ones((len(moved), 1))], axis=1)
    return rows.reshape(-1, 3, 3)


@without_autocast
def warp(images: Tensor, matrices: np.ndarray) -> Tensor:
    """Sample every image (B, C, H, W) bilinearly at `matrices` (B, 3, 3) times its pixels; black outside."""
    x = to_float(images)
    height, width = x.shape[-2:]
    ys, xs = np.mgrid[0:height, 0:width]
    pixels = np.stack([xs, ys, np.ones_like(xs)], axis=-1).reshape(-1, 3)
    grid = torch.from_numpy(pixels).to(x.dtype).to(x.device)
    turned = grid @ torch.from_numpy(matrices).to(x.dtype).to(x.device).transpose(1, 2)
    scale = torch.tensor([2 / width, 2 / height], dtype=x.dtype, device=x.device)
    offset = torch.tensor([1 / width - 1, 1 / height - 1], dtype=x.dtype, device=x.device)
    positions = turned[..., :2] / turned[..., 2:] * scale + offset
    sampled = F.grid_sample(x, positions.view(-1, height, width, 2), align_corners=False)
    return cast_clipped(sampled, images)


def warp_array(image: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Do the same for one uint8 (H, W) or (H, W, C) array and one (3, 3) matrix."""
    size = image.shape[1], image.shape[0]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    if matrix[2, 0] == 0 and matrix[2, 1] == 0:
        return cv2.warpAffine(image, matrix[:2], size, flags=flags)
    return cv2.warpPerspective(image, matrix, size, flags=flags)


def erase(images: Tensor, top: ArrayLike, left: ArrayLike, height: ArrayLike, width: ArrayLike, value: float) -> Tensor:
    """Fill a box of every image with one value.

    Args:
        images: (B, C, H, W).
        top: First rows of the boxes, integers (B,).
        left: First columns of the boxes, integers (B,).
        height: Heights of the boxes, pixels, integers (B,).
        width: Widths of the boxes, pixels, integers (B,).
        value: What the boxes are filled with, 0..255 for uint8, [0, 1] for floats.
    """
    whole = torch.empty(0, dtype=torch.int64, device="cpu")
    rows, columns = (torch.arange(length, device="cpu") for length in images.shape[-2:])
    t, e = per_item(top, whole, 2), per_item(left, whole, 2)
    tall = (rows >= t) & (rows < t + per_item(height, whole, 2))
    wide = (columns >= e) & (columns < e + per_item(width, whole, 2))
    box = tall[:, None, :, None].to(images.device) & wide[:, None, None, :].to(images.device)
    return images.masked_fill(box, value)


def erase_array(image: np.ndarray, top: int, left: int, height: int, width: int, value: float) -> np.ndarray:
    """Do the same for one (H, W) or (H, W, C) array."""
    out = image.copy()
    out[top : top + height, left : left + width] = value
    return out
