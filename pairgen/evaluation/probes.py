"""Probes of frozen features: how well a linear classifier, or nearest neighbors, predict labels from them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch

from pairgen._validation import check_int, check_number
from pairgen.evaluation._inputs import FeatureArray, FeaturesLike, LabelArray, LabelsLike, check_labelled

__all__ = ["ProbeResult", "knn_probe", "linear_probe"]

_CHUNK = 1024
"""Test rows compared at a time: chunk x training rows similarities are held, not test rows x training rows."""


@dataclass(frozen=True)
class ProbeResult:
    """The result of a probe.

    Args:
        accuracy: Ratio of test labels predicted, in [0, 1].
        predictions: Predicted label of each test row, (N,).
        classes: Classes of the training labels, sorted.
        balanced_accuracy: Mean over the classes of the test labels of the ratio predicted, in [0, 1]; classes count
            alike however many items they have, so that chance is 1 / classes.
        converged: Whether the classifier was fitted to the end; always True for neighbors.
    """

    accuracy: float
    predictions: LabelArray
    classes: LabelArray
    balanced_accuracy: float
    converged: bool = True


def linear_probe(
    train_x: FeaturesLike,
    train_y: LabelsLike | None,
    test_x: FeaturesLike,
    test_y: LabelsLike | None,
    *,
    c: float = 1.0,
    max_iter: int = 1000,
    standardize: bool = True,
) -> ProbeResult:
    """Fit logistic regression to training features and predict test labels: the usual linear evaluation.

    Args:
        train_x: Training features (N, D).
        train_y: Training labels (N,), of any type that can be sorted.
        test_x: Test features (M, D).
        test_y: Test labels (M,).
        c: Inverse of the L2 penalty, above 0.
        max_iter: Iterations of L-BFGS, at least 1.
        standardize: Scale features to mean 0 and variance 1 over the training rows.

    Returns:
        Accuracy and predictions.

    Raises:
        TypeError: The features are not real numbers.
        ValueError: The features are empty or not finite, lengths or widths differ, or the training labels have fewer
            than two classes.

    Example:
        >>> linear_probe([[-1.0], [1.0]], ["low", "high"], [[-2.0], [3.0]], ["low", "high"]).accuracy
        1.0
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    known, labels, unknown, truth = _check_probe(train_x, train_y, test_x, test_y)
    check_number("c", c, 0, above=True)
    check_int("max_iter", max_iter, 1)
    if standardize:
        known, unknown = _standardize(known, unknown)
    classifier: Any = LogisticRegression
    model = classifier(C=c, max_iter=max_iter)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(known, labels)
    predictions = model.predict(unknown)
    converged = not any(issubclass(w.category, ConvergenceWarning) for w in caught)
    return _result(predictions, truth, model.classes_, converged)


def knn_probe(
    train_x: FeaturesLike,
    train_y: LabelsLike | None,
    test_x: FeaturesLike,
    test_y: LabelsLike | None,
    *,
    k: int = 20,
    temperature: float | None = None,
    standardize: bool = False,
) -> ProbeResult:
    """Predict test labels by the vote of the k nearest training rows by cosine similarity.

    Args:
        train_x: Training features (N, D).
        train_y: Training labels (N,), of any type that can be sorted.
        test_x: Test features (M, D).
        test_y: Test labels (M,).
        k: Number of neighbors, from 1 to N.
        temperature: None counts votes; ties go to the class of the greater summed similarity. A number above 0 weights
            a vote by exp(similarity / temperature), as Wu et al. 2018 do with 0.07.
        standardize: Scale features to mean 0 and variance 1 over the training rows first.

    Returns:
        Accuracy and predictions.

    Raises:
        TypeError: The features are not real numbers, or k is not an integer.
        ValueError: As for `linear_probe`, or k is out of range.

    Example:
        >>> knn_probe([[1.0, 0.0], [0.0, 1.0]], ["x", "y"], [[2.0, 0.1]], ["x"], k=1).predictions
        array(['x'], dtype='<U1')
    """
    known, labels, unknown, truth = _check_probe(train_x, train_y, test_x, test_y)
    check_int("k", k, 1, len(known), unit="training rows")
    if temperature is not None:
        check_number("temperature", temperature, 0, above=True)
    if standardize:
        known, unknown = _standardize(known, unknown)
    classes, codes = np.unique(labels, return_inverse=True)
    reference, queries = _unit(known), _unit(unknown)
    votes_for = torch.from_numpy(codes.astype(np.int64))
    winners = [
        _vote(rows @ reference.T, votes_for, len(classes), k, temperature) for rows in torch.split(queries, _CHUNK)
    ]
    predictions = classes[torch.cat(winners).numpy()]
    return _result(predictions, truth, classes)


def _vote(
    similarity: torch.Tensor, codes: torch.Tensor, classes: int, k: int, temperature: float | None
) -> torch.Tensor:
    """The codes (B,) of the winning classes, from similarities (B, N)."""
    nearest, neighbors = similarity.topk(k, dim=1)
    nearest = nearest.double()
    # Summed similarities are at most k in size, so a quarter of 1/k of them decides between equal counts only.
    weight = 1 + nearest / (4 * k) if temperature is None else ((nearest - 1) / temperature).exp()
    votes = similarity.new_zeros(len(similarity), classes, dtype=torch.float64)
    votes.scatter_add_(1, codes[neighbors], weight)
    return votes.argmax(dim=1)


class _ProbeData(NamedTuple):
    known: FeatureArray
    labels: LabelArray
    unknown: FeatureArray
    truth: LabelArray


def _check_probe(
    train_x: FeaturesLike, train_y: LabelsLike | None, test_x: FeaturesLike, test_y: LabelsLike | None
) -> _ProbeData:
    known, labels = check_labelled(train_x, train_y, "train")
    unknown, truth = check_labelled(test_x, test_y, "test")
    if known.shape[1] != unknown.shape[1]:
        raise ValueError(
            f"train_x has {known.shape[1]} columns and test_x {unknown.shape[1]}: embed both with one encoder"
        )
    classes = np.unique(labels)
    if len(classes) < 2:
        raise ValueError(f"the training labels are all {classes[0]!r}: a probe needs at least two classes")
    return _ProbeData(known, labels, unknown, truth)


def _standardize(known: FeatureArray, unknown: FeatureArray) -> tuple[FeatureArray, FeatureArray]:
    mean, spread = known.mean(axis=0, dtype=np.float64), known.std(axis=0, dtype=np.float64)
    # A feature that is constant in training has no information; rounding errors must not be scaled up to some.
    spread[spread <= 1e-7 * np.abs(mean)] = np.inf
    return ((known - mean) / spread).astype(known.dtype), ((unknown - mean) / spread).astype(known.dtype)


def _unit(features: FeatureArray) -> torch.Tensor:
    return torch.nn.functional.normalize(torch.from_numpy(np.ascontiguousarray(features)).float(), dim=1)


def _result(predictions: LabelArray, truth: LabelArray, classes: LabelArray, converged: bool = True) -> ProbeResult:
    is_right = predictions == truth
    _, codes = np.unique(truth, return_inverse=True)
    balanced = float(np.mean(np.bincount(codes, is_right) / np.bincount(codes)))
    return ProbeResult(float(np.mean(is_right)), predictions, classes, balanced, converged)
