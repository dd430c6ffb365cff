"""Photographs that scikit-learn and scikit-image ship, as JPEG files in memory."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

from PIL import Image

SIDE, QUALITY = 500, 90
_SKIMAGE = ("astronaut", "chelsea", "coffee", "rocket", "motorcycle_left", "motorcycle_right")


@cache
def jpeg_photographs() -> tuple[bytes, ...]:
    """Eight color photographs, longest side 500 px, JPEG of quality 90."""
    import skimage.data
    import sklearn.datasets

    folders = Path(sklearn.datasets.__file__).parent / "images", Path(skimage.data.__file__).parent
    paths = [folders[0] / "china.jpg", folders[0] / "flower.jpg"]
    paths += [next(folders[1].glob(f"{name}.*[gG]")) for name in _SKIMAGE]
    return tuple(_jpeg(path) for path in paths)


def repeat_photographs(count: int) -> list[bytes]:
    """`count` JPEG files, the photographs in turn."""
    files = jpeg_photographs()
    return [files[i % len(files)] for i in range(count)]


def _jpeg(path: Path) -> bytes:
    with Image.open(path) as image:
        photo = image.convert("RGB")
    scale = SIDE / max(photo.size)
    size = (round(photo.width * scale), round(photo.height * scale))
    buffer = io.BytesIO()
    photo.resize(size, Image.Resampling.LANCZOS).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()
