"""`pairgen check`: what it checks, prints and writes, and its errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from pairgen.cli import app
from pairgen.testing import CHECKS

BROKEN = "tests.helpers.planted_bugs.images:ReturnsFloat64"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["check", *arguments])


def test_the_command_line_checks_an_object_of_a_module(tmp_path: Path):
    file = tmp_path / "report.json"
    arguments = (BROKEN, "--modality", "image", "--check", "keeps_dtype")
    result = run(*arguments, "--json", str(file))
    assert result.exit_code == 1, result.output
    assert "smallest example" in result.output
    assert "dtype float32 in, float64 out" in result.output
    (report,) = json.loads(file.read_text())
    assert report["checks"][0]["state"] == "failed"
    known = run(*arguments, "--expect-failure", "keeps_dtype=computed in doubles")
    assert known.exit_code == 0, known.output
    assert "computed in doubles" in known.output


def test_the_command_line_checks_an_augmentation_of_a_modality_and_lists_the_checks():
    result = run("image.HorizontalFlip", "--check", "pickles", "--examples", "4")
    assert result.exit_code == 0, result.output
    assert "1 passed" in result.output
    listed = run("--list").output
    assert all(name in listed for name in CHECKS)


def test_quiet_prints_failures_alone():
    passing = run("image.HorizontalFlip", "--check", "pickles", "--examples", "4", "--quiet")
    assert (passing.exit_code, passing.output) == (0, "")
    failing = run(BROKEN, "--modality", "image", "--check", "keeps_dtype", "--quiet")
    assert failing.exit_code == 1
    assert failing.stdout == ""
    assert "dtype float32 in, float64 out" in failing.stderr


UNKEYED = """
import random
from pairgen.modalities.image import Rotation

class Unkeyed(Rotation):
    def apply(self, item, params):
        return super().apply(item, random.uniform(-180, 180))
"""


def test_what_one_fault_breaks_is_one_panel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "unkeyed_rotation.py").write_text(UNKEYED)
    monkeypatch.chdir(tmp_path)
    checks = [f"--check={name}" for name in ("same_seed_same_view", "replays_from_params", "keeps_type")]
    result = run("unkeyed_rotation:Unkeyed", "--modality", "image", "--examples", "20", *checks)
    assert result.exit_code == 1, result.output
    assert result.output.count("smallest example") == 1
    words = " ".join(result.output.replace("│", "").split())
    assert "probably from the same cause replays_from_params" in words


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "nothing to check"),
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
