"""Every built-in augmentation and recipe passes the checks; registering one adds it here."""

from __future__ import annotations

import pytest

import pairgen
from pairgen.modality import get_modality
from pairgen.testing import CHECKS, check_sampler, parametrize_with_checks, registered
from pairgen.testing.report import Report

QUICK = 3
"""Examples of each check in the normal suite; `python -m benchmarks kit` tries thirty, and all checks of all."""

SAMPLER_CHECKS = [
    "same_key_same_pair",
    "a_batch_of_pairs_is_its_pairs",
    "pairs_leave_items_alone",
    "sampler_pickles",
    "spec_rebuilds_the_sampler",
]


def has_check_spec(name: str) -> bool:
    try:
        return get_modality(name).check_spec is not None
    except ValueError:
        return False


MODALITIES = [name for name in pairgen.list_modalities() if has_check_spec(name)]


def test_every_modality_has_a_check_spec_so_that_its_augmentations_are_checked():
    assert pairgen.list_modalities() == MODALITIES


EXPENSIVE = [name for name in CHECKS if CHECKS.get(name).ratio < 0.1 and CHECKS.get(name).scope != "sampler"]
CHEAP = [name for name in CHECKS if name not in EXPENSIVE and CHECKS.get(name).scope != "sampler"]


@parametrize_with_checks(registered(*MODALITIES), checks=CHEAP, examples=QUICK)
def test_every_registered_augmentation_passes_the_cheap_checks(check):
    check()


@parametrize_with_checks([registered(name)[0] for name in MODALITIES], checks=EXPENSIVE, examples=QUICK)
def test_one_augmentation_of_each_modality_passes_the_expensive_checks(check):
    check()


RECIPES = [(name, recipe) for name in MODALITIES for recipe in get_modality(name).recipes.names()]


@pytest.mark.parametrize(("name", "recipe"), RECIPES, ids=[f"{name}-{recipe}" for name, recipe in RECIPES])
def test_every_registered_recipe_passes_the_checks_of_samplers(name: str, recipe: str):
    report = check_recipe(name, recipe, QUICK, SAMPLER_CHECKS)
    assert report.ok, report


def check_recipe(name: str, recipe: str, examples: int, checks: list[str] | None = None) -> Report:
    options = get_modality(name).check_spec.recipes.get(recipe, {})
    sampler = pairgen.PairSampler(name, recipe, **options)
    is_fixed = recipe == get_modality(name).evaluation_recipe
    return check_sampler(sampler, random=not is_fixed, checks=checks, examples=examples, raises=False)


def test_an_augmentation_that_a_modality_lists_is_registered():
    assert {(name, cls.__name__) for name, cls in registered("image")} == {
        ("image", name) for name in get_modality("image").augmentations
    }
