"""Decode image files, encoded bytes and PIL images to arrays, and read their headers."""

from __future__ import annotations

import io
import os

import cv2
import numpy as np
from PIL import Image, ImageOps

__all__ = ["MAX_PIXELS", "decode_bytes", "decode_pil", "ends_like_jpeg", "jpeg_header", "png_size", "read_file"]

MAX_PIXELS = 89_478_485
"""Images of more pixels are refused as decompression bombs: PIL's own limit, a quarter of a gigabyte in RGB."""

_PNG = b"\x89PNG\r\n\x1a\n"
# Frame headers are the markers C0 to CF, less the tables among them: Huffman (C4), reserved (C8), arithmetic (CC).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def read_file(path: str | os.PathLike[str]) -> bytes:
    """Return the content of a file; ValueError, with the path, where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ValueError(
            f"cannot read the image file {os.fspath(path)!r}: {error.strerror or error}; check the path"
        ) from error


def decode_bytes(data: bytes, name: str, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Decode an encoded image, upright and without alpha.

    Args:
        data: JPEG, PNG, WebP, or any other format that PIL reads.
        name: What the image is called in messages.
        max_pixels: Images of more pixels are refused before they are decoded.

    Returns:
        uint8 (H, W) or (H, W, 3).

    Raises:
        ValueError: The data are empty, no image, truncated, corrupt or too large.
    """
    if not data:
        raise ValueError(f"the image {name} is empty (zero bytes); fetch it again or remove it")
    if data[:2] == b"\xff\xd8":
        header = jpeg_header(data)
        if header is not None:
            width, height, components, bits = header
            _check_size(width, height, name, max_pixels)
            # OpenCV 4 fills the missing part of a truncated file with gray and says nothing, so such files go to PIL.
            if components in (1, 3) and bits == 8 and ends_like_jpeg(data):
                mode = cv2.IMREAD_GRAYSCALE if components == 1 else cv2.IMREAD_COLOR_RGB
                pixels = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), mode)
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
            f"{name} is not an image that PIL can read ({len(data)} bytes, the first {data[:8]!r}); remove it, or "
            "convert it to JPEG, PNG or WebP"
        ) from error
    return decode_pil(image, name, max_pixels)


def decode_pil(image: Image.Image, name: str, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Convert a PIL image, loaded or not, to uint8 (H, W) or (H, W, 3), upright and without alpha.

    Raises:
        ValueError: The image is empty, too large, truncated, corrupt, or has values out of range.
    """
    _check_size(*image.size, name, max_pixels)
    try:
        image.load()
        upright = ImageOps.exif_transpose(image)
        if upright.mode.startswith(("I", "F")):
            return _scale_to_8_bits(np.asarray(upright), upright.mode, name)
        mode = "L" if upright.mode in ("1", "L", "LA", "La") else "RGB"
        return np.asarray(upright if upright.mode == mode else upright.convert(mode))
    except (OSError, SyntaxError, EOFError, IndexError, TypeError, Image.DecompressionBombError) as error:
        raise ValueError(f"the image {name} is corrupt or truncated ({error}); fetch it again or remove it") from error


def _check_size(width: int, height: int, name: str, max_pixels: int) -> None:
    if width * height > max_pixels:
        raise ValueError(
            f"refused to decode the image {name}: {width} x {height} = {width * height:,} pixels, more than "
            f"{max_pixels:,}; shrink it, or decode it yourself and pass the array"
        )
    if width * height == 0:
        raise ValueError(f"the image {name} is empty ({width} x {height} pixels); remove it")


def _scale_to_8_bits(values: np.ndarray, mode: str, name: str) -> np.ndarray:
    """uint8 of a gray image of 16-bit integers (also held in 32), or of floats in [0, 1]; scaled, not clipped."""
    white, low, high = (1.0 if mode == "F" else 65535.0), float(values.min()), float(values.max())
    if not (low >= 0 and high <= white):
        raise ValueError(
            f"the image {name} of PIL mode {mode!r} holds values in [{low:.6g}, {high:.6g}], outside 0..{white:.6g}; "
            "scale it to 8 bits yourself and pass the array"
        )
    return np.rint(values * (255.0 / white)).astype(np.uint8)


def jpeg_header(data: bytes) -> tuple[int, int, int, int] | None:
    """Return (width, height, components, bits) of a JPEG without decoding it; None where its header is unreadable."""
    at, end = 2, len(data) - 10
    while at < end and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # markers may be preceded by any number of fill bytes
            at += 1
        elif marker in _FRAMES:
            height, width = data[at + 5] << 8 | data[at + 6], data[at + 7] << 8 | data[at + 8]
            # A height of 0 is legal: it is then given after the first scan. PIL decides.
            return (width, height, data[at + 9], data[at + 4]) if height else None
        else:
            at += 2 + (data[at + 2] << 8 | data[at + 3])
    return None


def ends_like_jpeg(data: bytes) -> bool:
    """Return whether the end-of-image marker closes the file, apart from padding."""
    return data[-64:].rstrip(b"\x00\r\n ").endswith(b"\xff\xd9")


def png_size(data: bytes) -> tuple[int, int] | None:
    """Return (width, height) of a PNG without decoding it; None for anything else."""
    if data[:8] != _PNG or len(data) < 24:
        return None
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
