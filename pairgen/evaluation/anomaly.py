"""Anomalies: items whose features lie far from those of normal ones. Features are all it sees: any modality will do.

detector = AnomalyDetector("mahalanobis", false_alarm_rate=0.01).fit(embed(encoder, normal).features)
odd = detector.predict(embed(encoder, new).features)
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pairgen.evaluation.anomaly_scores import SCORES, Score
from pairgen.evaluation.inputs import check_features

__all__ = ["AnomalyDetector", "score_per_step"]

Floats = npt.NDArray[np.float64]

_FOLDS = 5


class AnomalyDetector:
    """Scores features by their distance from normal ones, and calls those above a threshold anomalies.

    score: "distance" to the mean; "mahalanobis", in units of the spread in each direction, with a
        shrunk covariance; "neighbours", the mean distance to the `k` nearest normal rows.
    k: neighbours, at least 1.
    percentile: the threshold is that percentile of the scores of the normal rows themselves (for neighbours, each row
        without itself); 95 by default.
    false_alarm_rate: instead, the share of normal items to come that may be called anomalies, in (0, 1): the threshold
        is the smallest that keeps it on average, for items like the normal ones (a split-conformal quantile, Vovk et
        al. 2005). It is set by scores of rows the detector has not seen: `calibration` rows, or else, approximately,
        each fifth of the normal rows as a detector fitted to the others scores it.

    After `fit`: threshold, a float; columns, the D it was fitted to.
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
        if score not in SCORES:
            raise ValueError(f"no score is called {score!r}; there are: {', '.join(SCORES)}")
        if isinstance(k, bool) or not isinstance(k, int) or k < 1:
            raise ValueError(f"k is a whole number of neighbours, at least 1; got {k!r}")
        if percentile is not None and false_alarm_rate is not None:
            raise ValueError("give either a percentile or a false_alarm_rate, not both: each sets the threshold")
        if percentile is not None and not 0 <= percentile <= 100:
            raise ValueError(f"percentile lies in [0, 100], got {percentile}")
        if false_alarm_rate is not None and not 0 < false_alarm_rate < 1:
            raise ValueError(f"false_alarm_rate lies between 0 and 1, got {false_alarm_rate}")
        self.score_name = score
        self.k = k
        self.percentile = 95.0 if percentile is None and false_alarm_rate is None else percentile
        self.false_alarm_rate = false_alarm_rate
        self._score: Score | None = None

    def fit(self, normal: Any, calibration: Any = None) -> AnomalyDetector:
        """Learn what is normal, set the threshold, and return the detector.

        normal: features (N, D) of normal items, N at least 2. calibration: features of other normal items, for the
        threshold alone.
        Raises ValueError for features that are not finite, and for too few rows for the neighbours or the rate.
        """
        rows = _doubles(normal, "normal")
        if len(rows) < 2:
            raise ValueError(
                f"one normal row says nothing of what varies among normal ones; got {len(rows)}, give more"
            )
        fit = SCORES[self.score_name][0]
        self._score = fit(rows, self.k)
        self.columns = rows.shape[1]
        if calibration is not None:
            scores = self._score(self._checked(calibration, "calibration"))
        elif self.false_alarm_rate is not None:
            scores = self._unseen(rows)
        else:
            scores = self._score.of_normal()
        self.threshold = self._threshold(scores)
        return self

    def score(self, features: Any) -> Floats:
        """Features (M, D) -> scores (M,), the higher the odder."""
        if self._score is None:
            raise ValueError("the detector is not fitted; call fit(features of normal items) first")
        return self._score(self._checked(features, "features"))

    def predict(self, features: Any) -> npt.NDArray[np.bool_]:
        """Features (M, D) -> bool (M,): True for anomalies, whose score is above the threshold."""
        return self.score(features) > self.threshold

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the fitted detector as plain arrays, `.npz`; return the path."""
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
        target.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(target, settings=np.array(json.dumps(settings)), **arrays)
        return target

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> AnomalyDetector:
        """A detector that `save` wrote. FileNotFoundError without one, ValueError for a file that is damaged."""
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
                f"{os.fspath(path)!r} is damaged, or no detector ({type(error).__name__}: {error}); save it again"
            ) from error
        return detector

    def _checked(self, features: Any, name: str) -> Floats:
        rows = _doubles(features, name)
        if rows.shape[1] != self.columns:
            raise ValueError(
                f"{name} has {rows.shape[1]} columns, the detector was fitted to {self.columns}; embed with one encoder"
            )
        return rows

    def _unseen(self, rows: Floats) -> Floats:
        """Each row's score by a detector fitted to the other folds; the folds are strides, the same always."""
        fold = np.arange(len(rows)) % min(_FOLDS, len(rows))
        scores = np.empty(len(rows))
        for number in np.unique(fold):
            held = fold == number
            scores[held] = SCORES[self.score_name][0](rows[~held], self.k)(rows[held])
        return scores

    def _threshold(self, scores: Floats) -> float:
        if self.false_alarm_rate is None:
            return float(np.percentile(scores, 95.0 if self.percentile is None else self.percentile))
        place = math.ceil((len(scores) + 1) * (1 - self.false_alarm_rate) - 1e-9)
        if place > len(scores):
            raise ValueError(
                f"a false-alarm rate of {self.false_alarm_rate:g} needs at least "
                f"{math.ceil(1 / self.false_alarm_rate) - 1} normal rows to set the threshold by, got {len(scores)}"
            )
        return float(np.sort(scores)[place - 1])


def score_per_step(scores: Any, starts: Any, window: int, steps: int | None = None) -> Floats:
    """A score for every step of a long series, of those of its windows: the mean over the windows that hold the step.

    scores: (N,) of the windows. starts: int (N,), the step each begins with. window: steps of a window, at least 1.
    steps: of the series; by default up to the end of the last window. Steps that no window holds have NaN.
    """
    values, begin = np.asarray(scores, dtype=np.float64), np.asarray(starts, dtype=np.int64)
    if values.ndim != 1 or values.shape != begin.shape or not len(values):
        raise ValueError(f"scores has shape {values.shape} and starts {begin.shape}: expected one of each a window")
    length = int(begin.max()) + window if steps is None else steps
    if window < 1 or int(begin.min()) < 0 or int(begin.max()) + window > length:
        raise ValueError(
            f"windows of {window} steps that begin at {begin.min()} to {begin.max()} do not lie in {length} steps"
        )
    total, count = np.zeros(length + 1), np.zeros(length + 1)
    for place, sign in ((begin, 1), (begin + window, -1)):  # what a window adds from here on, and no longer from there
        np.add.at(total, place, sign * values)
        np.add.at(count, place, sign)
    held = np.cumsum(count)[:length].round()
    mean: Floats = np.divide(np.cumsum(total)[:length], held, out=np.full(length, np.nan), where=held > 0)
    return mean


def _doubles(features: Any, name: str) -> Floats:
    return check_features(features, name).astype(np.float64)
