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
