"""What all commands write with: two consoles, tables of one look, a list of what was left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

__all__ = ["errors", "left_out", "output", "percent", "table"]

output = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

_SHOWN = 20


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: bool = True) -> Table:
    """Make a table; with `numbers`, all columns but the first are aligned to the right."""
    made = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for i, column in enumerate(columns):
        right = numbers and i > 0
        made.add_column(column, justify="right" if right else "left", overflow="fold", no_wrap=right)
    for row in rows:
        made.add_row(*row)
    return made


def percent(share: float, best: bool = False) -> str:
    """Write a share from 0 to 1 in percent, in bold where it is the best."""
    return f"[bold green]{share:.1%}[/]" if best else f"{share:.1%}"


def left_out(items: Sequence[tuple[str, str]], total: int) -> None:
    """List items that were left out, as (name, error); nothing for none."""
    if not items:
        return
    errors.print(f"left out {len(items)} of {total} items:", style="yellow")
    for name, error in items[:_SHOWN]:
        # Errors of files name them already; others get the item's place in the data.
        line = error if name in error else f"{name}: {error}"
        errors.print(f"  {line}", markup=False, soft_wrap=True)
    if len(items) > _SHOWN:
        errors.print(f"  and {len(items) - _SHOWN} more")
