"""Decode image files, encoded bytes and PIL images to arrays, and read their headers."""

from __future__ import annotations

import io
import os
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageFile

from pairgen._validation import check_choice, check_int, check_number

__all__ = [
    "MAX_PIXELS",
    "WHITE",
    "Color",
    "DecodeOptions",
    "ValueRange",
    "decode_bytes",
    "decode_pil",
    "ends_like_jpeg",
    "jpeg_header",
    "png_size",
    "read_file",
]

MAX_PIXELS = 89_478_485
"""Images of more pixels are refused as decompression bombs: PIL's own limit, a quarter of a gigabyte in RGB."""

Color = tuple[int, int, int]
"""Red, green and blue, 0 to 255 each."""

WHITE: Color = (255, 255, 255)

ValueRange = str | tuple[float, float]
""""type", "data", or a pair (low, high); see `DecodeOptions`."""

_PNG = b"\x89PNG\r\n\x1a\n"
# Frame headers are the markers C0 to CF, less the tables among them: Huffman (C4), reserved (C8), arithmetic (CC).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

_ORIENTATION = 0x0112
_TURN_UPRIGHT: dict[int, Callable[[np.ndarray], np.ndarray]] = {  # by the EXIF orientation
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: pixels[::-1, ::-1].swapaxes(0, 1),
    8: lambda pixels: np.rot90(pixels),
}

_GRAY_MODES = ("1", "L", "LA", "La")
_ALPHA_MODES = ("RGBA", "LA", "PA", "RGBa", "La")
_LOW_BITS = 14  # a 16-bit image whose values need no more bits than this loses three quarters of its gray levels


@dataclass(frozen=True)
class DecodeOptions:
    """How encoded images and PIL images become arrays of 8 bits.

    Args:
        max_pixels: Images of more pixels are refused before they are decoded; 1 or more. None refuses paths and bytes
            above `MAX_PIXELS`, and no PIL image, which its user has opened under PIL's own limit.
        background: Color onto which transparent images are composited, (red, green, blue), 0 to 255 each, or one gray
            level for all three.
        value_range: The values of 16-bit, 32-bit and float images that become black and white. "type" takes 0 and
            65535 (1 for floats); "data" the smallest and the largest value of each image, so that an image of 12 bits
            keeps its contrast; a pair (low, high) the same values for all images, beyond which values are clipped.

    Raises:
        TypeError: An option is of another type.
        ValueError: An option is out of range.
    """

    max_pixels: int | None = None
    background: int | Color = WHITE
    value_range: ValueRange = "type"

    def __post_init__(self) -> None:
        if self.max_pixels is not None:
            object.__setattr__(self, "max_pixels", check_int("max_pixels", self.max_pixels, 1))
        object.__setattr__(self, "background", _check_color(self.background))
        object.__setattr__(self, "value_range", _check_value_range(self.value_range))


def _check_color(color: Any) -> Color:
    values = tuple(color) if isinstance(color, (tuple, list, np.ndarray)) else (color,) * 3
    if len(values) != 3:
        raise ValueError(f"background is a gray level or (red, green, blue), got {color!r}")
    red, green, blue = (check_int("background", value, 0, 255) for value in values)
    return red, green, blue


def _check_value_range(value: Any) -> ValueRange:
    if not isinstance(value, (tuple, list, np.ndarray)):
        return check_choice("value_range", value, ("type", "data"))
    ends = tuple(check_number("value_range", end) for end in value)
    if len(ends) != 2 or ends[0] >= ends[1]:
        raise ValueError(f"value_range is 'type', 'data' or a pair (low, high) with low below high, got {value!r}")
    return ends[0], ends[1]


_DEFAULTS = DecodeOptions()


def read_file(path: str | os.PathLike[str]) -> bytes:
    """Return the content of a file; ValueError, with the path, where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ValueError(
            f"cannot read the image file {os.fspath(path)!r}: {error.strerror or error}; check the path"
        ) from error


def decode_bytes(data: bytes, name: str, options: DecodeOptions = _DEFAULTS) -> np.ndarray:
    """Decode an encoded image, upright and without alpha.

    Args:
        data: JPEG, PNG, WebP, or any other format that PIL reads.
        name: What the image is called in messages.
        options: How it becomes an array of 8 bits.

    Returns:
        uint8 (H, W) or (H, W, 3).

    Raises:
        ValueError: The data are empty, no image, truncated, corrupt or too large.
    """
    if not data:
        raise ValueError(f"the image {name} is empty (zero bytes); fetch it again or remove it")
    limit = MAX_PIXELS if options.max_pixels is None else options.max_pixels
    if data[:2] == b"\xff\xd8":
        header = jpeg_header(data)
        if header is not None:
            width, height, components, bits = header
            _check_size(width, height, name, limit)
            # OpenCV 4 fills the missing part of a truncated file with gray and says nothing, so such files go to PIL.
            if components in (1, 3) and bits == 8 and ends_like_jpeg(data):
                mode = cv2.IMREAD_GRAYSCALE if components == 1 else cv2.IMREAD_COLOR_RGB
                pixels = _decode_by_opencv(data, mode)
                if pixels is not None:
                    return pixels
    elif (size := png_size(data)) is not None:
        _check_size(*size, name, limit)
    try:
        return _decode_by_pil(data, name, limit, options)
    except ValueError:
        plain = _strip_metadata(data)  # a text or a color profile that PIL refuses is no reason to refuse the pixels
        if len(plain) == len(data):
            raise
        return _decode_by_pil(plain, name, limit, options)


def _decode_by_pil(data: bytes, name: str, max_pixels: int, options: DecodeOptions) -> np.ndarray:
    image = _open(data, name, max_pixels)
    _check_size(*image.size, name, max_pixels)
    return _decode_opened(image, data, name, options)


def decode_pil(image: Image.Image, name: str, options: DecodeOptions = _DEFAULTS) -> np.ndarray:
    """Convert a PIL image, loaded or not, to uint8 (H, W) or (H, W, 3) without alpha.

    An image as `Image.open` returns it is turned upright by its EXIF orientation. One derived from it, such as by
    `rotate`, `resize` or `convert`, is taken as its pixels lie, for its user may have turned it.

    Raises:
        ValueError: The image is empty, truncated, corrupt, has values out of range, or too large.
    """
    _check_size(*image.size, name, options.max_pixels)
    return _decode_opened(image, _read_behind(image) if _is_deep_color(image) else None, name, options)


def _decode_by_opencv(data: bytes, mode: int) -> np.ndarray | None:
    try:
        return cv2.imdecode(np.frombuffer(data, dtype=np.uint8), mode)
    except cv2.error:  # a limit of OpenCV's own; PIL decides
        return None


def _open(data: bytes, name: str, max_pixels: int) -> Image.Image:
    limit = Image.MAX_IMAGE_PIXELS
    try:
        if limit is not None and max_pixels > limit:  # raised by the user, and PIL takes no limit as an argument
            Image.MAX_IMAGE_PIXELS = max_pixels
        return Image.open(io.BytesIO(data))
    except Image.DecompressionBombError as error:
        raise ValueError(
            f"refused to decode the image {name}: {error}; shrink it, or raise the recipe's option max_pixels"
        ) from error
    except Exception as error:  # PIL's format plugins raise whatever their parsers stumble over
        raise ValueError(
            f"{name} is not an image that PIL can read ({len(data)} bytes, the first {data[:8]!r}); remove it, or "
            "convert it to JPEG, PNG or WebP"
        ) from error
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _decode_opened(image: Image.Image, data: bytes | None, name: str, options: DecodeOptions) -> np.ndarray:
    """The array of a PIL image, by way of its encoded `data` where PIL alone would cut 16 bits to 8."""
    try:
        pixels = _decode_deep_color(image, data, options) if data is not None and _is_deep_color(image) else None
        if pixels is None:
            _load(image)
            if data is not None and image.format == "PNG" and _lacks_rows(image, data):
                raise OSError("rows are missing")
            pixels = _to_8_bits(image, name, options)
        return _turn_upright(pixels, image)
    except (OSError, SyntaxError, EOFError, IndexError, TypeError, Image.DecompressionBombError) as error:
        raise ValueError(f"the image {name} is corrupt or truncated ({error}); fetch it again or remove it") from error


def _load(image: Image.Image) -> None:
    """Load the pixels; OSError for whatever PIL's decoders stumble over."""
    try:
        image.load()
    except (ValueError, LookupError, ArithmeticError, struct.error) as error:
        raise OSError(error) from error


def _turn_upright(pixels: np.ndarray, image: Image.Image) -> np.ndarray:
    """The pixels of an image that comes straight from its file, upright; as they lie where its EXIF is unreadable."""
    if not isinstance(image, ImageFile.ImageFile):
        return pixels
    try:
        turn = _TURN_UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # PIL's parser of EXIF raises whatever it stumbles over, and the pixels are fine
        return pixels
    return pixels if turn is None else turn(pixels)


def _check_size(width: int, height: int, name: str, max_pixels: int | None) -> None:
    if max_pixels is not None and width * height > max_pixels:
        raise ValueError(
            f"refused to decode the image {name}: {width} x {height} = {width * height:,} pixels, more than "
            f"{max_pixels:,}; shrink it, raise the recipe's option max_pixels, or decode it yourself and pass the array"
        )
    if width * height == 0:
        raise ValueError(f"the image {name} is empty ({width} x {height} pixels); remove it")


def _to_8_bits(image: Image.Image, name: str, options: DecodeOptions) -> np.ndarray:
    """uint8 (H, W) or (H, W, 3) of a loaded image, as it lies in its file."""
    if image.mode.startswith(("I", "F")):
        return _scale_to_8_bits(np.asarray(image), image.mode, name, options.value_range)
    mode = "L" if image.mode in _GRAY_MODES else "RGB"
    keyed = "transparency" in image.info and (image.mode == "P" or isinstance(image, ImageFile.ImageFile))
    keyed = keyed or (image.mode == "P" and image.palette is not None and image.palette.mode == "RGBA")
    if image.mode in _ALPHA_MODES or keyed:
        pixels = _composite(image, mode, options.background)
        if pixels is not None:
            return pixels
    return np.asarray(image if image.mode == mode else image.convert(mode))


def _composite(image: Image.Image, mode: str, background: int | Color) -> np.ndarray | None:
    """The image on the background, gray where both are gray; None if it is opaque everywhere."""
    if image.mode == "La":
        image = image.convert("LA")
    values = image if image.mode == "RGBA" else image.convert("RGBA")
    if values.getchannel("A").getextrema() == (255, 255):
        return None
    pixels = np.asarray(values)
    mixed = _blend(pixels[..., :3].astype(np.uint16), pixels[..., 3:].astype(np.uint16), background, 255)
    return mixed[..., 0] if mode == "L" and _is_gray(background) else mixed


def _blend(colors: np.ndarray, alpha: np.ndarray, background: int | Color, opaque: int) -> np.ndarray:
    """uint8 of colors in 0..255 over the background, rounded."""
    if colors.dtype == np.uint16:
        mixed: np.ndarray = (colors * alpha + np.asarray(background, np.uint16) * (opaque - alpha) + 127) // 255
    else:
        ratio = alpha.astype(np.float32) / opaque
        mixed = np.rint(colors * ratio + np.asarray(background, np.float32) * (1 - ratio))
    return mixed.astype(np.uint8)


def _is_gray(color: int | Color) -> bool:
    return isinstance(color, int) or len(set(color)) == 1


# -- more than 8 bits --------------------------------------------------------------------------------------------------


def _is_deep_color(image: Image.Image) -> bool:
    """Whether an image that is not loaded yet holds 16 bits a value, of which PIL keeps the upper eight."""
    return image.mode in ("RGB", "RGBA", "LA") and ";16" in _raw_mode(image)


def _raw_mode(image: Image.Image) -> str:
    """How the pixels lie in the file of an image that is not loaded yet, in PIL's words, such as "LA;16B"."""
    tiles = getattr(image, "tile", None)
    return str(tiles[0][3]) if tiles else ""


def _read_behind(image: Image.Image) -> bytes | None:
    """The content of the file behind an image that is not loaded yet, whose position stays; None where it is gone."""
    file: Any = getattr(image, "fp", None)
    if file is None:
        return None
    position = file.tell()
    file.seek(0)
    data: bytes = file.read()
    file.seek(position)
    return data


def _decode_deep_color(image: Image.Image, data: bytes, options: DecodeOptions) -> np.ndarray | None:
    """uint8 of 16 bits in color or with alpha, scaled as gray ones are; None where OpenCV cannot decode the file."""
    deep = _decode_by_opencv(data, cv2.IMREAD_UNCHANGED)
    if deep is None or deep.dtype != np.uint16 or deep.shape[:2] != (image.height, image.width) or deep.ndim != 3:
        return None
    colors, alpha = deep[..., 2::-1], deep[..., 3:]
    gray = "LA;" in _raw_mode(image)
    if alpha.size and (visible := alpha[..., 0] > 0).any():
        low, high = (float(limit) for limit in (colors[visible].min(), colors[visible].max()))
    else:
        low, high = float(colors.min()), float(colors.max())
    scaled = _scale(colors, *_ends(low, high, 65535.0, options.value_range))
    if not alpha.size or alpha.min() == 65535:
        rounded: np.ndarray = np.rint(scaled).astype(np.uint8)
        return rounded[..., 0] if gray else rounded
    pixels = _blend(scaled, alpha, options.background, 65535)
    return pixels[..., 0] if gray and _is_gray(options.background) else pixels


def _scale_to_8_bits(values: np.ndarray, mode: str, name: str, value_range: ValueRange) -> np.ndarray:
    """uint8 of a gray image of 16-bit integers (also held in 32), or of floats; scaled and rounded."""
    white, low, high = (1.0 if mode == "F" else 65535.0), float(values.min()), float(values.max())
    if not np.isfinite(high - low) or (value_range == "type" and not (low >= 0 and high <= white)):
        raise ValueError(
            f"the image {name} of PIL mode {mode!r} holds values in [{low:.6g}, {high:.6g}], outside 0..{white:.6g}; "
            "give the recipe the option value_range, or scale it to 8 bits yourself and pass the array"
        )
    rounded: np.ndarray = np.rint(_scale(values, *_ends(low, high, white, value_range))).astype(np.uint8)
    return rounded


def _ends(low: float, high: float, white: float, value_range: ValueRange) -> tuple[float, float]:
    """The values that become black and white."""
    if isinstance(value_range, tuple):
        return value_range
    if value_range == "data" and high > low:
        return low, high
    if value_range == "type" and white > 1 and 0 < high < 2**_LOW_BITS:
        warnings.warn(
            f"a 16-bit image uses {int(high).bit_length()} bits only, and few gray levels of it are left; to keep its "
            'contrast, give the recipe value_range="data" (the range of each image) or a pair such as (0, 4095)',
            stacklevel=2,
        )
    return 0.0, white


def _scale(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Values from low to high in 0..255, clipped and not rounded."""
    scaled: np.ndarray = (values - low if low else values) * (255.0 / (high - low))
    return np.clip(scaled, 0, 255)


# -- headers -----------------------------------------------------------------------------------------------------------


def _lacks_rows(image: Image.Image, data: bytes) -> bool:
    """Whether the data of a PNG end before its pixels do, in a stream that is valid: rows that were left out are black.

    Only where the last row is black can rows be missing; only then is the stream counted, which costs a third of
    decoding it.
    """
    width, height = image.size
    interlaced = data[28] == 1
    if not interlaced and image.crop((0, height - 1, width, height)).tobytes().strip(b"\0"):
        return False
    bits = data[24] * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(data[25], 1)
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    expected = 0
    for x, y, across, down in passes if interlaced else ((0, 0, 1, 1),):
        columns, rows = -(-(width - x) // across), -(-(height - y) // down)
        if columns > 0 and rows > 0:
            expected += rows * (1 + -(-columns * bits // 8))
    return _count_inflated(data) < expected


def _count_inflated(data: bytes) -> int:
    """How many bytes the image data of a PNG hold."""
    stream, count = zlib.decompressobj(), 0
    for name, start, end in _png_chunks(data):
        if name == b"IDAT":
            try:
                count += len(stream.decompress(data[start + 8 : end - 4]))
            except zlib.error:
                break
    return count


def _strip_metadata(data: bytes) -> bytes:
    """A PNG without its texts and color profile; anything else as it is."""
    if data[:8] != _PNG:
        return data
    kept = [data[a:b] for name, a, b in _png_chunks(data) if name not in (b"tEXt", b"zTXt", b"iTXt", b"iCCP")]
    return _PNG + b"".join(kept)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The name of each chunk of a PNG, and where it starts and ends."""
    at = 8
    while at + 8 <= len(data):
        end = min(at + 12 + int.from_bytes(data[at : at + 4], "big"), len(data))
        yield data[at + 4 : at + 8], at, end
        at = end


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
