"""A file that is damaged anywhere is read, or refused with a ValueError that names it: some hundred cases a reader."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import soundfile
from PIL import Image

import pairgen

CASES = 25  # of each file
NUMBERS = (b"0", b"-1", b"999999999", b"1e400", b"nan", b"1000000000", b"99999999999999999999", b"\xff", b'"', b"[")
WORDS = (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x00\x00\x00\x00", b"\xff\xff\xff\x7f")


def write_graphs(folder: Path) -> None:
    graph = nx.karate_club_graph()
    for suffix, write in (
        ("graphml", nx.write_graphml),
        ("gml", nx.write_gml),
        ("gexf", nx.write_gexf),
        ("g6", nx.write_graph6),
        ("s6", nx.write_sparse6),
        ("adjlist", nx.write_adjlist),
        ("edgelist", nx.write_edgelist),
    ):
        write(graph, folder / f"a.{suffix}")
    nx.write_pajek(nx.relabel_nodes(graph, str), folder / "a.net")
    (folder / "a.csv").write_text("source,target,weight\n" + "".join(f"{u},{v},0.5\n" for u, v in graph.edges))
    (folder / "a.edges.gz").write_bytes(gzip.compress(b"1 2\n2 3\n" * 40))
    (folder / "a.txt").write_text("2\n3 0\n0 2 1 2\n1 1 0\n0 1 0\n2 1\n0 1 1\n1 1 0\n")


def write_series(folder: Path) -> None:
    values = np.random.default_rng(0).normal(size=(6, 9, 2)).round(3)
    np.save(folder / "a.npy", values)
    np.savez_compressed(folder / "a.npz", x=values, y=np.arange(6))
    rows = [",".join(map(str, series[:, 0])) for series in values]
    (folder / "a.csv").write_text("u,v\n" + "".join(f"{u},{v}\n" for u, v in values[0]))
    (folder / "a.ts").write_text("@timeStamps false\n@classLabel true a b\n@data\n" + ":a\n".join(rows) + ":b\n")
    (folder / "a.tsf").write_text("@relation X\n@attribute series_name string\n@data\nT1:" + "\nT2:".join(rows))
    names = "".join(f"@attribute t{step} numeric\n" for step in range(9))
    head = f"@relation X\n{names}@attribute target {{0,1}}\n@data\n"
    (folder / "a.arff").write_text(head + ",0\n".join(rows) + ",1\n")


def write_texts(folder: Path) -> None:
    rows = [{"text": f'A text {number}, "quoted" é', "label": number % 3} for number in range(9)]
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    (folder / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "a.json").write_text(json.dumps(rows), encoding="utf-8")
    cells = [("text", "label"), *((str(row["text"]).replace('"', '""'), row["label"]) for row in rows)]
    for suffix, separator in (("csv", ","), ("tsv", "\t")):
        (folder / f"a.{suffix}").write_text("".join(f'"{a}"{separator}{b}\n' for a, b in cells), encoding="utf-8")


def write_sounds(folder: Path) -> None:
    wave = (np.sin(np.arange(2000) / 9) / 2).astype(np.float32)
    for suffix in ("wav", "flac", "ogg", "aiff", "au", "caf", "w64", "rf64"):
        soundfile.write(folder / f"a.{suffix}", wave, 8000)


def write_images(folder: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 9, 8, 3), dtype=np.uint8)
    for suffix in ("png", "jpg", "gif", "bmp", "tiff", "webp", "tga", "ppm"):
        Image.fromarray(pixels[0]).save(folder / f"a.{suffix}")
    np.save(folder / "a.npy", pixels)
    np.savez_compressed(folder / "a.npz", x=pixels, y=np.arange(6))


FILES: dict[str, Callable[[Path], None]] = {
    "graph": write_graphs,
    "timeseries": write_series,
    "text": write_texts,
    "audio": write_sounds,
    "image": write_images,
}


def damage(content: bytes, rng: random.Random) -> bytes:
    """The content cut, with bytes changed, doubled or left out, or with another number in it."""
    changed, at = bytearray(content), rng.randrange(len(content))
    end = at + rng.choice((1, 4, 40, 400))
    kind = rng.randrange(6)
    if kind == 0:
        return content[:at]
    if kind == 1:
        for position in rng.choices(range(len(content)), k=rng.choice((1, 2, 16))):
            changed[position] = rng.randrange(256)
    elif kind == 2:
        del changed[at:end]
    elif kind == 3:
        changed[at:at] = content[at:end]
    elif kind == 4:
        changed[at : at + 4] = rng.choice(WORDS)
    else:
        numbers = list(re.finditer(rb"\d+", content))
        number = rng.choice(numbers) if numbers else None
        changed[slice(*(number.span() if number else (at, end)))] = rng.choice(NUMBERS)
    return bytes(changed)


def read_error(modality: str, path: Path) -> Exception | None:
    """What reading the file raises, with decoding and augmenting an item of those that are decoded when asked for."""
    try:
        dataset = pairgen.get_modality(modality).read(path)
        if modality in ("audio", "image"):
            item = dataset[0]
            pairgen.PairSampler(modality, "eval")(item[0] if isinstance(item, tuple) else item, index=0)
    except Exception as error:
        return error
    return None


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("modality", FILES)
def test_a_damaged_file_is_read_or_refused_by_name(modality: str, tmp_path: Path) -> None:
    whole, rng = tmp_path / "whole", random.Random(0)
    whole.mkdir()
    FILES[modality](whole)
    read = refused = 0
    for source in sorted(whole.iterdir()):
        for case in range(CASES + 1):
            path = tmp_path / f"case{case}{source.name}"
            path.write_bytes(damage(source.read_bytes(), rng) if case else source.read_bytes())
            error = read_error(modality, path)
            if error is None:
                read += 1
            else:
                assert case, f"{path} is whole: {error}"
                assert isinstance(error, ValueError), f"{path}: {error!r}"
                assert path.name in str(error)
                assert len(str(error)) < 1500
                refused += 1
            path.unlink()
    assert read > 20
    assert refused > 20
