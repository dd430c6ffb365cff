from __future__ import annotations

import pytest
import torch

from pairgen.losses._shards import Shards, gather_shards
from tests.helpers.ranks import run_on_ranks
from tests.workers import losses_on_ranks
from tests.workers.losses_on_ranks import SHARDS, Found, gradients, of_case, whole_batch

Everyone = dict[int, list[tuple[Found, Found, list[str]]]]


@pytest.fixture(scope="module")
def everyone(tmp_path_factory: pytest.TempPathFactory) -> Everyone:
    """What each of 1, 2 and 3 processes found, by their number; all six run at a time."""
    return run_on_ranks(losses_on_ranks, SHARDS, tmp_path_factory)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["with DistributedDataParallel", "by hand"])
@pytest.mark.parametrize("size", SHARDS)
def test_loss_and_gradients_of_parameters_are_those_of_one_process(everyone: Everyone, size: int, way: str) -> None:
    ranks = [found[way == "by hand"] for found in everyone[size]]
    for case in ranks[0]:
        net = of_case(case)
        expected = gradients(net, net(*whole_batch()))
        assert any(value.any() for name, value in expected.items() if name.startswith("layers"))
        for found in ranks:
            assert set(found[case]) == set(expected)
            for name, value in found[case].items():
                torch.testing.assert_close(value, expected[name], rtol=1e-10, atol=1e-10, msg=f"{case}, {name}")


@pytest.mark.slow
@pytest.mark.parametrize("size", [2, 3])
def test_bad_input_on_one_process_is_an_error_on_all(everyone: Everyone, size: int) -> None:
    own, *others = (complaints for _, _, complaints in everyone[size])
    assert own[0].startswith("ValueError: first has NaN")
    assert own[4].startswith("TypeError: labels is a tensor of torch.float32")
    for other in others:
        assert other[0].startswith("ValueError: the process of rank 0 gave input that the loss refuses: first has NaN")
        assert "labels is a tensor of torch.float32" in other[4]
    for each in (own, *others):
        assert "different width or precision" in each[1]
        assert "different width or precision" in each[2]
        assert "no process gave any rows" in each[3]
        assert all("cannot be differentiated again over several processes" in error for error in each[5:])


def test_the_rows_of_a_rank_lie_behind_those_of_the_ranks_before() -> None:
    shards = Shards((4, 0, 7), rank=2)
    assert (shards.total, shards.local, shards.is_local) == (11, slice(4, 11), False)
    assert shards.repeat(2).local == slice(8, 22)


def test_without_a_process_group_the_batch_is_this_processs() -> None:
    rows = torch.ones(3, 2, requires_grad=True)
    tensors, shards = gather_shards(lambda: (rows,), gather=True)
    assert shards.is_local
    assert shards.gather(tensors[0]) is rows
    loss = rows.sum()
    assert shards.scale_gradient(loss) is loss
