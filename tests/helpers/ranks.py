"""Processes of process groups of several sizes, and what each of them ends with."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any

import pytest
import torch


def run_on_ranks(worker: ModuleType, sizes: Iterable[int], paths: pytest.TempPathFactory) -> dict[int, list[Any]]:
    """Run a worker once a rank of each size, all at a time; return what its ranks saved, by size.

    Args:
        worker: A module of `tests.workers`, called with rank, size, a file to meet at and a folder for `RANK.pt`.
        sizes: Numbers of processes.
        paths: Where the folders are made.
    """
    folders = {size: paths.mktemp("ranks") for size in sizes}
    command = [sys.executable, "-m", worker.__name__]
    running = [
        subprocess.Popen([*command, str(rank), str(size), str(folder / "meeting"), str(folder)])
        for size, folder in folders.items()
        for rank in range(size)
    ]
    try:
        assert not any(process.wait(timeout=300) for process in running)
    finally:
        for process in running:
            process.kill()
    return {size: [torch.load(folders[size] / f"{rank}.pt") for rank in range(size)] for size in folders}
