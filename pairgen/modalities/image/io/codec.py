"""Convert image items to the internal representation and back.

| item | decoded to | view |
|---|---|---|
| `PIL.Image` | uint8 array (H, W) or (H, W, 3) | `PIL.Image` in mode L or RGB |
| path (`str`, `Path`), encoded `bytes`, binary file object | the same | `PIL.Image` |
| dict of "bytes" or "path" (Hugging Face's `Image(decode=False)`) | the same | `PIL.Image` |
| uint8 array (H, W) or (H, W, C) | itself | uint8 array of that rank |
| float array in [0, 1] | itself | float array of that dtype and rank |
| uint8 tensor, or float tensor in [0, 1], (C, H, W) | itself | tensor of that dtype and device |

Decoding applies the EXIF orientation, composites an alpha channel onto a background, white unless an option says
otherwise, resolves palettes, and scales 16 bits to 8. Arrays and tensors keep all of their channels, unless the codec
is told that the model takes 1 or 3: then the last of 2 or 4 is alpha, and composited as that of a file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from pairgen._validation import check_int
from pairgen.modalities.image._kernels.values import composite, has_alpha
from pairgen.modalities.image.io.files import (
    WHITE,
    Color,
    DecodeOptions,
    ValueRange,
    decode_bytes,
    decode_pil,
    read_file,
)

__all__ = [
    "CODEC",
    "DecodedImage",
    "ImageCodec",
    "ImageItem",
    "check_batch",
    "check_tensor",
    "decode_image",
    "restore_image",
    "shape_of",
]

DecodedImage = np.ndarray | Tensor
"""An image as augmentations take it: an array (H, W) or (H, W, C), or a tensor (C, H, W); uint8 or float in [0, 1]."""

ImageItem = (
    Image.Image
    | str
    | os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | BinaryIO
    | Mapping[str, Any]
    | np.ndarray
    | Tensor
)
"""An image as users hold it: a PIL image, the path of a file, encoded bytes, a binary file object, a dict of "bytes" or
"path", an array or a tensor."""

_ROUNDING = 1e-4  # how far resizing by others may carry a float image out of [0, 1]
_FLOATS = (np.float16, np.float32, np.float64)


def decode_image(
    item: ImageItem,
    max_pixels: int | None = None,
    background: int | Color = WHITE,
    value_range: ValueRange = "type",
) -> DecodedImage:
    """Decode an item to an array or a tensor and check it once. The item is not changed.

    Args:
        item: PIL image, path, encoded bytes, binary file object, dict of "bytes" or "path", array (H, W) or
            (H, W, C), or tensor (C, H, W).
        max_pixels: Images of more pixels are refused before they are decoded; see `ImageCodec`.
        background: Color onto which transparent images are composited; see `ImageCodec`.
        value_range: The values of 16-bit images that become black and white; see `ImageCodec`.

    Returns:
        uint8 (H, W) or (H, W, 3) for PIL images, paths and bytes; a contiguous array for an array; the tensor itself
        for a tensor.

    Raises:
        ValueError: The image is unreadable, truncated, too large, empty, or has values out of range; the message names
            the item and the remedy.
        TypeError: The item is of another type, rank or dtype.

    Example:
        >>> import numpy as np
        >>> from PIL import Image
        >>> decode_image(Image.new("RGB", (6, 4))).shape
        (4, 6, 3)
    """
    if isinstance(item, (np.ndarray, Tensor)):
        return _check(item)
    return _check(_decode(item, DecodeOptions(max_pixels, background, value_range)))


def restore_image(view: ImageItem, item: ImageItem) -> ImageItem:
    """Return a view in the type of its item: `PIL.Image` for PIL images, paths and bytes, else the view itself."""
    if isinstance(view, np.ndarray) and not isinstance(item, np.ndarray):
        return Image.fromarray(view[..., 0] if view.ndim == 3 and view.shape[2] == 1 else view)
    return view


def shape_of(item: ImageItem) -> tuple[int, int, int]:
    """Return (channels, height, width) of an item, decoded or not, or of each item of a batch (B, C, H, W)."""
    if isinstance(item, Tensor):
        channels, height, width = item.shape[-3:]
        return channels, height, width
    if isinstance(item, np.ndarray):
        return (item.shape[2] if item.ndim == 3 else 1), item.shape[0], item.shape[1]
    return shape_of(decode_image(item))


@dataclass(frozen=True)
class ImageCodec(DecodeOptions):
    """Decode images to arrays or tensors, and restore views to the item's type.

    Args:
        max_pixels: Images of more pixels are refused before they are decoded; 1 or more. None refuses paths and bytes
            above 89,478,485 pixels, and no PIL image, which its user has opened under PIL's own limit.
        background: Color onto which transparent images are composited, (red, green, blue), 0 to 255 each, or one gray
            level for all three.
        value_range: The values of 16-bit, 32-bit and float images that become black and white. "type" takes 0 and
            65535 (1 for floats); "data" the smallest and the largest value of each image, so that an image of 12 bits
            keeps its contrast; a pair (low, high) the same values for all images, beyond which values are clipped.
        channels: How many channels the model takes. Where it is 1 or 3, arrays, tensors and batches of 2 channels
            (gray and alpha) and of 4 (red, green, blue and alpha) are composited onto the background; None and other
            numbers keep all channels.
    """

    channels: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.channels is not None:
            object.__setattr__(self, "channels", check_int("channels", self.channels, 1))

    def decode(self, item: ImageItem) -> DecodedImage:
        """Return the array or tensor of an image; see `decode_image`."""
        if not isinstance(item, (np.ndarray, Tensor)):
            return _check(_decode(item, self))
        image = _check(item)
        if self.channels not in (1, 3) or not has_alpha(shape_of(image)[0]):
            return image
        if isinstance(image, Tensor):
            return composite(image, self.background)
        channels_first = torch.from_numpy(np.array(image)).movedim(-1, 0)
        return np.ascontiguousarray(composite(channels_first, self.background).movedim(0, -1).numpy())

    def check_batch(self, batch: object) -> Tensor:
        """Return a batch of images as a tensor (B, C, H, W), composited as single images are; see `check_batch`."""
        images = check_batch(batch)
        composited = self.channels in (1, 3) and has_alpha(images.shape[1])
        return composite(images, self.background) if composited else images

    def restore(self, view: DecodedImage, item: ImageItem) -> ImageItem:
        """Return the view in the item's type; see `restore_image`."""
        return restore_image(view, item)


CODEC = ImageCodec()


def _decode(item: ImageItem, options: DecodeOptions) -> np.ndarray:
    if isinstance(item, (str, os.PathLike)):
        return decode_bytes(read_file(item), repr(os.fspath(item)), options)
    if isinstance(item, (bytes, bytearray, memoryview)):
        data = bytes(item)
        return decode_bytes(data, f"<{len(data)} bytes>", options)
    if isinstance(item, Image.Image):
        return decode_pil(item, repr(getattr(item, "filename", "") or item), options)
    if isinstance(item, Mapping) and {"bytes", "path"} & set(item):
        return _decode_mapping(item, options)
    if hasattr(item, "read"):
        return decode_bytes(_read_object(item), repr(getattr(item, "name", "") or item), options)
    raise TypeError(
        "an image is a PIL.Image, a path, encoded bytes, a binary file object, a dict of 'bytes' or 'path', an array "
        f"(H, W) or (H, W, C), or a tensor (C, H, W); got {type(item).__name__}"
    )


def _decode_mapping(item: Mapping[str, Any], options: DecodeOptions) -> np.ndarray:
    """The image of a dict of "bytes" and "path", as Hugging Face's `Image(decode=False)` gives it."""
    data, path = item.get("bytes"), item.get("path")
    if data is not None:
        return decode_bytes(bytes(data), repr(path) if path else f"<{len(data)} bytes>", options)
    if path is None:
        raise ValueError("a dict of an image has neither 'bytes' nor 'path' set; leave it out of the data")
    return _decode(path, options)


def _read_object(file: Any) -> bytes:
    """The content of a file object from its start, its position left as it was."""
    try:
        seekable = file.seekable()
        position = file.tell() if seekable else 0
        if seekable:
            file.seek(0)
        data = file.read()
        if seekable:
            file.seek(position)
    except (OSError, ValueError) as error:
        raise ValueError(f"cannot read the image file {file!r}: {error}; open it again") from error
    if not isinstance(data, bytes):
        raise TypeError(f"a file object of an image is binary, got {file!r}; open it with mode 'rb'")
    return data


def _check(image: DecodedImage) -> DecodedImage:
    """The decoded image, an array made contiguous; ValueError or TypeError, with the remedy, if it is no image."""
    return check_tensor(image) if isinstance(image, Tensor) else _check_array(image)


def _check_array(image: np.ndarray) -> np.ndarray:
    if image.ndim not in (2, 3):
        hint = "; pass a batch to sampler.augment" if image.ndim == 4 else ""
        raise TypeError(f"an image array is (H, W) or (H, W, C), got an {_describe(image)}{hint}")
    if image.size == 0:
        raise ValueError(f"the image is empty: {_describe(image)}; leave it out of the data")
    if image.ndim == 3 and image.shape[2] > 4 and image.shape[0] <= 4:
        raise TypeError(
            f"an image array has its channels last, got an {_describe(image)}; write image.transpose(1, 2, 0), or pass "
            "torch.from_numpy(image)"
        )
    if image.dtype == np.uint8:
        return np.ascontiguousarray(image)
    if image.dtype not in _FLOATS:
        raise TypeError(_explain_dtype(image))
    _check_values(float(image.min()), float(image.max()), image)
    return np.ascontiguousarray(image)


def check_tensor(image: Tensor, batched: bool = False) -> Tensor:
    """Return the tensor if it is an image or a batch of images.

    Args:
        image: (C, H, W), or (B, C, H, W) where `batched`; uint8, or float in [0, 1].
        batched: Whether a batch is meant; it may hold no image at all.

    Raises:
        ValueError: It is empty, or has values out of range.
        TypeError: It has another rank or dtype, or its channels last.
    """
    if image.ndim != 3 + batched:
        wanted = "a batch of images is a tensor (B, C, H, W)" if batched else "an image tensor is (C, H, W)"
        hint = {2: "; write image[None] for a gray image", 4: "; pass a batch to sampler.augment"}
        raise TypeError(f"{wanted}, got a {_describe(image)}{'' if batched else hint.get(image.ndim, '')}")
    if 0 in image.shape[1:] or (image.numel() == 0 and not batched):
        raise ValueError(f"the image is empty: {_describe(image)}; leave it out of the data")
    if image.shape[-3] > 4 and image.shape[-1] <= 4 and image.shape[-1] < image.shape[-2]:
        raise TypeError(
            f"an image tensor has its channels before its rows, got a {_describe(image)}; write images.movedim(-1, -3)"
        )
    if image.dtype == torch.uint8:
        return image
    if not image.dtype.is_floating_point:
        raise TypeError(_explain_dtype(image))
    if image.numel():
        low, high = image.detach().aminmax()
        _check_values(float(low), float(high), image)
    return image


def check_batch(batch: object) -> Tensor:
    """Return a batch of images as a tensor.

    Args:
        batch: Tensor (B, C, H, W), or array (B, H, W) or (B, H, W, C); uint8, or float in [0, 1].

    Returns:
        (B, C, H, W): a tensor itself, or a tensor that shares the memory of an array.

    Raises:
        ValueError: Images without pixels, or values out of range.
        TypeError: Another type, rank or dtype.
    """
    if isinstance(batch, np.ndarray):
        if batch.ndim not in (3, 4):
            raise TypeError(
                f"a batch of images is an array (B, H, W) or (B, H, W, C), got shape {batch.shape}; "
                "write batch[None] for a single image"
            )
        writable = batch if batch.flags.writeable and min(batch.strides) > 0 else batch.copy()
        stacked = torch.from_numpy(writable)
        return check_tensor(stacked[:, None] if batch.ndim == 3 else stacked.permute(0, 3, 1, 2), batched=True)
    if not isinstance(batch, Tensor):
        raise TypeError(
            f"a batch of images is a tensor (B, C, H, W) or an array (B, H, W, C), got {type(batch).__name__}; "
            "collate the items first"
        )
    return check_tensor(batch, batched=True)


def _describe(image: DecodedImage) -> str:
    name = "tensor" if isinstance(image, Tensor) else "array"
    return f"{name} of shape {tuple(image.shape)} and dtype {image.dtype}"


def _explain_dtype(image: DecodedImage) -> str:
    return (
        f"an image is uint8 in 0..255 or float in [0, 1], got an {_describe(image)}; divide by the largest value its "
        "type can have (255, 65535), or cast to uint8"
    )


def _check_values(low: float, high: float, image: DecodedImage) -> None:
    if low >= -_ROUNDING and high <= 1 + _ROUNDING:
        return
    if low != low or high != high:
        raise ValueError(f"the image holds NaN: {_describe(image)}; repair it or leave it out of the data")
    raise ValueError(
        f"a float image lies in [0, 1], this one in [{low:.6g}, {high:.6g}]: {_describe(image)}; divide by 255, undo "
        "its normalization (the recipe normalizes), or clip it"
    )
