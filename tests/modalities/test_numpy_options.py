"""Numbers of NumPy as options of every augmentation and recipe, as Python's own."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import pairgen
from pairgen.random import Stream
from tests.data.test_every_reader import item_of

NAMES = ("audio", "graph", "image", "text", "timeseries")
REQUIRED: dict[str, Any] = {"size": 4, "mean": (0.5,), "std": (0.5,), "seconds": 0.01}


def forms(value: object) -> list[object]:
    """The value as scalars and arrays of NumPy; none where it is no number or pair of numbers."""
    if type(value) is int:
        return [np.int64(value), np.int32(value)]
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
    modality = pairgen.get_modality(name)
    for recipe in modality.recipes.names():
        needed, options = options_of(modality.recipes.get(recipe))
        for option, value in options:
            pairgen.PairSampler(name, recipe, **{**needed, option: value})
