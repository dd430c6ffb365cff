from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from pairgen.losses import SupConLoss, nt_xent, supcon
from tests.helpers.loss_toys import cosines, embeddings, labels, log_sum


def paper(views: Tensor, classes: Tensor, temperature: float, form: str = "out", anchors: int | None = None) -> float:
    """Khosla et al. 2020, equations 2 and 3, in loops over all views (M, D); an anchor without positives counts 0."""
    s = cosines(views, views) / temperature
    y = classes.tolist()
    every = range(len(y))
    terms = []
    for i in every[:anchors]:
        a = [j for j in every if j != i]
        p = [j for j in a if y[j] == y[i]]
        if not p:
            terms.append(0.0)
        elif form == "out":
            terms.append(-math.fsum(s[i, j] - log_sum(s[i, a]) for j in p) / len(p))
        else:
            terms.append(-(log_sum(s[i, p]) - math.log(len(p)) - log_sum(s[i, a])))
    return math.fsum(terms) / len(terms)


CASES = {
    "three classes": labels(9),
    "all equal": torch.zeros(9, dtype=torch.long),
    "no label twice": torch.arange(9),
    "some once": torch.tensor([5, 5, -1, 7, 7, 7, 2, 3, 5]),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("form", ["out", "in"])
@pytest.mark.parametrize("temperature", [0.01, 0.1, 2.0])
@pytest.mark.parametrize("tile", [None, 4])
def test_the_value_is_the_papers(case: str, form: str, temperature: float, tile: int | None) -> None:
    a, b = embeddings(9)
    y = CASES[case]
    for second, anchors in ((b, "all"), (b, "first"), (None, "all")):
        seen = (a,) if second is None else (a, b)
        views, classes = torch.cat(seen), y.repeat(len(seen))
        expected = paper(views, classes, temperature, form, 9 if anchors == "first" else None)
        found = supcon(*seen, labels=y, temperature=temperature, form=form, anchors=anchors, tile=tile)
        assert float(found) == pytest.approx(expected, rel=1e-12, abs=1e-13 / temperature)
        single = supcon(*(view.float() for view in seen), labels=y, temperature=temperature, form=form, anchors=anchors)
        assert float(single) == pytest.approx(expected, rel=1e-5, abs=1e-6 / temperature)


@pytest.mark.parametrize("wrong", ["swaps in and out", "keeps the anchor", "forgets the other view", "drops a class"])
def test_the_oracle_can_fail(wrong: str) -> None:
    a, b = embeddings(9)
    y = labels(9)
    expected = paper(torch.cat([a, b]), y.repeat(2), 0.5)
    variants = {
        "swaps in and out": lambda: supcon(a, b, labels=y, temperature=0.5, form="in"),
        "keeps the anchor": lambda: supcon(
            torch.cat([a, a[:1]]), torch.cat([b, b[:1]]), labels=torch.cat([y, y[:1]]), temperature=0.5
        ),
        "forgets the other view": lambda: supcon(a, labels=y, temperature=0.5),
        "drops a class": lambda: supcon(a, b, labels=y.clamp(max=1), temperature=0.5),
    }
    assert abs(float(variants[wrong]()) - expected) > 1e-3


def test_without_repeated_labels_it_is_nt_xent() -> None:
    a, b = embeddings(7)
    torch.testing.assert_close(
        supcon(a, b, labels=torch.arange(7), temperature=0.3), nt_xent(a, b, temperature=0.3), rtol=1e-12, atol=0
    )


@pytest.mark.parametrize("form", ["out", "in"])
@pytest.mark.parametrize("tile", [None, 2])
def test_where_no_anchor_has_a_positive_loss_and_gradients_are_zero(form: str, tile: int | None) -> None:
    for n in (1, 4):
        a = embeddings(n)[0].requires_grad_()
        tau = torch.tensor(0.1, requires_grad=True)
        loss = supcon(a, labels=torch.arange(n), temperature=tau, form=form, tile=tile)
        loss.backward()
        assert loss.item() == 0
        assert not a.grad.any()
        assert tau.grad == 0


@pytest.mark.parametrize("form", ["out", "in"])
def test_an_anchor_without_positives_pulls_nothing_but_is_a_negative(form: str) -> None:
    a = embeddings(5)[0]
    y = torch.tensor([0, 0, 1, 1, 2])
    alone = a[4:].clone().requires_grad_()
    rest = a[:4].clone().requires_grad_()
    supcon(torch.cat([rest, alone]), labels=y, temperature=0.2, form=form).backward()
    z = torch.nn.functional.normalize(torch.cat([a[:4], alone.detach()])).requires_grad_()
    s = z @ z.T / 0.2
    total = sum(
        s[i, [j for j in range(5) if j != i]].logsumexp(0) - s[i, i ^ 1] for i in range(4)
    )  # one positive each, so that both forms are one
    expected = torch.autograd.grad(total / 5, z)[0][4]
    norm = alone.detach().norm()
    unit = z.detach()[4]
    torch.testing.assert_close(alone.grad[0], (expected - unit * (unit @ expected)) / norm, rtol=1e-9, atol=1e-12)
    assert alone.grad.any()


def test_without_negatives_equal_embeddings_are_best() -> None:
    y = torch.zeros(4, dtype=torch.long)
    same = torch.ones(4, 3, dtype=torch.float64)
    assert supcon(same, same, labels=y).item() == pytest.approx(math.log(7), rel=1e-12)
    a, b = embeddings(4, d=3)
    assert supcon(a, b, labels=y) > supcon(same, same, labels=y)


@settings(max_examples=25)
@given(
    y=st.lists(st.integers(-2, 3), min_size=2, max_size=14),
    tile=st.integers(1, 30),
    form=st.sampled_from(["out", "in"]),
    seed=st.integers(0, 999),
)
def test_order_names_of_labels_and_tile_size_do_not_matter(y: list[int], tile: int, form: str, seed: int) -> None:
    n, classes = len(y), torch.tensor(y)
    a, b = (x.requires_grad_() for x in embeddings(n, seed=seed))
    order = torch.from_numpy(np.random.default_rng(seed).permutation(n))
    loss = supcon(a, b, labels=classes, temperature=0.2, form=form)
    again = supcon(b[order], a[order], labels=1000 - 7 * classes[order], temperature=0.2, form=form, tile=tile)
    torch.testing.assert_close(again, loss, rtol=1e-12, atol=1e-13)
    grads = torch.autograd.grad(loss, (a, b))
    for g, e in zip(torch.autograd.grad(again, (a, b)), grads, strict=True):
        torch.testing.assert_close(g, e, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", [torch.bool, torch.uint8, torch.int32, torch.int64])
def test_labels_may_be_any_whole_numbers(kind: torch.dtype) -> None:
    a, b = embeddings(6)
    y = labels(6, 2)
    assert torch.equal(supcon(a, b, labels=y.to(kind)), supcon(a, b, labels=y))


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        ([0, 1, 0, 1], TypeError, "labels is a list"),
        (torch.tensor([0.0, 1, 0, 1]), TypeError, "float32"),
        (torch.tensor([0, 1, 0]), ValueError, r"\(3,\): expected \(4,\)"),
        (torch.tensor([[0, 1, 0, 1]]), ValueError, r"\(1, 4\)"),
    ],
)
def test_bad_labels_are_refused(y: object, error: type[Exception], message: str) -> None:
    a, b = embeddings(4)
    with pytest.raises(error, match=message):
        supcon(a, b, labels=y)


@pytest.mark.parametrize("options", [{"form": "mean"}, {"anchors": "second"}, {"form": None}])
def test_unknown_options_are_refused_with_those_known(options: dict[str, object]) -> None:
    a, b = embeddings(4)
    with pytest.raises(ValueError, match="is one of"):
        supcon(a, b, labels=labels(4), **options)
    with pytest.raises(ValueError, match="is one of"):
        SupConLoss(**options)


def test_the_module_computes_the_function() -> None:
    a, b = embeddings(6)
    y = labels(6)
    loss = SupConLoss(0.2, form="in", anchors="first", tile=4)
    assert torch.equal(
        loss(a, b, labels=y), supcon(a, b, labels=y, temperature=0.2, form="in", anchors="first", tile=4)
    )
    assert "form='in'" in repr(loss)
    assert torch.equal(pickle.loads(pickle.dumps(loss))(a, labels=y), loss(a, labels=y))
    learnt = SupConLoss(0.2, learn_temperature=True)
    learnt(a, b, labels=y).backward()
    assert learnt.log_temperature.grad != 0


@pytest.mark.parametrize("form", ["out", "in"])
@pytest.mark.parametrize("anchors", ["all", "first"])
def test_of_three_views_the_value_is_the_papers(form: str, anchors: str) -> None:
    given = [embeddings(6, seed=seed)[0] for seed in range(3)]
    y = labels(6)
    expected = paper(torch.cat(given), y.repeat(3), 0.2, form, 6 if anchors == "first" else None)
    found = supcon(*given, labels=y, temperature=0.2, form=form, anchors=anchors, tile=5)
    assert float(found) == pytest.approx(expected, rel=1e-12)
