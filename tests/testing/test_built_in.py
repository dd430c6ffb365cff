"""The kit over everything built in: registering an augmentation or a recipe enrols it here."""

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


def shows_specimens(name: str) -> bool:
    try:
        return get_modality(name).check_spec is not None
    except ValueError:
        return False


ENROLLED = [name for name in pairgen.list_modalities() if shows_specimens(name)]


def test_every_modality_shows_specimens_so_that_its_augmentations_enrol():
    assert pairgen.list_modalities() == ENROLLED


DEAR = [name for name in CHECKS if CHECKS.get(name).share < 0.1 and CHECKS.get(name).over != "sampler"]
CHEAP = [name for name in CHECKS if name not in DEAR and CHECKS.get(name).over != "sampler"]


@parametrize_with_checks(registered(*ENROLLED), checks=CHEAP, examples=QUICK)
def test_every_registered_augmentation_keeps_its_promises(check):
    check()


@parametrize_with_checks([registered(name)[0] for name in ENROLLED], checks=DEAR, examples=QUICK)
def test_one_of_each_modality_keeps_them_in_threads_and_processes_and_over_time(check):
    check()


RECIPES = [(name, recipe) for name in ENROLLED for recipe in get_modality(name).recipes.names()]


@pytest.mark.parametrize(("name", "recipe"), RECIPES, ids=[f"{name}-{recipe}" for name, recipe in RECIPES])
def test_every_registered_recipe_makes_pairs_that_keep_their_promises(name: str, recipe: str):
    report = checked(name, recipe, QUICK, SAMPLER_CHECKS)
    assert report.ok, report


def checked(name: str, recipe: str, examples: int, checks: list[str] | None = None) -> Report:
    options = get_modality(name).check_spec.recipes.get(recipe, {})
    sampler = pairgen.PairSampler(name, recipe, **options)
    still = recipe == get_modality(name).evaluation_recipe
    return check_sampler(sampler, random=not still, checks=checks, examples=examples, raises=False)


def test_an_augmentation_that_a_modality_lists_is_enrolled():
    assert {(name, kind.__name__) for name, kind in registered("image")} == {
        ("image", kind) for kind in get_modality("image").augmentations
    }
