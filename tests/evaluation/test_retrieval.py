"""Retrieval: the scores of a slow oracle, ties that count against, and numbers that no block changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pairgen._neighbors as neighbors
from pairgen.evaluation import RetrievalScores, retrieval


def oracle(similarities: np.ndarray, own, theirs, ks) -> RetrievalScores:
    """Sort each row by similarity, those that are not relevant first among equals, and read the definitions off."""
    hits, reciprocal, average = [], [], []
    for i, row in enumerate(similarities):
        relevant = np.array([t == own[i] for t in theirs])
        if not relevant.any():
            continue
        in_order = relevant[np.lexsort((relevant, -row))]
        ranks = np.flatnonzero(in_order) + 1
        count = len(ranks)
        hits.append([ranks[0] <= k for k in ks])
        reciprocal.append(1 / ranks[0])
        average.append(sum(in_order[:i].mean() for i in ranks if i <= count) / count)
    recall = dict(zip(ks, np.mean(hits, axis=0).tolist(), strict=True))
    unmatched = len(similarities) - len(hits)
    return RetrievalScores(recall, np.mean(reciprocal), np.mean(average), len(hits), unmatched)


def assert_equal(actual: RetrievalScores, wanted: RetrievalScores) -> None:
    assert (actual.recall, actual.queries, actual.unmatched) == (wanted.recall, wanted.queries, wanted.unmatched)
    np.testing.assert_allclose([actual.mrr, actual.map_at_r], [wanted.mrr, wanted.map_at_r], rtol=1e-12)


@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.booleans(), st.sampled_from([1, 3, 1024]))
@settings(max_examples=60, deadline=None)
def test_the_scores_are_those_of_sorted_similarities(seed, classes, paired, block) -> None:
    rng = np.random.default_rng(seed)
    n, m = (20, 20) if paired else (20, 31)
    # Entries of few values: many similarities are equal, and exactly so in float64.
    a, b = (rng.choice([-1.0, 1.0], (rows, 4)) for rows in (n, m))
    ids = (np.arange(n),) * 2 if paired else (rng.integers(0, classes, n), rng.integers(0, classes + 1, m))
    if not np.isin(*ids).any():
        return
    result = retrieval(a, b, (1, 3), relevant=None if paired else ids, block=block)
    similarities = a @ b.T / 4
    assert_equal(result.first_to_second, oracle(similarities, *ids, (1, 3)))
    assert_equal(result.second_to_first, oracle(similarities.T, *reversed(ids), (1, 3)))


def test_an_encoder_that_gives_one_embedding_to_all_finds_nothing() -> None:
    same = np.ones((50, 8), dtype=np.float32)
    scores = retrieval(same, same).first_to_second
    assert scores.recall == {1: 0.0, 5: 0.0, 10: 0.0}
    assert scores.mrr == 1 / 50
    assert scores.map_at_r == 0.0


@pytest.mark.parametrize("relevant", [None, "ids"])
def test_the_result_depends_neither_on_the_block_nor_on_the_order_of_the_rows(relevant, monkeypatch) -> None:
    rng = np.random.default_rng(0)
    # Closer than float32 tells apart: only exact comparisons give the same numbers for every tile.
    a, b = (np.ones(6) + 1e-8 * rng.standard_normal((60, 6)) for _ in range(2))
    ids = np.arange(60) if relevant is None else np.arange(60) // 3
    whole = retrieval(a, b, relevant=relevant and (ids, ids))
    monkeypatch.setattr(neighbors, "COLUMNS", 7)
    assert retrieval(a, b, relevant=relevant and (ids, ids), block=5) == whole
    order = rng.permutation(60)
    moved = retrieval(a, b[order], relevant=(ids, ids[order]), block=11)
    assert_equal(moved.first_to_second, whole.first_to_second)


def test_several_captions_an_image_and_images_without_one() -> None:
    images = np.eye(3)
    captions = np.array([[1.0, 0.2, 0.0], [0.0, 0.3, 1.0], [0.1, 1.0, 0.0], [0.0, 1.0, 0.9]])
    result = retrieval(images, captions, (1, 2), relevant=(["a", "b", "c"], ["a", "a", "b", "b"]))
    forward = result.first_to_second
    assert (forward.queries, forward.unmatched) == (2, 1)
    assert forward.recall == {1: 1.0, 2: 1.0}
    # Image a: captions 0, 2, then 1 and 3 equal to it, of which the irrelevant one counts first: ranks 1 and 4.
    np.testing.assert_allclose(forward.map_at_r, np.mean([1 / 2, 1.0]))
    assert result.second_to_first.recall[1] == 0.75


@pytest.mark.parametrize(
    ("second", "options", "message"),
    [
        (np.ones((4, 2)), {}, "first has 3 rows and second 4: give relevant="),
        (np.ones((3, 3)), {}, "first has 2 columns and second 3"),
        (np.zeros((3, 2)), {}, "row 0 of second is zero"),
        (np.full((3, 2), np.nan), {}, "second has NaN or infinite entries"),
        (np.ones((4, 2)), {"relevant": ([0, 1, 2], [3, 4, 5, 6])}, "nothing is relevant"),
        (np.ones((4, 2)), {"relevant": ([0, 1, 2], [0])}, "the ids of second have shape"),
        (np.ones((3, 2)), {"k": (0,)}, "k is a whole number, at least 1"),
    ],
)
def test_bad_input_is_refused(second, options, message) -> None:
    with pytest.raises(ValueError, match=message):
        retrieval(np.ones((3, 2)), second, **options)
