from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pairgen.modalities.image.io.files import ends_like_jpeg, jpeg_header, png_size
from tests.helpers.photographs import photograph


def encoded(mode: str, file_format: str, **options) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(photograph()).convert(mode).save(buffer, file_format, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_the_header_of_a_jpeg_tells_its_size_and_components(mode, progressive):
    exif = Image.Exif()
    exif[0x010E] = "a description " * 50
    data = encoded(mode, "JPEG", progressive=progressive, exif=exif)
    assert jpeg_header(data) == (190, 160, len(mode), 8)
    assert ends_like_jpeg(data)
    assert not ends_like_jpeg(data[:-2])


def test_the_header_of_a_png_tells_its_size():
    assert png_size(encoded("RGB", "PNG")) == (190, 160)
    assert png_size(encoded("RGB", "JPEG")) is None


@given(data=st.binary(max_size=100))
def test_no_bytes_upset_the_header_readers(data):
    for header in (jpeg_header(b"\xff\xd8" + data), png_size(b"\x89PNG\r\n\x1a\n" + data)):
        assert header is None or min(header) >= 0
    assert ends_like_jpeg(data + b"\xff\xd9")
