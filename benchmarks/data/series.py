"""The time series that aeon's package carries: three sets of the UCR archive, and a recording with an anomaly."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

SETS = {
    "ArrowHead": "load_arrow_head",
    "GunPoint": "load_gunpoint",
    "ItalyPowerDemand": "load_italy_power_demand",
}


@dataclass(frozen=True)
class Classification:
    """train, test: float32 (N, T, 1). labels: int64 (N,)."""

    train: Floats
    train_labels: npt.NDArray[np.int64]
    test: Floats
    test_labels: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Recording:
    """normal: float32 (T,), without anomalies. series: float32 (T,). odd: bool (T,), the labelled anomaly."""

    normal: Floats
    series: Floats
    odd: npt.NDArray[np.bool_]


def load_set(name: str, most: int | None = None) -> Classification:
    """One of SETS, in its published split; `most`: the first so many of each part."""
    (train, known), (test, unknown) = (_load(SETS[name], split) for split in ("train", "test"))
    classes = np.unique(known)
    return Classification(
        train.transpose(0, 2, 1).astype(np.float32)[:most],
        np.searchsorted(classes, known)[:most],
        test.transpose(0, 2, 1).astype(np.float32)[:most],
        np.searchsorted(classes, unknown)[:most],
    )


def load_recording(steps: int | None = None) -> Recording:
    """KDD-TSAD 135, daily rhythms with one anomaly of 12 steps; `steps`: of the part around it."""
    normal = _load("load_kdd_tsad_135", "train")[0]
    series, odd = _load("load_kdd_tsad_135", "test")
    values, labels = np.asarray(series, np.float32).ravel(), np.asarray(odd).astype(bool).ravel()
    first = int(np.flatnonzero(labels)[0])
    part = slice(None) if steps is None else slice(first - steps // 2, first + steps // 2)
    return Recording(np.asarray(normal, np.float32).ravel(), values[part], labels[part])


def _load(loader: str, split: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(import_module("aeon.datasets"), loader)(split=split)
