"""Color jitter and grayscale: brightness, contrast, saturation and hue, in an order that each image draws.

Brightness, contrast and saturation are one formula with coefficients per image,
`clamp(f x + a luma(x) + b mean(luma(x)))`, so each position in the order is one pass over the whole batch.
"""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from pairgen.modalities.image._kernels.values import cast_back, per_item, to_float, white_level

__all__ = ["ORDERS", "grayscale", "grayscale_array", "jitter", "jitter_array", "luma"]

_LUMA = (0.2989, 0.587, 0.114)
BRIGHTNESS, CONTRAST, SATURATION, HUE = range(4)
ORDERS = np.array(list(itertools.permutations(range(4))))
"""All 24 orders of brightness (0), contrast (1), saturation (2) and hue (3)."""

_LUMA_MATRIX = np.tile(np.array(_LUMA, dtype=np.float32), (3, 1))


def luma(x: Tensor) -> Tensor:
    """Return the luma (ITU-R 601) of float (B, 3, H, W) as (B, 1, H, W); one channel is returned as it is."""
    if x.shape[1] == 1:
        return x
    red, green, blue = x.unbind(1)
    return (_LUMA[0] * red).add_(green, alpha=_LUMA[1]).add_(blue, alpha=_LUMA[2])[:, None]


def _colors(channels: int) -> int:
    """How many of so many channels are colors: gray alone of 1 or 2, else red, green and blue."""
    return 1 if channels <= 2 else 3


def _join_array(color: np.ndarray, image: np.ndarray) -> np.ndarray:
    """The colors, and behind them the channels of the image after the third."""
    return np.concatenate([color, image[..., 3:]], axis=2)


def jitter(
    images: Tensor,
    brightness: ArrayLike,
    contrast: ArrayLike,
    saturation: ArrayLike,
    hue: ArrayLike,
    order: ArrayLike,
) -> Tensor:
    """Change brightness, contrast, saturation and hue of every image.

    Values are clipped to the range after each operation. Saturation and hue leave gray as it is. Of 2 channels the
    first is gray, of more than 3 the first three are red, green and blue; the others stay as they are.

    Args:
        images: (B, C, H, W), uint8 or float.
        brightness: Factors (B,); 1 changes nothing.
        contrast: Factors (B,).
        saturation: Factors (B,).
        hue: Turns of the color circle (B,), in [-0.5, 0.5].
        order: Integers (B, 4), rows of `ORDERS`.

    Returns:
        A new tensor of the shape and dtype of `images`.
    """
    if (colors := _colors(images.shape[1])) < images.shape[1]:
        color = jitter(images[:, :colors], brightness, contrast, saturation, hue, order)
        return torch.cat([color, images[:, colors:]], dim=1)
    factors = np.stack([np.asarray(f).reshape(-1) for f in (brightness, contrast, saturation)])
    turn, orders = np.asarray(hue).reshape(-1), np.asarray(order).reshape(-1, 4)
    active = [op for op in (BRIGHTNESS, CONTRAST, SATURATION) if np.any(factors[op] != 1)]
    if np.any(turn != 0):
        active.append(HUE)
    if images.shape[1] == 1:
        active = [op for op in active if op in (BRIGHTNESS, CONTRAST)]
    if not active or not len(images):
        return images.clone()
    sequence = orders[np.isin(orders, active)].reshape(-1, len(active)).T
    return cast_back(_apply_in_order(to_float(images), sequence, factors, turn, white_level(images)), images)


def _apply_in_order(x: Tensor, sequence: np.ndarray, factors: np.ndarray, turn: np.ndarray, white: float) -> Tensor:
    """A new tensor: x after the operations `sequence` (P, B) with `factors` (3, B); hue passes through the formula."""
    factor = np.where(sequence == HUE, 1.0, np.take_along_axis(factors, sequence % 3, axis=0))
    saturated, contrasted = sequence == SATURATION, sequence == CONTRAST
    terms = np.stack([factor, np.where(saturated, 1 - factor, 0.0), np.where(contrasted, 1 - factor, 0.0)], axis=1)
    coefficients = torch.from_numpy(terms).to(dtype=x.dtype).to(x.device)[..., None, None, None]
    for k, (f, a, b) in enumerate(coefficients.unbind(0)):
        out = x * f
        if saturated[k].any():
            out += luma(x) * a
        if contrasted[k].any():
            out += luma(x).mean(dim=(2, 3), keepdim=True) * b
        x = out.clamp_(0, white)
        turned = np.flatnonzero((sequence[k] == HUE) & (turn != 0))
        if len(turned):
            rows = torch.from_numpy(turned).to(x.device)
            x.index_copy_(0, rows, _turn_hue(x.index_select(0, rows), turn[turned]))
    return x


def _turn_hue(x: Tensor, turn: ArrayLike) -> Tensor:
    """Float images (B, 3, H, W) with their hue turned by `turn` (B,), in turns; value and saturation stay."""
    red, green, blue = x.unbind(1)
    value, darkest = x.amax(dim=1), x.amin(dim=1)
    chroma = value - darkest
    safe = torch.where(chroma == 0, torch.ones_like(chroma), chroma)
    sector = torch.where(
        value == red,
        (green - blue) / safe,
        torch.where(value == green, 2 + (blue - red) / safe, 4 + (red - green) / safe),
    )
    sector = sector + 6 * per_item(turn, x, 3)
    channels = []
    for offset in (5, 3, 1):
        position = (sector + offset).remainder(6)
        channels.append(value - chroma * torch.minimum(position, 4 - position).clamp(0, 1))
    return torch.stack(channels, dim=1)


def jitter_array(
    image: np.ndarray,
    brightness: float,
    contrast: float,
    saturation: float,
    hue: float,
    order: np.ndarray,
) -> np.ndarray:
    """Do the same for one uint8 (H, W) or (H, W, C) array, rounded after each step.

    On photographs within 1 gray level of the tensor kernel on average; hue, computed in 8 bits, within 2.
    """
    channels = 1 if image.ndim == 2 else image.shape[2]
    if channels == 2:
        first = jitter_array(np.ascontiguousarray(image[..., 0]), brightness, contrast, saturation, hue, order)
        return np.dstack([first, image[..., 1]])
    if channels > 3:
        color = np.ascontiguousarray(image[..., :3])
        return _join_array(jitter_array(color, brightness, contrast, saturation, hue, order), image)
    for operation in order.tolist():
        if operation == BRIGHTNESS and brightness != 1:
            image = cv2.convertScaleAbs(image, alpha=brightness)
        elif operation == CONTRAST and contrast != 1:
            means = cv2.mean(image)
            gray = sum(w * m for w, m in zip(_LUMA, means, strict=False)) if channels == 3 else means[0]
            image = cv2.addWeighted(image, contrast, image, 0.0, (1 - contrast) * gray)
        elif channels == 1:
            continue
        elif operation == SATURATION and saturation != 1:
            image = cv2.transform(image, _saturation_matrix(saturation))
        elif operation == HUE and hue != 0:
            image = _turn_hue_array(image, hue)
    return image


def _saturation_matrix(factor: float) -> np.ndarray:
    matrix = (1 - factor) * _LUMA_MATRIX
    matrix.flat[::4] += factor
    return matrix


def _turn_hue_array(image: np.ndarray, turn: float) -> np.ndarray:
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV_FULL)
    np.add(hsv[..., 0], np.uint8(round(turn * 256) % 256), out=hsv[..., 0])  # a full turn is 256 and uint8 wraps
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB_FULL)


def grayscale(images: Tensor) -> Tensor:
    """Return the luma of every image (B, C, H, W) in each of its first three channels; gray and other channels stay."""
    if _colors(images.shape[1]) == 1:
        return images.clone()
    gray = cast_back(luma(to_float(images[:, :3])), images).repeat(1, 3, 1, 1)
    return gray if images.shape[1] == 3 else torch.cat([gray, images[:, 3:]], dim=1)


def grayscale_array(image: np.ndarray) -> np.ndarray:
    """Do the same for one uint8 (H, W) or (H, W, C) array."""
    channels = 1 if image.ndim == 2 else image.shape[2]
    if _colors(channels) == 1:
        return image
    color = image if channels == 3 else np.ascontiguousarray(image[..., :3])
    gray = cv2.cvtColor(cv2.cvtColor(color, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return gray if channels == 3 else _join_array(gray, image)
