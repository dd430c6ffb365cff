from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pairgen.methods.sample_pairs import sample_pairs
from pairgen.random import Stream

CLASSES = arrays(np.int64, st.integers(1, 12), elements=st.integers(-1, 3))


@given(CLASSES)
def test_partners_are_of_the_same_class_and_of_another(classes: np.ndarray) -> None:
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
    shares = counts / 1000
    np.testing.assert_allclose(shares[0, 0], [0, 0.5, 0.5, 0, 0, 0], atol=0.05)
    np.testing.assert_allclose(shares[1, 3], [0.25, 0.25, 0.25, 0, 0, 0.25], atol=0.05)
    np.testing.assert_allclose(shares[1, 5], [0.2, 0.2, 0.2, 0.2, 0.2, 0], atol=0.05)
