"""The kit finds what was planted: each fault by the check that names it, and nothing in the correct twins."""

from __future__ import annotations

import pytest

from pairgen.testing import check_augmentation
from tests.helpers.planted_bugs import graphs, images, series, signals, sounds, texts
from tests.helpers.planted_bugs.base import Plant

PLANTS: list[Plant] = [plant for room in (series, images, sounds, texts, graphs, signals) for plant in room.PLANTS]


def test_there_are_at_least_25_of_them_and_nearly_every_check_has_one():
    assert len(PLANTS) >= 25
    from pairgen.testing import CHECKS

    checks = {name for name in CHECKS if CHECKS.get(name).over != "sampler"}
    assert checks - {plant.check for plant in PLANTS} == {"refuses_bad_items"}  # of a modality; see test_samplers


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_a_planted_bug_is_caught_by_the_check_that_names_it_and_its_twin_passes(plant: Plant):
    found = check_augmentation(plant.broken, checks=plant.check, raises=False, **plant.options)
    assert found[plant.check].state == "failed", found
    assert found[plant.check].example is not None
    twin = check_augmentation(plant.twin, checks=plant.check, raises=False, **plant.options)
    assert twin[plant.check].state == "passed", twin


TWINS = {type(plant.twin).__name__: plant for plant in PLANTS}


@pytest.mark.parametrize("plant", TWINS.values(), ids=TWINS)
def test_no_check_flags_a_correct_twin(plant: Plant):
    report = check_augmentation(plant.twin, examples=6, raises=False, **plant.options)
    assert report.ok, report
