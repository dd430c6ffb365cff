"""Markdown from the JSON files. Nothing in RESULTS.md is typed by hand."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.harness.subject import Result, Table, load_subject

RESULTS = Path(__file__).parent.parent / "results"
PAGE = Path(__file__).parent.parent / "RESULTS.md"


def read_results(folder: Path) -> list[Result]:
    """Every result of a subject in `folder`, in the order of the file names; comparisons of builds are left out."""
    paths = [path for path in sorted(folder.glob("*.json")) if not path.stem.startswith("against_")]
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def render_page(results: list[Result]) -> str:
    """The whole of RESULTS.md."""
    head = (
        "# Results\n\n"
        "Generated from `benchmarks/results/*.json` by `python -m benchmarks render`; "
        "do not edit.\n"
        "Figures are medians over interleaved rounds with (minimum to maximum); "
        "every library in a table did the same work in the same run.\n"
    )
    return "\n".join([head, *(render_result(result) for result in results)])


def render_result(result: Result) -> str:
    """One section: title, command, machine, tables."""
    machine = result["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    lines = [
        f"## {result['title']}",
        "",
        f"`{result['command']}`, {result['date']}, {machine['cpu']}, {machine['cores']} cores, "
        f"{machine['memory_gib']} GiB, {machine['system']}, Python {machine['python']}, "
        f"{result['threads']} thread{'s' if result['threads'] > 1 else ''}.",
        "",
        f"{versions}.",
        "",
    ]
    for table in load_subject(result["subject"]).tables(result):
        lines += [render_table(table), ""]
    return "\n".join(lines)


def render_table(table: Table) -> str:
    """A Markdown table; all columns but the first two are aligned to the right."""
    lines = [f"### {table.title}", ""]
    lines.append("| " + " | ".join(table.columns) + " |")
    lines.append("|" + "|".join("---" if i < 2 else "---:" for i in range(len(table.columns))) + "|")
    lines += ["| " + " | ".join(row) + " |" for row in table.rows]
    if table.note:
        lines += ["", table.note]
    return "\n".join(lines)
