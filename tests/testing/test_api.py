"""`check_augmentation`: its report, expected failures, how the target is resolved, and optional dependencies."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pairgen import testing
from pairgen.augmentation import Augmentation
from pairgen.modalities.image import HorizontalFlip
from pairgen.testing import CheckFailedError, Tags, check_augmentation
from tests.helpers.planted_bugs.series import CHECK_MUTATION, FLOATS, OPTIONS, PLAIN, Gain, WritesIntoTheItem


def test_a_failure_raises_with_the_smallest_example_and_the_call_that_finds_it_again():
    with pytest.raises(CheckFailedError, match="leaves_the_item_alone: the item was changed") as raised:
        check_augmentation(WritesIntoTheItem(), **CHECK_MUTATION)
    report = raised.value.report
    assert [outcome.check for outcome in report.failed] == ["leaves_the_item_alone"]
    example = report["leaves_the_item_alone"].example
    assert example.item.numel() == 1
    assert report.failed[0].example_text.endswith("Stream(seed=0, index=0))")
    assert "checks=['leaves_the_item_alone']" in report.reproduce(report.failed[0])


def test_the_search_is_deterministic():
    first, second = (check_augmentation(WritesIntoTheItem(), raises=False, **CHECK_MUTATION) for _ in range(2))
    assert str(first) == str(second)


def test_a_report_is_fit_for_json():
    report = check_augmentation(WritesIntoTheItem(), raises=False, **CHECK_MUTATION)
    plain = json.loads(json.dumps(report.to_dict()))
    states = {check["check"]: check["state"] for check in plain["checks"]}
    assert states == {"leaves_the_item_alone": "failed", "keeps_dtype": "passed"}
    assert plain["checks"][0]["example"]
    with pytest.raises(KeyError, match="no check 'pickles' ran"):
        report["pickles"]


def test_a_known_failure_is_no_error_and_one_that_passes_is():
    known = {"leaves_the_item_alone": "in place, for speed"}
    report = check_augmentation(WritesIntoTheItem(), expected_failures=known, **CHECK_MUTATION)
    assert report.ok
    assert report["leaves_the_item_alone"].state == "known"
    with pytest.raises(CheckFailedError, match=r"expected to fail .* and passed"):
        check_augmentation(Gain(), expected_failures=known, **CHECK_MUTATION)
    with pytest.raises(ValueError, match="needs a reason"):
        check_augmentation(Gain(), expected_failures={"keeps_dtype": " "}, **CHECK_MUTATION)
    with pytest.raises(ValueError, match="not among the checks"):
        check_augmentation(Gain(), expected_failures={"pickles": "a lambda"}, **CHECK_MUTATION)


def test_checks_are_selected_by_name():
    with pytest.raises(ValueError, match="Did you mean 'keeps_dtype'"):
        check_augmentation(Gain(), checks="keeps_dtyp", **OPTIONS)
    with pytest.raises(ValueError, match="belongs to check_sampler"):
        check_augmentation(Gain(), checks="loaders_agree", **OPTIONS)


def test_without_items_the_error_asks_for_them():
    with pytest.raises(ValueError, match="name its modality"):
        check_augmentation(Gain())
    with pytest.raises(TypeError, match="cannot check 3"):
        check_augmentation(3, "image")


def test_a_class_without_parameters_in_its_tags_must_have_defaults():
    @dataclass(frozen=True)
    class Needs(Gain):
        def __init__(self, amount: float) -> None: ...

    with pytest.raises(ValueError, match="Needs needs amount"):
        check_augmentation(Needs, items=FLOATS)


def test_tags_may_be_an_attribute_of_the_class():
    @dataclass(frozen=True)
    class Identity(Augmentation):
        @property
        def tags(self) -> Tags:
            return Tags(random=False)

        def draw(self, item: Any, rng: Any) -> None: ...

        def apply(self, item: Any, params: None) -> Any:
            return item

    report = check_augmentation(Identity(), items=FLOATS, checks=["other_seed_other_view", "keeps_type"])
    assert report["other_seed_other_view"].state == "skipped"


def test_parameters_are_drawn_for_a_class():
    report = check_augmentation(
        HorizontalFlip, "image", checks=["same_seed_same_view", "identity_at_zero_strength"], examples=5
    )
    assert report.subject == "image: HorizontalFlip"


def test_without_hypothesis_the_error_says_how_to_install_it():
    program = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "import importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'hypothesis' else find(name, *rest)\n"
        "import pairgen.testing\n"
        "try: pairgen.testing.check_augmentation\n"
        "except ImportError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "pip install 'pairgen[testing]'" in done.stdout


def test_every_public_name_resolves():
    for name in testing.__all__:
        assert getattr(testing, name) is not None
    with pytest.raises(AttributeError, match="check_augmentations"):
        testing.check_augmentations  # noqa: B018


def test_the_specification_needs_neither_hypothesis_nor_torch_nor_the_checks():
    program = (
        "import sys, pairgen.testing.spec\n"
        "from pairgen.testing import CheckSpec, Tags\n"
        "print(*(name for name in sys.modules if name.startswith(('hypothesis', 'torch', 'pairgen.testing'))))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"pairgen.testing", "pairgen.testing._optional", "pairgen.testing.spec"}


def test_a_script_without_a_main_guard_is_reported(tmp_path: Path):
    script = tmp_path / "script.py"
    script.write_text(
        "from pairgen.testing import check_augmentation\n"
        "from pairgen.modalities.image import HorizontalFlip\n"
        "r = check_augmentation(HorizontalFlip(), 'image', checks='same_in_a_fresh_process', raises=False)\n"
        "print(r)\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True, timeout=200)
    assert 'if __name__ == "__main__":' in done.stdout


def test_default_tags_suffice():
    assert check_augmentation(Gain(), checks=["pickles"], **PLAIN).ok
