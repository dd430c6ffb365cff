"""What holds for the built-in modalities alike: an item is checked once, parts load lazily, names resolve, pickling."""

from __future__ import annotations

import pickle
from importlib import import_module
from typing import Any

import pytest

import pairgen
from pairgen.modality import LazyModality
from tests.data.test_every_reader import item_of

NAMES = ("audio", "graph", "image", "text", "timeseries")


@pytest.fixture(params=NAMES)
def modality(request: pytest.FixtureRequest) -> Any:
    return pairgen.get_modality(request.param)


@pytest.fixture
def checks(modality: Any, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was checked in full, in order."""
    codec = import_module(f"pairgen.modalities.{modality.name}.io.codec")
    original, seen = codec._check, []

    def count(*arguments: Any, **options: Any) -> Any:
        seen.append(arguments[0])
        return original(*arguments, **options)

    monkeypatch.setattr(codec, "_check", count)
    return seen


def sampler_of(modality: Any) -> pairgen.PairSampler:
    recipe = {"text": "crop", "audio": "speech", "image": "simclr-small"}.get(modality.name, modality.default_recipe)
    return pairgen.PairSampler(modality, recipe=recipe, seed=0)


def test_an_item_is_checked_once_on_the_way_to_its_pair(modality: Any, checks: list[object]) -> None:
    sampler_of(modality)(item_of(modality.name, 1), index=0)
    assert len(checks) == 1


@pytest.mark.parametrize("batched", [False, True])
def test_an_item_is_checked_once_on_the_way_through_a_loader(
    modality: Any, checks: list[object], batched: bool
) -> None:
    items = [item_of(modality.name, 1) for _ in range(3)]
    (batch,) = sampler_of(modality).loader(modality.read(items), batch_size=3, batched=batched)
    assert len(batch) == 3
    assert len(checks) == 3


def test_an_item_is_checked_once_by_collate_items(modality: Any, checks: list[object]) -> None:
    batch = sampler_of(modality).collate_items([(i, item_of(modality.name, 1)) for i in range(3)])
    assert len(batch) == 3
    assert len(checks) == 3


def test_every_name_that_is_listed_resolves(modality: Any) -> None:
    assert isinstance(modality, LazyModality)
    assert {modality.default_recipe, modality.evaluation_recipe} <= set(modality.recipes.names())
    assert modality.default_encoder in modality.encoders.names()
    for registry in (modality.recipes, modality.encoders):
        assert all(callable(registry.get(name)) for name in registry.names())
    for name in modality.augmentations:
        assert issubclass(modality.augmentations[name], pairgen.augmentation.Augmentation)
    assert modality.source_help


def test_a_modality_and_its_sampler_pickle_by_name(modality: Any) -> None:
    assert pickle.loads(pickle.dumps(modality)) is modality
    item = item_of(modality.name, 2)
    sampler = sampler_of(modality)
    assert repr(pickle.loads(pickle.dumps(sampler))) == repr(sampler)
    assert pickle.loads(pickle.dumps(sampler))(item, 3).index == 3
