"""`python -m benchmarks SUBJECT [--quick] [--rounds N] [--output-dir DIR]` and `render`."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from benchmarks.harness.machine import busy_cores, describe_machine, today, versions_of
from benchmarks.harness.optional import MissingPeerError, require
from benchmarks.harness.page import PAGE, RESULTS, read_results, render_page, render_result
from benchmarks.harness.subject import Journal, load_subject, subject_names
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
    except (MissingPeerError, ValueError, FileNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _run(name: str, arguments: list[str]) -> int:
    pin_environment(1)
    subject = load_subject(name)
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=subject.title)
    parser.add_argument("subject", choices=[name])
    parser.add_argument("--quick", action="store_true", help="tiny work, to check that it runs")
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds (default 7)")
    parser.add_argument("--output-dir", type=Path, default=RESULTS, help="folder of the JSON file")
    subject.add_arguments(parser)
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        raise ValueError(f"--rounds must be at least 1, got {options.rounds}")

    require(subject.peers)
    pin_libraries(subject.threads)
    path = None if options.quick else options.output_dir / f"{name}.json"
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
    if not options.quick and busy_cores() > 0.3:
        print(f"warning: {busy_cores()} cores are in use by other work; the figures will be off", file=sys.stderr)
    journal = Journal(path, head)
    result = journal.save(subject.run(options, journal))
    print(render_result(result))
    if path is None:
        print("--quick: it runs; nothing was written.")
        return 0
    print(f"wrote {path}")
    return _render([]) if options.output_dir == RESULTS else 0


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
