"""Anomalies: items whose features lie far from those of normal ones, of any modality."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pairgen._io import replace_atomically
from pairgen._validation import check_choice, check_int, check_number
from pairgen.evaluation._anomaly_scores import SCORES, Score
from pairgen.evaluation._inputs import FeaturesLike, FloatArray, check_features

__all__ = ["AnomalyDetector", "score_per_step"]

_FOLDS = 5


class AnomalyDetector:
    """Detect anomalies: features whose distance from normal ones is above a threshold.

    Args:
        score: "distance" to the mean; "mahalanobis", the distance in units of the spread in each direction, with a
            shrunk covariance (Ledoit and Wolf 2004); "neighbors", the mean distance to the `k` nearest normal rows
            (Ramaswamy et al. 2000), without the row itself where it is one of them.
        k: Number of neighbors, at least 1.
        percentile: The threshold is this percentile, in [0, 100], of the scores of the normal rows themselves (for
            neighbors, each row without itself). None for 95, unless `false_alarm_rate` is given.
        false_alarm_rate: Sets the threshold instead: the ratio of normal items to come that may be called anomalies,
            in (0, 1). The threshold is the smallest that keeps it on average, for items like the normal ones (a
            split-conformal quantile, Vovk et al. 2005). It is set by scores of rows the detector was not fitted to:
            `calibration` rows, or else, approximately, each fifth of the normal rows scored by a detector fitted to the
            others.

    Attributes:
        threshold: Score above which a row is an anomaly; set by `fit`.
        columns: Number of features D it was fitted to; set by `fit`.

    Raises:
        TypeError: A number has the wrong type.
        ValueError: A number is out of range, the score is unknown, or both percentile and false-alarm rate are given.

    Example:
        >>> normal = np.random.default_rng(0).normal(size=(200, 3))
        >>> detector = AnomalyDetector("mahalanobis", false_alarm_rate=0.01).fit(normal)
        >>> detector.predict([[0.0, 0.0, 0.0], [9.0, 9.0, 9.0]])
        array([False,  True])
    """

    threshold: float
    columns: int

    def __init__(
        self,
        score: str = "mahalanobis",
        *,
        k: int = 5,
        percentile: float | None = None,
        false_alarm_rate: float | None = None,
    ) -> None:
        check_choice("score", score, SCORES)
        check_int("k", k, 1, unit="neighbors")
        if percentile is not None and false_alarm_rate is not None:
            raise ValueError("give either a percentile or a false_alarm_rate, not both: each sets the threshold")
        if percentile is not None:
            check_number("percentile", percentile, 0, 100)
        if false_alarm_rate is not None:
            check_number("false_alarm_rate", false_alarm_rate, 0, 1, above=True, below=True)
        self.score_name = score
        self.k = k
        self.percentile = 95.0 if percentile is None and false_alarm_rate is None else percentile
        self.false_alarm_rate = false_alarm_rate
        self._score: Score | None = None

    def fit(self, normal: FeaturesLike, calibration: FeaturesLike | None = None) -> AnomalyDetector:
        """Fit the score to normal items and set the threshold.

        Args:
            normal: Features (N, D) of normal items, N at least 2.
            calibration: Features (M, D) of other normal items, for the threshold only; None for none.

        Returns:
            The detector itself.

        Raises:
            TypeError: The features are not real numbers.
            ValueError: The features are not finite, or there are too few rows for the neighbors or the rate.
        """
        rows = check_features(normal, "normal").astype(np.float64)
        if len(rows) < 2:
            raise ValueError(f"one normal row does not show how normal rows vary; got {len(rows)}, give more")
        fit = SCORES[self.score_name][0]
        self._score = fit(rows, self.k)
        self.columns = rows.shape[1]
        if calibration is not None:
            scores = self._score(self._check(calibration, "calibration"))
        elif self.false_alarm_rate is not None:
            scores = self._cross_fit(rows)
        else:
            scores = self._score.of_normal()
        self.threshold = self._threshold(scores)
        return self

    def fit_score(self, features: FeaturesLike) -> FloatArray:
        """Fit to features whose anomalies are to be found among them, and score the same rows.

        The ratio of rows above the threshold is given by the settings, not by the data: 5 % for a percentile of 95.

        Args:
            features: Features (N, D), N at least 2, of items that are normal for the most part.

        Returns:
            Scores float64 (N,), for neighbors of each row without itself.

        Raises:
            TypeError: The features are not real numbers.
            ValueError: As for `fit`.

        Example:
            >>> detector = AnomalyDetector("neighbors", k=2)
            >>> detector.fit_score([[0.0], [1.0], [2.0], [9.0]]) > detector.threshold
            array([False, False, False,  True])
        """
        return self.fit(features).score(features)

    def score(self, features: FeaturesLike) -> FloatArray:
        """Score features.

        Args:
            features: Features (M, D) from the encoder of the normal ones.

        Returns:
            Scores float64 (M,); the higher, the more anomalous.

        Raises:
            ValueError: The detector is not fitted, or the features do not fit.
        """
        if self._score is None:
            raise ValueError("the detector is not fitted; call fit(features of normal items) first")
        return self._score(self._check(features, "features"))

    def predict(self, features: FeaturesLike) -> npt.NDArray[np.bool_]:
        """Return whether each row of the features (M, D) is an anomaly: bool (M,), score > threshold."""
        return self.score(features) > self.threshold

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the fitted detector as plain arrays, whole or not at all.

        Args:
            path: File name that ends in ".npz".

        Returns:
            The path.

        Raises:
            ValueError: The detector is not fitted, or the file name has another ending.
        """
        if self._score is None:
            raise ValueError("the detector is not fitted; there is nothing to save")
        target = Path(path)
        if target.suffix != ".npz":
            raise ValueError(f"{target} must end in .npz")
        settings = {
            "score": self.score_name,
            "k": self.k,
            "percentile": self.percentile,
            "false_alarm_rate": self.false_alarm_rate,
            "threshold": self.threshold,
            "columns": self.columns,
        }
        arrays: dict[str, Any] = {f"score_{name}": array for name, array in self._score.arrays.items()}
        with replace_atomically(target) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, settings=np.array(json.dumps(settings)), **arrays)
        return target

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> AnomalyDetector:
        """Read a detector that `save` wrote.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: The file is damaged, or not a detector.
        """
        if not Path(path).is_file():
            raise FileNotFoundError(f"there is no detector at {os.fspath(path)!r}; save one with detector.save(path)")
        try:
            with np.load(path, allow_pickle=False) as archive:
                settings: dict[str, Any] = json.loads(str(archive["settings"]))
                arrays = {n.removeprefix("score_"): archive[n] for n in archive.files if n.startswith("score_")}
            options = {name: settings[name] for name in ("k", "percentile", "false_alarm_rate")}
            detector = cls(settings["score"], **options)
            detector._score = SCORES[settings["score"]][1](**arrays)
            detector.threshold, detector.columns = float(settings["threshold"]), int(settings["columns"])
        except Exception as error:
            raise ValueError(
                f"{os.fspath(path)!r} is damaged, or not a detector ({type(error).__name__}: {error}); save it again"
            ) from error
        return detector

    def _check(self, features: FeaturesLike, name: str) -> FloatArray:
        rows = check_features(features, name).astype(np.float64)
        if rows.shape[1] != self.columns:
            raise ValueError(
                f"{name} has {rows.shape[1]} columns, the detector was fitted to {self.columns}; embed with one encoder"
            )
        return rows

    def _cross_fit(self, rows: FloatArray) -> FloatArray:
        """The score of each row by a detector fitted to the other folds; a fold is every fifth row."""
        fold = np.arange(len(rows)) % min(_FOLDS, len(rows))
        scores = np.empty(len(rows))
        for number in np.unique(fold):
            held_out = fold == number
            scores[held_out] = SCORES[self.score_name][0](rows[~held_out], self.k)(rows[held_out])
        return scores

    def _threshold(self, scores: FloatArray) -> float:
        if self.false_alarm_rate is None:
            return float(np.percentile(scores, 95.0 if self.percentile is None else self.percentile))
        rank = math.ceil((len(scores) + 1) * (1 - self.false_alarm_rate) - 1e-9)
        if rank > len(scores):
            raise ValueError(
                f"a false-alarm rate of {self.false_alarm_rate:g} needs at least "
                f"{math.ceil(1 / self.false_alarm_rate) - 1} normal rows to set the threshold, got {len(scores)}"
            )
        return float(np.sort(scores)[rank - 1])


def score_per_step(scores: npt.ArrayLike, starts: npt.ArrayLike, window: int, steps: int | None = None) -> FloatArray:
    """Turn scores of windows into a score for every step of a long series, the mean over the windows that hold it.

    Args:
        scores: Scores (N,) of the windows.
        starts: Integers (N,), the step that each window begins with.
        window: Length of a window in steps, at least 1.
        steps: Length of the series in steps; None for up to the end of the last window.

    Returns:
        float64 (steps,); NaN for steps that no window holds.

    Raises:
        ValueError: There are no windows, as many scores as starts are not given, or a window lies outside the series.

    Example:
        >>> score_per_step([1.0, 3.0], [0, 2], window=3)
        array([1., 1., 2., 3., 3.])
    """
    values, begin = np.asarray(scores, dtype=np.float64), np.asarray(starts, dtype=np.int64)
    if values.ndim != 1 or values.shape != begin.shape or not len(values):
        raise ValueError(
            f"scores has shape {values.shape} and starts {begin.shape}: expected one of each for each window"
        )
    length = int(begin.max()) + window if steps is None else steps
    if window < 1 or int(begin.min()) < 0 or int(begin.max()) + window > length:
        raise ValueError(
            f"windows of {window} steps that begin at {begin.min()} to {begin.max()} do not lie in {length} steps"
        )
    total, count = np.zeros(length + 1), np.zeros(length + 1)
    for edge, sign in ((begin, 1), (begin + window, -1)):  # a window adds its score from its begin to its end
        np.add.at(total, edge, sign * values)
        np.add.at(count, edge, sign)
    windows = np.cumsum(count)[:length].round()
    mean: FloatArray = np.divide(np.cumsum(total)[:length], windows, out=np.full(length, np.nan), where=windows > 0)
    return mean
