"""Colour jitter and greyscale: brightness, contrast, saturation and hue, in an order of each image's own.

Brightness, contrast and saturation are one formula with coefficients per image,
`clamp(f x + a grey(x) + b mean(grey(x)))`, so each place in the order is one pass over the whole batch.
"""

from __future__ import annotations

import itertools
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from pairgen.modalities.image._kernels.precision import per_item, restore, top, working

__all__ = ["ORDERS", "greyscale", "greyscale_array", "jitter", "jitter_array"]

GREY = (0.2989, 0.587, 0.114)
BRIGHTNESS, CONTRAST, SATURATION, HUE = range(4)
ORDERS = np.array(list(itertools.permutations(range(4))))
"""All 24 orders of brightness (0), contrast (1), saturation (2) and hue (3)."""

_GREY_ROW = np.array(GREY, dtype=np.float32)
_GREY_MATRIX = np.tile(_GREY_ROW, (3, 1))


def grey_of(x: Tensor) -> Tensor:
    """Luma (ITU-R 601) of (B, 3, H, W) as (B, 1, H, W); one channel is its own luma."""
    if x.shape[1] == 1:
        return x
    red, green, blue = x.unbind(1)
    return (GREY[0] * red).add_(green, alpha=GREY[1]).add_(blue, alpha=GREY[2])[:, None]


def _checked(channels: int) -> None:
    if channels not in (1, 3):
        raise ValueError(
            f"colour is defined for 1 (grey) or 3 (red, green, blue) channels, got {channels}; "
            "leave colour operations out of the recipe for such images"
        )


def jitter(images: Tensor, brightness: Any, contrast: Any, saturation: Any, hue: Any, order: Any) -> Tensor:
    """Change brightness, contrast, saturation and hue of every image.

    images: (B, 1 or 3, H, W). brightness, contrast, saturation: factors (B,), 1 changes nothing. hue: (B,), a turn
    of the colour circle in [-0.5, 0.5]. order: integers (B, 4), rows of `ORDERS`. Values are clipped to the range
    after each. Saturation and hue leave one channel as it is.
    """
    _checked(images.shape[1])
    factors = np.stack([np.asarray(f).reshape(-1) for f in (brightness, contrast, saturation)])
    turn, order = np.asarray(hue).reshape(-1), np.asarray(order).reshape(-1, 4)
    active = [op for op in (BRIGHTNESS, CONTRAST, SATURATION) if np.any(factors[op] != 1)]
    if np.any(turn != 0):
        active.append(HUE)
    if images.shape[1] == 1:
        active = [op for op in active if op in (BRIGHTNESS, CONTRAST)]
    if not active or not len(images):
        return images.clone()
    places = order[np.isin(order, active)].reshape(-1, len(active)).T
    return restore(_in_order(working(images), places, factors, turn, top(images)), images)


def _in_order(x: Tensor, places: np.ndarray, factors: np.ndarray, turn: np.ndarray, white: float) -> Tensor:
    """Each image's operations, `places` (P, B), one place after the other; hue passes through the formula.

    factors: (3, B). Always a new tensor.
    """
    own = np.where(places == HUE, 1.0, np.take_along_axis(factors, places % 3, axis=0))
    saturated, contrasted = places == SATURATION, places == CONTRAST
    terms = np.stack([own, np.where(saturated, 1 - own, 0.0), np.where(contrasted, 1 - own, 0.0)], axis=1)
    coefficients = torch.from_numpy(terms).to(dtype=x.dtype).to(x.device)[..., None, None, None]
    for k, (f, a, b) in enumerate(coefficients.unbind(0)):
        out = x * f
        if saturated[k].any():
            out += grey_of(x) * a
        if contrasted[k].any():
            out += grey_of(x).mean(dim=(2, 3), keepdim=True) * b
        x = out.clamp_(0, white)
        turned = np.flatnonzero((places[k] == HUE) & (turn != 0))
        if len(turned):
            rows = torch.from_numpy(turned).to(x.device)
            x.index_copy_(0, rows, turn_hue(x.index_select(0, rows), turn[turned]))
    return x


def turn_hue(x: Tensor, turn: Any) -> Tensor:
    """Turn the hue of float images (B, 3, H, W) by `turn` (B,), in turns; value and saturation stay."""
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
        place = (sector + offset).remainder(6)
        channels.append(value - chroma * torch.minimum(place, 4 - place).clamp(0, 1))
    return torch.stack(channels, dim=1)


def jitter_array(
    image: np.ndarray,
    brightness: float,
    contrast: float,
    saturation: float,
    hue: float,
    order: np.ndarray,
) -> np.ndarray:
    """The same for one uint8 (H, W) or (H, W, 3) array, rounded after each step.

    On photographs within 1 grey level of the tensor kernel on average; hue, computed in 8 bits, within 2.
    """
    colours = 1 if image.ndim == 2 else image.shape[2]
    _checked(colours)
    for operation in order.tolist():
        if operation == BRIGHTNESS and brightness != 1:
            image = cv2.convertScaleAbs(image, alpha=brightness)
        elif operation == CONTRAST and contrast != 1:
            means = cv2.mean(image)
            grey = sum(w * m for w, m in zip(GREY, means, strict=False)) if colours == 3 else means[0]
            image = cv2.addWeighted(image, contrast, image, 0.0, (1 - contrast) * grey)
        elif colours == 1:
            continue
        elif operation == SATURATION and saturation != 1:
            image = cv2.transform(image, _saturation_matrix(saturation))
        elif operation == HUE and hue != 0:
            image = _turn_hue_array(image, hue)
    return image


def _saturation_matrix(factor: float) -> np.ndarray:
    matrix = (1 - factor) * _GREY_MATRIX
    matrix.flat[::4] += factor
    return matrix


def _turn_hue_array(image: np.ndarray, turn: float) -> np.ndarray:
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV_FULL)
    np.add(hsv[..., 0], np.uint8(round(turn * 256) % 256), out=hsv[..., 0])  # a full turn is 256 and uint8 wraps
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB_FULL)


def greyscale(images: Tensor) -> Tensor:
    """The luma of every image (B, 1 or 3, H, W), as many channels as before."""
    _checked(images.shape[1])
    if images.shape[1] == 1:
        return images.clone()
    return restore(grey_of(working(images)), images).repeat(1, images.shape[1], 1, 1)


def greyscale_array(image: np.ndarray) -> np.ndarray:
    """The same for one uint8 (H, W) or (H, W, 3) array."""
    colours = 1 if image.ndim == 2 else image.shape[2]
    _checked(colours)
    if colours == 1:
        return image
    return cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
