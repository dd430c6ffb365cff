"""Each method on 1,297 real scans of digits: what a small network knows of the other 500, before and after.

It shows that training by pairs tells digits apart that the first weights do not, and no more than that: the network is
narrow (eight features), so that there is something to gain.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

import pairgen
from pairgen.batch import SequenceFeatures
from pairgen.evaluation import knn_probe, linear_probe
from pairgen.methods import CPC, Method, MoCo, Siamese, SimCLR, SupCon

PREPARATION: dict[str, Any] = {"size": 8, "mean": (0.31,), "std": (0.38,)}
DIGITS: Any = load_digits()
IMAGES, LABELS = np.rint(DIGITS.images * (255 / 16)).astype(np.uint8), DIGITS.target.astype(np.int64)
KNOWN, UNKNOWN = slice(0, 1297), slice(1297, None)


class Whole(nn.Sequential):
    out_features = 8

    def __init__(self) -> None:
        super().__init__(nn.Flatten(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 8))


class Rows(nn.Module):
    """A digit as a sequence of its eight rows."""

    out_features = 16

    def __init__(self) -> None:
        super().__init__()
        self.row = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 16))

    def steps(self, views: Tensor) -> SequenceFeatures:
        return SequenceFeatures(self.row(views.squeeze(1)), torch.full((len(views),), 8))


METHODS: dict[str, Callable[[], Method]] = {
    "simclr": lambda: SimCLR(Whole(), 32, 64, temperature=0.2),
    "moco": lambda: MoCo(Whole(), 32, 64, queue=512, momentum=0.9, symmetric=True),
    "supcon": lambda: SupCon(Whole(), 32, 64),
    "siamese": lambda: Siamese(Whole(), projection_dim=None),
    "siamese, without labels": lambda: Siamese(Whole(), projection_dim=None, pairs="view"),
    "cpc": lambda: CPC(Rows(), steps_ahead=2, context_dim=16, temperature=0.2),
}


def score(encoder: nn.Module) -> np.ndarray:
    """Accuracy of kNN and of a linear probe on the digits held out."""
    pixels = torch.from_numpy(IMAGES[:, None] / 255).float().sub(0.31).div(0.38)
    with torch.no_grad():
        features = encoder(pixels).numpy()
    parts = features[KNOWN], LABELS[KNOWN], features[UNKNOWN], LABELS[UNKNOWN]
    return np.array([knn_probe(*parts, k=5).accuracy, linear_probe(*parts).accuracy])


@cache
def before_and_after(name: str) -> tuple[np.ndarray, np.ndarray]:
    torch.manual_seed(0)
    method = METHODS[name]()
    before = score(method.encoder)
    moved: dict[str, Any] = {} if name == "cpc" else {"scale": (0.6, 1.0), "strength": 0.4, "flip": 0.0}
    sampler = pairgen.PairSampler("image", "simclr-gray" if moved else "eval", **PREPARATION, **moved)
    dataset = pairgen.get_modality("image").read(IMAGES[KNOWN], labels=LABELS[KNOWN])
    loader = sampler.loader(dataset, 64 if name == "cpc" else 128, shuffle=True, drop_last=True, batched=True)
    trainer = pairgen.Trainer(
        method, epochs=10, learning_rate=1e-2 if name == "cpc" else 5e-3, device="cpu", progress=False
    )
    trainer.fit(loader)
    return before, score(method.encoder)


@pytest.mark.parametrize("name", METHODS)
def test_trained_features_tell_digits_apart_better_than_untrained_ones(name: str) -> None:
    before, after = before_and_after(name)
    assert np.all(after > before + 0.05), (before, after)


def test_labels_help() -> None:
    assert np.all(before_and_after("supcon")[1] > before_and_after("simclr")[1])
