"""Image items: what users hold, the form in which it is augmented, and back.

| item | augmented as | view |
|---|---|---|
| `PIL.Image` | uint8 array (H, W) or (H, W, 3) | `PIL.Image` in mode L or RGB |
| path (`str`, `Path`), encoded `bytes` | the same | `PIL.Image` |
| uint8 array (H, W) or (H, W, C) | itself | uint8 array of that rank |
| float array in [0, 1] | itself | float array of that dtype and rank |
| uint8 tensor, or float tensor in [0, 1], (C, H, W) | itself | tensor of that dtype and device |

Decoding applies the EXIF orientation, drops an alpha channel, resolves palettes, and scales 16 bits to 8.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from pairgen.modalities.image.io.headers import ends_like_jpeg, jpeg_header, png_size

__all__ = ["MAX_PIXELS", "check_array", "check_tensor", "decode_image", "restore_image", "shape_of"]

MAX_PIXELS = 89_478_485
"""Images of more pixels are refused as decompression bombs: PIL's own limit, a quarter of a gigabyte in RGB."""

_ROUNDING = 1e-4  # how far resizing by others may carry a float image out of [0, 1]
_FLOATS = (np.float16, np.float32, np.float64)
_FORMS = "a PIL.Image, a path, encoded bytes, an array (H, W) or (H, W, C), or a tensor (C, H, W)"


def decode_image(item: Any, max_pixels: int = MAX_PIXELS) -> Any:
    """The item in the form in which it is augmented: an array, or the tensor itself. The item is not changed.

    max_pixels: images of more are refused before they are decoded.
    Raises ValueError for an image that is unreadable, truncated, too large, empty, or has values out of range, and
    TypeError for another type, rank or dtype; both name the item and the remedy.
    """
    if isinstance(item, np.ndarray):
        return check_array(item)
    if isinstance(item, Tensor):
        return check_tensor(item)
    if isinstance(item, (str, os.PathLike)):
        return _decoded(_file_bytes(item), repr(os.fspath(item)), max_pixels)
    if isinstance(item, (bytes, bytearray, memoryview)):
        data = bytes(item)
        return _decoded(data, f"<{len(data)} bytes>", max_pixels)
    if isinstance(item, Image.Image):
        name = repr(getattr(item, "filename", "")) if getattr(item, "filename", "") else f"{item!r}"
        return _pixels(item, name, max_pixels)
    raise TypeError(f"an image is {_FORMS}; got {type(item).__name__}")


def restore_image(view: Any, item: Any) -> Any:
    """The view in the type of the item: PIL images, paths and bytes give `PIL.Image`; arrays and tensors themselves."""
    if isinstance(view, np.ndarray) and not isinstance(item, np.ndarray):
        return Image.fromarray(view[..., 0] if view.ndim == 3 and view.shape[2] == 1 else view)
    return view


def shape_of(item: Any) -> tuple[int, int, int]:
    """(channels, height, width) of an item, opened or not, or of the items of a batch tensor (B, C, H, W)."""
    if isinstance(item, Tensor):
        channels, height, width = item.shape[-3:]
        return channels, height, width
    if isinstance(item, np.ndarray):
        return (item.shape[2] if item.ndim == 3 else 1), item.shape[0], item.shape[1]
    return shape_of(decode_image(item))


# -- arrays and tensors ------------------------------------------------------------------------------------------


def check_array(image: np.ndarray) -> np.ndarray:
    """The array, contiguous, if it is an image; else ValueError or TypeError with the remedy."""
    if image.ndim not in (2, 3):
        hint = "; give a batch to sampler.augment" if image.ndim == 4 else ""
        raise TypeError(f"an image array is (H, W) or (H, W, C), got an {_named(image)}{hint}")
    if image.size == 0:
        raise ValueError(f"the image is empty: {_named(image)}; leave it out of the data")
    if image.ndim == 3 and image.shape[2] > 4 and image.shape[0] <= 4:
        raise TypeError(
            f"an image array has its channels last, got an {_named(image)}; write image.transpose(1, 2, 0), or give "
            "torch.from_numpy(image)"
        )
    if image.dtype == np.uint8:
        return np.ascontiguousarray(image)
    if image.dtype not in _FLOATS:
        raise TypeError(_dtype_error(image))
    _check_range(float(image.min()), float(image.max()), image)
    return np.ascontiguousarray(image)


def check_tensor(image: Tensor, batched: bool = False) -> Tensor:
    """The tensor if it is an image (C, H, W), or with `batched` a batch (B, C, H, W); else ValueError or TypeError."""
    if image.ndim != 3 + batched:
        wanted = "a batch of images is a tensor (B, C, H, W)" if batched else "an image tensor is (C, H, W)"
        hint = {2: "; write image[None] for a grey image", 4: "; give a batch to sampler.augment"}
        raise TypeError(f"{wanted}, got a {_named(image)}{'' if batched else hint.get(image.ndim, '')}")
    if 0 in image.shape[1:] or (image.numel() == 0 and not batched):
        raise ValueError(f"the image is empty: {_named(image)}; leave it out of the data")
    if image.shape[-3] > 4 and image.shape[-1] <= 4 and image.shape[-1] < image.shape[-2]:
        raise TypeError(
            f"an image tensor has its channels before its rows, got a {_named(image)}; write images.movedim(-1, -3)"
        )
    if image.dtype == torch.uint8:
        return image
    if not image.dtype.is_floating_point:
        raise TypeError(_dtype_error(image))
    if image.numel():
        low, high = image.detach().aminmax()
        _check_range(float(low), float(high), image)
    return image


def _named(image: np.ndarray | Tensor) -> str:
    kind = "tensor" if isinstance(image, Tensor) else "array"
    return f"{kind} of shape {tuple(image.shape)} and dtype {image.dtype}"


def _dtype_error(image: np.ndarray | Tensor) -> str:
    return (
        f"an image is uint8 in 0..255 or float in [0, 1], got an {_named(image)}; divide by the largest value its "
        "type can have (255, 65535), or cast to uint8"
    )


def _check_range(low: float, high: float, image: np.ndarray | Tensor) -> None:
    if low >= -_ROUNDING and high <= 1 + _ROUNDING:
        return
    if low != low or high != high:
        raise ValueError(f"the image holds NaN: {_named(image)}; repair it or leave it out of the data")
    raise ValueError(
        f"a float image lies in [0, 1], this one in [{low:.6g}, {high:.6g}]: {_named(image)}; divide by 255, undo its "
        "normalisation (the recipe normalises), or clip it"
    )


# -- files and bytes ---------------------------------------------------------------------------------------------


def _file_bytes(path: str | os.PathLike[str]) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ValueError(
            f"cannot read the image file {os.fspath(path)!r}: {error.strerror or error}; check the path"
        ) from error


def _decoded(data: bytes, name: str, max_pixels: int) -> np.ndarray:
    """uint8 (H, W) or (H, W, 3) of an encoded image."""
    if not data:
        raise ValueError(f"the image {name} is empty (zero bytes); fetch it again or remove it")
    if data[:2] == b"\xff\xd8":
        header = jpeg_header(data)
        if header is not None:
            width, height, components, bits = header
            _check_size(width, height, name, max_pixels)
            # OpenCV 4 fills the missing part of a truncated file with grey and says nothing, so such files go to PIL.
            if components in (1, 3) and bits == 8 and ends_like_jpeg(data):
                how = cv2.IMREAD_GRAYSCALE if components == 1 else cv2.IMREAD_COLOR_RGB
                pixels = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), how)
                if pixels is not None:
                    return pixels
    elif (size := png_size(data)) is not None:
        _check_size(*size, name, max_pixels)
    try:
        image = Image.open(io.BytesIO(data))
    except Image.DecompressionBombError as error:
        raise ValueError(f"refused to decode the image {name}: {error}") from error
    except Exception as error:  # PIL's format plugins raise whatever their parsers stumble over
        raise ValueError(
            f"{name} is not an image that PIL can read ({_first_bytes(data)}); remove it, or convert it to JPEG, "
            "PNG or WebP"
        ) from error
    return _pixels(image, name, max_pixels)


def _first_bytes(data: bytes) -> str:
    return f"{len(data)} bytes, the first {data[:8]!r}"


def _check_size(width: int, height: int, name: str, max_pixels: int) -> None:
    if width * height > max_pixels:
        raise ValueError(
            f"refused to decode the image {name}: {width} x {height} = {width * height:,} pixels, more than "
            f"{max_pixels:,}; shrink it, or open it yourself and give the array"
        )
    if width * height == 0:
        raise ValueError(f"the image {name} is empty ({width} x {height} pixels); remove it")


def _pixels(image: Image.Image, name: str, max_pixels: int) -> np.ndarray:
    """uint8 (H, W) or (H, W, 3) of a PIL image that may not be loaded yet, upright, without alpha."""
    _check_size(*image.size, name, max_pixels)
    try:
        image.load()
        upright = ImageOps.exif_transpose(image)
        if upright.mode.startswith(("I", "F")):
            return _deep_pixels(np.asarray(upright), upright.mode, name)
        mode = "L" if upright.mode in ("1", "L", "LA", "La") else "RGB"
        return np.asarray(upright if upright.mode == mode else upright.convert(mode))
    except (OSError, SyntaxError, EOFError, IndexError, TypeError, Image.DecompressionBombError) as error:
        raise ValueError(f"the image {name} is corrupt or truncated ({error}); fetch it again or remove it") from error


def _deep_pixels(values: np.ndarray, mode: str, name: str) -> np.ndarray:
    """uint8 of a grey image with 16-bit integers (also held in 32), or with floats in [0, 1]; scaled, not clipped."""
    white, low, high = (1.0 if mode == "F" else 65535.0), float(values.min()), float(values.max())
    if not (low >= 0 and high <= white):
        raise ValueError(
            f"the image {name} of PIL mode {mode!r} holds values in [{low:.6g}, {high:.6g}], outside 0..{white:.6g}; "
            "scale it to 8 bits yourself and give the array"
        )
    return np.rint(values * (255.0 / white)).astype(np.uint8)


@dataclass(frozen=True)
class ImageCodec:
    """Decodes images to arrays or tensors, and restores views to the item's type.

    Args:
        max_pixels: Images of more pixels are refused before they are decoded.
    """

    max_pixels: int = MAX_PIXELS

    def decode(self, item: Any) -> Any:
        """Return the array or tensor of an image; see `decode_image`."""
        return decode_image(item, self.max_pixels)

    def restore(self, view: Any, item: Any) -> Any:
        """Return the view in the item's type; see `restore_image`."""
        return restore_image(view, item)


CODEC = ImageCodec()
