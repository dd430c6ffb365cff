"""Numbers of NumPy as options of every augmentation and recipe, as Python's own."""

from __future__ import annotations

import inspect
from typing import Any

import networkx as nx
import numpy as np
import pytest

import pairgen
from pairgen.random import Stream
from pairgen.testing.compare import find_difference
from tests.data.test_every_reader import item_of

NAMES = ("audio", "graph", "image", "text", "timeseries")
ROUNDING = {"float32": 1e-4, "float64": 1e-4}  # of options in float32
REQUIRED: dict[str, Any] = {"size": 4, "mean": (0.5,), "std": (0.5,), "seconds": 0.01}


def forms(value: object) -> list[object]:
    """The value as scalars and arrays of NumPy; none where it is no number or pair of numbers."""
    if type(value) is int:
        return [np.int64(value), np.int32(value), np.array(value)]
    if type(value) is float:
        return [np.float64(value), np.float32(value), np.array(value)]
    if type(value) is tuple and len(value) == 2 and all(type(end) in (int, float) for end in value):
        return [np.array(value), tuple(np.array(value))]
    return []


def options_of(factory: Any) -> tuple[dict[str, Any], list[tuple[str, object]]]:
    """The options it needs, and pairs of an option's name and a form of its value."""
    parameters = inspect.signature(factory).parameters.values()
    needed = {p.name: REQUIRED[p.name] for p in parameters if p.default is p.empty and p.name in REQUIRED}
    return needed, [(p.name, form) for p in parameters for form in forms(needed.get(p.name, p.default))]


@pytest.mark.parametrize("name", NAMES)
def test_every_augmentation_takes_numbers_of_numpy(name: str) -> None:
    modality = pairgen.get_modality(name)
    tried = 0
    for title, augmentation in modality.augmentations.items():
        needed, options = options_of(augmentation)
        if title in ("BackgroundNoise", "TokenSwap"):  # need a folder of recordings, and a table
            continue
        for option, value in options:
            changed = augmentation(**{**needed, option: value})
            changed.draw(modality.decode(item_of(name, 1)), Stream(0))
            tried += 1
    assert tried or name == "text"


@pytest.mark.parametrize("name", NAMES)
def test_every_recipe_takes_numbers_of_numpy_and_makes_the_same_views(name: str) -> None:
    modality, item = pairgen.get_modality(name), item_of(name, 1)
    if name == "graph":  # grace masks features
        nx.set_node_attributes(item, {node: [float(node), 1.0] for node in item}, "x")
    for recipe in modality.recipes.names():
        needed, options = options_of(modality.recipes.get(recipe))
        expected = pairgen.PairSampler(name, recipe, **needed)(item, 0)
        for option, value in options:
            changed = pairgen.PairSampler(name, recipe, **{**needed, option: value})(item, 0)
            difference = find_difference(expected.first, changed.first, ROUNDING)
            assert difference is None, (recipe, option, value, difference)


def test_whole_numbers_of_texts_may_be_arrays_without_axes() -> None:
    from pairgen.modalities.text import SynonymInsertion, SynonymSwap, Tokenize, open_lexicon, train_tokenizer

    lexicon = open_lexicon({"a": {"big": ["large"]}})
    for augmentation in (SynonymSwap, SynonymInsertion):
        made = augmentation(count=np.array(1), senses=np.array(2), lexicon=lexicon)
        assert made == augmentation(count=1, senses=2, lexicon=lexicon)
        assert (type(made.count), type(made.senses)) == (int, int)
    tokenizer = train_tokenizer(["big dogs"] * 20, vocab_size=np.array(270))
    assert tokenizer == train_tokenizer(["big dogs"] * 20, vocab_size=270)
    assert Tokenize(tokenizer, max_length=np.array(5)) == Tokenize(tokenizer, max_length=5)
