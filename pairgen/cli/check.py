"""`pairgen check WHAT`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pairgen._text import printable
from pairgen.cli.console import errors, output, print_wide, report_figures, reset_output, table
from pairgen.cli.options import JsonFile, Quiet

if TYPE_CHECKING:
    from pairgen.registry import Registry
    from pairgen.testing.checks._registry import Check
    from pairgen.testing.report import Outcome, Report

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
    modality: Annotated[str | None, typer.Option(help="The modality whose items it takes.", show_default=False)] = None,
    only: Annotated[
        list[str] | None, typer.Option("--check", metavar="NAME", help="Run this check only; repeatable.")
    ] = None,
    expect_failure: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=REASON", help="A known failure; an error if it passes. Repeatable."),
    ] = None,
    examples: Annotated[int, typer.Option(min=2, help="Examples that each check tries.")] = 50,
    seed: Annotated[int, typer.Option(help="Seed of the search for examples.")] = 0,
    json_file: JsonFile = None,
    quiet: Quiet = False,
    listing: Annotated[bool, typer.Option("--list", help="List the checks and exit.")] = False,
) -> None:
    """Check what an augmentation or a sampler guarantees; show the smallest example of each guarantee that it breaks.

    pairgen check my_package.transforms:Turn --modality image
    """
    from pairgen import testing

    reset_output(json_file, quiet=quiet)
    if listing:
        _list(testing.CHECKS)
        return
    if what is None:
        raise ValueError("nothing to check; give MODULE:OBJECT, or a modality such as image, or --list")
    options = {
        "checks": only or None,
        "expected_failures": _reasons(expect_failure or []),
        "examples": examples,
        "seed": seed,
        "raises": False,
    }
    reports = []
    for owner, target in _resolve(what, modality):
        reports.append(_check(target, owner, options))
        _print_report(reports[-1])
        if quiet and not reports[-1].ok:
            errors.print(_printable_lines(str(reports[-1])), markup=False, soft_wrap=True)
    if len(reports) > 1:
        _print_totals(reports)
    report_figures(json_file, [report.to_dict() for report in reports])
    if not all(report.ok for report in reports):
        raise typer.Exit(1)


def _check(target: object, modality: str | None, options: dict[str, Any]) -> Report:
    from pairgen.pairs import PairSampler
    from pairgen.testing import check_augmentation, check_sampler

    if isinstance(target, PairSampler):
        return check_sampler(target, **options)
    checkable: Any = target  # `adapt` rejects what cannot be checked
    return check_augmentation(checkable, modality, **options)


def _resolve(what: str, modality: str | None) -> Iterator[tuple[str | None, object]]:
    """(modality, object) of each object that is named."""
    if ":" in what:
        yield modality, _load(what)
        return
    from pairgen.modality import get_modality

    owner, _, name = what.partition(".")
    classes = get_modality(owner).augmentations
    if name and name not in classes:
        raise ValueError(f"the modality {owner!r} lists no {name!r}; it lists: {', '.join(sorted(classes))}")
    for cls in [classes[name]] if name else classes.values():
        yield owner, cls


def _load(target: str) -> object:
    module, _, path = target.partition(":")
    sys.path.insert(0, "")  # as `python -m` does: the current folder holds what is being written
    try:
        value: object = import_module(module)
    except ModuleNotFoundError as error:
        raise ValueError(f"cannot import {module!r}: {error}; is it installed, or in this folder?") from error
    for name in path.split("."):
        if not hasattr(value, name):
            raise ValueError(f"{module!r} has no {path!r}; give MODULE:OBJECT")
        value = getattr(value, name)
    return value


def _reasons(expected: list[str]) -> dict[str, str]:
    reasons = {}
    for setting in expected:
        name, equals, reason = setting.partition("=")
        if not equals or not reason.strip():
            raise ValueError(f"--expect-failure {setting!r} is not of the form NAME=REASON")
        reasons[name] = reason
    return reasons


def _list(checks: Registry[Check]) -> None:
    rows = [(check.name, check.scope, check.description) for check in map(checks.get, checks.names())]
    print_wide(table("Checks", ("name", "judges", "checks that"), rows, numbers=False))


def _print_report(report: Report) -> None:
    """Print one line for each check, then a panel for each that failed, but for those that another one explains."""
    rows = Table.grid(padding=(0, 2))
    for justify in ("left", "left", "right", "left"):
        rows.add_column(justify=justify)
    width = max(12, output.width - max(len(outcome.check) for outcome in report.outcomes) - 14)
    for outcome in report.outcomes:
        mark, style = _MARKS[outcome.state]
        explains = outcome.state in ("skipped", "known")
        note = (outcome.reason or outcome.message) if explains else outcome.description
        tries = f"{outcome.examples}" if outcome.examples else ""
        short = Text(" ".join(note.split()), "dim")
        short.truncate(width, overflow="ellipsis")
        rows.add_row(Text(mark, style), Text(outcome.check, style), Text(tries, "dim"), short)
    counts = ", ".join(f"{number} {state}" for state, number in report.counts.items())
    output.print(Text(report.subject, "bold"), f"{counts}, {report.seconds:.1f} s", sep="\n")
    print_wide(rows)
    explained = {name for names in report.explained.values() for name in names}
    for outcome in report.failed:
        if outcome.check not in explained:
            print_wide(_failure_panel(report, outcome))
    output.print()


def _failure_panel(report: Report, outcome: Outcome) -> Panel:
    lines = Text(_printable_lines(outcome.message))
    if outcome.example is not None:
        lines.append("\n\nsmallest example\n", "dim").append(outcome.example_text)
    others = report.explained.get(outcome.check)
    if others:
        lines.append("\n\nprobably from the same cause\n", "dim").append(", ".join(others))
    lines.append("\n\nto reproduce\n", "dim").append(report.reproduce(outcome), "cyan")
    return Panel(
        lines, title=Text(outcome.check, "bold red"), title_align="left", border_style="red", expand=output.is_terminal
    )


def _printable_lines(text: str) -> str:
    return "\n".join(map(printable, text.splitlines()))


def _print_totals(reports: list[Report]) -> None:
    rows = [
        (
            report.subject,
            str(report.counts.get("passed", 0)),
            str(len(report.failed)),
            ", ".join(outcome.check for outcome in report.failed) or "-",
        )
        for report in reports
    ]
    print_wide(table("All", ("augmentation", "passed", "failed", "failed checks"), rows))
