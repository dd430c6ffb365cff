"""Two processes, of which one has a batch less: training goes on, or both get an error; none waits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.workers import missing_batches
from tests.workers.missing_batches import CASES, PLACES

pytestmark = pytest.mark.slow

Ends = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def ranks(tmp_path_factory: pytest.TempPathFactory) -> list[Ends]:
    folder: Path = tmp_path_factory.mktemp("missing")
    command = [sys.executable, "-m", missing_batches.__name__]
    running = [
        subprocess.Popen([*command, str(rank), str(folder / "meeting"), str(folder)], stderr=subprocess.PIPE)
        for rank in range(2)
    ]
    try:
        for process in running:
            _, errors = process.communicate(timeout=240)
            assert process.returncode == 0, errors.decode()[-2000:]
    finally:
        for process in running:
            process.kill()
    return [torch.load(folder / f"{rank}.pt") for rank in range(2)]


@pytest.mark.parametrize("case", [case for case in CASES if case.endswith(tuple(f", {place}" for place in PLACES))])
def test_training_goes_on_without_a_batch_that_one_process_left_out(case: str, ranks: list[Ends]) -> None:
    steps, epochs = 7 if case.startswith("iterable") else 3, 2 if CASES[case][0] == "series" else 1
    for rank in ranks:
        assert rank[case]["error"] == ""
        assert rank[case]["steps"] == [steps] * epochs
        ends = [text for text in rank[case]["warnings"] if f"epoch 0 ends after {steps} steps on all processes" in text]
        assert len(ends) == 1
        assert "ranks [1] have no more batches" in ends[0]


@pytest.mark.parametrize(("case", "steps"), [("uneven", 3), ("uneven last batch", 3)])
def test_streams_of_other_lengths_end_together(case: str, steps: int, ranks: list[Ends]) -> None:
    for rank in ranks:
        assert rank[case]["error"] == ""
        assert rank[case]["steps"] == [steps, steps]
        warned = any("ends after" in text for text in rank[case]["warnings"])
        assert warned == (case == "uneven")  # batches of three: 3 + 3 + 2 items, and 3 + 3 + 1


@pytest.mark.parametrize(
    ("case", "errors"),
    [
        ("nothing", ("ValueError: the loader gave no batches in epoch 0",) * 2),
        ("no batches", ("ValueError: the processes have different batches an epoch: [1, 0], by rank",) * 2),
        (
            "error",
            (
                "ValueError: epoch 0, step 1: the process of rank 1 cannot read its next batch: OSError: the disk",
                "OSError: the disk is gone",
            ),
        ),
    ],
)
def test_what_cannot_go_on_is_an_error_on_both(case: str, errors: tuple[str, str], ranks: list[Ends]) -> None:
    for rank, error in zip(ranks, errors, strict=True):
        assert rank[case]["error"].startswith(error)
