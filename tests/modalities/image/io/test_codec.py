from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import pairgen
from pairgen.modalities.image.io import codec
from pairgen.modalities.image.io.codec import decode_image, restore_image, shape_of
from pairgen.testing.modalities.image import ITEM_TYPES, as_item, images
from tests.helpers.photographs import photograph


def encoded(image: Image.Image, file_format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def picture(mode: str = "RGB") -> Image.Image:
    return Image.fromarray(photograph()).convert(mode)


# -- items that can be decoded -------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("form", ["bytes", "bytearray", "path", "str"])
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_encoded_images_are_decoded_as_pil_decodes_them(mode, form, file_format, tmp_path):
    data = encoded(picture(mode), file_format)
    path = tmp_path / f"image.{file_format.lower()}"
    path.write_bytes(data)
    item = {"bytes": data, "bytearray": bytearray(data), "path": path, "str": str(path)}[form]
    decoded = decode_image(item)
    expected = np.asarray(Image.open(path).convert("RGB" if file_format == "WEBP" else mode))
    assert decoded.dtype == np.uint8
    assert decoded.shape == expected.shape
    # Two JPEG decoders may round differently.
    assert np.abs(decoded.astype(int) - expected).max() <= (3 if file_format == "JPEG" else 0)
    view = restore_image(decoded, item)
    assert isinstance(view, Image.Image)
    assert np.array_equal(np.asarray(view), decoded)


@pytest.mark.parametrize("options", [{"progressive": True}, {"optimize": True}, {"subsampling": 0}, {"quality": 20}])
def test_every_form_of_jpeg_is_decoded(options):
    data = encoded(picture(), "JPEG", **options)
    expected = np.asarray(Image.open(io.BytesIO(data)))
    assert np.abs(decode_image(data).astype(int) - expected).mean() < 1


def test_a_cmyk_jpeg_is_decoded_as_color():
    decoded = decode_image(encoded(picture("CMYK"), "JPEG"))
    assert decoded.shape == (*photograph().shape,)
    assert np.abs(decoded.astype(int) - photograph()).mean() < 12


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_exif_orientation_is_applied(file_format, orientation):
    quadrants = np.zeros((32, 48, 3), dtype=np.uint8)
    quadrants[:16, :24], quadrants[:16, 24:], quadrants[16:, :24] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(Image.fromarray(quadrants), file_format, exif=exif)
    turned = {
        1: quadrants,
        2: quadrants[:, ::-1],
        3: quadrants[::-1, ::-1],
        4: quadrants[::-1],
        5: quadrants.transpose(1, 0, 2),
        6: np.rot90(quadrants, -1),
        7: np.rot90(quadrants, -1)[:, ::-1],
        8: np.rot90(quadrants, 1),
    }
    # 7 is a transposition about the other diagonal.
    turned[7] = quadrants[::-1, ::-1].transpose(1, 0, 2)
    decoded = decode_image(data)
    assert decoded.shape == turned[orientation].shape
    assert np.abs(decoded.astype(int) - turned[orientation]).mean() < 8
    assert np.array_equal(decode_image(Image.open(io.BytesIO(data))).shape, decoded.shape)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "1", "L"])
def test_other_modes_become_gray_or_color_without_alpha(mode):
    item = picture(mode)
    decoded = decode_image(encoded(item, "PNG"))
    expected = np.asarray(item.convert("L" if mode in ("LA", "1", "L") else "RGB"))
    assert np.array_equal(decoded, expected)
    assert np.array_equal(decode_image(item), expected)


def test_16_bits_are_scaled_not_clipped(tmp_path):
    deep = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    expected = np.rint(deep / 257).astype(np.uint8)
    path = tmp_path / "deep.png"
    cv2.imwrite(str(path), deep)
    assert np.array_equal(decode_image(path), expected)
    assert np.array_equal(decode_image(Image.fromarray(deep.astype(np.int32))), expected)
    assert np.array_equal(decode_image(Image.fromarray((deep / 65535).astype(np.float32))), expected)
    color = tmp_path / "color.png"
    cv2.imwrite(str(color), np.dstack([deep] * 3))
    assert np.abs(decode_image(color)[..., 0].astype(int) - expected).max() == 0


@given(item=images())
def test_every_item_is_decoded_unchanged_and_restored_to_its_type(item):
    before = item.clone() if isinstance(item, torch.Tensor) else np.array(item) if not isinstance(item, bytes) else item
    decoded = decode_image(item)
    view = restore_image(decoded, item)
    if isinstance(item, bytes):
        assert isinstance(view, Image.Image)
    elif isinstance(item, Image.Image):
        assert view.mode == item.mode
        assert np.array_equal(np.asarray(view), before)
    else:
        assert type(view) is type(item)
        assert view.dtype == item.dtype
        assert view.shape == item.shape
        assert (view == before).all()
    assert shape_of(item) == shape_of(decoded)


def test_one_pixel_is_decoded_in_every_form():
    for data in (encoded(Image.new("RGB", (1, 1)), "PNG"), encoded(Image.new("L", (1, 1)), "JPEG")):
        assert decode_image(data).shape[:2] == (1, 1)
    for item in (np.zeros((1, 1), np.uint8), np.zeros((1, 1, 3)), torch.zeros(1, 1, 1), Image.new("L", (1, 1))):
        assert decode_image(item) is not None


# -- items that cannot ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("ratio", [0.02, 0.3, 0.6, 0.95])
@pytest.mark.parametrize("as_file", [False, True])
def test_a_truncated_file_is_refused_by_name(file_format, ratio, as_file, tmp_path):
    data = encoded(picture(), file_format)
    path = tmp_path / "cut.jpg"
    path.write_bytes(data[: int(len(data) * ratio)])
    with pytest.raises(ValueError, match=r"corrupt or truncated|not an image") as caught:
        decode_image(path if as_file else path.read_bytes())
    assert ("cut.jpg" if as_file else "bytes") in str(caught.value)


def test_a_jpeg_with_padding_after_its_end_is_decoded():
    data = encoded(picture(), "JPEG")
    for tail in (b"\0" * 30, b"\r\n", b"\xff" * 100 + b"trailer" * 20):
        assert np.abs(decode_image(data + tail).astype(int) - decode_image(data)).max() <= 3


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.jpg", b"", "empty"),
        ("text.jpg", b"this is no image at all, but text", "not an image"),
        ("noise.png", b"\x89PNG\r\n\x1a\n" + b"\0\0\0\1" * 20, "not an image"),
        ("soi.jpg", b"\xff\xd8", "not an image"),
        ("soi_eoi.jpg", b"\xff\xd8\xff\xd9", "not an image"),
    ],
)
def test_a_file_that_is_no_image_is_refused_by_name(name, content, message, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        decode_image(path)
    assert name in str(caught.value)
    with pytest.raises(ValueError, match="bytes"):
        decode_image(content)


@given(
    data=st.binary(max_size=200), head=st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF", b"GIF89a"])
)
def test_no_bytes_whatever_raise_anything_but_a_value_error(data, head):
    with pytest.raises(ValueError, match="bytes"):
        decode_image(head + data)


@given(
    position=st.floats(0, 1),
    junk=st.binary(min_size=1, max_size=40),
    file_format=st.sampled_from(["JPEG", "PNG", "WEBP"]),
)
def test_a_damaged_file_is_decoded_in_its_size_or_raises_a_value_error(position, junk, file_format):
    data = bytearray(encoded(Image.fromarray(photograph()[:40, :40]), file_format))
    at = int(position * (len(data) - len(junk)))
    data[at : at + len(junk)] = junk
    try:
        decoded = decode_image(bytes(data))
    except ValueError as error:
        assert "bytes" in str(error)  # noqa: PT017
    else:
        assert decoded.dtype == np.uint8


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match=r"missing\.jpg.*check the path"):
        decode_image(tmp_path / "missing.jpg")
    with pytest.raises(ValueError, match="check the path"):
        decode_image(str(tmp_path))


def png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_a_bomb_is_refused_with_its_size(tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(50_000, 40_000))
    with pytest.raises(ValueError, match=r"bomb\.png.*50000 x 40000 = 2,000,000,000 pixels"):
        decode_image(path)
    jpeg = bytearray(encoded(picture(), "JPEG"))
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", 60_000, 50_000)
    with pytest.raises(ValueError, match="50000 x 60000"):
        decode_image(bytes(jpeg))
    for file_format in ("JPEG", "PNG", "WEBP", "BMP"):
        with pytest.raises(ValueError, match="190 x 160"):
            decode_image(encoded(picture(), file_format), max_pixels=1000)
    with pytest.raises(ValueError, match="190 x 160"):
        decode_image(picture(), max_pixels=1000)


def test_a_pil_image_above_the_default_limit_is_taken_and_bytes_are_not():
    large = Image.new("1", (10_000, 9_000))
    assert decode_image(large).shape == (9_000, 10_000)
    data = encoded(large, "PNG")
    with pytest.raises(ValueError, match=r"90,000,000 pixels.*max_pixels"):
        decode_image(data)
    sampler = pairgen.PairSampler("image", "simclr", size=8, max_pixels=100_000_000)
    assert sampler(data, index=0).first.size == (8, 8)
    with pytest.raises(ValueError, match="190 x 160"):
        pairgen.PairSampler("image", "eval", max_pixels=np.int64(1000))(encoded(picture(), "PNG"), index=0)


def test_a_raised_limit_goes_beyond_that_of_pil_and_leaves_it_as_it_was():
    limit = Image.MAX_IMAGE_PIXELS
    data = encoded(Image.new("1", (16_000, 12_000)), "PNG")
    assert decode_image(data, max_pixels=200_000_000).shape == (12_000, 16_000)
    assert limit == Image.MAX_IMAGE_PIXELS


def test_an_image_without_pixels_is_refused():
    empty = [
        Image.new("RGB", (0, 0)),
        np.zeros((0, 0, 3), np.uint8),
        np.zeros((4, 0), np.uint8),
        torch.zeros(3, 0, 5),
        png_header(0, 10),
    ]
    for item in empty:
        with pytest.raises(ValueError, match="empty"):
            decode_image(item)


@pytest.mark.parametrize("make", [np.asarray, lambda values: torch.from_numpy(np.asarray(values))])
def test_floats_out_of_range_and_nan_are_refused(make):
    for value, message in ((1.5, "divide by 255"), (-0.5, "divide by 255"), (np.nan, "NaN"), (np.inf, r"\[0, 1\]")):
        values = np.full((3, 4, 4), 0.5)
        values[1, 2, 3] = value
        item = make(values if make is not np.asarray else values.transpose(1, 2, 0))
        with pytest.raises(ValueError, match=message):
            decode_image(item)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (np.zeros(5, np.uint8), r"\(H, W\)"),
        (np.zeros((2, 5, 5, 3), np.uint8), r"sampler\.augment"),
        (np.zeros((3, 32, 32), np.uint8), "channels last"),
        (np.zeros((5, 5), np.int64), "cast to uint8"),
        (np.zeros((5, 5), np.uint16), "65535"),
        (np.zeros((5, 5), bool), "cast to uint8"),
        (torch.zeros(5, 5), r"image\[None\]"),
        (torch.zeros(2, 3, 5, 5), r"sampler\.augment"),
        (torch.zeros(32, 32, 3), "movedim"),
        (torch.zeros(3, 5, 5, dtype=torch.int64), "cast to uint8"),
        (5, "an image is"),
        (None, "an image is"),
        ([[1, 2], [3, 4]], "an image is"),
    ],
)
def test_a_wrong_type_rank_or_dtype_is_refused_with_the_remedy(item, message):
    with pytest.raises(TypeError, match=message):
        decode_image(item)


def test_decoding_does_not_keep_the_file_open(tmp_path: Path):
    path = tmp_path / "a.png"
    picture().save(path)
    decode_image(path)
    path.unlink()
    assert not path.exists()


# -- the check happens once ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("item_type", [*ITEM_TYPES, "path"])
@pytest.mark.parametrize("recipe", ["simclr", "byol", "eval"])
def test_an_item_is_checked_once_on_the_way_to_a_pair(recipe, item_type, tmp_path, monkeypatch):
    item = as_item(photograph()[:40, :36], "png" if item_type == "path" else item_type)
    if item_type == "path":
        (tmp_path / "a.png").write_bytes(item)
        item = tmp_path / "a.png"
    checks = {"_check": 0, "check_tensor": 0, "_check_array": 0}

    def count(name):
        check = getattr(codec, name)

        def counted(image, *options):
            checks[name] += 1
            return check(image, *options)

        monkeypatch.setattr(codec, name, counted)

    for name in checks:
        count(name)
    sampler = pairgen.PairSampler("image", recipe=recipe, size=16)
    sampler(item, index=3)
    assert checks["_check"] == 1
    assert checks["check_tensor"] + checks["_check_array"] == 1
    sampler.collate_items([item, item])
    assert checks["_check"] == 3
    assert checks["check_tensor"] + checks["_check_array"] == 3
