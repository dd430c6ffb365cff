from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch import Tensor

from pairgen.methods import Siamese
from pairgen.methods.siamese import sample_pairs
from pairgen.pairs import PairBatch
from pairgen.random import Stream
from tests.helpers.method_toys import linear, pairs

LABELS = torch.tensor([0, 1, 0, 1, 2, 0])


def siamese(**options: object) -> Siamese:
    encoder = linear()
    torch.manual_seed(1)
    return Siamese(encoder, **{"projection_dim": 3, **options}).double()


def record_pairs(
    method: Siamese, batch: PairBatch, monkeypatch: pytest.MonkeyPatch
) -> dict[int, list[tuple[int, int]]]:
    """Which (first view's item, second view's item) the loss compares, by label: 0 similar, 1 dissimilar."""
    compared: dict[int, list[tuple[int, int]]] = {}
    tags = torch.arange(len(batch), dtype=torch.float64)[:, None]

    def margin(first: Tensor, second: Tensor, label: int) -> Tensor:
        compared[label] = list(zip(first[:, 0].int().tolist(), second[:, 0].int().tolist(), strict=True))
        return first.sum() * 0

    monkeypatch.setattr(method, "_margin_loss", margin)
    method.compare(tags, tags, batch)
    return compared


def test_with_labels_partners_are_of_the_class_or_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = record_pairs(siamese(), pairs(labels=LABELS), monkeypatch)
    assert [i for i, _ in compared[0]] == [i for i, _ in compared[1]] == list(range(6))
    assert all(LABELS[i] == LABELS[j] and (i != j or i == 4) for i, j in compared[0])
    assert all(LABELS[i] != LABELS[j] for i, j in compared[1])


def test_without_labels_an_item_is_like_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = record_pairs(siamese(pairs="view"), pairs(), monkeypatch)
    assert compared[0] == [(i, i) for i in range(6)]
    assert all(i != j for i, j in compared[1])


def test_partners_change_from_step_to_step_and_with_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(seed: int) -> list[dict[int, list[tuple[int, int]]]]:
        method = siamese(pairs="view", seed=seed)
        return [record_pairs(method, pairs(30), monkeypatch) for _ in range(2)]

    first, second = run(0)
    assert first != second
    assert run(0) == [first, second]
    assert run(1)[0] != first


def test_no_global_generator_is_used() -> None:
    method, batch = siamese(pairs="view"), pairs()
    torch.manual_seed(3)
    np.random.seed(3)  # noqa: NPY002
    state = torch.get_rng_state()
    method.loss(batch)
    assert torch.equal(torch.get_rng_state(), state)


def test_the_loss_is_the_margin_loss_of_the_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hadsell et al., equation 4, by loops."""
    batch = pairs(labels=LABELS)
    method = siamese(margin=2.0, balance=0.3)
    compared = record_pairs(siamese(), batch, monkeypatch)
    first, second = (method.projector(method.encoder(v)).detach().numpy() for v in (batch.first, batch.second))
    distances = {label: [np.linalg.norm(first[i] - second[j]) for i, j in compared[label]] for label in (0, 1)}
    similar = np.mean([d**2 for d in distances[0]])
    dissimilar = np.mean([max(0, 2.0 - d) ** 2 for d in distances[1]])
    assert method.loss(batch).item() == pytest.approx((0.3 * similar + 0.7 * dissimilar) / 2, abs=1e-9)


def test_it_reaches_the_encoder_through_either_kind_of_pair() -> None:
    for balance in (1e-9, 1 - 1e-9):
        method = siamese(balance=balance, margin=9.0)
        method.loss(pairs(labels=LABELS)).backward()
        assert method.encoder.weight.grad.abs().sum() > 1e-3


@pytest.mark.parametrize("batch", [pairs(1), replace(pairs(), label=torch.zeros(6, dtype=torch.int64))])
def test_without_dissimilar_items_the_similar_ones_are_compared(batch: PairBatch) -> None:
    loss = siamese(pairs="view" if batch.label is None else "label", margin=1e6).loss(batch)
    assert 0 < loss < 1e6


def test_without_a_projector_the_features_are_compared() -> None:
    method = siamese(projection_dim=None)
    assert [name for name, _ in method.named_parameters()] == ["encoder.weight", "encoder.bias"]
    assert method.loss(pairs(labels=LABELS)) > 0


def test_the_distance_may_be_the_cosine() -> None:
    method = siamese(distance="cosine")
    assert 0 < method.loss(pairs(labels=LABELS)) < 4


def test_a_batch_without_labels_is_refused_with_the_way_out() -> None:
    with pytest.raises(ValueError, match=r'Siamese\(pairs="label"\).*has none'):
        siamese().loss(pairs())
    with pytest.raises(TypeError, match=r"float.*np\.unique"):
        siamese().loss(pairs(labels=LABELS.double() + 0.5))
    with pytest.raises(TypeError, match="a label is a list"):
        siamese().loss(pairs(labels=[["a"]] * 6))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"projection_dim": 0}, "projection_dim"),
        ({"margin": 0.0}, "margin"),
        ({"distance": "manhattan"}, "distance"),
        ({"pairs": "labels"}, "pairs is one of"),
        ({"balance": 1.0}, "balance"),
        ({"balance": 0}, "balance"),
    ],
)
def test_settings_out_of_range_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        siamese(**options)


# -- sample_pairs -----------------------------------------------------------------------------------------------------

CLASSES = arrays(np.int64, st.integers(1, 12), elements=st.integers(-1, 3))


@given(CLASSES)
def test_sampled_items_are_of_the_same_class_and_of_another(classes: np.ndarray) -> None:
    similar, dissimilar, has = sample_pairs(classes, Stream(0, 0, np.arange(len(classes))))
    assert np.array_equal(classes[similar], classes)
    assert sorted(similar) == list(range(len(classes)))
    alone = np.array([np.sum(classes == c) == 1 for c in classes])
    assert np.array_equal(similar == np.arange(len(classes)), alone)
    assert np.array_equal(has, [np.any(classes != c) for c in classes])
    assert np.all(classes[dissimilar[has]] != classes[has])


@given(CLASSES, st.randoms(use_true_random=False))
def test_the_order_of_the_batch_does_not_matter(classes: np.ndarray, random: object) -> None:
    items = np.arange(len(classes)) * 17 + 3
    order = np.array(random.sample(range(len(classes)), len(classes)))  # type: ignore[attr-defined]
    plain, mixed = (sample_pairs(classes[o], Stream(1, 2, items[o])) for o in (np.arange(len(classes)), order))
    for a, b in zip(plain[:2], mixed[:2], strict=True):
        found = dict(zip(items[order], items[order][b], strict=True))
        assert all(found[i] == p for i, p, ok in zip(items, items[a], plain[2], strict=True) if ok or a is plain[0])


def test_each_possible_partner_is_as_likely() -> None:
    classes = np.array([0, 0, 0, 1, 1, 2])
    counts = np.zeros((2, 6, 6))
    for epoch in range(1000):
        similar, dissimilar, _ = sample_pairs(classes, Stream(0, epoch, np.arange(6)))
        counts[0, np.arange(6), similar] += 1
        counts[1, np.arange(6), dissimilar] += 1
    ratios = counts / 1000
    np.testing.assert_allclose(ratios[0, 0], [0, 0.5, 0.5, 0, 0, 0], atol=0.05)
    np.testing.assert_allclose(ratios[1, 3], [0.25, 0.25, 0.25, 0, 0, 0.25], atol=0.05)
    np.testing.assert_allclose(ratios[1, 5], [0.2, 0.2, 0.2, 0.2, 0.2, 0], atol=0.05)
