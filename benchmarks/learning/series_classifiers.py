"""What classifies series in `timeseries_learning`: TS2Vec's SVM on features, and two references on the series."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.data.series import Classification
from benchmarks.learning.timeseries import Features

Outcome = tuple[float, float]
"""Accuracy, and the seconds of fitting and predicting."""

_PENALTIES = [1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0, 1e3, 1e4, np.inf]


def svm_accuracy(features: Features, data: Classification, *, standardize: bool) -> float:
    """TS2Vec's protocol: an RBF kernel; C by five-fold cross-validation from 50 series on, else infinite."""
    from sklearn.model_selection import GridSearchCV
    from sklearn.svm import SVC

    train, test = features.train, features.test
    if standardize:
        mean, spread = train.mean(axis=0), train.std(axis=0)
        train, test = ((part - mean) / np.where(spread > 0, spread, 1) for part in (train, test))
    classes = len(np.unique(data.train_labels))
    svm: Any = SVC(C=np.inf, gamma="scale")  # type: ignore[no-untyped-call]
    if len(train) >= 50 and len(train) // classes >= 5:
        svm = GridSearchCV(svm, {"C": _PENALTIES}, cv=5)  # type: ignore[no-untyped-call]
    svm.fit(train, data.train_labels)
    return float(svm.score(test, data.test_labels))


def dtw_neighbour(data: Classification, seed: int, quick: bool) -> Outcome:
    """The nearest training series by dynamic time warping without a window; it has no seed."""
    from aeon.classification.distance_based import KNeighborsTimeSeriesClassifier

    return _timed(KNeighborsTimeSeriesClassifier(n_neighbors=1, distance="dtw"), data)


def rocket(data: Classification, seed: int, quick: bool) -> Outcome:
    """10,000 random convolutions and a ridge classifier (Dempster et al. 2020)."""
    from aeon.classification.convolution_based import RocketClassifier

    return _timed(RocketClassifier(n_kernels=100 if quick else 10_000, random_state=seed), data)


REFERENCES: dict[str, Callable[[Classification, int, bool], Outcome]] = {
    "1-NN, DTW": dtw_neighbour,
    "ROCKET": rocket,
}


def _timed(classifier: Any, data: Classification) -> Outcome:
    train, test = (part.transpose(0, 2, 1).astype(np.float64) for part in (data.train, data.test))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        started = time.perf_counter()
        classifier.fit(train, data.train_labels)
        accuracy = float(np.mean(classifier.predict(test) == data.test_labels))
    return accuracy, time.perf_counter() - started
