"""`parametrize_with_checks`: the tests that it makes, their ids and expected failures."""

from __future__ import annotations

import pytest

from pairgen.modalities.image import HorizontalFlip
from pairgen.testing import CheckFailedError, parametrize_with_checks
from pairgen.testing.parametrize import BoundCheck
from tests.helpers.planted_bugs.series import CHECK_MUTATION, OPTIONS, Gain, TakesAnyStrength, WritesIntoTheItem

KNOWN = {"WritesIntoTheItem(strength=1.0)": {"leaves_the_item_alone": "in place, for speed"}}


@parametrize_with_checks([Gain(), WritesIntoTheItem()], expected_failures=KNOWN, examples=10, **CHECK_MUTATION)
def test_parametrized_checks_run_and_their_known_failures_are_expected(check: BoundCheck):
    check()


def test_ids_are_readable():
    mark = parametrize_with_checks([Gain()], examples=2, **CHECK_MUTATION)
    assert [parameter.id for parameter in mark.args[1]] == [
        "Gain(strength=1.0)-leaves_the_item_alone",
        "Gain(strength=1.0)-keeps_dtype",
    ]
    mark = parametrize_with_checks([("image", HorizontalFlip)], checks="pickles")
    assert [parameter.id for parameter in mark.args[1]] == ["image.HorizontalFlip-pickles"]


def test_expected_failures_of_other_augmentations_are_rejected():
    with pytest.raises(ValueError, match="Gian, which is not among"):
        parametrize_with_checks([Gain()], expected_failures={"Gian": {"pickles": "?"}}, **CHECK_MUTATION)


def test_a_bound_check_raises_for_pytest():
    mark = parametrize_with_checks([TakesAnyStrength()], checks="rejects_invalid_params", **OPTIONS)
    with pytest.raises(CheckFailedError, match=r"strength=-1\.0 was accepted"):
        mark.args[1][0].values[0]()
