"""The program called in this process, and what its calls have to come to."""

from __future__ import annotations

from pathlib import Path

from click.testing import Result
from typer.testing import CliRunner

from pairgen.cli import app


def run(*arguments: str | Path) -> Result:
    """Call the program."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def succeed(*arguments: str | Path) -> str:
    """Call it, and return what it printed; it has to succeed."""
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


def fail(*arguments: str | Path) -> str:
    """Call it, and return what it printed on one line; it has to refuse the arguments without a traceback."""
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    return " ".join(result.output.split())
