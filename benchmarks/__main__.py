"""Run a subject, compare two builds, or render the page of results.

python -m benchmarks SUBJECT [--quick] [--rounds N] [--output-dir DIR]
python -m benchmarks SUBJECT --against PATH [--quick] [--rounds N] [--seconds S] [--output-dir DIR]
python -m benchmarks render [--output-dir DIR] [--page FILE]
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from benchmarks.harness.against import against_rows, compare_builds
from benchmarks.harness.machine import busy_cores, describe_machine, today, versions_of
from benchmarks.harness.optional import MissingPeerError, require
from benchmarks.harness.page import PAGE, RESULTS, read_results, render_page, render_result, render_table
from benchmarks.harness.rates import RateSubject
from benchmarks.harness.subject import Journal, Result, Table, load_subject, subject_names
from benchmarks.harness.threads import pin_environment, pin_libraries


def main(arguments: list[str] | None = None) -> int:
    """Run one subject, or render the page; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    chosen = argparse.ArgumentParser(prog="python -m benchmarks", add_help=False)
    chosen.add_argument("subject", nargs="?")
    name = chosen.parse_known_args(arguments)[0].subject
    if name == "render":
        return _render(arguments[1:])
    if name not in subject_names():
        print(f"usage: python -m benchmarks {{{','.join([*subject_names(), 'render'])}}} [--help]")
        return 0 if {"-h", "--help"} & set(arguments) else 2
    try:
        return _run(name, arguments)
    except (MissingPeerError, ValueError, FileNotFoundError, ChildProcessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _run(name: str, arguments: list[str]) -> int:
    pin_environment(1)
    subject = load_subject(name)
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=subject.title)
    parser.add_argument("subject", choices=[name])
    parser.add_argument("--quick", action="store_true", help="tiny work, to check that it runs")
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds (default 7)")
    parser.add_argument("--output-dir", type=Path, help=f"folder of the JSON file (default {RESULTS})")
    if isinstance(subject, RateSubject):
        parser.add_argument("--against", type=Path, metavar="PATH", help="compare with the checkout of pairgen there")
    subject.add_arguments(parser)
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        raise ValueError(f"--rounds must be at least 1, got {options.rounds}")

    require(subject.peers)
    if not options.quick and busy_cores() > 0.3:
        print(f"warning: {busy_cores()} cores are in use by other work; the figures will be off", file=sys.stderr)
    head = {
        "subject": name,
        "title": subject.title,
        "command": shlex.join(["python", "-m", "benchmarks", *arguments]),
        "date": today(),
        "threads": subject.threads,
        "load_at_start": busy_cores(),
        "machine": describe_machine(),
        "versions": versions_of(subject.distributions),
    }
    if getattr(options, "against", None):
        return _compare(options, head)
    pin_libraries(subject.threads)
    folder = options.output_dir or RESULTS
    path = None if options.quick else folder / f"{name}.json"
    journal = Journal(path, head)
    result = journal.save(subject.run(options, journal))
    print(render_result(result))
    if path is None:
        print("--quick: it runs; nothing was written.")
        return 0
    print(f"wrote {path}")
    return _render([]) if folder == RESULTS else 0


def _compare(options: argparse.Namespace, head: Result) -> int:
    rounds, seconds = (1, 0.0) if options.quick else (options.rounds, options.seconds)
    cases = compare_builds(options.subject, options.against, rounds, seconds, quick=options.quick)
    columns = ("group", "case", "old", "new", "new / old")
    note = f"Median (minimum to maximum) over {rounds} interleaved round{'s' if rounds > 1 else ''}."
    print(
        render_table(
            Table(f"{head['title']}: this build against {options.against}", columns, against_rows(cases), note)
        )
    )
    if options.output_dir is not None:
        path = options.output_dir / f"against_{options.subject}.json"
        Journal(path, head).save({"against": str(options.against), "rounds": rounds, "cases": cases})
        print(f"wrote {path}")
    return 0


def _render(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks render")
    parser.add_argument("--output-dir", type=Path, default=RESULTS, help="folder of the JSON files")
    parser.add_argument("--page", type=Path, default=PAGE, help="page to write")
    options = parser.parse_args(arguments)
    options.page.write_text(render_page(read_results(options.output_dir)), encoding="utf-8")
    print(f"wrote {options.page}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
