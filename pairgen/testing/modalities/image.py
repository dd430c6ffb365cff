"""Images for the property-testing kit: strategies of items, invalid items, and what each augmentation guarantees.

Needs Hypothesis (the extra `testing`).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

import numpy as np
import torch
from hypothesis import strategies as st
from PIL import Image

from pairgen.modalities.image.augmentations.base import ImageAugmentation
from pairgen.modalities.image.augmentations.color import ColorJitter, ColorJitterParams, Posterize
from pairgen.modalities.image.augmentations.crops import Box, RandomResizedCrop
from pairgen.modalities.image.augmentations.geometry import Cutout, Rotation
from pairgen.modalities.image.io.codec import ImageItem, decode_image, shape_of
from pairgen.testing.spec import TOLERANCE, CheckSpec, Forms, Marker, Tags

__all__ = ["ITEM_TYPES", "PATTERNS", "as_item", "batches", "check_spec", "images", "pixels"]

ITEM_TYPES = (
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
"""The item types that `images` draws: the type, and the dtype where it is not uint8."""


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
    """Draw uint8 arrays (H, W, C): flat, noisy, or with a gradient, from 1 x 1 pixels on, gray and color."""
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


def as_item(image: np.ndarray, item_type: str, flat_gray: bool = False) -> ImageItem:
    """Convert an image to an item of another type.

    Args:
        image: uint8 (H, W, C).
        item_type: One of `ITEM_TYPES`.
        flat_gray: Whether gray arrays become (H, W) instead of (H, W, 1).
    """
    container, _, dtype = item_type.partition("-")
    if container in ("pil", "png"):
        picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
        if container == "pil":
            return picture
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
        return buffer.getvalue()
    if container == "array":
        plain = image[..., 0] if flat_gray and image.shape[2] == 1 else image
        return (plain / 255).astype(dtype) if dtype else plain.copy()
    planes = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))
    return (planes / 255).to(getattr(torch, dtype)) if dtype else planes


@st.composite
def images(
    draw: st.DrawFn,
    item_types: tuple[str, ...] = ITEM_TYPES,
    max_side: int = 24,
    channels: tuple[int, ...] = (1, 3),
    min_side: int = 1,
    patterns: tuple[str, ...] = PATTERNS,
) -> ImageItem:
    """Draw image items of every type, 1 x 1 pixels and gray ones among them."""
    image = draw(pixels(max_side, channels, min_side, patterns))
    return as_item(image, draw(st.sampled_from(item_types)), draw(st.booleans()))


@st.composite
def batches(
    draw: st.DrawFn, max_count: int = 4, max_side: int = 16, channels: tuple[int, ...] = (1, 3), min_count: int = 0
) -> torch.Tensor:
    """Draw tensors (B, C, H, W) of images, uint8 or float, empty ones among them."""
    count, first = draw(st.integers(min_count, max_count)), draw(pixels(max_side, channels))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    planes = first.transpose(2, 0, 1)
    stacked = rng.integers(0, 256, (count, *planes.shape), dtype=np.uint8)
    stacked[: min(count, 1)] = planes
    batch = torch.from_numpy(stacked)
    return batch if draw(st.booleans()) else batch / 255


_DECODED_TYPES = tuple(name for name in ITEM_TYPES if name != "png")  # an encoded image comes back decoded


def check_spec() -> CheckSpec:
    """Describe images: from 1 x 1 pixels on, gray and color, of every type; batches of both; ten invalid items."""
    return CheckSpec(
        items=images(item_types=_DECODED_TYPES, max_side=16),
        informative_items=images(
            item_types=_DECODED_TYPES, min_side=8, max_side=16, channels=(3,), patterns=("noise",)
        ),
        batches=batches(min_count=1, max_side=12),
        invalid_items=_INVALID,
        find_invalid=_find_invalid,
        layout=lambda image: shape_of(image)[0],
        forms=Forms(_convert, _to_values, tolerance=0.05),
        marker=Marker(_mark(), _locate),
        augmentations=_augmentations(),
        recipes={name: {"size": 16} for name in ("simclr", "mocov2", "byol", "simclr-small", "simclr-gray", "eval")},
        model_items=images(
            item_types=("tensor-float32",), min_side=12, max_side=12, channels=(3,), patterns=("noise",)
        ),
        tolerance={**TOLERANCE, "uint8": 1.0},
    )


_INVALID: Mapping[str, Callable[[], object]] = {
    "no image": lambda: object(),
    "no pixels": lambda: np.zeros((0, 4, 3), np.uint8),
    "one axis": lambda: np.zeros(4, np.uint8),
    "integers of 64 bits": lambda: np.zeros((4, 4), np.int64),
    "floats beyond white": lambda: np.full((4, 4, 3), 255.0),
    "NaN": lambda: torch.full((3, 4, 4), float("nan")),
    "no such file": lambda: "there-is-no-such-file.png",
    "zero bytes": lambda: b"",
    "not an image file": lambda: b"GIF89a but not really",
    "a truncated file": lambda: b"\x89PNG\r\n\x1a\n\x00\x00",
}


def _to_values(image: ImageItem) -> np.ndarray:
    """float64 (H, W, C), white at 1."""
    decoded = decode_image(image)
    if isinstance(decoded, torch.Tensor):
        scale = 255 if decoded.dtype == torch.uint8 else 1
        return decoded.movedim(0, -1).to(torch.float64).numpy() / scale
    plain = decoded[..., None] if decoded.ndim == 2 else decoded
    return plain.astype(np.float64) / (255 if plain.dtype == np.uint8 else 1)


def _mark(height: int = 24, width: int = 31) -> np.ndarray:
    """uint8 (H, W, 3): a round spot at the center, on black."""
    rows, columns = np.arange(height) - (height - 1) / 2, np.arange(width) - (width - 1) / 2
    spot = 255 * np.exp(-(rows[:, None] ** 2 + columns**2) / 18)
    return np.repeat(np.rint(spot).astype(np.uint8)[..., None], 3, axis=2)


def _locate(view: ImageItem) -> tuple[float, float] | None:
    """The center of mass of all that differs from the background."""
    values = _to_values(view)
    weights = np.abs(values - np.median(values, axis=(0, 1))).sum(axis=2)
    if weights.sum() < 1e-3:
        return None
    axes = [np.arange(side) - (side - 1) / 2 for side in weights.shape]
    total = weights.sum()
    return float(weights.sum(1) @ axes[0] / total), float(weights.sum(0) @ axes[1] / total)


def _convert(image: ImageItem) -> dict[str, ImageItem]:
    plain = np.rint(_to_values(image) * 255).astype(np.uint8)
    names = ("array", "tensor", "pil", "array-float32", "tensor-float32")
    return {name: as_item(plain, name) for name in names if name != "pil" or plain.shape[2] in (1, 3)}


def _find_invalid(view: ImageItem, item: ImageItem) -> str | None:
    """Values out of range; `decode_image` checks the rest."""
    image = decode_image(view)
    white = 255 if image.dtype in (np.uint8, torch.uint8) else 1
    low, high = float(image.min()), float(image.max())
    return None if low >= 0 and high <= white else f"values in [{low:g}, {high:g}], outside [0, {white}]"


def _within(low: float, high: float, what: str, value: float) -> str | None:
    return None if low <= value <= high else f"{what} is {value}, outside [{low:g}, {high:g}]"


def _pairs(low: float, high: float, least: float = 0.0) -> st.SearchStrategy[tuple[float, float]]:
    """Ranges (a, b) with low <= a <= b <= high."""
    both = st.tuples(st.floats(low + least, high), st.floats(low + least, high))
    return both.map(lambda pair: (min(pair), max(pair)))


def _check_crop(augmentation: RandomResizedCrop, item: ImageItem, box: Box[int], view: ImageItem) -> str | None:
    """A crop lies in the image, and its ratio of the area in `scale`, up to whole pixels."""
    _, height, width = shape_of(item)
    if not (0 <= box.top <= box.top + box.height <= height and 0 <= box.left <= box.left + box.width <= width):
        return f"the box {box} leaves the image of {height} x {width}"
    if (box.height - 0.5) * (box.width - 0.5) > augmentation.scale[1] * height * width + 0.5 and min(height, width) > 1:
        return f"the box {box} has more than {augmentation.scale[1]:.0%} of {height} x {width}"
    return None


def _check_cutout(augmentation: Cutout, item: ImageItem, box: Box[int], view: ImageItem) -> str | None:
    _, height, width = shape_of(item)
    most = max(1, round(height * augmentation.size)) * max(1, round(width * augmentation.size))
    hidden = box.height * box.width
    return None if hidden <= most else f"{hidden} pixels are hidden, more than {most}"


def _check_angle(augmentation: Rotation, item: ImageItem, angle: float, view: ImageItem) -> str | None:
    limit = augmentation.degrees
    low, high = limit if isinstance(limit, tuple) else (-limit, limit)
    return _within(low, high, "the angle", angle)


def _check_jitter(
    augmentation: ColorJitter, item: ImageItem, params: ColorJitterParams[float], view: ImageItem
) -> str | None:
    strength = augmentation.brightness
    low, high = strength if isinstance(strength, tuple) else (max(0.0, 1 - strength), 1 + strength)
    hue = augmentation.hue if isinstance(augmentation.hue, tuple) else (-augmentation.hue, augmentation.hue)
    return _within(low, high, "the brightness", params.brightness) or _within(*hue, "the hue", params.hue)


def _check_levels(augmentation: Posterize, item: ImageItem, bits: int, view: ImageItem) -> str | None:
    values = view.to(torch.float32) if isinstance(view, torch.Tensor) else view
    count = len(np.unique(np.asarray(values)))
    return None if count <= 2**bits else f"{count} levels remain of {bits} bits"


def _check_sigma(limit: float | tuple[float, float], sigma: float) -> str | None:
    low, high = limit if isinstance(limit, tuple) else (limit, limit)
    return _within(low, high, "sigma", sigma)


def _has_floats(augmentation: ImageAugmentation, item: ImageItem) -> bool:
    return "float" in str(getattr(item, "dtype", ""))


def _augmentations() -> dict[str, Tags]:
    sides = st.integers(1, 12)
    sizes = sides | st.tuples(sides, sides)
    flip = Tags(
        st.fixed_dictionaries({"p": st.floats(0.05, 0.95)}),
        identity_params={"p": 0.0},
        invalid_params=({"p": 1.5}, {"p": -0.1}),
    )
    return {
        "RandomResizedCrop": Tags(
            st.fixed_dictionaries({"size": sizes, "scale": _pairs(0.05, 1.0)}),
            check_bounds=_check_crop,
            invalid_params=({"size": 0}, {"scale": (0.5, 0.1)}, {"ratio": (0.0, 1.0)}),
        ),
        "RandomCrop": Tags(
            st.fixed_dictionaries({"size": st.integers(5, 9), "padding": st.integers(4, 6)}),
            invalid_params=({"size": 0}, {"padding": -1}),
        ),
        "CenterResize": Tags(
            st.fixed_dictionaries({"size": sizes}),
            random=False,
            identity_params={"size": None},
            invalid_params=({"size": 0},),
        ),
        "HorizontalFlip": flip,
        "VerticalFlip": flip,
        "Rotation": Tags(
            st.fixed_dictionaries({"degrees": st.floats(1, 180) | _pairs(-180, 180)}),
            identity_params={"degrees": 0.0},
            check_bounds=_check_angle,
            invalid_params=({"degrees": 720},),
        ),
        "Perspective": Tags(
            st.fixed_dictionaries({"distortion": st.floats(0.1, 0.9)}),
            identity_params={"distortion": 0.0},
            invalid_params=({"distortion": 1.0}, {"distortion": -0.1}),
        ),
        "Cutout": Tags(
            st.fixed_dictionaries({"size": st.floats(0.1, 1.0), "fill": st.floats(0, 1)}),
            check_bounds=_check_cutout,
            invalid_params=({"size": 0.0}, {"fill": 2.0}),
        ),
        "ColorJitter": Tags(
            st.fixed_dictionaries(
                dict.fromkeys(("brightness", "contrast", "saturation"), st.floats(0.1, 1)) | {"hue": st.floats(0, 0.5)}
            ),
            identity_params={"brightness": 0.0, "contrast": 0.0, "saturation": 0.0, "hue": 0.0},
            check_bounds=_check_jitter,
            invalid_params=({"brightness": -0.1}, {"hue": 0.6}, {"contrast": (0.2, 0.4, 0.6)}),
        ),
        "Grayscale": Tags(random=False),
        "Solarize": Tags(
            st.fixed_dictionaries({"threshold": st.floats(0, 1)}), random=False, invalid_params=({"threshold": 1.5},)
        ),
        "Posterize": Tags(
            st.fixed_dictionaries({"bits": st.tuples(st.integers(1, 3), st.integers(5, 8))}),
            check_bounds=_check_levels,
            invalid_params=({"bits": 0}, {"bits": (1, 9)}),
        ),
        "Equalize": Tags(random=False),
        "Normalize": Tags(
            st.just({"mean": (0.5,), "std": (0.2,)}),
            random=False,
            preserves=frozenset({"type", "dtype", "device", "layout", "center"}),
            identity_params={"mean": (0.0,), "std": (1.0,)},
            accepts=_has_floats,
            accepts_batch=_has_floats,
            invalid_params=({"std": (0.0,)}, {"mean": ()}),
        ),
        "GaussianBlur": Tags(
            st.fixed_dictionaries({"sigma": st.floats(0.2, 3.0) | _pairs(0.0, 3.0, least=0.2)}),
            check_bounds=lambda augmentation, item, sigma, view: _check_sigma(augmentation.sigma, sigma),
            invalid_params=({"sigma": 0.0}, {"sigma": (2.0, 1.0)}),
        ),
        "GaussianNoise": Tags(
            st.fixed_dictionaries({"sigma": _pairs(0.01, 0.5)}),
            identity_params={"sigma": 0.0},
            check_bounds=lambda augmentation, item, params, view: _check_sigma(augmentation.sigma, params.sigma),
            invalid_params=({"sigma": -1.0}, {"sigma": 2.0}),
        ),
    }
