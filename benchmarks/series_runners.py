"""The encoders of the subject `timeseries_learning`: each learns without labels and gives features."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

import pairgen
from benchmarks.series_data import Classification
from pairgen.augmentation import Compose
from pairgen.evaluation import embed
from pairgen.methods import SimCLR, TS2Vec
from pairgen.modalities.timeseries import Jitter, MagnitudeWarp, TimeWarp, WindowSlice

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Features:
    """Features (N, D) of the training and the test series, and how long the training took."""

    train: Array
    test: Array
    seconds: float


Runner = Callable[[Classification, int, bool], Features]
"""(data, seed, quick) -> features."""

OWN: dict[str, Any] = {
    "view": Compose([WindowSlice((0.6, 1.0)), TimeWarp(0.2), MagnitudeWarp(0.2), Jitter(0.1)]),
    "encoder": {"hidden": 32, "normalise": True},
    "temperature": 0.2,
    "batch_size": 16,
    "steps": 60,
    "learning_rate": 1e-3,
}
"""pairgen's own recipe, chosen by cross-validation on the training series of the three sets, never on test series."""

PAPER: dict[str, Any] = {"batch_size": 8, "steps": 200, "learning_rate": 1e-3}
"""TS2Vec's settings for data sets of this size."""


def untrained(data: Classification, seed: int, quick: bool) -> Features:
    """TS2Vec's network as it is initialised."""
    return _features(_encoder(seed, {}), data, 0.0)


def untrained_own(data: Classification, seed: int, quick: bool) -> Features:
    """The network of pairgen's own recipe as it is initialised."""
    return _features(_encoder(seed, OWN["encoder"]), data, 0.0)


def own(data: Classification, seed: int, quick: bool) -> Features:
    """SimCLR on warped and sliced series."""
    encoder = _encoder(seed, OWN["encoder"])
    sampler = pairgen.PairSampler("timeseries", recipe=OWN["view"], seed=seed)
    return _trained(encoder, SimCLR(encoder, temperature=OWN["temperature"]), sampler, data, OWN, quick)


def own_ts2vec(data: Classification, seed: int, quick: bool) -> Features:
    """TS2Vec by pairgen, as the paper sets it."""
    encoder = _encoder(seed, {})
    sampler = pairgen.PairSampler("timeseries", recipe="ts2vec", seed=seed)
    return _trained(encoder, TS2Vec(encoder), sampler, data, PAPER, quick)


def published_ts2vec(data: Classification, seed: int, quick: bool) -> Features:
    """TS2Vec's own code (PyPI: ts2vec), with the settings its scripts use for the UCR archive."""
    from ts2vec.ts2vec import TS2Vec as Published

    torch.manual_seed(seed)
    with _legacy_seed(seed):
        model: Any = Published(  # type: ignore[no-untyped-call]
            data.train.shape[2], device="cpu", batch_size=PAPER["batch_size"]
        )
        started = time.perf_counter()
        model.fit(data.train.astype(np.float64), n_iters=2 if quick else PAPER["steps"])
        seconds = time.perf_counter() - started
    found = [model.encode(part.astype(np.float64), encoding_window="full_series") for part in (data.train, data.test)]
    return Features(found[0], found[1], seconds)


ENCODERS: dict[str, Runner] = {
    "untrained": untrained,
    "untrained, own network": untrained_own,
    "TS2Vec's code": published_ts2vec,
    "pairgen TS2Vec": own_ts2vec,
    "pairgen, own recipe": own,
}


def _encoder(seed: int, options: dict[str, Any]) -> Any:
    torch.manual_seed(seed)
    return pairgen.encoder("timeseries", "dilated-cnn", **options)


def _trained(encoder: Any, method: Any, sampler: Any, data: Classification, setting: Any, quick: bool) -> Features:
    loader = sampler.loader(
        data.train, min(setting["batch_size"], len(data.train)), shuffle=True, drop_last=True, batched=True
    )
    steps = 2 if quick else setting["steps"]
    trainer = pairgen.Trainer(
        method,
        epochs=max(1, round(steps / len(loader))),
        learning_rate=setting["learning_rate"],
        weight_decay=0.01,
        warmup_epochs=0,
        device="cpu",
        progress=False,
    )
    started = time.perf_counter()
    trainer.fit(loader)
    return _features(encoder, data, time.perf_counter() - started)


def _features(encoder: Any, data: Classification, seconds: float) -> Features:
    still = pairgen.PairSampler("timeseries", recipe="none")
    train, test = (embed(encoder, part, sampler=still, device="cpu").features for part in (data.train, data.test))
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
