"""Records of long runs: each (case, seed) is kept as soon as it is there, and not made again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.harness.subject import Journal, Result

Records = list[dict[str, Any]]


def continued(journal: Journal, setting: dict[str, Any]) -> Result:
    """The figures of an earlier call to go on from. ValueError if they are of another setting or machine."""
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
                f"{journal.path} was made with another {what} ({previous[what]}, now {now}); "
                "choose another --output-dir, or move that file away"
            )
    return {"setting": setting, "records": previous["records"]}


def recorded(records: Records, case: str, seed: int) -> bool:
    """Whether that run is among the records."""
    return any((r["case"], r["seed"]) == (case, seed) for r in records)


def put(records: Records, record: dict[str, Any]) -> None:
    """Add a record in place of an earlier one of the same case and seed."""
    records[:] = [r for r in records if (r["case"], r["seed"]) != (record["case"], record["seed"])]
    records.append(record)


def spread(values: list[float], centre: Callable[[Sequence[float]], float], digits: int) -> str:
    """`centre (minimum to maximum)` as text."""
    return f"{centre(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"
