"""Every augmentation and recipe makes the same views in every numerical mode of torch."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
import soundfile
import torch

import pairgen
from pairgen.random import Stream
from pairgen.testing.compare import find_difference, to_parts
from tests.modalities.test_numpy_options import NAMES, options_of


@contextlib.contextmanager
def double_by_default() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


@contextlib.contextmanager
def meta_by_default() -> Iterator[None]:
    torch.set_default_device("meta")
    try:
        yield
    finally:
        torch.set_default_device(None)


@contextlib.contextmanager
def deterministic() -> Iterator[None]:
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)


MODES: dict[str, Callable[[], contextlib.AbstractContextManager[Any]]] = {
    "float64": double_by_default,
    "meta": meta_by_default,
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "deterministic": deterministic,
}


def items_of(name: str) -> list[list[Any]]:
    """Groups of items that are collated to one batch, each of other types."""
    from torch_geometric.data import Data

    rng = np.random.default_rng(5)
    if name == "image":
        pictures = rng.integers(0, 256, (3, 26, 31, 3), dtype=np.uint8)
        return [list(pictures), list(torch.from_numpy(pictures).permute(0, 3, 1, 2) / 255)]
    if name == "audio":
        waves = [(0.2 * rng.standard_normal(length)).astype(np.float32) for length in (3000, 2100, 900)]
        return [waves, [torch.from_numpy(np.stack([wave, wave[::-1]])).double() for wave in waves]]
    if name == "text":
        texts = ["The quick brown fox jumps over it.", "Big dogs walk quickly", "A child stopped in the large city"]
        return [texts, [rng.integers(0, 200, length) for length in (9, 4, 7)]]
    if name == "timeseries":
        series = [np.cumsum(rng.standard_normal((40, 3)), axis=0) for _ in range(3)]
        return [series, [torch.from_numpy(one).float() for one in series]]
    graphs = []
    for size in (6, 9, 12):
        ring = torch.stack([torch.arange(size), torch.arange(size).roll(1)])
        edges, x = torch.cat([ring, ring.flip(0)], dim=1), torch.from_numpy(rng.standard_normal((size, 4))).float()
        graphs.append(Data(x=x, edge_index=edges, edge_attr=torch.arange(2.0 * size)[:, None] % 5))
    return [graphs, [nx.path_graph(5), nx.star_graph(4), nx.cycle_graph(7)]]


@cache
def noises(folder: Path) -> Path:
    soundfile.write(folder / "noise.wav", np.random.default_rng(0).standard_normal(4000) * 0.1, 16_000)
    return folder


def augmentations_of(name: str, folder: Path) -> Iterator[Any]:
    """One of each augmentation of the modality."""
    from pairgen.modalities.text import open_lexicon, token_table, train_tokenizer

    for title, augmentation in pairgen.get_modality(name).augmentations.items():
        if title == "BackgroundNoise":
            yield augmentation(noises(folder))
        elif title == "TokenSwap":
            tokenizer = train_tokenizer(["big large dogs"] * 20, vocab_size=300)
            yield augmentation(token_table(tokenizer, open_lexicon({"a": {"big": ["large"]}})))
        else:
            yield augmentation(**options_of(augmentation)[0])


def make_views(name: str, operation: Any, group: list[Any]) -> Iterator[tuple[str, Callable[[], object]]]:
    """What an augmentation or a sampler makes of the items one by one, of the items by `collate_items`, of a batch."""
    modality = pairgen.get_modality(name)
    if isinstance(operation, pairgen.PairSampler):
        codec: Any = operation.recipe.codec or modality
        yield "items", lambda: [operation(item, i) for i, item in enumerate(group)]
        yield "collated items", lambda: operation.collate_items(list(enumerate(group)))
        yield "batch", lambda: operation.augment(modality.collate([codec.decode(item) for item in group]), range(3))
        return
    keys = Stream(0, index=np.arange(3))
    yield "items", lambda: [operation(modality.decode(item), Stream(seed)) for item in group for seed in range(2)]
    yield "batch", lambda: operation.sample_batch(modality.collate([modality.decode(i) for i in group]), keys)[0]


def try_everything(name: str, augmentations: list[Any], groups: list[list[Any]]) -> dict[tuple[str, str, int], object]:
    """By operation, form and group: the views of every augmentation and recipe, or the error."""
    recipes = pairgen.get_modality(name).recipes
    operations = {type(augmentation).__name__: augmentation for augmentation in augmentations}
    for recipe in recipes.names():
        operations[recipe] = pairgen.PairSampler(name, recipe, seed=1, **options_of(recipes.get(recipe))[0])
    made: dict[tuple[str, str, int], object] = {}
    for title, operation in operations.items():
        for number, group in enumerate(groups):
            for form, make in make_views(name, operation, group):
                try:
                    made[title, form, number] = to_parts(make())
                except (TypeError, ValueError, RuntimeError) as error:
                    made[title, form, number] = error.args
    return made


@pytest.mark.parametrize("name", NAMES)
def test_views_are_the_same_in_every_numerical_mode(name: str, tmp_path: Path) -> None:
    groups, augmentations = items_of(name), list(augmentations_of(name, tmp_path))
    expected = try_everything(name, augmentations, groups)
    served = {(title, form) for (title, form, _), made in expected.items() if not isinstance(made, tuple)}
    assert served == {(title, form) for title, form, _ in expected}
    for mode, enter in MODES.items():
        with enter():
            changed = try_everything(name, augmentations, groups)
        differences = {key: find_difference(made, changed[key]) for key, made in expected.items()}
        assert {key: difference for key, difference in differences.items() if difference} == {}, mode
