"""What the property-testing kit is shown of images: items, bad ones, and what each augmentation promises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

from pairgen.modalities.image.io.codec import decode_image, shape_of
from pairgen.testing.modalities.image_strategies import KINDS, batches, images
from pairgen.testing.spec import TOLERANCE, CheckSpec, Tags

__all__ = ["check_spec"]

_PLAIN = tuple(kind for kind in KINDS if kind != "png")  # an encoded image comes back decoded


def check_spec() -> CheckSpec:
    """Images from 1 x 1 pixels on, grey and colour, of every type; batches of both; ten that are none."""
    return CheckSpec(
        items=images(kinds=_PLAIN, max_side=16),
        informative_items=images(kinds=_PLAIN, min_side=8, max_side=16, channels=(3,), patterns=("noise",)),
        batches=batches(min_count=1, max_side=12),
        invalid_items=_BAD,
        find_invalid=_complaint,
        layout=lambda image: shape_of(image)[0],
        augmentations=_augmentations(),
        recipes={name: {"size": 16} for name in ("simclr", "mocov2", "byol", "simclr-small", "simclr-gray", "eval")},
        model_items=images(kinds=("tensor-float32",), min_side=12, max_side=12, channels=(3,), patterns=("noise",)),
        tolerance={**TOLERANCE, "uint8": 1.0},
    )


_BAD: Mapping[str, Any] = {
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


def _complaint(view: Any, item: Any) -> str | None:
    """Values out of range; `decode_image` says the rest."""
    opened = decode_image(view)
    top = 255 if opened.dtype in (np.uint8, torch.uint8) else 1
    low, high = float(opened.min()), float(opened.max())
    return None if low >= 0 and high <= top else f"values in [{low:g}, {high:g}], outside [0, {top}]"


def _within(low: float, high: float, what: str, value: Any) -> str | None:
    return None if low <= value <= high else f"{what} is {value}, outside [{low:g}, {high:g}]"


def _pairs(low: float, high: float, least: float = 0.0) -> Any:
    """Ranges (a, b) with low <= a <= b <= high."""
    both = st.tuples(st.floats(low + least, high), st.floats(low + least, high))
    return both.map(lambda pair: (min(pair), max(pair)))


def _kept_share(augmentation: Any, item: Any, box: Any, view: Any) -> str | None:
    """A crop lies in the image, and its share of the area in `scale`, up to whole pixels."""
    _, height, width = shape_of(item)
    if not (0 <= box.top <= box.top + box.height <= height and 0 <= box.left <= box.left + box.width <= width):
        return f"the box {box} leaves the image of {height} x {width}"
    if (box.height - 0.5) * (box.width - 0.5) > augmentation.scale[1] * height * width + 0.5 and min(height, width) > 1:
        return f"the box {box} has more than {augmentation.scale[1]:.0%} of {height} x {width}"
    return None


def _blackened(augmentation: Any, item: Any, box: Any, view: Any) -> str | None:
    _, height, width = shape_of(item)
    most = max(1, round(height * augmentation.size)) * max(1, round(width * augmentation.size))
    hidden = box.height * box.width
    return None if hidden <= most else f"{hidden} pixels are hidden, more than {most}"


def _turned(augmentation: Any, item: Any, params: Any, view: Any) -> str | None:
    limit = augmentation.degrees
    low, high = limit if isinstance(limit, tuple) else (-limit, limit)
    return _within(low, high, "the angle", params)


def _jittered(augmentation: Any, item: Any, params: Any, view: Any) -> str | None:
    strength = augmentation.brightness
    low, high = strength if isinstance(strength, tuple) else (max(0.0, 1 - strength), 1 + strength)
    found = _within(low, high, "the brightness", params.brightness)
    return found or _within(-augmentation.hue, augmentation.hue, "the hue", params.hue)


def _levels(augmentation: Any, item: Any, params: Any, view: Any) -> str | None:
    count = len(np.unique(np.asarray(decode_image(view).to(torch.float32) if isinstance(view, torch.Tensor) else view)))
    return None if count <= 2**params else f"{count} levels remain of {params} bits"


def _sigma(augmentation: Any, params: Any) -> str | None:
    limit = augmentation.sigma
    low, high = limit if isinstance(limit, tuple) else (limit, limit)
    return _within(low, high, "sigma", params)


def _has_floats(augmentation: Any, item: Any) -> bool:
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
            check_bounds=_kept_share,
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
            check_bounds=_turned,
            invalid_params=({"degrees": 720},),
        ),
        "Perspective": Tags(
            st.fixed_dictionaries({"distortion": st.floats(0.1, 0.9)}),
            identity_params={"distortion": 0.0},
            invalid_params=({"distortion": 1.0}, {"distortion": -0.1}),
        ),
        "Cutout": Tags(
            st.fixed_dictionaries({"size": st.floats(0.1, 1.0), "fill": st.floats(0, 1)}),
            check_bounds=_blackened,
            invalid_params=({"size": 0.0}, {"fill": 2.0}),
        ),
        "ColorJitter": Tags(
            st.fixed_dictionaries(
                dict.fromkeys(("brightness", "contrast", "saturation"), st.floats(0.1, 1)) | {"hue": st.floats(0, 0.5)}
            ),
            identity_params={"brightness": 0.0, "contrast": 0.0, "saturation": 0.0, "hue": 0.0},
            check_bounds=_jittered,
            invalid_params=({"brightness": -0.1}, {"hue": 0.6}, {"contrast": (0.2, 0.4, 0.6)}),
        ),
        "Grayscale": Tags(random=False),
        "Solarize": Tags(
            st.fixed_dictionaries({"threshold": st.floats(0, 1)}), random=False, invalid_params=({"threshold": 1.5},)
        ),
        "Posterize": Tags(
            st.fixed_dictionaries({"bits": st.tuples(st.integers(1, 3), st.integers(5, 8))}),
            check_bounds=_levels,
            invalid_params=({"bits": 0}, {"bits": (1, 9)}),
        ),
        "Equalize": Tags(random=False),
        "Normalize": Tags(
            st.just({"mean": (0.5,), "std": (0.2,)}),
            random=False,
            preserves=frozenset({"type", "dtype", "device", "layout"}),
            identity_params={"mean": (0.0,), "std": (1.0,)},
            accepts=_has_floats,
            accepts_batch=_has_floats,
            invalid_params=({"std": (0.0,)}, {"mean": ()}),
        ),
        "GaussianBlur": Tags(
            st.fixed_dictionaries({"sigma": st.floats(0.2, 3.0) | _pairs(0.0, 3.0, least=0.2)}),
            check_bounds=lambda aug, item, sigma, view: _sigma(aug, sigma),
            invalid_params=({"sigma": 0.0}, {"sigma": (2.0, 1.0)}),
        ),
        "GaussianNoise": Tags(
            st.fixed_dictionaries({"sigma": _pairs(0.01, 0.5)}),
            identity_params={"sigma": 0.0},
            check_bounds=lambda aug, item, params, view: _sigma(aug, params.sigma),
            invalid_params=({"sigma": -1.0}, {"sigma": 2.0}),
        ),
    }
