"""The rates of this build of pairgen against those of another one, measured side by side.

    python -m benchmarks text --against ../pairgen-0.1 [--rounds N] [--seconds S] [--quick] [--output-dir DIR]

Two processes run the pairgen cases of one rate subject: one with this checkout, one with the checkout at the path,
each with its own `benchmarks` package, so that names may have changed between the builds. Cases are paired by their
order. For every case the two processes take turns, one round each, and which one begins alternates; only one of them
measures at any time. The table shows the ratio of the rates, new / old, as median (minimum to maximum) over the
rounds: above 1, this build is faster. With `--output-dir` it is also written to `DIR/against_SUBJECT.json`.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def compare_builds(subject: str, other: Path, rounds: int, seconds: float, *, quick: bool) -> list[dict[str, Any]]:
    """Measure the pairgen cases of a rate subject in this checkout and in another one.

    Args:
        subject: Name of a subject that is a `RateSubject` in both checkouts.
        other: Root of the other checkout: the folder that holds `pairgen` and `benchmarks`.
        rounds: Rounds of each case, at least 1.
        seconds: Least time of one measurement.
        quick: Whether the groups are those of `--quick`.

    Returns:
        One record a case: group, case, unit, and the rates of both builds, a number a round.

    Raises:
        FileNotFoundError: If `other` is not a checkout that has the subject.
        ValueError: If the builds have different numbers of pairgen cases.
        ChildProcessError: If one of the processes fails; its traceback is on stderr.
    """
    if not (other / "benchmarks" / "subjects" / f"{subject}.py").is_file():
        raise FileNotFoundError(
            f"{other} has no benchmarks/subjects/{subject}.py; --against takes the root of a checkout"
        )
    with _worker(ROOT, subject, quick) as new, _worker(other.resolve(), subject, quick) as old:
        cases, old_cases = new.receive(), old.receive()
        if len(cases) != len(old_cases):
            names = [[case["case"] for case in side] for side in (cases, old_cases)]
            raise ValueError(f"cases are paired by their order, but there are {names[0]} here and {names[1]} there")
        for number, case in enumerate(cases):
            case |= {"new": [], "old": []}
            for turn in range(rounds):
                sides = [("new", new), ("old", old)]
                for name, worker in sides[:: -1 if turn % 2 else 1]:
                    case[name].append(worker.measure(number, seconds))
            print(f"{case['case']:<48} {_ratio(case)}", flush=True)
    return list(cases)


def against_rows(cases: list[dict[str, Any]]) -> tuple[tuple[str, ...], ...]:
    """Rows of a table: group, case, median rates of the old and the new build, their ratio."""
    return tuple(
        (
            case["group"],
            case["case"],
            *(f"{statistics.median(case[side]):,.1f} {case['unit']}/s" for side in ("old", "new")),
            _ratio(case),
        )
        for case in cases
    )


def _ratio(case: dict[str, Any]) -> str:
    ratios = [new / old for new, old in zip(case["new"], case["old"], strict=True)]
    return f"{statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"


class _Worker:
    """A process with the cases of one checkout; a line of JSON each way."""

    def __init__(self, root: Path, process: subprocess.Popen[str]) -> None:
        self.root = root
        self.process = process

    def receive(self) -> Any:
        """Return the next answer."""
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            raise ChildProcessError(f"the process of {self.root} failed with exit code {self.process.wait()}")
        return json.loads(line)

    def measure(self, number: int, seconds: float) -> float:
        """Return the rate of one case in one round."""
        if self.process.stdin:
            self.process.stdin.write(json.dumps([number, seconds]) + "\n")
            self.process.stdin.flush()
        return float(self.receive())


@contextmanager
def _worker(root: Path, subject: str, quick: bool) -> Iterator[_Worker]:
    # -P: this file's folder must not be searched for modules, its checkout is not the worker's.
    command = [sys.executable, "-P", __file__, str(root), subject, json.dumps(quick)]
    pipe = subprocess.PIPE
    with tempfile.TemporaryDirectory() as metadata:
        _write_entry_points(root, Path(metadata))
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(root), metadata])}
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as process:
            try:
                yield _Worker(root, process)
            finally:
                process.terminate()


def _write_entry_points(root: Path, folder: Path) -> None:
    """Write metadata for a checkout that is not installed: its modalities are found, not those of the installed one."""
    project = root / "pyproject.toml"
    groups = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["entry-points"] if project.is_file() else {}
    lines = [
        line for group, names in groups.items() for line in (f"[{group}]", *(f"{n} = {v}" for n, v in names.items()))
    ]
    info = folder / "pairgen-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pairgen\nVersion: 0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")


def _serve(root: Path, name: str, quick: bool) -> None:
    """Answer the other process. Of `benchmarks`, only the subject's module has the same name in every build."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what cases print must not mix with the answers
    import cv2
    import torch

    import pairgen

    if root not in Path(pairgen.__file__).resolve().parents:
        raise ImportError(f"pairgen was imported from {pairgen.__file__}, not from {root}")
    subject = importlib.import_module(f"benchmarks.subjects.{name}").SUBJECT
    torch.set_num_threads(subject.threads)
    cv2.setNumThreads(subject.threads)
    pairs = [(group, case) for group in subject.groups(quick) for case in group.cases if case.library == "pairgen"]
    described = [{"group": group.title, "case": case.name, "unit": group.unit} for group, case in pairs]
    print(json.dumps(described), file=answers)
    current, work = -1, object  # replaced before the first measurement
    for line in sys.stdin:
        number, seconds = json.loads(line)
        case = pairs[number][1]
        if number != current:
            current, work = number, case.setup()
            work()  # warms caches
            gc.collect()
        calls, start, elapsed = 0, time.perf_counter(), 0.0
        while not calls or elapsed < seconds:
            work()
            calls += 1
            elapsed = time.perf_counter() - start
        print(json.dumps(calls * case.units / elapsed), file=answers)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]))
