"""Two processes train what one trains: the same weights, one run folder, errors rather than waiting for ever."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor

from pairgen.methods import SimCLR
from pairgen.training import Trainer
from pairgen.training._processes import Processes
from tests.helpers.method_toys import linear
from tests.workers import distributed_training
from tests.workers.distributed_training import CASES

Ends = dict[str, dict[str, Tensor]]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: tmp_path_factory.mktemp(name) for name in ("together", "alone")}


@pytest.fixture(scope="module")
def together(folders: dict[str, Path]) -> list[Ends]:
    """What each of two processes ends with."""
    folder = folders["together"]
    command = [sys.executable, "-m", distributed_training.__name__]
    ranks = [
        subprocess.Popen([*command, str(rank), "2", str(folder / "meeting"), str(folder)], stderr=subprocess.PIPE)
        for rank in range(2)
    ]
    for rank in ranks:
        _, errors = rank.communicate(timeout=180)
        assert rank.returncode == 0, errors.decode()
    return [torch.load(folder / f"{rank}.pt") for rank in range(2)]


@pytest.fixture(scope="module")
def alone(folders: dict[str, Path]) -> Iterator[Ends]:
    """What one process with the whole batches ends with."""
    return {name: case(folders["alone"]) for name, case in CASES.items()}


@pytest.mark.parametrize("name", CASES)
def test_two_processes_end_in_the_weights_of_one(name: str, together: list[Ends], alone: Ends) -> None:
    tolerance = 1e-6 if name in ("simclr float32", "other weights", "one epoch", "resumed") else 1e-10
    for rank in together:
        assert rank[name].keys() == alone[name].keys()
        for part, value in alone[name].items():
            torch.testing.assert_close(
                rank[name][part], value, rtol=0, atol=tolerance, msg=lambda text, p=part: f"{name}, {p}: {text}"
            )


def test_without_gathering_they_would_not(together: list[Ends], alone: Ends) -> None:
    """So the test above can fail: its batches are small enough for the other process's negatives to matter."""
    ends = together[0]["not gathered"]
    assert not torch.allclose(ends["encoder.1.weight"], alone["simclr float64"]["encoder.1.weight"], atol=1e-4)


def test_processes_agree_to_the_bit(together: list[Ends]) -> None:
    for name in CASES:
        for part, value in together[0][name].items():
            assert torch.equal(together[1][name][part], value), (name, part)


def test_one_run_is_written_by_the_first_process(folders: dict[str, Path], together: list[Ends]) -> None:
    run = folders["together"] / "run"
    assert [path.name for path in (run / "checkpoints").iterdir()] == ["epoch-0002"]
    assert len((run / "metrics.csv").read_text().splitlines()) == 3
    assert len(list(run.glob("events.out.tfevents.*"))) == 2  # of the run and of its resumption


def test_batches_that_are_missing_on_one_process_are_an_error_on_all(together: list[Ends]) -> None:
    for rank in together:
        assert "different batches an epoch: [2, 3], by rank" in rank["uneven"]["error"]


def test_parameters_that_get_no_gradient_are_an_error_with_the_remedy(together: list[Ends]) -> None:
    for rank in together:
        assert "epoch 0, step 1: the previous batch gave some parameters no gradient" in rank["forgetful"]["error"]
        assert "may_skip_parameters = True in Forgetful" in rank["forgetful"]["error"]


def test_processes_that_were_not_started_cannot_be_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Processes.detect(None) == Processes(1, 1)
    assert Processes.detect(3) == Processes(3, 1)
    for name, value in (("TORCHELASTIC_RUN_ID", "1"), ("LOCAL_WORLD_SIZE", "2"), ("WORLD_SIZE", "4")):
        monkeypatch.setenv(name, value)
    assert Processes.detect(None) == Processes.detect(2) == Processes(2, 2)
    with pytest.raises(ValueError, match="devices=3, but 2 processes were started on this machine"):
        Processes.detect(3)


@pytest.mark.parametrize(
    ("devices", "error"), [(0, ValueError), (1.5, TypeError), (True, TypeError), ("auto", TypeError)]
)
def test_a_number_of_devices_that_is_not_a_whole_number_is_refused(devices: object, error: type[Exception]) -> None:
    with pytest.raises(error, match="devices is a whole number"):
        Trainer(SimCLR(linear()), epochs=1, devices=devices)  # type: ignore[arg-type]
