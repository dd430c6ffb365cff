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
from PIL import Image
from sklearn.datasets import load_sample_image

import pairgen

ASSETS = Path(__file__).parent / "assets"
WIDTH, MARGIN = 1500, 36  # pixels


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


def figures() -> list[Any]:
    """One figure a modality: an item beside two views of it."""
    cases: list[tuple[str, str, Any, dict[str, Any]]] = [
        ("image", "simclr", photograph(), {"size": 224}),
        ("audio", "speech", recording(), {"sample_rate": 8000}),
        ("graph", "drop-perturb", nx.karate_club_graph(), {"nodes": 0.2, "edges": 0.2}),
        ("timeseries", "ts2vec", arrow_head(), {}),
        ("text", "synonyms", "The small child stopped the big dog in front of a large house in the old city.", {}),
    ]
    made = []
    for name, recipe, item, options in cases:
        pair = pairgen.PairSampler(name, recipe=recipe, seed=3, **options)(item, index=1)
        title = f"{name}, recipe {recipe}"
        made.append(pairgen.get_modality(name).plot_pairs([pair], items=[item], title=title))
    return made


def stack(parts: list[Any]) -> Image.Image:
    """The figures below each other, each as wide as the page or as it is."""
    pictures = []
    for figure in parts:
        buffer = io.BytesIO()
        figure.savefig(buffer, dpi=200)
        picture = Image.open(buffer).convert("RGB")
        scale = min(1.0, (WIDTH - 2 * MARGIN) / picture.width)
        pictures.append(picture.resize((round(picture.width * scale), round(picture.height * scale))))
    page = Image.new("RGB", (WIDTH, sum(p.height for p in pictures) + MARGIN * (len(pictures) + 1)), "white")
    top = MARGIN
    for picture in pictures:
        page.paste(picture, (MARGIN, top))
        top += picture.height + MARGIN
    return page


def main() -> None:
    """Write the picture."""
    ASSETS.mkdir(exist_ok=True)
    stack(figures()).quantize(128).save(ASSETS / "pairs.png", optimize=True)


if __name__ == "__main__":
    main()
