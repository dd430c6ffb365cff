"""Subject `timeseries_anomalies`: one anomaly in a recording, and shifted Gaussians."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

import pairgen
from benchmarks.data.series import Recording, load_recording
from benchmarks.harness.learning_subject import Record, spread
from benchmarks.harness.subject import Journal, Result, Subject, Table
from pairgen.evaluation import AnomalyDetector, embed, score_per_step
from pairgen.methods import Method, SimCLR, TS2Vec

Floats = npt.NDArray[np.floating[Any]]

WINDOW = 100
"""Steps; about half of the recording's rhythm of 183."""
NETWORK = {"out_features": 128, "hidden": 32, "depth": 5}
BATCH = 32
LEARNED: dict[str, tuple[Callable[[Any], Method], str, int]] = {
    "TS2Vec": (TS2Vec, "ts2vec", 2),
    "SimCLR on windows": (SimCLR, "ts-tcc", 4),
}
"""Cases that train: encoder -> method, recipe, epochs, which take about as long."""

CASES = ("matrix profile", "raw windows", "untrained", *LEARNED)
SCORES = ("distance", "mahalanobis", "neighbors")
TOLERANCE = 100


class SeriesAnomalies(Subject):
    """The subject that the module describes."""

    name = "timeseries_anomalies"
    title = "Time series: anomalies"
    threads = 1
    peers = ("aeon", "stumpy")
    distributions = ("aeon", "stumpy", "torch", "numpy", "scikit-learn")

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the seeds."""
        parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])

    def run(self, options: argparse.Namespace, journal: Journal) -> Result:
        """Score the recording and the shifted Gaussians; save after every seed."""
        figures: Result = {"recording": [], "gaussians": []}
        recording = load_recording(600 if options.quick else None)
        figures["recording"] += [_judge("matrix profile", "discord", None, _profile(recording), recording, 0.0)]
        figures["recording"] += _score_windows("raw windows", None, *_windows(recording), recording, 0.0)
        for seed in [0] if options.quick else options.seeds:
            figures["recording"] += _learn(recording, seed, options.quick)
            figures["gaussians"] += _gaussians(seed, options.quick)
            journal.save(figures)
        return figures

    def tables(self, result: Result) -> list[Table]:
        """The recording, a row a way to score; then the shifted Gaussians."""
        return [_recording_table(result["recording"]), _gaussians_table(result["gaussians"])]


# -- the recording -----------------------------------------------------------------------------------------------------


def _read(values: Floats) -> Any:
    return pairgen.get_modality("timeseries").read(values, window=WINDOW, stride=1)


def _windows(recording: Recording) -> tuple[Floats, Floats]:
    known, new = (_read(part) for part in (recording.normal, recording.series))
    return np.stack(list(known)), np.stack(list(new))


def _profile(recording: Recording) -> Floats:
    """The distance of each window to the most similar one of the whole recording (Yeh et al. 2016), per step."""
    import stumpy

    profile = stumpy.stump(recording.series.astype(np.float64), WINDOW)[:, 0].astype(np.float64)
    return score_per_step(profile, np.arange(len(profile)), WINDOW, len(recording.series))


def _learn(recording: Recording, seed: int, quick: bool) -> list[Record]:
    known, new = (_read(part) for part in (recording.normal, recording.series))
    statistics_of: dict[str, Any] = {"mean": float(recording.normal.mean()), "std": float(recording.normal.std())}
    eval_sampler = pairgen.PairSampler("timeseries", recipe="eval", **statistics_of)
    records = []
    for case in ("untrained", *LEARNED):
        torch.manual_seed(seed)
        encoder: Any = pairgen.create_encoder("timeseries", "dilated-cnn", **NETWORK)
        seconds = 0.0
        if case in LEARNED:
            method, recipe, epochs = LEARNED[case]
            sampler = pairgen.PairSampler("timeseries", recipe=recipe, seed=seed, **statistics_of)
            loader = sampler.loader(known, BATCH, shuffle=True, drop_last=True, batched=True)
            trainer = pairgen.Trainer(method(encoder), epochs=1 if quick else epochs, device="cpu", progress=False)
            started = time.perf_counter()
            trainer.fit(loader)
            seconds = time.perf_counter() - started
        rows, others = (embed(encoder, part, sampler=eval_sampler, device="cpu").features for part in (known, new))
        records += _score_windows(case, seed, rows, others, recording, seconds)
    return records


def _score_windows(
    case: str, seed: int | None, known: Floats, new: Floats, recording: Recording, seconds: float
) -> list[Record]:
    """One record a way to score, of features of all windows."""
    steps, starts = len(recording.series), np.arange(len(new))
    return [
        _judge(
            case,
            score,
            seed,
            score_per_step(AnomalyDetector(score).fit(known).score(new), starts, WINDOW, steps),
            recording,
            seconds,
        )
        for score in SCORES
    ]


def _judge(case: str, score: str, seed: int | None, scores: Floats, recording: Recording, seconds: float) -> Record:
    """peak: how far the highest score is from the anomaly, in steps. rank: of its highest step. auc: over all steps."""
    from sklearn.metrics import roc_auc_score

    odd = np.flatnonzero(recording.odd)
    top = int(scores.argmax())
    record = {
        "case": case,
        "score": score,
        "seed": seed,
        "peak": int(max(0, odd[0] - top, top - odd[-1])),
        "rank": 1 + int((scores > scores[odd].max()).sum()),
        "auc": round(float(roc_auc_score(recording.odd, scores)), 4),
        "seconds": round(seconds, 1),
    }
    print(record, flush=True)
    return record


def _recording_table(records: list[Record]) -> Table:
    rows = []
    for case in CASES:
        for score in ("discord", *SCORES):
            mine = [r for r in records if (r["case"], r["score"]) == (case, score)]
            if mine:
                found = sum(r["peak"] <= TOLERANCE for r in mine)
                peaks, ranks = (", ".join(str(r[name]) for r in mine) for name in ("peak", "rank"))
                auc = spread([r["auc"] for r in mine], statistics.mean, 4)
                rows.append((case, score, f"{found} of {len(mine)}", peaks, ranks, auc))
    return Table(
        "KDD-TSAD 135: 7,501 steps, an anomaly of 12",
        ("features", "score", f"peak within {TOLERANCE}", "peak's distance", "rank", "ROC-AUC"),
        tuple(rows),
        f"Windows of {WINDOW} steps; a step's score is the mean over the windows that hold it. Fitted to the 1,200 "
        "normal steps; the matrix profile compares the recording with itself. One number a seed; rank: of the "
        f"anomaly's highest step among all steps. Network {NETWORK}; epochs: "
        + ", ".join(f"{case} {epochs}" for case, (_, _, epochs) in LEARNED.items())
        + ". Of 32, 64 and 128 features, 32 left TS2Vec short of the anomaly in the seeds tried, 64 in one of three.",
    )


# -- shifted Gaussians -------------------------------------------------------------------------------------------------


def _gaussians(seed: int, quick: bool) -> list[Record]:
    """1,000 normal and 100 shifted series of 50 steps; the last 200 normal ones are held out."""
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(seed)
    normal = rng.normal(size=(1000, 50, 1)).astype(np.float32)
    shifted = (rng.normal(size=(100, 50, 1)) + 2).astype(np.float32)
    known, new = normal[:800], np.concatenate([normal[800:], shifted])
    odd = np.r_[np.zeros(200), np.ones(100)]
    torch.manual_seed(seed)
    encoder = pairgen.create_encoder("timeseries", "lstm")
    eval_sampler = pairgen.PairSampler("timeseries", recipe="eval")
    records = []
    for case in ("untrained LSTM", "LSTM, SimCLR"):
        if case == "LSTM, SimCLR":
            loader = pairgen.PairSampler("timeseries", recipe="jitter-scale", seed=seed).loader(
                known, 64, shuffle=True, drop_last=True, batched=True
            )
            pairgen.Trainer(SimCLR(encoder, 32), epochs=1 if quick else 5, device="cpu", progress=False).fit(loader)
        rows, others = (embed(encoder, part, sampler=eval_sampler, device="cpu").features for part in (known, new))
        for score in SCORES:
            detector = AnomalyDetector(score, percentile=95).fit(rows)
            called = detector.predict(others)
            record = {
                "case": case,
                "score": score,
                "seed": seed,
                "auc": round(float(roc_auc_score(odd, detector.score(others))), 4),
                "false_alarms": float(called[:200].mean()),
                "found": float(called[200:].mean()),
            }
            print(record, flush=True)
            records.append(record)
    return records


def _gaussians_table(records: list[Record]) -> Table:
    rows = []
    for case in ("untrained LSTM", "LSTM, SimCLR"):
        for score in SCORES:
            mine = [r for r in records if (r["case"], r["score"]) == (case, score)]
            if mine:
                shares = (f"{100 * statistics.mean(r[name] for r in mine):.1f}" for name in ("found", "false_alarms"))
                rows.append((case, score, spread([r["auc"] for r in mine], statistics.mean, 4), *shares))
    return Table(
        "Gaussian series, and such shifted by 2",
        ("features", "score", "ROC-AUC", "found, %", "false alarms, %"),
        tuple(rows),
        "800 normal series to learn from, 200 normal and 100 shifted ones to tell apart; threshold: the 95th "
        "percentile of the normal scores. Mean (minimum to maximum) over seeds.",
    )


SUBJECT = SeriesAnomalies()
