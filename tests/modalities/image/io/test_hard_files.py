"""Files whose pixels are fine and whose rest is not, transparency, 16 bits, and items in forms of other libraries."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

import pairgen
from pairgen.modalities.image import ImageCodec
from pairgen.modalities.image.io.codec import decode_image
from tests.helpers.photographs import photograph


def encoded(image: Image.Image, file_format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def with_chunk(png: bytes, name: bytes, body: bytes, before: bytes = b"IDAT") -> bytes:
    at = png.index(before) - 4
    return png[:at] + chunk(name, body) + png[at:]


def with_exif(jpeg: bytes, exif: bytes) -> bytes:
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


def png(pixels: np.ndarray, color_type: int, depth: int, rows: int | None = None, interlaced: int = 0) -> bytes:
    height, width = pixels.shape[:2]
    lines = [line.astype(f">u{depth // 8}").tobytes() for line in pixels[:rows]]
    header = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, interlaced)
    data = zlib.compress(b"".join(b"\0" + line for line in lines))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


# -- metadata ----------------------------------------------------------------------------------------------------------

SIGNED = (  # orientation 6, and a resolution that is negative, which PIL reads and cannot write
    b"Exif\0\0II*\0\x08\0\0\0\x02\0"
    + struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)
    + struct.pack("<HHII", 282, 10, 2, 38)
    + b"\0\0\0\0"
    + struct.pack("<iiii", -1, 2, -3, 4)
)
EXIF = {
    "text": (b"Exif\0\0hello", (30, 50)),
    "cut short": (b"Exif\0\0II*\0\x08\0\0\0\x09\0", (30, 50)),
    "noise": (b"Exif\0\0" + bytes(range(1, 90)), (30, 50)),
    "not writable": (SIGNED, (50, 30)),
}


@pytest.mark.parametrize("exif", EXIF)
@pytest.mark.parametrize("form", ["jpeg", "jpeg with a trailer", "cmyk", "png", "webp", "opened"])
def test_exif_that_cannot_be_parsed_or_written_is_no_reason_to_refuse_an_image(exif, form):
    content, shape = EXIF[exif]
    image = Image.fromarray(photograph()[:30, :50])
    jpeg, cmyk = encoded(image, "JPEG"), encoded(image.convert("CMYK"), "JPEG")
    data = {
        "jpeg": with_exif(jpeg, content),
        "jpeg with a trailer": with_exif(jpeg, content) + b"\x55" * 5000,
        "cmyk": with_exif(cmyk, content),
        "png": with_chunk(encoded(image, "PNG"), b"eXIf", content[6:]),
        "webp": encoded(image, "WEBP", exif=content),
        "opened": with_exif(cmyk, content),
    }[form]
    assert decode_image(Image.open(io.BytesIO(data)) if form == "opened" else data).shape == (*shape, 3)


@pytest.mark.parametrize("before", [b"IDAT", b"IEND"])
@pytest.mark.parametrize("name", [b"zTXt", b"iTXt"])
def test_a_text_that_pil_refuses_is_no_reason_to_refuse_a_png(before, name):
    data = encoded(Image.fromarray(photograph()), "PNG")
    text = zlib.compress(b"x" * 3_000_000)
    body = b"Comment\0\0" + text if name == b"zTXt" else b"Comment\0\1\0\0\0" + text
    assert np.array_equal(decode_image(with_chunk(data, name, body, before)), photograph())


def turned_photo() -> Image.Image:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = np.zeros((40, 80, 3), np.uint8)
    stored[:, :40, 0] = 255  # the upper half of the picture when it is upright
    return Image.open(io.BytesIO(encoded(Image.fromarray(stored), "PNG", exif=exif)))


def test_an_image_straight_from_its_file_is_turned_upright():
    decoded = decode_image(turned_photo())
    assert decoded.shape == (80, 40, 3)
    assert decoded[:40, :, 0].min() == 255
    assert decoded[40:].max() == 0


@pytest.mark.parametrize(
    "derive",
    [
        lambda image: image.rotate(-90, expand=True),
        lambda image: image.transpose(Image.Transpose.ROTATE_270),
        lambda image: image.rotate(-90, expand=True).convert("RGB").resize((20, 60)),
        lambda image: image.rotate(-90, expand=True).crop((5, 5, 30, 70)),
    ],
)
def test_an_image_that_its_user_turned_upright_is_not_turned_again(derive):
    image = derive(turned_photo())
    assert np.array_equal(decode_image(image), np.asarray(image))
    view = pairgen.PairSampler("image", "eval")(image, index=0).first
    assert np.array_equal(np.asarray(view), np.asarray(image))


# -- transparency ------------------------------------------------------------------------------------------------------


def drawing(mode: str) -> Image.Image:
    image = Image.new("LA" if mode == "LA" else "RGBA", (30, 20))
    ImageDraw.Draw(image).rectangle((5, 5, 20, 12), fill=(0, 255) if mode == "LA" else (0, 0, 0, 255))
    return image.quantize(8) if mode == "P" else image


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
@pytest.mark.parametrize("form", ["PIL", "PNG", "WEBP", "path"])
def test_a_black_drawing_on_transparency_is_black_on_the_background(mode, form, tmp_path):
    image = drawing(mode)
    if form == "WEBP":
        item: Any = encoded(image.convert("RGBA"), form, lossless=True)
    elif form == "path":
        item = tmp_path / "a.png"
        image.save(item)
    else:
        item = image if form == "PIL" else encoded(image, form)
    decoded = decode_image(item)
    assert decoded.max() == 255
    assert decoded[8, 10].max() == 0
    assert decoded[0, 0].min() == 255
    red = decode_image(item, background=(255, 0, 0))
    assert red[0, 0].tolist() == [255, 0, 0]
    assert red[8, 10].tolist() == [0, 0, 0]
    assert decode_image(item, background=128)[0, 0].max() == 128


def test_half_transparent_colors_are_mixed_with_the_background_and_rounded():
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 4), np.uint8)
    alpha = pixels[..., 3:] / 255
    expected = pixels[..., :3] * alpha + np.array([10, 200, 30]) * (1 - alpha)
    decoded = decode_image(Image.fromarray(pixels), background=(10, 200, 30))
    assert np.abs(decoded - expected).max() <= 0.5 + 1e-6


def test_the_transparent_color_of_a_gif_is_transparent():
    data = encoded(drawing("RGBA"), "GIF")
    decoded = decode_image(data)
    assert decoded[0, 0].min() == 255
    assert decoded[8, 10].max() == 0


def test_a_color_key_is_transparent_in_a_file_of_one():
    image = Image.fromarray(photograph()[:10, :10])
    key = tuple(int(value) for value in photograph()[0, 0])
    assert decode_image(encoded(image, "PNG", transparency=key))[0, 0].tolist() == [255, 255, 255]


def test_the_background_is_an_option_of_every_recipe():
    data = encoded(drawing("RGBA"), "PNG")
    for name in pairgen.get_modality("image").recipes.names():
        codec = pairgen.PairSampler("image", name, background=[0, 0, np.uint8(255)], max_pixels=10_000).recipe.codec
        assert (codec.max_pixels, codec.background) == (10_000, (0, 0, 255))
        assert codec.decode(data)[0, 0].tolist() == [0, 0, 255]


@pytest.mark.parametrize("options", [{"background": 256}, {"background": (1, 2)}, {"value_range": "x"}])
def test_options_of_decoding_out_of_range_are_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        ImageCodec(**options)
    for wrong in ({"max_pixels": 0}, {"value_range": (3, 3)}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            ImageCodec(**wrong)


# -- 16 bits -----------------------------------------------------------------------------------------------------------

DEEP = np.random.default_rng(1).integers(0, 65536, (12, 14, 4)).astype(np.uint16)


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_16_bits_in_color_are_rounded_as_gray_ones_are(suffix, opened):
    gray = cv2.imencode(suffix, DEEP[..., 0])[1].tobytes()
    color = cv2.imencode(suffix, DEEP[..., 2::-1])[1].tobytes()
    first, second = (decode_image(Image.open(io.BytesIO(x)) if opened else x) for x in (gray, color))
    assert np.array_equal(first, np.rint(DEEP[..., 0] / 257))
    assert np.array_equal(second, np.rint(DEEP[..., :3] / 257))


def test_16_bits_with_alpha_are_composited_before_they_are_rounded():
    alpha = DEEP[..., 3:] / 65535
    color = decode_image(png(DEEP, color_type=6, depth=16))
    assert np.array_equal(color, np.rint(DEEP[..., :3] / 257 * alpha + 255 * (1 - alpha)))
    gray = decode_image(png(DEEP[..., [0, 3]], color_type=4, depth=16), background=0)
    assert np.array_equal(gray, np.rint(DEEP[..., 0] / 257 * alpha[..., 0]))
    opaque = np.dstack([DEEP[..., 0], np.full_like(DEEP[..., 0], 65535)])
    assert np.array_equal(decode_image(png(opaque, 4, 16)), np.rint(DEEP[..., 0] / 257))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("bits", [8, 10, 12])
def test_fewer_bits_in_a_16_bit_file_warn_and_keep_their_contrast_by_an_option(bits, channels):
    ramp = np.linspace(0, 2**bits - 1, 64 * 64).reshape(64, 64).astype(np.uint16)
    data = cv2.imencode(".png", ramp if channels == 1 else np.dstack([ramp] * 3))[1].tobytes()
    with pytest.warns(UserWarning, match=rf"uses {bits} bits only.*value_range"):
        assert len(np.unique(decode_image(data))) <= 17
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for value_range in ("data", (0, 2**bits - 1)):
            decoded = decode_image(data, value_range=value_range)
            assert (decoded.min(), decoded.max(), len(np.unique(decoded))) == (0, 255, 256)


def test_a_pair_of_values_is_the_same_for_all_images_and_clips():
    values = np.array([[1000, 2000, 3000, 5000]], np.uint16)
    codec = pairgen.PairSampler("image", "eval", value_range=(1000, 3000)).recipe.codec
    assert codec.decode(Image.fromarray(values)).tolist() == [[0, 128, 255, 255]]
    assert decode_image(Image.fromarray(values.astype(np.int32) * 100), value_range="data").max() == 255
    assert decode_image(Image.fromarray(values.astype(np.float32) - 3000), value_range="data").max() == 255
    with pytest.raises(ValueError, match="value_range"):
        decode_image(Image.fromarray(values.astype(np.float32)))


# -- truncated inside --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 20, 39])
@pytest.mark.parametrize("interlaced", [0, 1])
def test_a_png_whose_valid_stream_ends_early_is_refused(rows, interlaced):
    pixels = photograph()[:40, :30]
    with pytest.raises(ValueError, match="corrupt or truncated"):
        decode_image(png(pixels, color_type=2, depth=8, rows=rows, interlaced=interlaced))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (9, 1), (1, 9), (33, 30)])
def test_a_whole_png_that_ends_in_black_is_decoded(mode, size):
    assert decode_image(encoded(Image.new(mode, size), "PNG")).shape[:2] == size[::-1]


# -- forms of other libraries ------------------------------------------------------------------------------------------


def test_dicts_of_hugging_face_and_file_objects_are_items(tmp_path: Path):
    data = encoded(Image.fromarray(photograph()), "PNG")
    path = tmp_path / "a.png"
    path.write_bytes(data)
    stream = io.BytesIO(data)
    stream.seek(7)
    sampler = pairgen.PairSampler("image", "simclr-small", size=16, seed=0)
    expected = np.asarray(sampler(data, index=3).first)
    with path.open("rb") as file:
        for item in (
            {"bytes": data, "path": None},
            {"bytes": data, "path": "elsewhere.png"},
            {"bytes": None, "path": str(path)},
            stream,
            file,
        ):
            for _ in range(2):
                assert np.array_equal(np.asarray(sampler(item, index=3).first), expected)
    assert stream.tell() == 7


def test_they_pass_through_loaders():
    items = [encoded(Image.fromarray(photograph()[i:]), "PNG") for i in range(4)]
    sampler = pairgen.PairSampler("image", "simclr-small", size=16, seed=0)
    expected = next(iter(sampler.loader(items, 4)))
    rows = [{"image": {"bytes": data, "path": None}, "label": 1} for data in items]
    batch = next(iter(sampler.loader(rows, 4)))
    assert batch.first.equal(expected.first)
    assert batch.label.tolist() == [1] * 4
    assert next(iter(sampler.loader([io.BytesIO(data) for data in items], 4))).first.equal(expected.first)
    keyed = sampler.collate_items([io.BytesIO(data) for data in items])
    assert keyed.index.equal(sampler.collate_items(items).index)


@pytest.mark.parametrize(
    ("item", "error", "message"),
    [
        ({"bytes": None, "path": None}, ValueError, "neither 'bytes' nor 'path'"),
        ({"pixels": 1}, TypeError, "dict of 'bytes' or 'path'"),
        (io.StringIO("text"), TypeError, "mode 'rb'"),
        (io.BytesIO(b""), ValueError, "zero bytes"),
    ],
)
def test_dicts_and_file_objects_without_an_image_are_refused(item, error, message):
    with pytest.raises(error, match=message):
        decode_image(item)


def test_a_closed_file_is_refused(tmp_path: Path):
    path = tmp_path / "a.png"
    path.write_bytes(encoded(Image.new("L", (3, 3)), "PNG"))
    with path.open("rb") as file:
        pass
    with pytest.raises(ValueError, match="open it again"):
        decode_image(file)
