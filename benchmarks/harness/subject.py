"""What a subject is, and the options every subject understands."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import subjects

Result = dict[str, Any]
"""One JSON file: subject, title, command, date, machine, versions, and the figures."""


@dataclass(frozen=True)
class Table:
    """A Markdown table with a title; `note` is printed below it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Journal:
    """The JSON file of a run: `head` is what every subject records; no path with `--quick`."""

    path: Path | None
    head: Result

    def previous(self) -> Result | None:
        """The result that lies there, if any."""
        if self.path is None or not self.path.exists():
            return None
        result: Result = json.loads(self.path.read_text(encoding="utf-8"))
        return result

    def save(self, figures: Result) -> Result:
        """Write head and figures, whole or not at all, and return them."""
        result = self.head | figures
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            part = self.path.with_suffix(".part")
            part.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
            part.replace(self.path)
        return result


class Subject(ABC):
    """One comparison. `run` measures and returns the figures; `tables` shows them."""

    name: str
    title: str
    threads: int = 1
    peers: tuple[str, ...] = ()
    """Modules that must be importable."""
    distributions: tuple[str, ...] = ()
    """Distributions whose versions are recorded."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:  # noqa: B027 (optional)
        """Options of this subject alone."""

    @abstractmethod
    def run(self, options: argparse.Namespace, journal: Journal) -> Result:
        """Measure and return the subject's own keys; a long subject saves on the way."""

    @abstractmethod
    def tables(self, result: Result) -> list[Table]:
        """The figures as tables."""


def subject_names() -> list[str]:
    """File names in `benchmarks/subjects`, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(subjects.__path__))


def load_subject(name: str) -> Subject:
    """Import `benchmarks.subjects.<name>` and return its `SUBJECT`."""
    if name not in subject_names():
        raise ValueError(f"no benchmark is called {name!r}; there are: {', '.join(subject_names())}")
    subject = importlib.import_module(f"benchmarks.subjects.{name}").SUBJECT
    if not isinstance(subject, Subject):
        raise TypeError(f"benchmarks/subjects/{name}.py must define SUBJECT, a Subject")
    return subject
