"""Digests of the views of every recipe for fixed seeds: whether two builds make the same views to the bit.

    python -m benchmarks.measures.view_digests                  compare with the recorded table
    python -m benchmarks.measures.view_digests --record PATH    write a table

Each digest covers one recipe, one seed and one type of item (four pairs), or one batch by `collate_items` or `augment`.
The items are made from a fixed seed. The recorded table was made with the build before modules were moved and names
changed; floating-point results depend on the processor and on library versions, which the table names.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import torch
from PIL import Image

import pairgen
from benchmarks.harness.machine import describe_machine, versions_of
from pairgen.modalities.graph.io.pyg import Data

TABLE = Path(__file__).with_name("view_digests.json")
DISTRIBUTIONS = ("numpy", "torch", "opencv-python-headless", "scipy", "numba", "soxr", "torch_geometric", "networkx")
SEEDS = (0, 5)
SIZES = {"simclr": 48, "mocov2": 48, "byol": 48}
BATCHES: dict[str, list[tuple[str, ...]]] = {
    "image": [("array", "pil"), ("tensor", "tensor", "tensor"), ("float", "float")],
    "audio": [("array", "array", "stereo"), ("dict-16k", "dict-44k")],
    "text": [("a", "b", "c", "d", "long")],
    "graph": [("data", "data", "data"), ("directed", "directed"), ("nx", "nx")],
    "timeseries": [("array", "gaps"), ("float32", "float32")],
}
"""Types of items that are collated to one batch."""


def update(digest: Any, value: Any) -> None:
    """Add a value to a digest: dtypes, shapes and all bytes."""
    if isinstance(value, torch.Tensor):
        update(digest, value.detach().cpu().numpy())
    elif isinstance(value, np.ndarray):
        digest.update(f"{value.dtype}{value.shape}".encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, Image.Image):
        digest.update(f"{value.mode}{value.size}".encode())
        digest.update(value.tobytes())
    elif isinstance(value, (str, bytes, int, float, type(None), np.generic)):
        digest.update(repr(value.item() if isinstance(value, np.generic) else value).encode())
    elif hasattr(value, "iloc"):  # pandas
        update(digest, value.to_numpy())
        update(digest, np.asarray(value.index).astype("int64"))
    elif isinstance(value, nx.Graph):
        update(digest, type(value).__name__)
        for node, attributes in value.nodes(data=True):
            update(digest, node)
            update(digest, dict(attributes))
        for start, end, attributes in value.edges(data=True):
            update(digest, [start, end])
            update(digest, dict(attributes))
    else:
        _update_composite(digest, value)


def _update_composite(digest: Any, value: Any) -> None:
    if hasattr(value, "edge_index") and hasattr(value, "to_dict"):  # PyG
        update(digest, dict(sorted(value.to_dict().items())))
        if hasattr(value, "ptr"):
            update(digest, value.batch)
            update(digest, value.ptr)
    elif isinstance(value, Mapping):
        for key in sorted(value):
            update(digest, key)
            update(digest, value[key])
    elif hasattr(value, "values") and hasattr(value, "lengths"):
        for part in (value.values, value.lengths, getattr(value, "starts", None)):
            update(digest, part)
    elif isinstance(value, (list, tuple)):
        digest.update(str(len(value)).encode())
        for part in value:
            update(digest, part)
    else:
        raise TypeError(f"no digest of a {type(value).__name__}")


def digest_of(value: Any) -> str:
    """Return 16 hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=8)
    update(digest, value)
    return digest.hexdigest()


def make_items() -> dict[str, dict[str, Any]]:
    """Return items of each modality by the name of their type, the same in every call."""
    rng = np.random.default_rng(7)
    return {
        "image": _images(rng),
        "audio": _sounds(rng),
        "text": _texts(),
        "graph": _graphs(rng),
        "timeseries": _series(rng),
    }


def _images(rng: np.random.Generator) -> dict[str, Any]:
    y, x = np.mgrid[0:90, 0:120]
    base = np.stack([(x * 2 + y) % 256, (y * 3) % 256, (x * y // 40) % 256], -1).astype(np.uint8)
    noisy = np.clip(base.astype(int) + rng.integers(-20, 20, base.shape), 0, 255).astype(np.uint8)
    gray, tensor = noisy[..., 1].copy(), torch.from_numpy(noisy.transpose(2, 0, 1).copy())
    images = {"pil": Image.fromarray(noisy), "pil-gray": Image.fromarray(gray), "array": noisy, "array-gray": gray}
    return {**images, "tensor": tensor, "float": tensor.float() / 255}


def _sounds(rng: np.random.Generator) -> dict[str, Any]:
    times = np.arange(24000) / 16000
    wave = (0.3 * np.sin(2 * np.pi * 220 * times) + 0.05 * rng.standard_normal(len(times))).astype(np.float32)
    times = np.arange(44100) / 44100
    fast = (0.3 * np.sin(2 * np.pi * 330 * times) + 0.05 * rng.standard_normal(len(times))).astype(np.float32)
    return {
        "array": wave,
        "stereo": np.stack([wave, wave[::-1]]).copy(),
        "tensor": torch.from_numpy(wave.copy()),
        "double": wave.astype(np.float64),
        "int16": (wave * 20000).astype(np.int16),
        "dict-16k": {"array": wave, "sampling_rate": 16000},
        "dict-44k": {"array": fast, "sampling_rate": 44100},
    }


def _texts() -> dict[str, Any]:
    return {
        "a": "The quick brown fox jumps over the lazy dog.",
        "b": "How did serfdom develop in and then leave Russia?",
        "c": "What films featured the character Popeye Doyle ?",
        "d": "big dogs walked quickly",
        "bytes": b"A child stopped in the city",
        "long": " ".join(["Ancient cities stop growing when large dogs walk there."] * 6),
    }


def _graphs(rng: np.random.Generator) -> dict[str, Any]:
    ring = [[i, (i + 1) % 20] for i in range(20)]
    edges = np.array([[i, (i * 7 + 1) % 20] for i in range(20)] + ring).T
    edges = np.unique(np.concatenate([edges, edges[::-1]], 1), axis=1)
    x = torch.from_numpy(rng.standard_normal((20, 4)).astype(np.float32))
    weights = torch.from_numpy(rng.standard_normal((edges.shape[1], 2)).astype(np.float32))
    away = torch.from_numpy(np.array([[i, (i + 3) % 20] for i in range(20)]).T.copy())
    club, random = nx.karate_club_graph(), nx.gnp_random_graph(15, 0.3, seed=3, directed=True)
    for graph in (club, random):
        for node in graph:
            graph.nodes[node]["x"] = float(node)
            graph.nodes[node].pop("club", None)
    data = Data(x=x, edge_index=torch.from_numpy(edges), edge_attr=weights, y=torch.tensor([1]))
    return {"data": data, "directed": Data(x=x, edge_index=away), "nx": club, "digraph": random}


def _series(rng: np.random.Generator) -> dict[str, Any]:
    import pandas as pd

    series = np.cumsum(rng.standard_normal((80, 3)), 0)
    gaps = series.copy()
    gaps[10:14, 1] = np.nan
    return {
        "array": series,
        "float32": series.astype(np.float32),
        "one": series[:, 0].copy(),
        "tensor": torch.from_numpy(series.copy()),
        "gaps": gaps,
        "frame": pd.DataFrame(series, columns=list("abc")),
        "ints": (series * 10).astype(np.int64),
    }


def digests(modalities: tuple[str, ...] = tuple(BATCHES), seeds: tuple[int, ...] = SEEDS) -> dict[str, str]:
    """Return the digests of some modalities and seeds, by "modality/recipe/seed/item"."""
    torch.set_num_threads(1)
    items = make_items()
    return dict(
        entry
        for name in modalities
        for recipe in pairgen.get_modality(name).recipes.names()
        for seed in seeds
        for entry in _of_recipe(name, recipe, seed, items[name])
    )


def _of_recipe(name: str, recipe: str, seed: int, items: dict[str, Any]) -> Iterator[tuple[str, str]]:
    options: dict[str, Any] = {"size": SIZES[recipe]} if recipe in SIZES else {}
    sampler = pairgen.PairSampler(name, recipe=recipe, seed=seed, **options)
    key = f"{name}/{recipe}/{seed}"
    for item_type, item in items.items():
        views = [_views(sampler, item, index, epoch) for index in (0, 3) for epoch in (0, 2)]
        yield f"{key}/{item_type}", digest_of(views)
    codec = sampler.recipe.codec or sampler.modality
    for group in BATCHES[name]:
        chosen = [items[item_type] for item_type in group]
        batch = sampler.collate_items([(i, item, i) for i, item in enumerate(chosen)])
        parts = [batch.first, batch.second, batch.index, batch.label]
        yield f"{key}/collate_items {'+'.join(group)}", digest_of(parts)
        collated = sampler.modality.collate([codec.decode(item) for item in chosen])
        batch = sampler.augment(collated, index=list(range(len(chosen))), epoch=1)
        yield f"{key}/augment {'+'.join(group)}", digest_of([batch.first, batch.second])


def _views(sampler: pairgen.PairSampler, item: Any, index: int, epoch: int) -> list[Any] | str:
    """Both views, or the type of the error: integer series cannot hold masked steps."""
    try:
        pair = sampler(item, index=index, epoch=epoch)
    except ValueError as error:
        return type(error).__name__
    return [pair.first, pair.second]


def main() -> None:
    """Compare with the recorded table, or write one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", type=Path)
    path = parser.parse_args().record
    now = digests()
    if path is not None:
        head = {"machine": describe_machine(), "versions": versions_of(DISTRIBUTIONS)}
        path.write_text(json.dumps({**head, "digests": now}, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return
    before = json.loads(TABLE.read_text(encoding="utf-8"))["digests"]
    differing = sorted(key for key in {*before, *now} if before.get(key) != now.get(key))
    print(f"{len(before)} digests recorded, {len(now)} now, {len(differing)} differ", *differing, sep="\n")


if __name__ == "__main__":
    main()
