from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
import torch
from torch import Tensor

from pairgen.losses import MarginContrastiveLoss, margin_contrastive
from tests.helpers.loss_toys import embeddings, labels


def paper(first: Tensor, second: Tensor, y: Tensor, margin: float, distance: str) -> float:
    """Hadsell et al. 2006, equation 4, in a loop: Y = 0 for similar pairs, 1 for dissimilar ones."""
    terms = []
    for a, b, label in zip(first.double().numpy(), second.double().numpy(), y.tolist(), strict=True):
        cosine = float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
        d = math.dist(a, b) if distance == "euclidean" else 1 - cosine
        terms.append((1 - label) * d**2 / 2 + label * max(0.0, margin - d) ** 2 / 2)
    return math.fsum(terms) / len(terms)


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
@pytest.mark.parametrize("margin", [0.1, 1.0, 3.0])
@pytest.mark.parametrize("y", [labels(12, 2), torch.zeros(12).long(), torch.ones(12).long()])
def test_the_value_is_the_papers(distance: str, margin: float, y: Tensor) -> None:
    a, b = embeddings(12)
    expected = paper(a, b, y, margin, distance)
    assert float(margin_contrastive(a, b, y, margin, distance=distance)) == pytest.approx(expected, rel=1e-12)
    single = margin_contrastive(a.float(), b.float(), y, margin, distance=distance)
    assert float(single) == pytest.approx(expected, rel=1e-5)


def test_the_labels_may_be_the_other_way_round() -> None:
    a, b = embeddings(12)
    y = labels(12, 2)
    zero = margin_contrastive(a, b, y)
    assert torch.equal(margin_contrastive(a, b, 1 - y, similar=1), zero)
    assert torch.equal(margin_contrastive(a, b, y == 1), zero)
    assert not torch.equal(margin_contrastive(a, b, y, similar=1), zero)


def test_by_default_0_is_similar_and_1_is_dissimilar() -> None:
    same = torch.ones(1, 3)
    assert margin_contrastive(same, same, torch.tensor([0])) == 0
    assert margin_contrastive(same, same, torch.tensor([1])) == 0.5


def test_the_oracle_can_fail() -> None:
    a, b = embeddings(12)
    y = labels(12, 2)
    expected = paper(a, b, y, 3.0, "euclidean")
    linear = torch.where(y == 0, (a - b).norm(dim=1), (3.0 - (a - b).norm(dim=1)).clamp(min=0)).mean() / 2
    for wrong in (linear, margin_contrastive(a, b, 1 - y, 3.0), 2 * margin_contrastive(a, b, y, 3.0)):
        assert abs(float(wrong) - expected) > 1e-3


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_the_gradient_passes_gradcheck(distance: str) -> None:
    a, b = (x.requires_grad_() for x in embeddings(6))
    y = labels(6, 2)
    assert torch.autograd.gradcheck(lambda a, b: margin_contrastive(a, b, y, 2.5, distance=distance), (a, b))


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
@pytest.mark.parametrize("label", [0, 1])
def test_equal_and_zero_embeddings_have_finite_gradients(distance: str, label: int) -> None:
    a = torch.tensor([[1.0, 2.0], [0.0, 0.0]], requires_grad=True)
    b = torch.tensor([[1.0, 2.0], [0.0, 0.0]], requires_grad=True)
    margin_contrastive(a, b, torch.full((2,), label), distance=distance).backward()
    assert a.grad.isfinite().all()
    assert a.grad.abs().max() < 1e-6


def test_pairs_beyond_the_margin_are_left_alone() -> None:
    a = torch.tensor([[0.0, 0.0]], requires_grad=True)
    loss = margin_contrastive(a, torch.tensor([[3.0, 4.0]]), torch.tensor([1]), margin=5.0)
    loss.backward()
    assert loss == 0
    assert not a.grad.any()


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        (torch.tensor([0, 1, 2]), ValueError, r"from 0 to 2.*\(a != b\)"),
        (torch.tensor([-1, 1, 1]), ValueError, "from -1 to 1"),
        (torch.tensor([0.0, 1, 1]), TypeError, "float32"),
        (torch.tensor([0, 1]), ValueError, r"\(2,\): expected \(3,\)"),
    ],
)
def test_bad_labels_are_refused(y: Tensor, error: type[Exception], message: str) -> None:
    a, b = embeddings(3)
    with pytest.raises(error, match=message):
        margin_contrastive(a, b, y)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"margin": 0}, ValueError),
        ({"margin": -1.0}, ValueError),
        ({"margin": math.nan}, ValueError),
        ({"margin": "1"}, TypeError),
        ({"similar": 2}, ValueError),
        ({"similar": True}, TypeError),
        ({"distance": "manhattan"}, ValueError),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], error: type[Exception]) -> None:
    a, b = embeddings(2)
    for make in (lambda: margin_contrastive(a, b, labels(2, 2), **options), lambda: MarginContrastiveLoss(**options)):
        with pytest.raises(error, match=next(iter(options))):
            make()


def test_the_module_computes_the_function() -> None:
    a, b = embeddings(6)
    y = labels(6, 2)
    loss = MarginContrastiveLoss(2.0, similar=1, distance="cosine")
    assert torch.equal(loss(a, b, y), margin_contrastive(a, b, y, 2.0, similar=1, distance="cosine"))
    assert torch.equal(pickle.loads(pickle.dumps(loss))(a, b, y), loss(a, b, y))
    assert "distance='cosine'" in repr(loss)
