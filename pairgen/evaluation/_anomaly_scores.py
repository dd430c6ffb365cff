"""How far features lie from normal ones: three scores, each fitted to features and stored as plain arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from pairgen.evaluation._inputs import FloatArray

__all__ = ["SCORES", "Score"]

_CHUNK = 1024
"""Rows compared with the normal ones at a time."""


class Score(Protocol):
    """A fitted score; its `arrays` are what it is restored from."""

    arrays: dict[str, npt.NDArray[Any]]

    def __call__(self, rows: FloatArray) -> FloatArray:
        """Return the scores (M,) of rows (M, D); the higher, the more anomalous."""
        ...

    def of_normal(self) -> FloatArray:
        """Return the scores (N,) of the rows it was fitted to."""
        ...


class Distance:
    """The Euclidean distance to the mean of the normal rows."""

    def __init__(self, mean: FloatArray, normal: FloatArray | None = None) -> None:
        self.arrays: dict[str, npt.NDArray[Any]] = {"mean": mean}
        self._normal = normal

    @classmethod
    def fit(cls, normal: FloatArray, k: int) -> Distance:
        """Fit the score to normal rows (N, D); `k` is for neighbors only."""
        return cls(normal.mean(axis=0), normal)

    def __call__(self, rows: FloatArray) -> FloatArray:
        distances: FloatArray = np.linalg.norm(rows - self.arrays["mean"], axis=1)
        return distances

    def of_normal(self) -> FloatArray:
        return self(_check_fitted(self._normal))


class Mahalanobis:
    """The distance to the mean in units of the spread in that direction (Mahalanobis 1936).

    The covariance is shrunk towards a multiple of the identity (Ledoit and Wolf 2004), so that it can be estimated from
    few rows of many columns.
    """

    def __init__(self, mean: FloatArray, whitening: FloatArray, normal: FloatArray | None = None) -> None:
        self.arrays: dict[str, npt.NDArray[Any]] = {"mean": mean, "whitening": whitening}
        self._normal = normal

    @classmethod
    def fit(cls, normal: FloatArray, k: int) -> Mahalanobis:
        """Fit the score to normal rows (N, D); `k` is for neighbors only."""
        from sklearn.covariance import ledoit_wolf

        mean = normal.mean(axis=0)
        shrunk: FloatArray = ledoit_wolf(normal - mean, assume_centered=True)[0]
        values, vectors = np.linalg.eigh(shrunk)
        least = max(float(values.max()), 1e-300) * 1e-12  # all rows alike, or columns that depend on each other
        return cls(mean, vectors / np.sqrt(np.maximum(values, least)), normal)

    def __call__(self, rows: FloatArray) -> FloatArray:
        distances: FloatArray = np.linalg.norm((rows - self.arrays["mean"]) @ self.arrays["whitening"], axis=1)
        return distances

    def of_normal(self) -> FloatArray:
        return self(_check_fitted(self._normal))


class Neighbors:
    """The mean Euclidean distance to the k nearest normal rows (Ramaswamy et al. 2000).

    A row that equals a normal row is taken for that row, which is not a neighbor of itself.
    """

    def __init__(self, normal: FloatArray, k: npt.NDArray[np.int64]) -> None:
        self.arrays: dict[str, npt.NDArray[Any]] = {"normal": normal, "k": k}
        self._positions = {row.tobytes(): i for i, row in enumerate(_without_negative_zeros(normal))}

    @classmethod
    def fit(cls, normal: FloatArray, k: int) -> Neighbors:
        """Fit the score to normal rows (N, D); `k` is the number of neighbors, less than N."""
        if k >= len(normal):
            raise ValueError(f"k={k} neighbors need at least {k + 1} normal rows, got {len(normal)}; give a smaller k")
        return cls(normal, np.array(k))

    def __call__(self, rows: FloatArray) -> FloatArray:
        own = [self._positions.get(row.tobytes(), -1) for row in _without_negative_zeros(rows)]
        return self._mean_distance(rows, np.array(own, dtype=np.int64))

    def of_normal(self) -> FloatArray:
        """Return the scores of the normal rows, each without itself among its neighbors."""
        return self._mean_distance(self.arrays["normal"], np.arange(len(self.arrays["normal"])))

    def _mean_distance(self, rows: FloatArray, own: npt.NDArray[np.int64]) -> FloatArray:
        """The mean distance of each row to its neighbors, without the normal row that it is itself (-1: none)."""
        normal, k = self.arrays["normal"], int(self.arrays["k"])
        center = normal.mean(axis=0)  # near the origin, squares cancel fewer digits
        reference = normal - center
        squares = (reference * reference).sum(axis=1)
        parts = []
        for top in range(0, len(rows), _CHUNK):
            part = rows[top : top + _CHUNK] - center
            squared = np.maximum((part * part).sum(axis=1)[:, None] + squares - 2 * (part @ reference.T), 0)
            itself = own[top : top + _CHUNK]
            known = np.flatnonzero(itself >= 0)
            squared[known, itself[known]] = np.inf
            nearest = np.partition(squared, k - 1, axis=1)[:, :k]
            parts.append(np.sqrt(nearest).mean(axis=1))
        return np.concatenate(parts) if parts else np.empty(0)


def _without_negative_zeros(rows: FloatArray) -> FloatArray:
    """Rows whose bytes are equal where their numbers are."""
    result: FloatArray = np.ascontiguousarray(rows) + 0.0
    return result


def _check_fitted(normal: FloatArray | None) -> FloatArray:
    if normal is None:
        raise ValueError("a detector that was loaded does not hold the rows it was fitted to")
    return normal


SCORES: Mapping[str, tuple[Callable[[FloatArray, int], Score], Callable[..., Score]]] = {
    "distance": (Distance.fit, Distance),
    "mahalanobis": (Mahalanobis.fit, Mahalanobis),
    "neighbors": (Neighbors.fit, Neighbors),
}
"""For each name, what fits a score to (normal rows, k), and what restores it from its arrays."""
