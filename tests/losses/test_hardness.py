"""InfoNCE with hard negatives, and with negatives of an anchor's own side, against plain loops."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from pairgen.losses import InfoNCELoss, info_nce
from tests.helpers.loss_toys import cosines, embeddings, labels, log_sum

HARDNESS = ["hardest", "semi-hard", 0.0, 0.5, 2]


def one_way(s: np.ndarray, hardness: Any, out: np.ndarray) -> float:
    """Mean over the rows of s (N, N + K), whose diagonal is the positives; `out` marks what is no negative."""
    terms = []
    for i, row in enumerate(s):
        positive, others = row[i], [x for j, x in enumerate(row) if j != i and not out[i, j]]
        if not others:
            terms.append(0.0)
            continue
        if hardness == "hardest":
            others = [max(others)]
        elif hardness == "semi-hard":
            others = [x for x in others if x < positive] or [min(others)]
        elif hardness is not None:
            weights = np.exp(hardness * np.array(others))
            others = [x + math.log(w) for x, w in zip(others, weights / weights.mean(), strict=True)]
        terms.append(log_sum([positive, *others]) - positive)
    return math.fsum(terms) / len(terms)


def no_negatives(ids: Tensor | None, n: int, more: int = 0) -> np.ndarray:
    same = np.zeros((n, n), bool) if ids is None else (ids[:, None] == ids).numpy()
    return np.hstack([same, np.zeros((n, more), bool)])


@pytest.mark.parametrize("hardness", HARDNESS)
@pytest.mark.parametrize("tile", [None, 1, 4])
@pytest.mark.parametrize("with_ids", [False, True])
def test_the_value_is_that_of_plain_loops(hardness: Any, tile: int | None, with_ids: bool) -> None:
    a, b = embeddings(9)
    more = embeddings(5, seed=4)[0]
    ids = labels(9, 2) if with_ids else None
    s, extra = cosines(a, b) / 0.3, cosines(a, more) / 0.3
    forth = one_way(s, hardness, no_negatives(ids, 9))
    found = info_nce(a, b, 0.3, hardness=hardness, ids=ids, tile=tile)
    assert float(found) == pytest.approx(forth, rel=1e-12)
    both = (forth + one_way(s.T, hardness, no_negatives(ids, 9))) / 2
    found = info_nce(a, b, 0.3, hardness=hardness, ids=ids, tile=tile, symmetric=True)
    assert float(found) == pytest.approx(both, rel=1e-12)
    joint = one_way(np.hstack([s, extra]), hardness, no_negatives(ids, 9, 5))
    found = info_nce(a, b, 0.3, hardness=hardness, ids=ids, tile=tile, negatives=more, in_batch=True)
    assert float(found) == pytest.approx(joint, rel=1e-12)


def test_the_oracle_tells_the_kinds_apart() -> None:
    s = cosines(*embeddings(9)) / 0.3
    found = [one_way(s, hardness, no_negatives(None, 9)) for hardness in (None, *HARDNESS)]
    assert found[0] == pytest.approx(found[3], rel=1e-12)  # beta = 0 weighs all alike
    assert len({round(value, 6) for value in found}) == len(found) - 1


def test_the_batch_of_the_oracle_needs_the_fallback_of_semi_hard() -> None:
    a, b = embeddings(9)
    s = cosines(a, -b)
    assert any(not (np.delete(row, i) < row[i]).any() for i, row in enumerate(s))
    found = info_nce(a, -b, 0.3, hardness="semi-hard", tile=4)
    assert float(found) == pytest.approx(one_way(s / 0.3, "semi-hard", no_negatives(None, 9)), rel=1e-12)


@pytest.mark.parametrize("hardness", HARDNESS)
def test_first_and_second_derivatives_pass_the_checks(hardness: Any) -> None:
    a, b = (x.clone().requires_grad_() for x in embeddings(5, d=3))
    more = embeddings(3, d=3, seed=5)[0].requires_grad_()
    tau = torch.tensor(0.4, dtype=torch.float64, requires_grad=True)

    def loss(a: Tensor, b: Tensor, tau: Tensor, more: Tensor) -> Tensor:
        one = info_nce(a, b, tau, negatives=more, in_batch=True, hardness=hardness, ids=labels(5), tile=2)
        return one + info_nce(a, b, tau, symmetric=True, hardness=hardness)

    assert torch.autograd.gradcheck(loss, (a, b, tau, more))
    assert torch.autograd.gradgradcheck(loss, (a, b, tau, more))


@pytest.mark.parametrize("hardness", HARDNESS)
def test_queries_without_negatives_count_zero(hardness: Any) -> None:
    a, b = (x.requires_grad_() for x in embeddings(4))
    loss = info_nce(a, b, 0.1, ids=torch.zeros(4, dtype=torch.int64), hardness=hardness, symmetric=True)
    loss.backward()
    assert loss.item() == 0
    assert a.grad.isfinite().all()
    assert a.grad.abs().max() < 1e-12


def test_weights_of_zero_are_the_loss_without() -> None:
    a, b = embeddings(8)
    torch.testing.assert_close(info_nce(a, b, hardness=0), info_nce(a, b), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("with_ids", [False, True])
@pytest.mark.parametrize("similarity", ["cosine", "dot"])
def test_within_adds_the_own_side_to_the_negatives(with_ids: bool, similarity: Any) -> None:
    a, b = embeddings(7)
    ids = labels(7, 4) if with_ids else torch.arange(7)
    products = (lambda x, y: (x @ y.T).numpy()) if similarity == "dot" else cosines
    expected = 0.0
    for x, y in ((a, b), (b, a)):
        s, own = products(x, y) / 0.3, products(x, x) / 0.3
        for i in range(7):
            negatives = [v for j in range(7) if ids[j] != ids[i] for v in (s[i, j], own[i, j])]
            expected += (log_sum([s[i, i], *negatives]) - s[i, i]) / 14
    given = ids if with_ids else None
    found = info_nce(a, b, 0.3, within=True, symmetric=True, ids=given, similarity=similarity, tile=3)
    assert float(found) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hardness": "hard"}, "hardness"),
        ({"hardness": -1.0}, "hardness"),
        ({"within": True, "negatives": torch.eye(6), "in_batch": False}, "needs in_batch=True"),
        ({"within": True, "hardness": 1.0}, "leave within or hardness out"),
        ({"within": True, "mask": torch.zeros(4, 4, dtype=torch.bool)}, "give ids"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        info_nce(*embeddings(4), **options)


def test_the_module_passes_the_hardness_on() -> None:
    a, b = embeddings(6)
    assert torch.equal(InfoNCELoss(0.2, hardness="hardest")(a, b), info_nce(a, b, 0.2, hardness="hardest"))
