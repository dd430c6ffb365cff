"""The checks find planted bugs, each by the check that is named after it, and report nothing in correct code."""

from __future__ import annotations

import pytest

from pairgen.testing import CHECKS, check_augmentation
from tests.helpers.planted_bugs import graphs, images, series, signals, sounds, texts
from tests.helpers.planted_bugs.base import PlantedBug

BUGS: list[PlantedBug] = [bug for module in (series, images, sounds, texts, graphs, signals) for bug in module.BUGS]


def test_there_are_at_least_25_planted_bugs_and_nearly_every_check_has_one():
    assert len(BUGS) >= 25
    checks = {name for name in CHECKS if CHECKS.get(name).scope != "sampler"}
    assert checks - {bug.check for bug in BUGS} == {"rejects_invalid_items"}  # of a modality; see test_samplers


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_fails_the_check_named_after_it_and_the_correct_augmentation_passes(bug: PlantedBug):
    report = check_augmentation(bug.broken, checks=bug.check, raises=False, **bug.options)
    assert report[bug.check].state == "failed", report
    assert report[bug.check].example is not None
    report = check_augmentation(bug.correct, checks=bug.check, raises=False, **bug.options)
    assert report[bug.check].state == "passed", report


CORRECT = {type(bug.correct).__name__: bug for bug in BUGS}


@pytest.mark.parametrize("bug", CORRECT.values(), ids=CORRECT)
def test_no_check_reports_a_correct_augmentation(bug: PlantedBug):
    report = check_augmentation(bug.correct, examples=6, raises=False, **bug.options)
    assert report.ok, report
