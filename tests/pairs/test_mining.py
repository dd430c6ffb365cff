"""Mining of hard negatives: margins, ranks, labels and known positives, as a loop over all candidates has them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pairgen.pairs import mine_negatives
from pairgen.random import Stream
from tests.pairs.test_composition import FlatIndex


def unit(count: int, seed: int, width: int = 6) -> np.ndarray:
    rows = np.random.default_rng(seed).standard_normal((count, width))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


A, P = unit(30, 0), unit(30, 0) + 0.4 * unit(30, 1)
LABELS = np.arange(30) % 4


def brute(k: int, margin=0.0, relative=0.0, low=0, high=None, same_label=True, known=()) -> list[list[int]]:
    """The definition, one row and one candidate after the other."""
    p = P / np.linalg.norm(P, axis=1, keepdims=True)
    similarities, rows = A @ p.T, []
    for i in range(30):
        others = [j for j in np.argsort(-similarities[i], kind="stable") if j != i and (i, j) not in known]
        limit = min(similarities[i, i] - margin, similarities[i, i] * (1 - relative))
        taken = [
            int(j)
            for j in others[low:high]
            if (similarities[i, j] <= limit or (margin == relative == 0)) and (same_label or LABELS[i] != LABELS[j])
        ]
        rows.append((taken[:k] + [-1] * k)[:k])
    return rows


@pytest.mark.filterwarnings("ignore:.*rows have fewer than")
@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, {}),
        ({"margin": 0.3}, {"margin": 0.3}),
        ({"relative_margin": 0.25}, {"relative": 0.25}),
        ({"ranks": (3, 12)}, {"low": 3, "high": 12}),
        ({"ranks": (3, 12), "margin": 0.5}, {"low": 3, "high": 12, "margin": 0.5}),
        ({"labels": LABELS, "exclude_same_label": True}, {"same_label": False}),
        ({"labels": LABELS, "exclude_same_label": True, "ranks": (1, 9)}, {"same_label": False, "low": 1, "high": 9}),
        ({"known": [[(i + 1) % 30] for i in range(30)]}, {"known": {(i, (i + 1) % 30) for i in range(30)}}),
    ],
)
def test_negatives_are_those_of_the_definition(options, wanted) -> None:
    assert mine_negatives(A, P, 4, **options).indices.tolist() == brute(4, **wanted)


@pytest.mark.parametrize("options", [{}, {"margin": 0.2}, {"ranks": (2, 15)}])
def test_a_complete_index_gives_what_exact_search_gives(options) -> None:
    index = FlatIndex(P / np.linalg.norm(P, axis=1, keepdims=True))
    exact = mine_negatives(A, P, 2, **options)
    by_index = mine_negatives(A, P, 2, index=index, **{"ranks": (0, 29), **options})
    assert by_index.indices.tolist() == exact.indices.tolist()


def test_samples_are_the_items_with_the_most_similar_negative_first() -> None:
    anchors, positives = [f"q{i}" for i in range(30)], [f"a{i}" for i in range(30)]
    mined = mine_negatives(torch.from_numpy(A), torch.from_numpy(P), 3, items=(anchors, positives))
    anchor, positive, *negatives = mined[7]
    assert (anchor, positive, negatives) == ("q7", "a7", [f"a{j}" for j in brute(3)[7]])
    assert len(mined) == 30
    assert (np.diff(mined.similarities, axis=1) <= 0).all()


def test_an_encoder_takes_the_place_of_embeddings() -> None:
    words = ["aa", "ab", "bb", "bc", "cc"]

    def encoder(texts):
        return [[text.count(letter) for letter in "abc"] for text in texts]

    mined = mine_negatives(words, [word.upper().lower() + " " for word in words], 1, encoder=encoder)
    assert [sample[2] for sample in mined] == ["ab ", "aa ", "ab ", "bb ", "bc "]


def test_every_positive_of_an_anchor_is_known_by_its_content_and_equal_candidates_count_once() -> None:
    anchors = ["q", "q", "r", "s", "t"]
    positives = ["x", "y", "x", "z", "z"]
    embeddings = {"x": [1, 0.1], "y": [1, 0.2], "z": [0.2, 1]}
    rows = np.array([embeddings[text] for text in positives])
    with pytest.warns(UserWarning, match="2 of 5 rows have fewer than 2 negatives"):
        mined = mine_negatives(rows, rows, 2, items=(anchors, positives))
    assert [sample[2:] for sample in mined] == [("z",), ("z",), ("y", "z"), ("y", "x"), ("y", "x")]
    assert mined.report.short == 2
    assert mined.report.negatives == 8


def test_the_report_has_the_share_of_false_negatives() -> None:
    mined = mine_negatives(A, P, 3, labels=[str(label) for label in LABELS])
    wanted = [LABELS[i] == LABELS[j] for i, row in enumerate(brute(3)) for j in row]
    assert mined.report.false_negatives == pytest.approx(np.mean(wanted))
    assert mined.report.positive_similarity[0.5] == pytest.approx(
        np.median((A * P / np.linalg.norm(P, axis=1, keepdims=True)).sum(1))
    )
    clean = mine_negatives(A, P, 3, labels=LABELS, exclude_same_label=True)
    assert clean.report.false_negatives == 0.0
    assert mine_negatives(A, P).report.false_negatives is None


def test_random_negatives_are_keyed_by_row_and_lie_in_the_ranks() -> None:
    first, again, other = (mine_negatives(A, P, 2, ranks=(5, 15), choose="random", seed=s) for s in (0, 0, 1))
    assert first.indices.tolist() == again.indices.tolist() != other.indices.tolist()
    ranked = brute(10, low=5, high=15)
    for row, candidates in zip(first.indices.tolist(), ranked, strict=True):
        assert set(row) <= set(candidates)
    words = Stream(0, index=np.arange(30)).uniform(size=15)[:, 5:]
    assert set(first.indices[3].tolist()) == {ranked[3][j] for j in np.argsort(words[3])[:2]}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"positives": P[:4]}, "30 anchors but 4 positives"),
        ({"positives": unit(30, 3, width=5)}, r"the embeddings have \[5, 6\] columns"),
        ({"positives": np.full((30, 6), np.nan)}, "positives have NaN or infinite entries, first in row 0"),
        ({"items": (["q"] * 30, ["same"] * 30)}, "as where all captions are equal: every negative would be false"),
        ({"items": (["q"] * 30,)}, r"items are \(anchors, positives\), got 1"),
        ({"exclude_same_label": True}, "give the labels of the rows"),
        ({"candidates": P, "labels": LABELS}, "with candidates also candidate_labels"),
        ({"labels": LABELS[:3]}, "3 labels for 30 rows"),
        ({"ranks": (3, 4), "k": 2}, "has 1 candidates, fewer than k=2"),
        ({"choose": "random"}, "needs ranks"),
        ({"known": [[30]] * 30}, r"known\[0\]=\[30\] is outside of the 30 candidates"),
        ({"relative_margin": 2}, "relative_margin is a number"),
        ({"index": FlatIndex(P[:5])}, "the index has 5 vectors for 30 candidates"),
    ],
)
def test_bad_input_is_an_error_that_says_what_to_do(options, message) -> None:
    with pytest.raises(ValueError, match=message):
        mine_negatives(**{"anchors": A, "positives": P, **options})


def test_an_anchor_among_the_candidates_is_no_negative_of_itself():
    texts = ["a", "b", "c", "d"]
    mined = mine_negatives(np.eye(4), np.eye(4)[[1, 2, 3, 0]], k=2, items=(texts, [texts[i] for i in (1, 2, 3, 0)]))
    assert all(mined[row][0] not in mined[row][1:] for row in range(4))
