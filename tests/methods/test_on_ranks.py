"""Every method on two and three processes is the method on one with the whole batches."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pairgen.methods import METHODS
from tests.helpers.ranks import run_on_ranks
from tests.workers import methods_on_ranks
from tests.workers.methods_on_ranks import CASES, train

Ends = dict[str, dict[str, Tensor]]


@pytest.fixture(scope="module")
def ranks(tmp_path_factory: pytest.TempPathFactory) -> dict[int, list[Ends]]:
    """What each of 2 and 3 processes ends with; all five run at a time."""
    return run_on_ranks(methods_on_ranks, (2, 3), tmp_path_factory)


def test_every_method_is_tried() -> None:
    assert set(METHODS.names()) <= set(CASES)


@pytest.mark.slow
@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("case", CASES)
def test_losses_and_weights_are_those_of_one_process(case: str, size: int, ranks: dict[int, list[Ends]]) -> None:
    expected = train(case)
    for rank in ranks[size]:
        assert rank[case].keys() == expected.keys()
        for name, value in rank[case].items():
            torch.testing.assert_close(value, expected[name], rtol=1e-9, atol=1e-10, msg=f"{case}, {name}")
