"""Subjects that train: every finished run is recorded at once, and a later call goes on where this one stopped."""

from __future__ import annotations

import argparse
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from benchmarks.harness.subject import Journal, Result, Subject

Data = TypeVar("Data")
Record = dict[str, Any]
"""The figures of one run, beside its "case" and "seed" and, where there are several, its data set."""


class LearningSubject(Subject, Generic[Data]):
    """A subject made of cases that are run with several seeds, on one data set or on several.

    A subclass names the cases and their setting, loads the data and runs one case. Options, checks, the loop over what
    is not recorded yet, and the journal are written here.
    """

    seeds: tuple[int, ...] = (0, 1, 2)
    """Default of `--seeds`."""
    epochs: int | None = None
    """Default of `--epochs`; None leaves that option out."""
    validation: str = ""
    """Help of `--validate`; empty leaves that option out."""
    datasets: tuple[str, ...] = ()
    """Names of the data sets; empty where there is one only."""
    dataset_key: str = "dataset"
    """Where a record has the name of its data set."""
    seedless: tuple[str, ...] = ()
    """Cases in which nothing is random: they are run with the first seed alone."""

    @abstractmethod
    def cases(self) -> tuple[str, ...]:
        """All cases, in the order of the tables."""

    @abstractmethod
    def setting(self, options: argparse.Namespace) -> dict[str, Any]:
        """What all records depend on, as JSON gives it back; records of another setting are not continued."""

    @abstractmethod
    def load(self, dataset: str, options: argparse.Namespace) -> Data:
        """Load a data set, of tiny size with `--quick`; its name is empty where there is one only."""

    @abstractmethod
    def run_case(self, case: str, data: Data, seed: int, options: argparse.Namespace) -> Record:
        """Run one case and return its figures."""

    def run_cases(
        self, cases: Sequence[str], data: Data, seed: int, options: argparse.Namespace
    ) -> Iterator[tuple[str, Record]]:
        """Run some cases of one seed; yield each case with its figures as soon as it is finished."""
        for case in cases:
            yield case, self.run_case(case, data, seed, options)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add cases, seeds and what else the attributes of the class ask for."""
        cases = list(self.cases())
        parser.add_argument("--cases", nargs="+", metavar="CASE", default=cases, help=f"of: {'; '.join(cases)}")
        parser.add_argument("--seeds", nargs="+", type=int, default=list(self.seeds))
        parser.add_argument("--again", action="store_true", help="repeat what is already recorded")
        if self.epochs is not None:
            parser.add_argument("--epochs", type=int, default=self.epochs)
        if self.datasets:
            names = list(self.datasets)
            parser.add_argument("--datasets", nargs="+", metavar="NAME", default=names, help=f"of: {'; '.join(names)}")
        if self.validation:
            parser.add_argument("--validate", action="store_true", help=f"{self.validation}; nothing is written")

    def run(self, options: argparse.Namespace, journal: Journal) -> Result:
        """Run what is not recorded yet; save after every run."""
        _check("case", options.cases, self.cases())
        datasets: Sequence[str] = options.datasets if self.datasets else ("",)
        _check("data set", datasets, self.datasets or datasets)
        if self.validation and options.validate:
            journal = Journal(None, journal.head)
        figures = continue_records(journal, self.setting(options))
        seeds = [0] if options.quick else options.seeds
        for dataset in datasets[: 1 if options.quick else None]:
            data = None
            for seed in seeds:
                cases = [case for case in options.cases if seed == seeds[0] or case not in self.seedless]
                if not options.again:
                    done = {self._run_of(record) for record in figures["records"]}
                    cases = [case for case in cases if (case, seed, dataset) not in done]
                if cases:
                    data = self.load(dataset, options) if data is None else data
                    self._run_seed(cases, data, seed, dataset, options, figures, journal)
        return figures

    def _run_seed(
        self,
        cases: Sequence[str],
        data: Data,
        seed: int,
        dataset: str,
        options: argparse.Namespace,
        figures: Result,
        journal: Journal,
    ) -> None:
        for case, values in self.run_cases(cases, data, seed, options):
            record = {"case": case, "seed": seed, **({self.dataset_key: dataset} if dataset else {}), **values}
            others = [r for r in figures["records"] if self._run_of(r) != (case, seed, dataset)]
            figures["records"][:] = [*others, record]
            journal.save(figures)
            print("  ".join(_describe(name, value) for name, value in record.items()), flush=True)

    def _run_of(self, record: Record) -> tuple[str, int, str]:
        return record["case"], record["seed"], record[self.dataset_key] if self.datasets else ""

    def by_case(self, records: Sequence[Record]) -> list[tuple[str, list[Record]]]:
        """Each case that has records, in the order of the tables, and its records by seed."""
        ordered = sorted(records, key=lambda record: int(record["seed"]))
        grouped = [(case, [record for record in ordered if record["case"] == case]) for case in self.cases()]
        return [(case, runs) for case, runs in grouped if runs]


def continue_records(journal: Journal, setting: dict[str, Any]) -> Result:
    """Return the setting, and the records of an earlier call. ValueError if they are of another setting or machine."""
    previous = journal.previous()
    if previous is None:
        return {"setting": setting, "records": []}
    for what, now in (
        ("setting", setting),
        ("machine", journal.head["machine"]),
        ("versions", journal.head["versions"]),
    ):
        if previous[what] != now:
            raise ValueError(
                f"{journal.path} was recorded with another {what} ({previous[what]}, now {now}); "
                "choose another --output-dir, or move that file away"
            )
    return {"setting": setting, "records": previous["records"]}


def spread(values: Sequence[float], center: Callable[[Sequence[float]], float], digits: int) -> str:
    """`center (minimum to maximum)` as text; "-" without values."""
    if not values:
        return "-"
    return f"{center(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def seeds_of(records: Sequence[Record]) -> str:
    """The seeds of some records as text."""
    return ", ".join(str(seed) for seed in sorted({record["seed"] for record in records}))


def _check(noun: str, names: Sequence[str], known: Sequence[str]) -> None:
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"unknown {noun} {unknown[0]!r}; available: {'; '.join(known)}")


def _describe(name: str, value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    return f"{name} {', '.join(f'{v:.4g}' if isinstance(v, float) else str(v) for v in values)}"
