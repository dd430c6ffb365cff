"""Subject `timeseries_learning`: frozen encoders on three sets of the UCR archive, by TS2Vec's protocol.

Every finished (case, seed, set) is written at once and skipped by a later call.
"""

from __future__ import annotations

import argparse
import statistics
from typing import Any

from benchmarks.data.series import SETS, Classification, load_set
from benchmarks.harness.learning_subject import LearningSubject, Record, seeds_of, spread
from benchmarks.harness.subject import Result, Table
from benchmarks.learning.timeseries import ENCODERS, OWN, PAPER, REFERENCES, svm_accuracy

CASES = (*ENCODERS, *REFERENCES)
PEER = "TS2Vec's code"


class SeriesLearning(LearningSubject[Classification]):
    """The subject that the module describes."""

    name = "timeseries_learning"
    title = "Time series: learning without labels"
    threads = 1
    peers = ("aeon", "ts2vec")
    distributions = ("aeon", "ts2vec", "torch", "numpy", "scikit-learn")
    datasets = tuple(SETS)
    dataset_key = "set"
    seedless = ("1-NN, DTW",)

    def cases(self) -> tuple[str, ...]:
        return CASES

    def setting(self, options: argparse.Namespace) -> dict[str, Any]:
        return {"own": OWN, "paper": PAPER}

    def load(self, dataset: str, options: argparse.Namespace) -> Classification:
        return load_set(dataset, 60 if options.quick else None)

    def run_case(self, case: str, data: Classification, seed: int, options: argparse.Namespace) -> Record:
        return _measure_case(case, data, seed, options.quick)

    def tables(self, result: Result) -> list[Table]:
        """Means over the seeds, a column a set; the time of training, and against TS2Vec's code."""
        records: list[Record] = result["records"]
        sets = [name for name in SETS if any(r["set"] == name for r in records)]
        cases = [case for case, _ in self.by_case(records)]
        note = (
            "Accuracy in percent on the test series, mean (minimum to maximum) over seeds. Frozen encoders: an SVM on "
            "the features of whole series, as TS2Vec evaluates: RBF kernel, C by cross-validation from 50 series on. "
            f"The paper's settings: {_describe_setting(PAPER)}. Own settings: {_describe_setting(OWN)}, chosen on "
            "training series. ROCKET and 1-NN see the labels."
        )
        return [
            Table(
                "Accuracy",
                ("case", "seeds", *sets, "mean"),
                tuple(_row(c, records, sets, "accuracy") for c in cases),
                note,
            ),
            Table(
                "Accuracy on standardized features",
                ("case", "seeds", *sets, "mean"),
                tuple(_row(c, records, sets, "standardised") for c in cases if c in ENCODERS),
                "The same, but each feature brought to mean 0 and deviation 1 over the training series.",
            ),
            Table(
                "Seconds of training",
                ("case", "seeds", *sets, "against TS2Vec's code"),
                tuple(_times(c, records, sets) for c in cases),
                "Mean (minimum to maximum) over seeds. The last column: the sum over all sets and seeds that both ran. "
                "ROCKET and 1-NN: fitting and predicting.",
            ),
        ]


def _measure_case(case: str, data: Classification, seed: int, quick: bool) -> Record:
    if case in REFERENCES:
        accuracy, seconds = REFERENCES[case](data, seed, quick)
        return {"accuracy": accuracy, "standardised": None, "seconds": round(seconds, 3)}
    features = ENCODERS[case](data, seed, quick)
    plain, scaled = (svm_accuracy(features, data, standardize=flag) for flag in (False, True))
    return {"accuracy": plain, "standardised": scaled, "seconds": round(features.seconds, 3)}


def _row(case: str, records: list[Record], sets: list[str], figure: str) -> tuple[str, ...]:
    mine = [r for r in records if r["case"] == case]
    cells = [spread([100 * r[figure] for r in mine if r["set"] == name], statistics.mean, 1) for name in sets]
    means = [statistics.mean(100 * r[figure] for r in mine if r["set"] == name) for name in sets if _any(mine, name)]
    whole = f"{statistics.mean(means):.1f}" if len(means) == len(sets) else "-"
    return (case, seeds_of(mine), *cells, whole)


def _times(case: str, records: list[Record], sets: list[str]) -> tuple[str, ...]:
    mine = [r for r in records if r["case"] == case]
    peer = {(r["seed"], r["set"]): r["seconds"] for r in records if r["case"] == PEER}
    both = [(r["seconds"], peer[r["seed"], r["set"]]) for r in mine if (r["seed"], r["set"]) in peer]
    ratio = f"{sum(own for own, _ in both) / sum(theirs for _, theirs in both):.2f}" if both else "-"
    return (
        case,
        seeds_of(mine),
        *(spread([r["seconds"] for r in mine if r["set"] == name], statistics.mean, 1) for name in sets),
        ratio,
    )


def _describe_setting(setting: dict[str, Any]) -> str:
    return f"{setting['steps']} steps of {setting['batch_size']} series, a {setting['schedule']} rate"


def _any(records: list[Record], name: str) -> bool:
    return any(r["set"] == name for r in records)


SUBJECT = SeriesLearning()
