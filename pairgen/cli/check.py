"""`pairgen check WHAT`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pairgen.cli.console import output, table

__all__ = ["check"]

_MARKS = {
    "passed": ("✓", "green"),
    "failed": ("✗", "bold red"),
    "skipped": ("·", "dim"),
    "known": ("~", "yellow"),
    "unexpected": ("!", "bold red"),
}


def check(
    what: Annotated[
        str | None,
        typer.Argument(
            help="MODULE:OBJECT, an augmentation, a class, a transform of another library or a PairSampler; or a "
            "modality, or MODALITY.CLASS.",
            show_default=False,
        ),
    ] = None,
    modality: Annotated[str | None, typer.Option(help="Whose items it takes.", show_default=False)] = None,
    only: Annotated[
        list[str] | None, typer.Option("--check", metavar="NAME", help="Run this check only; repeatable.")
    ] = None,
    expect_failure: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=REASON", help="A known failure; an error if it passes. Repeatable."),
    ] = None,
    examples: Annotated[int, typer.Option(min=2, help="Examples that each check tries.")] = 50,
    seed: Annotated[int, typer.Option(help="Of the search for examples.")] = 0,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the report there too.", show_default=False)
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="List the checks and leave.")] = False,
) -> None:
    """Check what an augmentation or a sampler promises; show the smallest example of every promise that it breaks.

    pairgen check my_package.transforms:Turn --modality image
    """
    from pairgen import testing

    if listing:
        _list(testing.CHECKS)
        return
    if what is None:
        raise ValueError("what is to be checked? Give MODULE:OBJECT, or a modality such as image, or --list")
    options = {
        "checks": only or None,
        "expected_failures": _reasons(expect_failure or []),
        "examples": examples,
        "seed": seed,
        "raises": False,
    }
    reports = []
    for home, one in _found(what, modality):
        reports.append(_check(testing, one, home, options))
        _show(reports[-1])
    if len(reports) > 1:
        _show_sum(reports)
    if json_file is not None:
        json_file.write_text(json.dumps([report.to_dict() for report in reports], indent=1) + "\n", encoding="utf-8")
    if not all(report.ok for report in reports):
        raise typer.Exit(1)


def _check(testing: Any, one: Any, home: Any, options: dict[str, Any]) -> Any:
    from pairgen.pairs import PairSampler

    if isinstance(one, PairSampler):
        return testing.check_sampler(one, **options)
    return testing.check_augmentation(one, home, **options)


def _found(what: str, home: str | None) -> Iterator[tuple[str | None, Any]]:
    """(modality, object) of what is named."""

    if ":" in what:
        yield home, _loaded(what)
        return
    from pairgen.modality import get_modality

    name, _, kind = what.partition(".")
    known = get_modality(name).augmentations
    if kind and kind not in known:
        raise ValueError(f"the modality {name!r} lists no {kind!r}; there are: {', '.join(sorted(known))}")
    for one in [known[kind]] if kind else known.values():
        yield name, one


def _loaded(target: str) -> Any:
    module, _, path = target.partition(":")
    sys.path.insert(0, "")  # as `python -m` does: the current folder holds what is being written
    try:
        found = import_module(module)
    except ModuleNotFoundError as error:
        raise ValueError(f"cannot import {module!r}: {error}; is it installed, or here in this folder?") from error
    for name in path.split("."):
        if not hasattr(found, name):
            raise ValueError(f"{module!r} has no {path!r}; give MODULE:OBJECT")
        found = getattr(found, name)
    return found


def _reasons(expected: list[str]) -> dict[str, str]:
    reasons = {}
    for setting in expected:
        name, equals, reason = setting.partition("=")
        if not equals or not reason.strip():
            raise ValueError(f"--expect-failure {setting!r} is not of the form NAME=REASON")
        reasons[name] = reason
    return reasons


def _list(checks: Any) -> None:
    rows = [(one.name, one.over, one.promise) for one in map(checks.get, checks.names())]
    output.print(table("Checks", ("name", "over", "promise"), rows, numbers=False))


def _show(report: Any) -> None:
    """One line a check, then a panel for each that failed."""
    rows = Table.grid(padding=(0, 2))
    for justify in ("left", "left", "right", "left"):
        rows.add_column(justify=justify)
    width = max(12, output.width - max(len(one.check) for one in report.outcomes) - 14)
    for one in report.outcomes:
        mark, style = _MARKS[one.state]
        note = one.reason or one.found if one.state in ("skipped", "known") else one.promise
        tries = f"{one.examples}" if one.examples else ""
        short = Text(" ".join(note.split()), "dim")
        short.truncate(width, overflow="ellipsis")
        rows.add_row(Text(mark, style), Text(one.check, style), Text(tries, "dim"), short)
    counts = ", ".join(f"{number} {state}" for state, number in report.counts.items())
    output.print(Text(report.subject, "bold"), f"{counts}, {report.seconds:.1f} s", sep="\n")
    output.print(rows)
    for one in report.failed:
        output.print(_failure(report, one))
    output.print()


def _failure(report: Any, one: Any) -> Panel:
    lines = Text(one.found)
    if one.example is not None:
        lines.append("\n\nsmallest example\n", "dim").append(one.shown)
    lines.append("\n\nto see it again\n", "dim").append(report.reproduce(one), "cyan")
    return Panel(lines, title=Text(one.check, "bold red"), title_align="left", border_style="red")


def _show_sum(reports: list[Any]) -> None:
    rows = [
        (
            report.subject,
            str(report.counts.get("passed", 0)),
            str(len(report.failed)),
            ", ".join(one.check for one in report.failed) or "-",
        )
        for report in reports
    ]
    output.print(table("Altogether", ("augmentation", "passed", "failed", "which"), rows))
