"""What all commands write with: two consoles, tables of one look, lists of what was left out, and JSON."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from rich import box
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table

from pairgen._io import write_text
from pairgen._text import printable

__all__ = [
    "errors",
    "left_out",
    "output",
    "percent",
    "print_wide",
    "progress_style",
    "report_figures",
    "reset_output",
    "safe",
    "say",
    "table",
    "to_json",
]

output = Console(highlight=False, emoji=False)
errors = Console(stderr=True, highlight=False, emoji=False)

_SHOWN = 20
_UNLIMITED = 100_000
"""Columns of output that is not shown on a terminal, so that nothing is broken in two."""


def safe(value: object) -> str:
    """Return a name, path or message as it is, to be put into a text with markup; what a terminal obeys is escaped."""
    return escape(printable(value))


def say(text: str) -> None:
    """Print a line with rich's markup, which is never broken in two; names in it went through `safe`."""
    output.print(text, soft_wrap=True)


def print_wide(content: RenderableType) -> None:
    """Print a table or panel: on a terminal as wide as that, elsewhere as wide as its content."""
    if output.is_terminal:
        output.print(content)
    elif not output.quiet:
        Console(file=output.file, width=_UNLIMITED, highlight=False, emoji=False).print(content)


def reset_output(json_file: Path | None = None, *, quiet: bool = False) -> None:
    """Choose where `output` writes: to standard error where standard output is JSON, nowhere if `quiet`."""
    output.stderr = json_file is not None and str(json_file) == "-"
    output.quiet = quiet


def progress_style(quiet: bool, verbose: bool = False) -> bool | Literal["lines"]:
    """Return how a training shows its progress: not at all if `quiet`, as a bar on a terminal, as lines in a log."""
    if quiet:
        return False
    return True if sys.stderr.isatty() and not verbose else "lines"


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: bool = True) -> Table:
    """Make a table; with `numbers`, all columns but the first are aligned to the right. Cells are markup."""
    result = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for i, column in enumerate(columns):
        right = numbers and i > 0
        result.add_column(column, justify="right" if right else "left", overflow="fold", no_wrap=right)
    for row in rows:
        result.add_row(*row)
    return result


def percent(ratio: float, best: bool = False) -> str:
    """Write a ratio from 0 to 1 in percent, in bold where it is the best."""
    return f"[bold green]{ratio:.1%}[/]" if best else f"{ratio:.1%}"


def left_out(items: Sequence[tuple[str, str]], total: int) -> None:
    """List items that were left out, as (name, error); nothing for none."""
    if not items:
        return
    errors.print(f"left out {len(items)} of {total} items:", style="yellow")
    for name, error in items[:_SHOWN]:
        # Errors of files name them already; others get the item's place in the data.
        line = error if name in error else f"{name}: {error}"
        errors.print(f"  {printable(line)}", markup=False, soft_wrap=True)
    if len(items) > _SHOWN:
        errors.print(f"  and {len(items) - _SHOWN} more")


def report_figures(json_file: Path | None, figures: Mapping[str, Any] | Sequence[Any]) -> None:
    """Write the figures of a command as JSON to a file, or to standard output for "-"; None writes nothing."""
    if json_file is None:
        return
    text = json.dumps(to_json(figures), indent=1) + "\n"
    if str(json_file) == "-":
        sys.stdout.write(text)
    else:
        write_text(json_file, text)


def to_json(value: Any) -> Any:
    """Return a value in JSON's types: paths as text, what is not finite as None, arrays as lists."""
    if isinstance(value, Mapping):
        return {str(key): to_json(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(entry) for entry in value]
    if hasattr(value, "tolist"):
        return to_json(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (bool, int)) else printable(value)
