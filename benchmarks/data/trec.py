"""TREC questions (Li and Roth 2002): texts with one of six classes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

CLASSES = 6


@dataclass(frozen=True)
class Trec:
    """Questions and their classes, of the training set and of the test set."""

    train: list[str]
    train_labels: npt.NDArray[np.int64]
    test: list[str]
    test_labels: npt.NDArray[np.int64]

    def validation(self, count: int) -> Trec:
        """The training set alone, its last `count` questions as the test set: what settings are chosen on."""
        return Trec(self.train[:-count], self.train_labels[:-count], self.train[-count:], self.train_labels[-count:])


def load_trec() -> Trec:
    """5,452 and 500 questions. FileNotFoundError, with the remedy, without them."""
    folder = Path(os.environ.get("PAIRGEN_DATA", "data")) / "text"
    parts = []
    for name in ("TREC.train.all", "TREC.test.all"):
        if not (folder / name).is_file():
            raise FileNotFoundError(
                f"no {name} in {folder}: set PAIRGEN_DATA to the folder that holds text/TREC.train.all, in which a "
                "line is a label from 0 to 5, a space and a question"
            )
        lines = (folder / name).read_text(encoding="latin-1").splitlines()
        parts += [
            [line.partition(" ")[2] for line in lines],
            np.array([int(line.partition(" ")[0]) for line in lines]),
        ]
    return Trec(*parts)  # type: ignore[arg-type]


def stand_in(count: int) -> Trec:
    """Questions of a few made-up words, two classes, for a quick run without the data."""
    rng = np.random.default_rng(0)
    labels = np.arange(2 * count) % 2
    words = np.array([["city", "country", "river", "place"], ["woman", "writer", "man", "president"]])
    texts = [f"What is the large {' '.join(rng.choice(words[label], 3))} called ?" for label in labels]
    return Trec(texts[:count], labels[:count], texts[count:], labels[count:])
