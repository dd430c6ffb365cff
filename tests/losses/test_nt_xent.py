from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from pairgen.losses import NTXentLoss, nt_xent, supcon
from tests.helpers.loss_toys import cosines, embeddings, log_sum


def paper(first: npt.ArrayLike, second: npt.ArrayLike, temperature: float) -> float:
    """SimCLR, equation 1 and algorithm 1, in loops: the sum of l(2k-1, 2k) + l(2k, 2k-1) over the pairs k, by 2N."""
    z = [row for pair in zip(np.asarray(first), np.asarray(second), strict=True) for row in pair]
    z = [np.asarray(row, dtype=np.float64) for row in z]

    def similarity(i: int, j: int) -> float:
        return float(z[i] @ z[j] / (np.linalg.norm(z[i]) * np.linalg.norm(z[j])))

    def loss(i: int, j: int) -> float:
        others = [similarity(i, k) / temperature for k in range(len(z)) if k != i]
        highest = max(others)
        log_sum = highest + math.log(math.fsum(math.exp(s - highest) for s in others))
        return log_sum - similarity(i, j) / temperature

    pairs = range(len(z) // 2)
    both = [loss(2 * k, 2 * k + 1) + loss(2 * k + 1, 2 * k) for k in pairs]
    return math.fsum(both) / len(z)


def wrong_keeps_the_diagonal(a: Tensor, b: Tensor, t: float) -> Tensor:
    z = F.normalize(torch.cat([a, b]))
    return F.cross_entropy(z @ z.T / t, torch.arange(len(z)).roll(len(a)))


def wrong_uses_one_view_as_anchor(a: Tensor, b: Tensor, t: float) -> Tensor:
    a, b = F.normalize(a), F.normalize(b)
    return F.cross_entropy(a @ b.T / t, torch.arange(len(a)))


def wrong_forgets_to_normalize(a: Tensor, b: Tensor, t: float) -> Tensor:
    z = torch.cat([a, b])
    s = (z @ z.T / t).fill_diagonal_(-math.inf)
    return F.cross_entropy(s, torch.arange(len(z)).roll(len(a)))


def wrong_drops_the_positive_from_the_sum(a: Tensor, b: Tensor, t: float) -> Tensor:
    z = F.normalize(torch.cat([a, b]))
    s = (z @ z.T / t).fill_diagonal_(-math.inf)
    p = torch.arange(len(z)).roll(len(a))
    positive = s.gather(1, p[:, None]).squeeze(1)
    return (s.scatter(1, p[:, None], -math.inf).logsumexp(1) - positive).mean()


@pytest.mark.parametrize("n", [2, 3, 8, 33])
@pytest.mark.parametrize("temperature", [0.01, 0.07, 0.5, 5.0])
@pytest.mark.parametrize("tile", [None, 1, 5, 16])
def test_the_value_is_the_papers(n: int, temperature: float, tile: int | None) -> None:
    a, b = embeddings(n)
    expected = paper(a, b, temperature)
    assert float(nt_xent(a, b, temperature=temperature, tile=tile)) == pytest.approx(expected, rel=1e-12)
    single = nt_xent(a.float(), b.float(), temperature=temperature, tile=tile)
    expected = paper(a.float(), b.float(), temperature)
    assert float(single) == pytest.approx(expected, rel=1e-5, abs=1e-6 / temperature)


@pytest.mark.parametrize(
    "wrong",
    [
        wrong_keeps_the_diagonal,
        wrong_uses_one_view_as_anchor,
        wrong_forgets_to_normalize,
        wrong_drops_the_positive_from_the_sum,
    ],
)
def test_the_oracle_can_fail(wrong: Callable[[Tensor, Tensor, float], Tensor]) -> None:
    a, b = embeddings(8)
    assert abs(float(wrong(a, b, 0.5)) - paper(a, b, 0.5)) > 1e-3


def test_the_default_temperature_is_one_half() -> None:
    a, b = embeddings(4)
    assert float(nt_xent(a, b)) == pytest.approx(paper(a, b, 0.5), rel=1e-12)


@pytest.mark.parametrize("tile", [None, 7])
@pytest.mark.parametrize("temperature", [0.002, 0.2])
def test_gradients_equal_those_of_autograd(tile: int | None, temperature: float) -> None:
    a, b = (x.clone().requires_grad_() for x in embeddings(20))
    tau = torch.tensor(temperature, dtype=torch.float64, requires_grad=True)
    z = F.normalize(torch.cat([a, b]))
    s = (z @ z.T / tau).masked_fill(torch.eye(40, dtype=torch.bool), -math.inf)
    expected = torch.autograd.grad(F.cross_entropy(s, torch.arange(40).roll(20)), (a, b, tau))
    got = torch.autograd.grad(nt_xent(a, b, temperature=tau, tile=tile), (a, b, tau))
    for g, e in zip(got, expected, strict=True):
        torch.testing.assert_close(g, e, rtol=1e-10, atol=1e-12)


@settings(deadline=None, max_examples=30)
@given(
    n=st.integers(2, 20),
    tile=st.integers(1, 45),
    temperature=st.sampled_from([0.02, 0.1, 0.5, 2.0]),
    seed=st.integers(0, 2**16),
)
def test_order_of_pairs_views_and_tile_size_do_not_matter(n: int, tile: int, temperature: float, seed: int) -> None:
    a, b = (x.clone().requires_grad_() for x in embeddings(n, seed=seed))
    reference = nt_xent(a, b, temperature=temperature)
    grads = torch.autograd.grad(reference, (a, b))
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    again = nt_xent(b[order], a[order], temperature=temperature, tile=tile)
    torch.testing.assert_close(again, reference, rtol=1e-12, atol=1e-13)
    for g, e in zip(torch.autograd.grad(again, (a, b)), grads, strict=True):
        torch.testing.assert_close(g, e, rtol=1e-9, atol=1e-12)


@settings(deadline=None, max_examples=20)
@given(exponents=st.lists(st.integers(-30, 30), min_size=3, max_size=3))
def test_the_length_of_an_embedding_does_not_matter(exponents: list[int]) -> None:
    a, b = embeddings(3, dtype=torch.float32)
    stretch = torch.tensor([[10.0**e] for e in exponents])
    torch.testing.assert_close(nt_xent(a * stretch, b), nt_xent(a, b), rtol=1e-5, atol=1e-6)


def test_one_pair_has_loss_zero_and_zero_gradients() -> None:
    a, b = (x.clone().requires_grad_() for x in embeddings(1))
    tau = torch.tensor(0.1, requires_grad=True)
    loss = nt_xent(a, b, temperature=tau)
    loss.backward()
    assert loss.item() == 0
    assert a.grad is not None
    assert not a.grad.any()
    assert b.grad is not None
    assert not b.grad.any()
    assert tau.grad == 0


def test_a_row_of_zeros_is_orthogonal_to_all_and_gets_no_gradient() -> None:
    a, b = embeddings(4)
    a[2] = 0
    a.requires_grad_()
    loss = nt_xent(a, b, temperature=0.5)
    loss.backward()
    z = F.normalize(torch.cat([a.detach(), b]))
    s = (z @ z.T / 0.5).fill_diagonal_(-math.inf)
    torch.testing.assert_close(loss.detach(), F.cross_entropy(s, torch.arange(8).roll(4)))
    assert a.grad is not None
    assert not a.grad[2].any()
    assert a.grad[1].any()


def test_identical_embeddings_give_the_log_of_the_candidates() -> None:
    same = torch.ones(5, 3, dtype=torch.float64)
    assert nt_xent(same, same).item() == pytest.approx(math.log(9), rel=1e-12)


@pytest.mark.parametrize(
    ("first", "second", "error", "message"),
    [
        (torch.ones(0, 3), torch.ones(0, 3), ValueError, "empty batch"),
        (torch.ones(3, 0), torch.ones(3, 0), ValueError, "at least one column"),
        (torch.ones(3, 2), torch.ones(4, 2), ValueError, r"\(3, 2\) and second \(4, 2\)"),
        (torch.ones(3), torch.ones(3), ValueError, "two axes"),
        (torch.ones(3, 2, 2), torch.ones(3, 2, 2), ValueError, "flatten"),
        (torch.ones(3, 2).long(), torch.ones(3, 2), TypeError, r"int64.*first\.float\(\)"),
        (torch.ones(3, 2), torch.ones(3, 2) * 1j, TypeError, "complex"),
        (torch.ones(3, 2).numpy(), torch.ones(3, 2), TypeError, "ndarray"),
        (torch.ones(3, 2), torch.tensor([[1.0, 2], [3, math.nan], [1, 1]]), ValueError, "row 1"),
        (torch.tensor([[math.inf, 2], [3, 4]]), torch.ones(2, 2), ValueError, "first has NaN or"),
    ],
)
def test_bad_embeddings_are_refused(first: Tensor, second: Tensor, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        nt_xent(first, second)


@pytest.mark.parametrize("temperature", ["0.5", None, True, torch.ones(2), torch.tensor(1)])
def test_a_temperature_that_is_not_one_number_is_refused(temperature: object) -> None:
    with pytest.raises(TypeError, match="temperature"):
        nt_xent(torch.eye(3), torch.eye(3), temperature=temperature)  # type: ignore[arg-type]


def test_the_module_computes_the_function() -> None:
    a, b = embeddings(6)
    loss = NTXentLoss(0.2, tile=4)
    assert torch.equal(loss(a, b), nt_xent(a, b, temperature=0.2, tile=4))
    assert "0.2" in repr(loss)
    assert torch.equal(pickle.loads(pickle.dumps(loss))(a, b), loss(a, b))


def test_a_learnt_temperature_receives_a_gradient() -> None:
    a, b = embeddings(6)
    loss = NTXentLoss(0.2, learn_temperature=True)
    loss(a, b).backward()
    assert [name for name, _ in loss.named_parameters()] == ["log_temperature"]
    assert loss.log_temperature is not None
    assert loss.log_temperature.grad is not None
    assert loss.log_temperature.grad != 0
    assert copy.deepcopy(loss).temperature.item() == pytest.approx(0.2)


@pytest.mark.parametrize("views", [3, 5])
@pytest.mark.parametrize("tile", [None, 4])
@pytest.mark.parametrize("n", [1, 4])
def test_of_more_views_the_positives_are_all_other_views_of_the_item(views: int, tile: int | None, n: int) -> None:
    rows = [embeddings(n, seed=seed)[0] for seed in range(views)]
    s = cosines(torch.cat(rows), torch.cat(rows)) / 0.3
    terms = []
    for i in range(views * n):
        others = [j for j in range(views * n) if j != i]
        positives = [s[i, j] for j in others if j % n == i % n]
        terms.append(log_sum(s[i, others]) - math.fsum(positives) / (views - 1))
    expected = math.fsum(terms) / len(terms)
    found = nt_xent(*rows, temperature=0.3, tile=tile)
    assert float(found) == pytest.approx(expected, rel=1e-12)
    assert float(NTXentLoss(0.3)(*reversed(rows))) == pytest.approx(expected, rel=1e-12)
    own = supcon(*rows, labels=torch.arange(n), temperature=0.3, tile=tile)
    assert float(own) == pytest.approx(expected, rel=1e-12)


def test_fewer_than_two_views_are_refused() -> None:
    with pytest.raises(TypeError, match="1 views given: give at least 2"):
        nt_xent(torch.eye(3))


def test_a_third_view_of_another_shape_is_refused_by_its_number() -> None:
    with pytest.raises(ValueError, match=r"first has shape \(3, 3\) and view 2 \(from 0\) \(3, 2\)"):
        nt_xent(torch.eye(3), torch.eye(3), torch.ones(3, 2))
