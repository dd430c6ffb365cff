from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch

from pairgen.evaluation import knn_probe, linear_probe, probes


def clusters(n: int, seed: int = 0, spread: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    centers = np.eye(3, 5) * 2
    labels = rng.integers(0, 3, n)
    return (centers[labels] + rng.normal(size=(n, 5)) * spread).astype(np.float32), labels


def neighbors_by_hand(x: np.ndarray, y: np.ndarray, query: np.ndarray, k: int) -> Any:
    def cosine(a: np.ndarray, b: np.ndarray) -> float:
        return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))

    nearest = sorted(range(len(x)), key=lambda i: -cosine(x[i], query))[:k]
    votes = Counter(y[i] for i in nearest)
    summed = {label: sum(cosine(x[i], query) for i in nearest if y[i] == label) for label in votes}
    return max(votes, key=lambda label: (votes[label], summed[label]))


@pytest.mark.parametrize("k", [1, 2, 7, 60])
@pytest.mark.parametrize("chunk", [7, 1024])
def test_neighbors_vote_as_by_hand(k: int, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "_CHUNK", chunk)
    (x, y), (queries, truth) = clusters(60, spread=1.5), clusters(40, seed=1, spread=1.5)
    result = knn_probe(x, y, queries, truth, k=k)
    expected = [neighbors_by_hand(x.astype(float), y, q, k) for q in queries.astype(float)]
    assert result.predictions.tolist() == expected
    assert result.accuracy == pytest.approx(np.mean(np.array(expected) == truth))


def test_weighted_votes_follow_the_nearest() -> None:
    x = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    query = np.array([[1.0, 0.2]])
    assert knn_probe(x, ["a", "b", "b"], query, ["a"], k=3).predictions.tolist() == ["b"]
    assert knn_probe(x, ["a", "b", "b"], query, ["a"], k=3, temperature=0.07).accuracy == 1


@pytest.mark.parametrize("probe", [linear_probe, lambda *args: knn_probe(*args, k=5)])
def test_separate_clusters_are_separated(probe: Any) -> None:
    result = probe(*clusters(90), *clusters(50, seed=1))
    assert result.accuracy == 1
    assert result.converged
    assert result.classes.tolist() == [0, 1, 2]
    assert result.predictions.shape == (50,)


def test_labels_without_relation_are_not_found() -> None:
    x, y = clusters(300)
    rng = np.random.default_rng(0)
    result = linear_probe(x[:200], rng.permutation(y)[:200], x[200:], rng.permutation(y)[200:])
    assert result.accuracy < 0.5


def test_the_linear_probe_is_scikit_learns_on_standardised_features() -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    (x, y), (queries, truth) = clusters(90, spread=2), clusters(50, seed=1, spread=2)
    x[:, 3] = 5  # a feature that never changes
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(x, y)
    assert linear_probe(x, y, queries, truth).predictions.tolist() == model.predict(queries * [1, 1, 1, 0, 1]).tolist()


def test_the_scale_of_a_feature_does_not_matter_once_standardised() -> None:
    (x, y), (queries, truth) = clusters(90, spread=1), clusters(50, seed=1, spread=1)
    stretch = np.array([1e4, 1, 1e-3, 5, 10], dtype=np.float32)
    for probe in (linear_probe, lambda *a: knn_probe(*a, k=5, standardize=True)):
        plain = probe(x, y, queries, truth)  # type: ignore[operator]
        assert probe(x * stretch, y, queries * stretch, truth).accuracy == plain.accuracy  # type: ignore[operator]


def test_tensors_and_words_are_taken() -> None:
    x, y = clusters(30)
    words = np.array(["cat", "dog", "emu"])[y]
    result = linear_probe(torch.from_numpy(x), words, torch.from_numpy(x).bfloat16().float(), words)
    assert set(result.predictions) <= {"cat", "dog", "emu"}


def test_a_fit_that_was_cut_short_says_so() -> None:
    (x, y), (queries, truth) = clusters(90, spread=3), clusters(50, seed=1)
    assert not linear_probe(x, y, queries, truth, max_iter=1).converged


X, Y = clusters(10)


@pytest.mark.parametrize("probe", [linear_probe, knn_probe])
@pytest.mark.parametrize(
    ("train_x", "train_y", "test_x", "test_y", "message"),
    [
        (X, Y[:9], X, Y, r"train_y has shape \(9,\).*10 rows"),
        (X, Y, X, None, "test_y is None"),
        (X, Y, X[:, :4], Y, "5 columns and test_x 4"),
        (X, np.zeros(10), X, Y, "at least two classes"),
        (X[:0], Y[:0], X, Y, r"train_x has shape \(0, 5\)"),
        (X, Y, X * math.nan, Y, "test_x has NaN.*row 0"),
        (X[0], Y, X, Y, r"\(5,\)"),
    ],
)
def test_bad_features_and_labels_are_refused(
    probe: Any, train_x: Any, train_y: Any, test_x: Any, test_y: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        probe(train_x, train_y, test_x, test_y)


@pytest.mark.parametrize(("k", "error"), [(0, ValueError), (11, ValueError), (True, TypeError), (1.5, TypeError)])
def test_a_number_of_neighbors_out_of_range_is_refused(k: int, error: type[Exception]) -> None:
    with pytest.raises(error, match="k is a whole number of training rows from 1 to 10"):
        knn_probe(X, Y, X, Y, k=k)


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match=r"c is a number in \(0, inf\)"):
        linear_probe(X, Y, X, Y, c=0)
    with pytest.raises(ValueError, match="temperature"):
        knn_probe(X, Y, X, Y, k=3, temperature=0)


def test_balanced_accuracy_counts_classes_alike() -> None:
    train_x, train_y = np.array([[1.0, 0.0]] * 9 + [[1.0, 0.1]]), np.array(["big"] * 9 + ["small"])
    result = knn_probe(train_x, train_y, train_x, train_y, k=10)
    assert result.accuracy == 0.9
    assert result.balanced_accuracy == 0.5
