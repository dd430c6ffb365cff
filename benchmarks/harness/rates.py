"""Rates of several libraries doing the same work, measured in interleaved rounds."""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.harness.subject import Journal, Result, Subject, Table

Work = Callable[[], object]


@dataclass(frozen=True)
class Case:
    """One library at one task. `setup` is not timed; what it returns is."""

    name: str
    library: str
    setup: Callable[[], Work]
    units: int
    """Work units that one call does: pairs, images."""
    limit: bool = False
    """A part of the work that nobody can do without, such as decoding: the physical limit."""


@dataclass(frozen=True)
class Group:
    """Cases that do the same work; the first one of library pairgen is what others are held to."""

    title: str
    unit: str
    cases: tuple[Case, ...]
    note: str = ""
    shares: bool = False
    """Show what share of the first case's time each case takes, not how it compares."""


class RateSubject(Subject):
    """A subject made of groups of cases."""

    @abstractmethod
    def groups(self, quick: bool) -> Sequence[Group]:
        """The groups; with `quick`, of tiny work."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the least time a measurement takes."""
        parser.add_argument("--seconds", type=float, default=1.0, help="least time of one measurement (default 1)")

    def run(self, options: argparse.Namespace, journal: Journal) -> Result:
        """Measure group after group, within each in interleaved rounds."""
        rounds, seconds = (1, 0.0) if options.quick else (options.rounds, options.seconds)
        figures: Result = {"rounds": rounds, "groups": []}
        for group in self.groups(options.quick):
            rates = measure(group.cases, rounds, seconds)
            rows = [
                {
                    "case": case.name,
                    "library": case.library,
                    "limit": case.limit,
                    "rates": [round(rate, 2) for rate in rates[case.name]],
                }
                for case in group.cases
            ]
            figures["groups"].append(
                {
                    "title": group.title,
                    "unit": group.unit,
                    "note": group.note,
                    "shares": group.shares,
                    "rows": rows,
                }
            )
            journal.save(figures)
        return figures

    def tables(self, result: Result) -> list[Table]:
        """One table a group."""
        return [_table(group, result["rounds"]) for group in result["groups"]]


def measure(cases: Sequence[Case], rounds: int, seconds: float) -> dict[str, list[float]]:
    """Units per second of each case in each round; the order of the cases turns by one a round.

    In a round a case is called again and again for at least `seconds`. One call before the first
    round warms caches and is not counted.
    """
    works = {case.name: case.setup() for case in cases}
    if len(works) != len(cases):
        raise ValueError("two cases of a group have the same name; their rates would be mixed up")
    for work in works.values():
        work()
    rates: dict[str, list[float]] = {case.name: [] for case in cases}
    gc.collect()
    for turn in range(rounds):
        start = turn % len(cases)
        for case in [*cases[start:], *cases[:start]]:
            rates[case.name].append(_rate(works[case.name], case.units, seconds))
    return rates


def _rate(work: Work, units: int, seconds: float) -> float:
    calls, start = 0, time.perf_counter()
    while True:
        work()
        calls += 1
        elapsed = time.perf_counter() - start
        if elapsed >= seconds:
            return calls * units / elapsed


def _table(group: dict[str, Any], rounds: int) -> Table:
    medians = {row["case"]: statistics.median(row["rates"]) for row in group["rows"]}
    own = medians[group["rows"][0]["case"]]
    rows = []
    for row in group["rows"]:
        median, rates = medians[row["case"]], row["rates"]
        rows.append(
            (
                f"*{row['case']}*" if row["limit"] else row["case"],
                "*limit*" if row["limit"] else row["library"],
                f"{median:,.1f} ({min(rates):,.1f} to {max(rates):,.1f})",
                f"{1000 / median:,.3f}",
                f"{own / median:.1%}" if group["shares"] else f"{own / median:.2f}",
            )
        )
    unit = group["unit"]
    last = "share of the time" if group["shares"] else "pairgen's rate over this"
    return Table(
        group["title"],
        ("case", "library", f"{unit}/s", f"ms a {unit.removesuffix('s')}", last),
        tuple(rows),
        f"{group['note']} {rounds} interleaved round{'s' if rounds > 1 else ''}.".strip(),
    )
