"""How much of the labels frozen features hold: a linear classifier, and nearest neighbours."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from pairgen.evaluation.inputs import check_labelled

__all__ = ["ProbeResult", "knn_probe", "linear_probe"]

_CHUNK = 1024
"""Test rows compared at a time: chunk x training rows similarities are held, not test rows x training rows."""

Features = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class ProbeResult:
    """accuracy: share of test labels predicted, 0 to 1. predictions: (N,), of the test rows. classes: of the training.

    converged: whether the classifier was fitted to the end; always so for neighbours.
    """

    accuracy: float
    predictions: npt.NDArray[Any]
    classes: npt.NDArray[Any]
    converged: bool = True


def linear_probe(
    train_x: Any,
    train_y: Any,
    test_x: Any,
    test_y: Any,
    *,
    c: float = 1.0,
    max_iter: int = 1000,
    standardize: bool = True,
) -> ProbeResult:
    """Logistic regression on features, by scikit-learn: the usual linear evaluation.

    train_x, test_x: (N, D) arrays or tensors. train_y, test_y: (N,) labels of any sortable kind.
    c: inverse of the L2 penalty, above 0. max_iter: of L-BFGS.
    standardize: features to mean 0 and variance 1 over the training rows.

    Raises ValueError for features that are empty or not finite, lengths that differ, different widths, fewer than two
    classes in training.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    known, labels, unknown, truth = _checked(train_x, train_y, test_x, test_y)
    if not c > 0:
        raise ValueError(f"c is above 0, got {c}; it is the inverse of the penalty")
    if standardize:
        known, unknown = _standardised(known, unknown)
    model: Any = LogisticRegression(C=c, max_iter=max_iter)  # type: ignore[no-untyped-call]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(known, labels)
    predictions = model.predict(unknown)
    converged = not any(issubclass(w.category, ConvergenceWarning) for w in caught)
    return ProbeResult(_accuracy(predictions, truth), predictions, model.classes_, converged)


def knn_probe(
    train_x: Any,
    train_y: Any,
    test_x: Any,
    test_y: Any,
    *,
    k: int = 20,
    temperature: float | None = None,
    standardize: bool = False,
) -> ProbeResult:
    """The vote of the k nearest training rows by cosine similarity.

    train_x, test_x: (N, D) arrays or tensors. train_y, test_y: (N,) labels of any sortable kind.
    k: at least 1, at most the number of training rows.
    temperature: None counts votes, ties going to the class of the greater summed similarity; a number above 0 weights
        a vote by exp(similarity / temperature), as Wu et al. 2018 do with 0.07.
    standardize: features to mean 0 and variance 1 over the training rows first.

    Raises ValueError as `linear_probe` does, and for k out of range.
    """
    known, labels, unknown, truth = _checked(train_x, train_y, test_x, test_y)
    if isinstance(k, bool) or not 1 <= k <= len(known):
        raise ValueError(f"k is from 1 to the number of training rows, {len(known)}; got {k!r}")
    if temperature is not None and not temperature > 0:
        raise ValueError(f"temperature is above 0 or None, got {temperature}")
    if standardize:
        known, unknown = _standardised(known, unknown)
    classes, codes = np.unique(labels, return_inverse=True)
    reference, queries = _unit(known), _unit(unknown)
    votes_for = torch.from_numpy(codes.astype(np.int64))
    chosen = [
        _vote(rows @ reference.T, votes_for, len(classes), k, temperature) for rows in torch.split(queries, _CHUNK)
    ]
    predictions = classes[torch.cat(chosen).numpy()]
    return ProbeResult(_accuracy(predictions, truth), predictions, classes)


def _vote(
    similarity: torch.Tensor, codes: torch.Tensor, classes: int, k: int, temperature: float | None
) -> torch.Tensor:
    """(B, N) similarities -> (B,) codes of the winning classes."""
    nearest, where = similarity.topk(k, dim=1)
    nearest = nearest.double()
    # Summed similarities are at most k in size, so a quarter of 1/k of them decides between equal counts only.
    weight = 1 + nearest / (4 * k) if temperature is None else ((nearest - 1) / temperature).exp()
    votes = similarity.new_zeros(len(similarity), classes, dtype=torch.float64)
    votes.scatter_add_(1, codes[where], weight)
    return votes.argmax(dim=1)


def _checked(train_x: Any, train_y: Any, test_x: Any, test_y: Any) -> tuple[Features, Any, Features, Any]:
    known, labels = check_labelled(train_x, train_y, "train")
    unknown, truth = check_labelled(test_x, test_y, "test")
    if known.shape[1] != unknown.shape[1]:
        raise ValueError(
            f"train_x has {known.shape[1]} columns and test_x {unknown.shape[1]}: embed both with one encoder"
        )
    classes = np.unique(labels)
    if len(classes) < 2:
        raise ValueError(f"the training labels are all {classes[0]!r}: a probe needs at least two classes")
    return known, labels, unknown, truth


def _standardised(known: Features, unknown: Features) -> tuple[Features, Features]:
    mean, spread = known.mean(axis=0, dtype=np.float64), known.std(axis=0, dtype=np.float64)
    # A feature that never changes in training tells nothing; rounding must not make it tell something.
    spread[spread <= 1e-7 * np.abs(mean)] = np.inf
    return ((known - mean) / spread).astype(known.dtype), ((unknown - mean) / spread).astype(known.dtype)


def _unit(features: Features) -> torch.Tensor:
    return torch.nn.functional.normalize(torch.from_numpy(np.ascontiguousarray(features)).float(), dim=1)


def _accuracy(predictions: npt.NDArray[Any], truth: npt.NDArray[Any]) -> float:
    return float(np.mean(predictions == truth))
