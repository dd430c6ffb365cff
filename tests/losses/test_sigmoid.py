"""The sigmoid loss: the paper's value, gradients, tiles, masks, memory."""

from __future__ import annotations

import doctest
import importlib
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from pairgen.losses import sigmoid_contrastive
from tests.helpers.loss_toys import cosines, embeddings, labels


def paper(a: Tensor, b: Tensor, scale: float, bias: float, ids: Tensor | None = None) -> float:
    """Equation 1, term by term, in plain Python."""
    s = scale * cosines(a, b) + bias
    total = []
    for i in range(len(a)):
        for j in range(len(b)):
            if i == j or ids is None or ids[i] != ids[j]:
                z = s[i, j] if i == j else -s[i, j]
                total.append(-z + math.log1p(math.exp(z)) if z < 0 else math.log1p(math.exp(-z)))
    return math.fsum(total) / len(a)


def dense(a: Tensor, b: Tensor, scale: Tensor, bias: Tensor, ids: Tensor | None = None) -> Tensor:
    """The same with one matrix."""
    s = scale * torch.nn.functional.normalize(a) @ torch.nn.functional.normalize(b).T + bias
    own = torch.eye(len(a), dtype=torch.bool)
    out = torch.zeros_like(own) if ids is None else (ids[:, None] == ids) & ~own
    each = torch.nn.functional.logsigmoid(torch.where(own, s, -s))
    return -each.masked_fill(out, 0).sum() / len(a)


@pytest.mark.parametrize("scale", [0.5, 10.0, 300.0])
@pytest.mark.parametrize("tile", [None, 1, 4])
@pytest.mark.parametrize("with_ids", [False, True])
def test_the_value_is_the_papers(scale: float, tile: int | None, with_ids: bool) -> None:
    a, b = embeddings(9)
    ids = labels(9, 4) if with_ids else None
    found = sigmoid_contrastive(a, b, scale, -3.0, ids=ids, tile=tile)
    assert float(found) == pytest.approx(paper(a, b, scale, -3.0, ids), rel=1e-12)
    single = sigmoid_contrastive(a.float(), b.float(), scale, -3.0, ids=ids, tile=tile)
    assert float(single) == pytest.approx(float(found), rel=1e-5)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda a, b: sigmoid_contrastive(a, b, 10.0, 3.0),
        lambda a, b: sigmoid_contrastive(a, b, 9.0, -3.0),
        lambda a, b: sigmoid_contrastive(a, b, 10.0, -3.0, ids=labels(9)),
        lambda a, b: sigmoid_contrastive(a, b.flip(0), 10.0, -3.0),
        lambda a, b: sigmoid_contrastive(a, b, 10.0, -3.0) / 9,
    ],
)
def test_the_oracle_can_fail(wrong: Callable[[Tensor, Tensor], Tensor]) -> None:
    a, b = embeddings(9)
    assert abs(float(wrong(a, b)) - paper(a, b, 10.0, -3.0)) > 1e-3


@pytest.mark.parametrize("tile", [None, 1, 5])
@pytest.mark.parametrize("ids", [None, labels(11, 4)])
def test_gradients_are_those_of_the_dense_form(tile: int | None, ids: Tensor | None) -> None:
    a, b = (x.requires_grad_() for x in embeddings(11))
    scale, bias = (torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in (7.0, -4.0))
    inputs = (a, b, scale, bias)
    found = torch.autograd.grad(sigmoid_contrastive(*inputs, ids=ids, tile=tile), inputs)
    for g, e in zip(found, torch.autograd.grad(dense(*inputs, ids), inputs), strict=True):
        torch.testing.assert_close(g, e, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("with_more", [False, True])
def test_second_derivatives_pass_gradgradcheck(with_more: bool) -> None:
    a, b = (x.clone().requires_grad_() for x in embeddings(4, d=3))
    more = embeddings(3, d=3, seed=5)[0].requires_grad_() if with_more else None
    scale, bias = (torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in (3.0, -1.0))
    inputs = (a, b, scale, bias, *(() if more is None else (more,)))

    def loss(a: Tensor, b: Tensor, scale: Tensor, bias: Tensor, more: Tensor | None = None) -> Tensor:
        return sigmoid_contrastive(a, b, scale, bias, negatives=more, ids=labels(4), tile=2)

    assert torch.autograd.gradcheck(loss, inputs)
    assert torch.autograd.gradgradcheck(loss, inputs)


def test_negatives_are_further_columns_without_a_partner() -> None:
    a, b = embeddings(6)
    more = embeddings(4, seed=3)[0]
    s = 10 * cosines(a, more) - 3
    expected = paper(a, b, 10.0, -3.0) + np.log1p(np.exp(s)).sum() / 6
    assert float(sigmoid_contrastive(a, b, 10.0, -3.0, negatives=more, tile=3)) == pytest.approx(expected, rel=1e-12)
    empty = sigmoid_contrastive(a, b, 10.0, -3.0, negatives=more[:0])
    torch.testing.assert_close(empty, sigmoid_contrastive(a, b, 10.0, -3.0), rtol=0, atol=0)


def test_rows_of_zeros_and_a_single_item_have_finite_gradients() -> None:
    for n in (1, 5):
        a, b = embeddings(n)
        a[0] = 0
        a.requires_grad_()
        loss = sigmoid_contrastive(a, b)
        (grad,) = torch.autograd.grad(loss, a)
        assert loss.isfinite()
        assert grad.isfinite().all()
        assert not grad[0].any()


def test_memory_is_that_of_a_tile_and_not_of_the_batch() -> None:
    n, tile = 400, 64
    a, b = (x.requires_grad_() for x in embeddings(n, d=4, dtype=torch.float32))
    with torch.profiler.profile(profile_memory=True) as profile:
        sigmoid_contrastive(a, b, tile=tile).backward()
    assert max(event.cpu_memory_usage for event in profile.events()) < 4 * n * 4 * 4 * 8 + 8 * tile * tile * 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": 0.0}, "scale is 0.0: it must be finite and above 0"),
        ({"bias": math.nan}, "bias is nan: it must be finite"),
        ({"tile": 0}, "tile"),
        ({"ids": torch.arange(3)}, r"ids has shape \(3,\): expected \(4,\)"),
        ({"negatives": torch.ones(2, 5)}, r"negatives has shape \(2, 5\), but first and second has 6 columns"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sigmoid_contrastive(*embeddings(4), **options)  # type: ignore[arg-type]


def test_the_example_of_the_docstring_holds() -> None:
    results = doctest.testmod(importlib.import_module("pairgen.losses.sigmoid"))
    assert results.attempted
    assert not results.failed
