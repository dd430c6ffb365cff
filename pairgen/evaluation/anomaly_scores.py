"""How far features lie from normal ones: three scores, each fitted to features and kept as plain arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["SCORES", "Score"]

Floats = npt.NDArray[np.float64]

_CHUNK = 1024
"""Rows compared with the normal ones at a time."""


class Score(Protocol):
    """A fitted score. arrays: what `restore` makes it of again."""

    arrays: dict[str, Any]

    def __call__(self, rows: Floats) -> Floats:
        """Rows (M, D) -> scores (M,), the higher the odder."""
        ...

    def of_normal(self) -> Floats:
        """The scores of the rows it was fitted to, (N,)."""
        ...


class Distance:
    """The Euclidean distance to the mean of the normal rows."""

    def __init__(self, mean: Floats, normal: Floats | None = None) -> None:
        self.arrays = {"mean": mean}
        self._normal = normal

    @classmethod
    def fit(cls, normal: Floats, k: int) -> Distance:
        """k: for neighbours alone."""
        return cls(normal.mean(axis=0), normal)

    def __call__(self, rows: Floats) -> Floats:
        distances: Floats = np.linalg.norm(rows - self.arrays["mean"], axis=1)
        return distances

    def of_normal(self) -> Floats:
        return self(_fitted(self._normal))


class Mahalanobis:
    """The distance to the mean in units of the spread in that direction (Mahalanobis 1936), with the covariance shrunk
    towards a multiple of the identity (Ledoit and Wolf 2004), so that few rows of many columns do.
    """

    def __init__(self, mean: Floats, whitening: Floats, normal: Floats | None = None) -> None:
        self.arrays = {"mean": mean, "whitening": whitening}
        self._normal = normal

    @classmethod
    def fit(cls, normal: Floats, k: int) -> Mahalanobis:
        """k: for neighbours alone."""
        from sklearn.covariance import ledoit_wolf

        mean = normal.mean(axis=0)
        shrunk: Any = ledoit_wolf(normal - mean, assume_centered=True)[0]
        values, vectors = np.linalg.eigh(shrunk)
        least = max(float(values.max()), 1e-300) * 1e-12  # all rows alike, or columns that depend on each other
        return cls(mean, vectors / np.sqrt(np.maximum(values, least)), normal)

    def __call__(self, rows: Floats) -> Floats:
        distances: Floats = np.linalg.norm((rows - self.arrays["mean"]) @ self.arrays["whitening"], axis=1)
        return distances

    def of_normal(self) -> Floats:
        return self(_fitted(self._normal))


class Neighbours:
    """The mean Euclidean distance to the k nearest normal rows (Ramaswamy et al. 2000)."""

    def __init__(self, normal: Floats, k: npt.NDArray[np.int64]) -> None:
        self.arrays: dict[str, Any] = {"normal": normal, "k": k}

    @classmethod
    def fit(cls, normal: Floats, k: int) -> Neighbours:
        """k: how many neighbours, fewer than there are rows."""
        if k >= len(normal):
            raise ValueError(f"k={k} neighbours need at least {k + 1} normal rows, got {len(normal)}; give a smaller k")
        return cls(normal, np.array(k))

    def __call__(self, rows: Floats) -> Floats:
        return self._mean_distance(rows, itself=False)

    def of_normal(self) -> Floats:
        """Each row is left out of its own neighbours."""
        return self._mean_distance(self.arrays["normal"], itself=True)

    def _mean_distance(self, rows: Floats, itself: bool) -> Floats:
        normal, k = self.arrays["normal"], int(self.arrays["k"])
        centre = normal.mean(axis=0)  # near the origin, squares cancel fewer digits
        known = normal - centre
        squares = (known * known).sum(axis=1)
        parts = []
        for top in range(0, len(rows), _CHUNK):
            part = rows[top : top + _CHUNK] - centre
            squared = np.maximum((part * part).sum(axis=1)[:, None] + squares - 2 * (part @ known.T), 0)
            if itself:
                squared[np.arange(len(part)), top + np.arange(len(part))] = np.inf
            nearest = np.partition(squared, k - 1, axis=1)[:, :k]
            parts.append(np.sqrt(nearest).mean(axis=1))
        return np.concatenate(parts) if parts else np.empty(0)


def _fitted(normal: Floats | None) -> Floats:
    if normal is None:
        raise ValueError("a detector that was loaded does not hold the rows it was fitted to")
    return normal


SCORES: Mapping[str, tuple[Callable[[Floats, int], Score], Callable[..., Score]]] = {
    "distance": (Distance.fit, Distance),
    "mahalanobis": (Mahalanobis.fit, Mahalanobis),
    "neighbours": (Neighbours.fit, Neighbours),
}
"""For each name, what fits a score to (normal rows, k), and what restores it from its arrays."""
