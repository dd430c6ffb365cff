"""Hypothesis strategies for image items of every kind. Needs hypothesis (the extra `testing`)."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from PIL import Image

__all__ = ["KINDS", "PATTERNS", "as_kind", "batches", "images", "pixels"]

KINDS = (
    "pil",
    "png",
    "array",
    "array-float32",
    "array-float64",
    "tensor",
    "tensor-float32",
    "tensor-float16",
    "tensor-bfloat16",
)
"""The kinds of item that `images` makes: the type, and the dtype where it is not uint8."""


PATTERNS = ("black", "white", "flat", "gradient", "noise")
"""The patterns of `pixels`, the simplest first: examples shrink to it."""


@st.composite
def pixels(
    draw: st.DrawFn,
    max_side: int = 24,
    channels: tuple[int, ...] = (1, 3),
    min_side: int = 1,
    patterns: tuple[str, ...] = PATTERNS,
) -> np.ndarray:
    """uint8 arrays (H, W, C): flat, noisy, or with a gradient, from 1 x 1 pixels on, grey and colour."""
    height, width = draw(st.integers(min_side, max_side)), draw(st.integers(min_side, max_side))
    depth = draw(st.sampled_from(channels))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    pattern = draw(st.sampled_from(patterns))
    if pattern == "noise":
        return rng.integers(0, 256, (height, width, depth), dtype=np.uint8)
    if pattern == "gradient":
        ramp = np.linspace(0, 255, height * width).reshape(height, width, 1)
        return np.ascontiguousarray(np.broadcast_to(ramp, (height, width, depth)).astype(np.uint8))
    levels = {"black": np.zeros(depth), "white": np.full(depth, 255), "flat": rng.integers(0, 256, depth)}
    return np.full((height, width, depth), levels[pattern], dtype=np.uint8)


def as_kind(image: np.ndarray, kind: str, flat_grey: bool = False) -> Any:
    """A uint8 image (H, W, C) as an item of one of `KINDS`; flat_grey: grey arrays as (H, W)."""
    form, _, dtype = kind.partition("-")
    if form in ("pil", "png"):
        picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
        if form == "pil":
            return picture
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
        return buffer.getvalue()
    if form == "array":
        plain = image[..., 0] if flat_grey and image.shape[2] == 1 else image
        return (plain / 255).astype(dtype) if dtype else plain.copy()
    planes = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))
    return (planes / 255).to(getattr(torch, dtype)) if dtype else planes


@st.composite
def images(
    draw: st.DrawFn,
    kinds: tuple[str, ...] = KINDS,
    max_side: int = 24,
    channels: tuple[int, ...] = (1, 3),
    min_side: int = 1,
    patterns: tuple[str, ...] = PATTERNS,
) -> Any:
    """Image items of every kind, 1 x 1 pixels and grey ones among them."""
    image = draw(pixels(max_side, channels, min_side, patterns))
    return as_kind(image, draw(st.sampled_from(kinds)), draw(st.booleans()))


@st.composite
def batches(
    draw: st.DrawFn, max_count: int = 4, max_side: int = 16, channels: tuple[int, ...] = (1, 3), min_count: int = 0
) -> torch.Tensor:
    """Tensors (B, C, H, W) of images, uint8 or float, empty ones among them."""
    count, first = draw(st.integers(min_count, max_count)), draw(pixels(max_side, channels))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    planes = first.transpose(2, 0, 1)
    stacked = rng.integers(0, 256, (count, *planes.shape), dtype=np.uint8)
    stacked[: min(count, 1)] = planes
    batch = torch.from_numpy(stacked)
    return batch if draw(st.booleans()) else batch / 255
