"""Frozen features judged the same way for every library, by scikit-learn alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from benchmarks.data.fashion_mnist import MEAN, STD, FashionMNIST

NEIGHBOURS = 20


def probe(encoder: nn.Module, data: FashionMNIST, train: int) -> dict[str, float]:
    """Accuracy of kNN (k=20, cosine) and of logistic regression on standardised features.

    The probes see the first `train` training images and are tested on all test images.
    """
    import sklearn.linear_model
    import sklearn.neighbors
    import sklearn.preprocessing

    sk: Any = sklearn  # scikit-learn has no types

    fit, labels = features(encoder, data.train_images[:train]), data.train_labels[:train]
    scaler = sk.preprocessing.StandardScaler().fit(fit)
    known, unknown = scaler.transform(fit), scaler.transform(features(encoder, data.test_images))
    neighbours = sk.neighbors.KNeighborsClassifier(min(NEIGHBOURS, len(known)), metric="cosine")
    linear = sk.linear_model.LogisticRegression(max_iter=1000)
    return {
        "knn": float(neighbours.fit(known, labels).score(unknown, data.test_labels)),
        "linear": float(linear.fit(known, labels).score(unknown, data.test_labels)),
    }


def features(encoder: nn.Module, images: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
    """Encoder output (N, D), float32, in evaluation mode, of images normalised as in training."""
    encoder.eval()
    with torch.inference_mode():
        chunks = torch.split(torch.from_numpy(images).unsqueeze(1), 512)
        rows = [encoder(chunk.float().div(255).sub(MEAN).div(STD)) for chunk in chunks]
    encoder.train()
    result: npt.NDArray[Any] = torch.cat(rows).numpy()
    return result
