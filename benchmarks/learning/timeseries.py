"""The encoders of the subject `timeseries_learning`: each learns without labels and gives features."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

import pairgen
from benchmarks.data.series import Classification
from pairgen.evaluation import embed
from pairgen.methods import TS2Vec

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Features:
    """Features (N, D) of the training and the test series, and how long the training took."""

    train: Array
    test: Array
    seconds: float


Runner = Callable[[Classification, int, bool], Features]
"""(data, seed, quick) -> features."""

PAPER: dict[str, Any] = {"batch_size": 8, "steps": 200, "learning_rate": 1e-3, "schedule": "constant"}
"""TS2Vec's settings for data sets of this size."""

OWN: dict[str, Any] = {"batch_size": 12, "steps": 120, "learning_rate": 1e-3, "schedule": "cosine"}
"""pairgen's own: a rate that falls, and as many steps as half of the published code's time allows. Cross-validation on
the training series of the three sets could not tell 60 steps from 90, nor batches of 8 from 12, nor averaged weights
from the last ones, nor features pooled over 2 to 8 parts of a series; test series were not used."""


def untrained(data: Classification, seed: int, quick: bool) -> Features:
    """TS2Vec's network as it is initialized."""
    return _features(_encoder(seed), data, 0.0)


def own_settings(data: Classification, seed: int, quick: bool) -> Features:
    """TS2Vec by pairgen, with its own settings."""
    return _train(data, seed, OWN, quick)


def paper_settings(data: Classification, seed: int, quick: bool) -> Features:
    """TS2Vec by pairgen, with the paper's settings."""
    return _train(data, seed, PAPER, quick)


def published_ts2vec(data: Classification, seed: int, quick: bool) -> Features:
    """TS2Vec's own code (PyPI: ts2vec), with the settings its scripts use for the UCR archive."""
    published: Any = import_module("ts2vec.ts2vec")
    torch.manual_seed(seed)
    with _legacy_seed(seed):
        model = published.TS2Vec(data.train.shape[2], device="cpu", batch_size=PAPER["batch_size"])
        started = time.perf_counter()
        model.fit(data.train.astype(np.float64), n_iters=2 if quick else PAPER["steps"])
        seconds = time.perf_counter() - started
    features = [
        model.encode(part.astype(np.float64), encoding_window="full_series") for part in (data.train, data.test)
    ]
    return Features(features[0], features[1], seconds)


ENCODERS: dict[str, Runner] = {
    "untrained": untrained,
    "TS2Vec's code": published_ts2vec,
    "pairgen, the paper's settings": paper_settings,
    "pairgen, own settings": own_settings,
}


def _encoder(seed: int) -> Any:
    torch.manual_seed(seed)
    return pairgen.create_encoder("timeseries", "dilated-cnn")


def _train(data: Classification, seed: int, setting: dict[str, Any], quick: bool) -> Features:
    encoder = _encoder(seed)
    sampler = pairgen.PairSampler("timeseries", recipe="ts2vec", seed=seed)
    loader = sampler.loader(
        data.train, min(setting["batch_size"], len(data.train)), shuffle=True, drop_last=True, batched=True
    )
    steps = 2 if quick else setting["steps"]
    trainer = pairgen.Trainer(
        TS2Vec(encoder),
        epochs=max(1, round(steps / len(loader))),
        learning_rate=setting["learning_rate"],
        weight_decay=0.01,
        schedule=setting["schedule"],
        warmup_epochs=0,
        device="cpu",
        progress=False,
    )
    started = time.perf_counter()
    trainer.fit(loader)
    return _features(encoder, data, time.perf_counter() - started)


def _features(encoder: Any, data: Classification, seconds: float) -> Features:
    sampler = pairgen.PairSampler("timeseries", recipe="eval")
    train, test = (embed(encoder, part, sampler=sampler, device="cpu").features for part in (data.train, data.test))
    return Features(train, test, seconds)


class _legacy_seed:  # noqa: N801 (used as a function)
    """NumPy's global state seeded for a peer that draws from it, and put back."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def __enter__(self) -> None:
        self.state = np.random.get_state()  # noqa: NPY002
        np.random.seed(self.seed)  # noqa: NPY002

    def __exit__(self, *_: object) -> None:
        np.random.set_state(self.state)  # noqa: NPY002


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


def dtw_neighbor(data: Classification, seed: int, quick: bool) -> Outcome:
    """The nearest training series by dynamic time warping without a window; it has no seed."""
    from aeon.classification.distance_based import KNeighborsTimeSeriesClassifier

    return _timed(KNeighborsTimeSeriesClassifier(n_neighbors=1, distance="dtw"), data)


def rocket(data: Classification, seed: int, quick: bool) -> Outcome:
    """10,000 random convolutions and a ridge classifier (Dempster et al. 2020)."""
    from aeon.classification.convolution_based import RocketClassifier

    return _timed(RocketClassifier(n_kernels=100 if quick else 10_000, random_state=seed), data)


REFERENCES: dict[str, Callable[[Classification, int, bool], Outcome]] = {
    "1-NN, DTW": dtw_neighbor,
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
