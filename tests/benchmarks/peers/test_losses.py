"""The libraries of the subject `losses` compute the same values and gradients, so that their times compare."""

from __future__ import annotations

import pytest
import torch

from benchmarks.harness.subject import load_subject
from benchmarks.peers.losses import LOSSES, views


@pytest.mark.parametrize("loss", LOSSES)
def test_all_libraries_agree(loss: str) -> None:
    for peer in ("lightly", "pytorch_metric_learning"):
        pytest.importorskip(peer)
    found = {}
    for library, make in LOSSES[loss].items():
        a, b = views(24)
        value = make()(a, b)
        value.backward()
        found[library] = value.detach(), a.grad
    for library, (value, grad) in found.items():
        torch.testing.assert_close(value, found["pairgen"][0], rtol=1e-5, atol=1e-6, msg=library)
        torch.testing.assert_close(grad, found["pairgen"][1], rtol=1e-3, atol=1e-6, msg=library)


def test_the_memory_table_estimates_what_was_not_run() -> None:
    rows = [["NT-Xent", "pairgen", 128, [2.0]], ["NT-Xent", "pytorch-metric-learning", 128, [256.0]]]
    result = {"rounds": 1, "groups": [], "memory": rows, "scale": [[1024, 0.06, 17.0]]}
    memory, scale = load_subject("losses").tables(result)
    assert memory.rows[1][2:] == ("128", "256.0", "128.0")
    assert "128 GiB at N = 1,024" in memory.note
    assert scale.rows[0][2:] == ("0.060", "57.2", "17.0", "0.02")
