from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from pairgen.losses import InfoNCELoss, info_nce
from tests.helpers.loss_toys import cosines, embeddings, log_sum


def queue(k: int, d: int = 6, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(k, d, generator=torch.Generator().manual_seed(3), dtype=dtype)


def paper(
    q: Tensor,
    k: Tensor,
    temperature: float,
    *,
    negatives: Tensor | None = None,
    in_batch: bool = True,
    counts: Any = lambda i, j: True,
    dot: bool = False,
) -> float:
    """Van den Oord et al. 2018, equation 4, in loops; counts(i, j): whether candidate j is a negative of query i."""
    keys = k if negatives is None else torch.cat([k, negatives])
    s = (q.double().numpy() @ keys.double().numpy().T if dot else cosines(q, keys)) / temperature
    n = len(q)
    terms = []
    for i in range(n):
        negative = [j for j in range(len(keys)) if j != i and (in_batch or j >= n) and counts(i, j)]
        terms.append(log_sum(s[i, [i, *negative]]) - s[i, i])
    return math.fsum(terms) / n


@pytest.mark.parametrize("temperature", [0.005, 0.07, 1.0])
@pytest.mark.parametrize("tile", [None, 1, 5])
@pytest.mark.parametrize(
    ("size", "in_batch"),
    [(None, None), (None, True), *[(size, among) for size in (0, 1, 13) for among in (None, True, False)]],
)
def test_the_value_is_the_papers(temperature: float, tile: int | None, size: int | None, in_batch: bool | None) -> None:
    q, k = embeddings(8)
    negatives = None if size is None else queue(size)
    among = size is None if in_batch is None else in_batch
    expected = paper(q, k, temperature, negatives=negatives, in_batch=among)
    found = info_nce(q, k, temperature, negatives=negatives, in_batch=in_batch, tile=tile)
    assert float(found) == pytest.approx(expected, rel=1e-12, abs=1e-13)
    single = info_nce(q.float(), k.float(), temperature, negatives=negatives, in_batch=in_batch, tile=tile)
    assert float(single) == pytest.approx(expected, rel=1e-5, abs=1e-6 / temperature)


@pytest.mark.parametrize("tile", [None, 3])
def test_symmetric_is_the_mean_of_both_directions(tile: int | None) -> None:
    q, k = embeddings(8)
    found = info_nce(q, k, 0.2, symmetric=True, tile=tile)
    assert float(found) == pytest.approx((paper(q, k, 0.2) + paper(k, q, 0.2)) / 2, rel=1e-12)
    more = queue(5)
    found = info_nce(q, k, 0.2, negatives=more, in_batch=True, symmetric=True, tile=tile)
    expected = (paper(q, k, 0.2, negatives=more) + paper(k, q, 0.2)) / 2
    assert float(found) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("scale", [0.1, 1.0, 30.0])
@pytest.mark.parametrize("tile", [None, 3])
def test_dot_products_of_any_size(scale: float, tile: int | None) -> None:
    q, k = scale * embeddings(8)
    expected = paper(q, k, 0.5, negatives=scale * queue(4), dot=True)
    found = info_nce(q, k, 0.5, negatives=scale * queue(4), in_batch=True, similarity="dot", tile=tile)
    assert float(found) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("tile", [None, 3])
def test_a_mask_takes_candidates_out_but_never_the_own_key(tile: int | None) -> None:
    q, k = embeddings(8)
    more = queue(5)
    mask = torch.from_numpy(np.random.default_rng(0).random((8, 13)) < 0.4)
    mask[:, :8].fill_diagonal_(True)
    for part, options in (
        (mask[:, :8], {}),
        (mask[:, 8:], {"negatives": more}),
        (mask, {"negatives": more, "in_batch": True}),
    ):
        offset = 8 if options == {"negatives": more} else 0
        expected = paper(
            q,
            k,
            0.2,
            negatives=options.get("negatives"),
            in_batch=offset == 0,
            counts=lambda i, j, part=part, offset=offset: not part[i, j - offset],
        )
        assert float(info_nce(q, k, 0.2, mask=part, tile=tile, **options)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("tile", [None, 3])
@pytest.mark.parametrize("masked", [False, True])
def test_keys_of_the_same_id_are_no_negatives(tile: int | None, masked: bool) -> None:
    q, k = embeddings(8)
    ids = torch.tensor([4, 4, 9, 1, 9, 9, 0, -3])
    mask = torch.zeros(8, 8, dtype=torch.bool)
    mask[0, 7] = masked
    counts = lambda i, j: ids[i] != ids[j] and not mask[i, j]  # noqa: E731
    back = lambda i, j: counts(j, i)  # noqa: E731
    found = info_nce(q, k, 0.2, ids=ids, mask=mask if masked else None, symmetric=True, tile=tile)
    expected = (paper(q, k, 0.2, counts=counts) + paper(k, q, 0.2, counts=back)) / 2
    assert float(found) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("wrong", ["counts the positive twice", "swaps the towers", "ignores the queue", "dot"])
def test_the_oracle_can_fail(wrong: str) -> None:
    q, k = embeddings(8)
    variants = {
        "counts the positive twice": lambda: info_nce(q, k, 0.5, negatives=torch.cat([queue(5), k]), in_batch=False),
        "swaps the towers": lambda: info_nce(k, q, 0.5, negatives=queue(5)),
        "ignores the queue": lambda: info_nce(q, k, 0.5),
        "dot": lambda: info_nce(q, k, 0.5, negatives=queue(5), similarity="dot"),
    }
    assert abs(float(variants[wrong]()) - paper(q, k, 0.5, negatives=queue(5), in_batch=False)) > 1e-3


def test_it_is_the_cross_entropy_of_the_own_key() -> None:
    q, k = (x.requires_grad_() for x in embeddings(20))
    tau = torch.tensor(0.2, dtype=torch.float64, requires_grad=True)
    more = queue(30).requires_grad_()
    candidates = torch.cat([F.normalize(k), F.normalize(more)])
    expected = F.cross_entropy(F.normalize(q) @ candidates.T / tau, torch.arange(20))
    for tile in (None, 7):
        found = info_nce(q, k, tau, negatives=more, in_batch=True, tile=tile)
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=0)
        wanted = torch.autograd.grad(expected, (q, k, more, tau), retain_graph=True)
        for g, e in zip(torch.autograd.grad(found, (q, k, more, tau)), wanted, strict=True):
            torch.testing.assert_close(g, e, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize(
    "options",
    [
        {"negatives": torch.zeros(0, 6)},
        {"mask": torch.ones(4, 4, dtype=torch.bool)},
        {"ids": torch.zeros(4, dtype=torch.long), "symmetric": True},
        {"mask": torch.ones(4, 7, dtype=torch.bool), "negatives": torch.ones(3, 6), "in_batch": True},
    ],
)
@pytest.mark.parametrize("tile", [None, 2])
@pytest.mark.parametrize("temperature", [0.005, 0.1])
def test_queries_without_negatives_have_loss_zero_and_no_gradients(
    options: dict[str, Any], tile: int | None, temperature: float
) -> None:
    q, k = (x.requires_grad_() for x in embeddings(4))
    tau = torch.tensor(temperature, requires_grad=True)
    loss = info_nce(q, k, tau, tile=tile, **options)
    loss.backward()
    assert loss.item() == 0
    assert not q.grad.any()
    assert not k.grad.any()
    assert tau.grad == 0


def test_one_query_alone_has_loss_zero() -> None:
    q, k = (x.requires_grad_() for x in embeddings(1))
    loss = info_nce(q, k, symmetric=True)
    loss.backward()
    assert loss.item() == 0
    assert not q.grad.any()
    assert info_nce(q, k, negatives=queue(3), in_batch=True) > 0


def test_a_small_loss_keeps_its_digits() -> None:
    q = torch.eye(4, dtype=torch.float32)
    expected = 3 * math.exp(-25.0)  # log1p of that, which log(exp(25) + 3) - 25 would lose in float32
    assert float(info_nce(q, q, 0.04)) == pytest.approx(expected, rel=1e-5)


def test_keys_without_gradients_are_left_alone() -> None:
    q, k = embeddings(6)
    q.requires_grad_()
    info_nce(q, k, negatives=queue(20), tile=4).backward()
    assert q.grad is not None
    assert k.grad is None


@settings(max_examples=25)
@given(n=st.integers(1, 12), size=st.integers(0, 12), tile=st.integers(1, 30), seed=st.integers(0, 999))
def test_order_and_tile_size_do_not_matter(n: int, size: int, tile: int, seed: int) -> None:
    q, k = (x.requires_grad_() for x in embeddings(n, seed=seed))
    more = queue(size).requires_grad_()
    rng = np.random.default_rng(seed)
    ids = torch.from_numpy(rng.integers(0, 4, n))
    order, other = (torch.from_numpy(rng.permutation(m)) for m in (n, size))
    options: dict[str, Any] = {"in_batch": True, "symmetric": True}
    loss = info_nce(q, k, 0.2, negatives=more, ids=ids, **options)
    again = info_nce(q[order], k[order], 0.2, negatives=more[other], ids=ids[order], tile=tile, **options)
    torch.testing.assert_close(again, loss, rtol=1e-12, atol=1e-14)
    grads = torch.autograd.grad(loss, (q, k, more), allow_unused=True)
    for g, e in zip(torch.autograd.grad(again, (q, k, more), allow_unused=True), grads, strict=True):
        torch.testing.assert_close(g, e, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"in_batch": False}, ValueError, "no negatives"),
        ({"in_batch": False, "negatives": torch.ones(2, 6), "symmetric": True}, ValueError, "in_batch=True"),
        ({"negatives": torch.ones(2, 6), "ids": torch.arange(4)}, ValueError, "give a mask"),
        ({"negatives": torch.ones(2, 5)}, ValueError, r"\(2, 5\).*6 columns"),
        ({"negatives": torch.ones(2, 6).long()}, TypeError, "negatives has dtype"),
        ({"negatives": torch.full((2, 6), math.nan)}, ValueError, "negatives has NaN"),
        ({"mask": torch.ones(4, 4)}, TypeError, "bool"),
        ({"mask": torch.ones(4, 5, dtype=torch.bool)}, ValueError, r"\(4, 5\), expected \(4, 4\)"),
        ({"mask": torch.ones(4, 4, dtype=torch.bool), "gather": True}, ValueError, "ids"),
        ({"ids": torch.arange(3)}, ValueError, r"ids has shape \(3,\)"),
        ({"ids": torch.ones(4)}, TypeError, "ids is a tensor of torch.float32"),
        ({"similarity": "euclidean"}, ValueError, "'cosine', 'dot'"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], error: type[Exception], message: str) -> None:
    q, k = embeddings(4)
    with pytest.raises(error, match=message):
        info_nce(q, k, **options)


def test_the_module_computes_the_function() -> None:
    q, k = embeddings(6)
    loss = InfoNCELoss(0.2, symmetric=True, tile=4)
    assert torch.equal(loss(q, k), info_nce(q, k, 0.2, symmetric=True, tile=4))
    assert "symmetric=True" in repr(loss)
    assert torch.equal(pickle.loads(pickle.dumps(loss))(q, k), loss(q, k))
    assert torch.equal(InfoNCELoss(0.2)(q, k, negatives=queue(4)), info_nce(q, k, 0.2, negatives=queue(4)))
    learnt = InfoNCELoss(0.07, learn_temperature=True, symmetric=True)
    learnt(q, k).backward()
    assert learnt.log_temperature.grad != 0
