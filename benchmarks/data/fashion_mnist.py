"""Fashion-MNIST from the Debian package `dataset-fashion-mnist`, or a folder of the same files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pairgen.modalities.image.reader.arrays import read_idx

VARIABLE = "PAIRGEN_FASHION_MNIST"
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
MEAN, STD = 0.2860, 0.3530
"""Of the training pixels, scaled to 0..1."""

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class FashionMNIST:
    """Images uint8 (N, 28, 28), labels int64 (N,) in 0..9."""

    train_images: Bytes
    train_labels: npt.NDArray[np.int64]
    test_images: Bytes
    test_labels: npt.NDArray[np.int64]


def load_fashion_mnist(train: int | None = None, test: int | None = None) -> FashionMNIST:
    """Load the first `train` and `test` images (all by default)."""
    folder = Path(os.environ.get(VARIABLE, DEBIAN))
    if not folder.is_dir():
        raise FileNotFoundError(
            f"Fashion-MNIST is not at {folder}; install it (apt install dataset-fashion-mnist) "
            f"or point {VARIABLE} at a folder with its four IDX files"
        )
    return FashionMNIST(
        train_images=_read(folder, "train-images-idx3-ubyte")[:train],
        train_labels=_read(folder, "train-labels-idx1-ubyte")[:train].astype(np.int64),
        test_images=_read(folder, "t10k-images-idx3-ubyte")[:test],
        test_labels=_read(folder, "t10k-labels-idx1-ubyte")[:test].astype(np.int64),
    )


def stand_in(train: int, test: int) -> FashionMNIST:
    """Digits of scikit-learn enlarged to 28 px, to see that a benchmark runs where Fashion-MNIST is not installed."""
    from sklearn.datasets import load_digits

    digits: Any = load_digits()
    enlarged = np.pad(np.kron(digits.images * (255 / 16), np.ones((3, 3))), ((0, 0), (2, 2), (2, 2)))
    images, labels = enlarged.astype(np.uint8), digits.target.astype(np.int64)
    return FashionMNIST(images[:train], labels[:train], images[-test:], labels[-test:])


def _read(folder: Path, stem: str) -> npt.NDArray[Any]:
    compressed = folder / f"{stem}.gz"
    return read_idx(compressed if compressed.exists() else folder / stem)
