"""Reports, known failures, the two front ends, the command line: what the kit says and how."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pairgen.augmentation import Augmentation
from pairgen.cli import app
from pairgen.modalities.image import HorizontalFlip
from pairgen.testing import (
    CHECKS,
    CheckFailedError,
    Tags,
    check_augmentation,
    parametrize_with_checks,
    strategies,
)
from pairgen.testing.parametrize import BoundCheck
from tests.helpers.planted_bugs.series import FLOATS, OPTIONS, PLAIN, Gain, TakesAnyStrength, WritesIntoTheItem

MUTATES: dict[str, Any] = {**OPTIONS, "checks": ["leaves_the_item_alone", "keeps_dtype"]}


def test_a_failure_raises_with_the_smallest_example_and_the_call_that_finds_it_again():
    with pytest.raises(CheckFailedError, match="leaves_the_item_alone: the item was changed") as raised:
        check_augmentation(WritesIntoTheItem(), **MUTATES)
    report = raised.value.report
    assert [outcome.check for outcome in report.failed] == ["leaves_the_item_alone"]
    example = report["leaves_the_item_alone"].example
    assert example.item.numel() == 1
    assert report.failed[0].shown.endswith("Stream(seed=0, index=0))")
    assert "checks=['leaves_the_item_alone']" in report.reproduce(report.failed[0])


def test_the_search_is_deterministic():
    first, second = (check_augmentation(WritesIntoTheItem(), raises=False, **MUTATES) for _ in range(2))
    assert str(first) == str(second)


def test_a_report_is_fit_for_json():
    report = check_augmentation(WritesIntoTheItem(), raises=False, **MUTATES)
    plain = json.loads(json.dumps(report.to_dict()))
    states = {check["check"]: check["state"] for check in plain["checks"]}
    assert states == {"leaves_the_item_alone": "failed", "keeps_dtype": "passed"}
    assert plain["checks"][0]["example"]
    with pytest.raises(KeyError, match="no check 'pickles' ran"):
        report["pickles"]


def test_a_known_failure_is_no_error_and_one_that_passes_is():
    known = {"leaves_the_item_alone": "in place, for speed"}
    report = check_augmentation(WritesIntoTheItem(), expected_failures=known, **MUTATES)
    assert report.ok
    assert report["leaves_the_item_alone"].state == "known"
    with pytest.raises(CheckFailedError, match=r"expected to fail .* and passed"):
        check_augmentation(Gain(), expected_failures=known, **MUTATES)
    with pytest.raises(ValueError, match="needs a reason"):
        check_augmentation(Gain(), expected_failures={"keeps_dtype": " "}, **MUTATES)
    with pytest.raises(ValueError, match="not among the checks"):
        check_augmentation(Gain(), expected_failures={"pickles": "a lambda"}, **MUTATES)


def test_checks_are_asked_for_by_name():
    with pytest.raises(ValueError, match="Did you mean 'keeps_dtype'"):
        check_augmentation(Gain(), checks="keeps_dtyp", **OPTIONS)
    with pytest.raises(ValueError, match="one of samplers"):
        check_augmentation(Gain(), checks="loaders_agree", **OPTIONS)


def test_without_items_the_kit_asks_for_them():
    with pytest.raises(ValueError, match="Name its modality"):
        check_augmentation(Gain())
    with pytest.raises(TypeError, match="cannot check 3"):
        check_augmentation(3, "image")


def test_a_class_without_parameters_in_its_tags_must_have_defaults():
    @dataclass(frozen=True)
    class Needs(Gain):
        def __init__(self, much: float) -> None: ...

    with pytest.raises(ValueError, match="Needs needs much"):
        check_augmentation(Needs, items=FLOATS)


def test_tags_may_be_the_classs_own():
    @dataclass(frozen=True)
    class Still(Augmentation):
        @property
        def tags(self) -> Tags:
            return Tags(random=False)

        def draw(self, item: Any, rng: Any) -> None: ...

        def apply(self, item: Any, params: None) -> Any:
            return item

    report = check_augmentation(Still(), items=FLOATS, checks=["other_seed_other_view", "keeps_type"])
    assert report["other_seed_other_view"].state == "skipped"


def test_parameters_are_drawn_for_a_class():
    report = check_augmentation(
        HorizontalFlip, "image", checks=["same_seed_same_view", "identity_at_zero_strength"], examples=5
    )
    assert report.subject == "image: HorizontalFlip"


# -- pytest --------------------------------------------------------------------------------------------------------

KNOWN = {"WritesIntoTheItem(strength=1.0)": {"leaves_the_item_alone": "in place, for speed"}}


@parametrize_with_checks([Gain(), WritesIntoTheItem()], expected_failures=KNOWN, examples=10, **MUTATES)
def test_parametrized_checks_run_and_their_known_failures_are_expected(check: BoundCheck):
    check()


def test_ids_are_readable():
    mark = parametrize_with_checks([Gain()], examples=2, **MUTATES)
    assert [parameter.id for parameter in mark.args[1]] == [
        "Gain(strength=1.0)-leaves_the_item_alone",
        "Gain(strength=1.0)-keeps_dtype",
    ]
    mark = parametrize_with_checks([("image", HorizontalFlip)], checks="pickles")
    assert [parameter.id for parameter in mark.args[1]] == ["image.HorizontalFlip-pickles"]


def test_expected_failures_of_nothing_are_refused():
    with pytest.raises(ValueError, match="Gian, which is not among"):
        parametrize_with_checks([Gain()], expected_failures={"Gian": {"pickles": "?"}}, **MUTATES)


def test_a_bound_check_raises_for_pytest():
    mark = parametrize_with_checks([TakesAnyStrength()], checks="refuses_bad_parameters", **OPTIONS)
    with pytest.raises(CheckFailedError, match=r"strength=-1\.0 was accepted"):
        mark.args[1][0].values[0]()


# -- without its dependencies, and in a script ---------------------------------------------------------------------


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


def test_a_script_without_a_guard_is_told_so(tmp_path: Path):
    script = tmp_path / "script.py"
    script.write_text(
        "from pairgen.testing import check_augmentation\n"
        "from pairgen.modalities.image import HorizontalFlip\n"
        "r = check_augmentation(HorizontalFlip(), 'image', checks='same_in_a_fresh_process', raises=False)\n"
        "print(r)\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True, timeout=200)
    assert 'if __name__ == "__main__":' in done.stdout


# -- strategies and the command line -------------------------------------------------------------------------------


def test_strategies_are_by_modality_and_name():
    from pairgen.testing.examples import example_of

    assert example_of(strategies.items("image")).size == (1, 1)
    assert len(example_of(strategies.batches("image"))) == 1
    assert isinstance(example_of(strategies.augmentations("image", "HorizontalFlip")), HorizontalFlip)
    assert isinstance(example_of(strategies.augmentations("image")), Augmentation)
    assert set(example_of(strategies.parameters("image", "HorizontalFlip"))) == {"p"}
    assert example_of(strategies.parameters("image", "Grayscale")) == {}
    with pytest.raises(ValueError, match="lists no augmentation 'Flip'"):
        strategies.parameters("image", "Flip")


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["check", *arguments])


def test_the_command_line_checks_an_object_of_a_module(tmp_path: Path):
    file = tmp_path / "report.json"
    result = run(
        "testing.planted.images:AnswersInDoubles", "--modality", "image", "--check", "keeps_dtype", "--json", str(file)
    )
    assert result.exit_code == 1, result.output
    assert "smallest example" in result.output
    assert "dtype float32 in, float64 out" in result.output
    (report,) = json.loads(file.read_text())
    assert report["checks"][0]["state"] == "failed"
    known = run(
        "testing.planted.images:AnswersInDoubles", "--modality", "image", "--check", "keeps_dtype",
        "--expect-failure", "keeps_dtype=computed in doubles",
    )  # fmt: skip
    assert known.exit_code == 0, known.output
    assert "computed in doubles" in known.output


def test_the_command_line_checks_a_modalitys_own_and_lists_the_checks():
    result = run("image.HorizontalFlip", "--check", "pickles", "--examples", "4")
    assert result.exit_code == 0, result.output
    assert "1 passed" in result.output
    listed = run("--list").output
    assert all(name in listed for name in CHECKS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "what is to be checked"),
        (("image.Nope",), "lists no 'Nope'"),
        (("nowhere.at.all:x",), "cannot import"),
        (("pairgen.modalities.image:Nope",), "has no 'Nope'"),
        (("image.Grayscale", "--expect-failure", "pickles"), "NAME=REASON"),
        (("imag",), "Did you mean 'image'"),
    ],
)
def test_the_command_line_says_what_is_wrong(arguments: tuple[str, ...], message: str):
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())


def test_plain_options_suffice():
    assert check_augmentation(Gain(), checks=["pickles"], **PLAIN).ok
