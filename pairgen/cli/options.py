"""Options that several commands share."""

from __future__ import annotations

import enum
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = [
    "BatchSize",
    "Device",
    "JsonFile",
    "LeaveOut",
    "OnError",
    "Quiet",
    "ReadOption",
    "RunBatchSize",
    "RunDir",
    "RunLeaveOut",
    "RunSource",
    "Seed",
    "Source",
    "Split",
    "Tower",
    "Unpaired",
    "Workers",
    "check_options",
    "check_output",
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
RunSource = Annotated[
    Path | None, typer.Argument(help="The data; by default what the run was trained on.", show_default=False)
]
Split = Annotated[
    str | None,
    typer.Option(
        help="'train' or 'test', where the data has several: an option of the reader, else a subfolder of that name.",
        show_default=False,
    ),
]
ReadOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUE",
        help="Of the reader, such as window=100, instead of the run's; NAME=null for the reader's default. Repeatable.",
    ),
]
Tower = Annotated[
    str | None,
    typer.Option(
        metavar="first|second",
        help="Of a run of pairs: which member to embed, also by the name of its modality; by default the first.",
        show_default=False,
    ),
]
Unpaired = Annotated[
    bool, typer.Option("--unpaired", help="Of a run of pairs: PATH holds items of one member alone, such as images.")
]
JsonFile = Annotated[
    Path | None,
    typer.Option(
        "--json",
        metavar="FILE",
        help="Also write the figures to this JSON file; '-' prints them instead of the text.",
        show_default=False,
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors and what was left out only.")]
Seed = Annotated[int, typer.Option(help="Key of all randomness.")]
BatchSize = Annotated[int, typer.Option(min=1, help="Items a batch.")]
RunBatchSize = Annotated[
    int | None, typer.Option("--batch-size", min=1, help="Items a batch; by default the run's.", show_default=False)
]
Device = Annotated[str, typer.Option(help="'auto', 'cpu', 'cuda', 'cuda:1', 'mps'.")]
Workers = Annotated[
    int | None,
    typer.Option(min=0, help="Processes that read and augment; by default one a core, at most 8.", show_default=False),
]
LeaveOut = Annotated[
    OnError, typer.Option("--on-error", help="'skip' leaves items out that cannot be read, and lists them at the end.")
]
RunLeaveOut = Annotated[
    OnError | None,
    typer.Option(
        "--on-error",
        help="'skip' leaves items out that cannot be read, and lists them at the end; by default as the run did.",
        show_default=False,
    ),
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


def check_options(options: Iterable[str], known: Sequence[str] | None, owner: str) -> None:
    """Raise ValueError for an option that its owner does not have, with those that it has.

    Args:
        options: Names of the options that the user gave.
        known: Names of those there are; None where that is not known.
        owner: What takes the options, such as "the recipe 'simclr'".
    """
    for name in options:
        if known is not None and name not in known:
            there = f"it has: {', '.join(known)}" if known else "it has none"
            raise ValueError(f"{owner} has no option {name!r}; {there}")


def check_output(option: str, file: Path, suffixes: Sequence[str]) -> None:
    """Raise ValueError, before anything is computed, for a file that cannot be written or is of another form."""
    if file.is_dir():
        raise ValueError(f"{option} {file} is a folder; name a file in it")
    if file.suffix.lower() not in suffixes:
        raise ValueError(f"{option} {file} must end in {' or '.join(suffixes)}")
