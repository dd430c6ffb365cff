"""Draw the picture of pairs that README and the home page show: `make pictures`.

Writes `docs/assets/pairs.png`. The recording comes from the folder that PAIRGEN_DATA names; without it a made-up sound
takes its place.
"""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import soundfile
from PIL import Image, ImageChops, ImageOps
from sklearn.datasets import load_sample_image

import pairgen

ASSETS = Path(__file__).parent / "assets"
MARGIN, GAP = 30, 50  # pixels


def photograph() -> np.ndarray:
    """A part of a photograph, uint8 (300, 300, 3)."""
    return np.ascontiguousarray(load_sample_image("flower.jpg")[60:360, 170:470])


def recording() -> dict[str, Any]:
    """A spoken digit, or a made-up sound where the recordings are not at hand."""
    folder = os.environ.get("PAIRGEN_DATA")
    archive = Path(folder or "nowhere", "audio", "fsdd-recordings.tar.gz")
    if not archive.is_file():
        times = np.arange(8000) / 8000
        return {"array": np.sin(2 * np.pi * (300 + 400 * times) * times) * np.hanning(8000), "sampling_rate": 8000}
    with tarfile.open(archive) as tar:
        file = tar.extractfile("recordings/7_jackson_6.wav")
        if file is None:
            raise FileNotFoundError(f"{archive} holds no recordings/7_jackson_6.wav; fetch it again")
        values, rate = soundfile.read(io.BytesIO(file.read()), dtype="float32")
    return {"array": values, "sampling_rate": rate}


def arrow_head() -> np.ndarray:
    """The outline of an arrow head as a series, float64 (251, 1)."""
    import aeon
    from aeon.datasets import load_from_ts_file

    path = Path(aeon.__file__).parent / "datasets" / "data" / "ArrowHead" / "ArrowHead_TRAIN.ts"
    values, _ = load_from_ts_file(str(path))
    return np.ascontiguousarray(values[0].T)


def picture(name: str, recipe: str, item: Any, index: int, **options: Any) -> Image.Image:
    """An item beside, or below, two views of it."""
    pair = pairgen.PairSampler(name, recipe=recipe, seed=0, **options)(item, index=index)
    figure = pairgen.get_modality(name).plot_pairs([pair], items=[item], title=f"{name}: {recipe}")
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=110)
    return trim(Image.open(buffer).convert("RGB"))


def trim(image: Image.Image) -> Image.Image:
    """The part of a picture that is not white."""
    return image.crop(ImageChops.difference(image, Image.new("RGB", image.size, "white")).getbbox())


def beside(images: list[Image.Image], gap: int) -> Image.Image:
    """Pictures in a row, aligned at the top."""
    row = Image.new(
        "RGB", (sum(i.width for i in images) + gap * (len(images) - 1), max(i.height for i in images)), "white"
    )
    left = 0
    for image in images:
        row.paste(image, (left, 0))
        left += image.width + gap
    return row


def below(images: list[Image.Image], gap: int) -> Image.Image:
    """Pictures in a column, aligned at the left."""
    width, height = max(i.width for i in images), sum(i.height for i in images) + gap * (len(images) - 1)
    column = Image.new("RGB", (width, height), "white")
    top = 0
    for image in images:
        column.paste(image, (0, top))
        top += image.height + gap
    return column


def main() -> None:
    """Write the picture."""
    sentence = "The child stopped the big dog in the old city."
    images = picture("image", "simclr", photograph(), 2, size=224)
    sounds = picture("audio", "speech", recording(), 1, sample_rate=8000)
    graphs = picture("graph", "drop-perturb", nx.karate_club_graph(), 1, nodes=0.2, edges=0.2)
    series = picture("timeseries", "ts-tcc", arrow_head(), 1)
    texts = picture("text", "synonyms", sentence, 6, ratio=0.3, senses=1)
    page = below([beside([images, texts, series], 2 * GAP), beside([graphs, sounds], GAP)], GAP)
    framed = ImageOps.expand(page, MARGIN, "white")
    ASSETS.mkdir(exist_ok=True)
    framed.quantize(160).save(ASSETS / "pairs.png", optimize=True)


if __name__ == "__main__":
    main()
