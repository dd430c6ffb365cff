"""Options that several commands share."""

from __future__ import annotations

import enum
import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = [
    "BatchSize",
    "Device",
    "LeaveOut",
    "OnError",
    "RunDir",
    "Seed",
    "Source",
    "Split",
    "Workers",
    "parse_settings",
    "worker_count",
]


class OnError(enum.StrEnum):
    """What to do with an item that cannot be read."""

    stop = "raise"
    skip = "skip"


Source = Annotated[
    Path,
    typer.Argument(
        help="The data: a file or folder that the modality reads; see `pairgen modalities`.", show_default=False
    ),
]
RunDir = Annotated[Path, typer.Argument(metavar="RUN", help="Folder that `pairgen train` wrote.", show_default=False)]
Split = Annotated[str | None, typer.Option(help="'train' or 'test', where the data has several.", show_default=False)]
Seed = Annotated[int, typer.Option(help="Key of all randomness.")]
BatchSize = Annotated[int, typer.Option(min=1, help="Items a batch.")]
Device = Annotated[str, typer.Option(help="'auto', 'cpu', 'cuda', 'cuda:1', 'mps'.")]
Workers = Annotated[
    int | None,
    typer.Option(min=0, help="Processes that read and augment; by default one a core, at most 8.", show_default=False),
]
LeaveOut = Annotated[
    OnError, typer.Option("--on-error", help="'skip' leaves items out that cannot be read, and lists them at the end.")
]


def worker_count(workers: int | None, in_memory: bool) -> int:
    """Processes for a loader: as asked; else none for data in memory, one a core for files."""
    if workers is not None:
        return workers
    if in_memory:
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(8, cores)


def parse_settings(settings: list[str], option: str) -> dict[str, Any]:
    """Turn ["strength=0.5", "scale=[0.2, 1]"] into keyword options; values are JSON, or text as it stands."""
    parsed: dict[str, Any] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or not name.isidentifier():
            raise ValueError(f"{option} {setting!r} is not of the form NAME=VALUE, such as strength=0.5")
        try:
            parsed[name] = json.loads(value)
        except json.JSONDecodeError:
            parsed[name] = value
        if isinstance(parsed[name], list):
            parsed[name] = tuple(parsed[name])
    return parsed
