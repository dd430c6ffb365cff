"""Subject `timeseries_learning`: frozen encoders on three sets of the UCR archive, by TS2Vec's protocol.

Every finished (case, seed, set) is written at once and skipped by a later call.
"""

from __future__ import annotations

import argparse
import statistics
from typing import Any

from benchmarks.data.series import SETS, Classification, load_set
from benchmarks.harness.records import continued, spread
from benchmarks.harness.subject import Journal, Result, Subject, Table
from benchmarks.learning.timeseries import REFERENCES, svm_accuracy
from benchmarks.learning.timeseries import ENCODERS, OWN, PAPER

CASES = (*ENCODERS, *REFERENCES)
SEEDLESS = ("1-NN, DTW",)
PEER = "TS2Vec's code"

Record = dict[str, Any]


class SeriesLearning(Subject):
    """See the module."""

    name = "timeseries_learning"
    title = "Time series: learning without labels"
    threads = 1
    peers = ("aeon", "ts2vec")
    distributions = ("aeon", "ts2vec", "torch", "numpy", "scikit-learn")

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Cases, seeds and sets."""
        parser.add_argument("--cases", nargs="+", metavar="CASE", default=list(CASES), help="of: " + "; ".join(CASES))
        parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
        parser.add_argument("--sets", nargs="+", metavar="SET", default=list(SETS), help="of: " + ", ".join(SETS))
        parser.add_argument("--again", action="store_true", help="repeat what is already recorded")

    def run(self, options: argparse.Namespace, journal: Journal) -> Result:
        """Train and classify what is not recorded yet; save after every (case, seed, set)."""
        for kind, chosen, known in (("case", options.cases, CASES), ("set", options.sets, SETS)):
            if unknown := [name for name in chosen if name not in known]:
                raise ValueError(f"no {kind} is called {unknown[0]!r}; there are: {', '.join(known)}")
        figures = continued(journal, {"own": OWN, "paper": PAPER})
        records: list[Record] = figures["records"]
        for case, seed, name in _wanted(options, records):
            data = load_set(name, 60 if options.quick else None)
            record = {"case": case, "seed": seed, "set": name, **_measured(case, data, seed, options.quick)}
            records[:] = [r for r in records if (r["case"], r["seed"], r["set"]) != (case, seed, name)]
            records.append(record)
            journal.save(figures)
            print(f"seed {seed}  {name:<17} {case:<24} {record['accuracy']:.3f}  {record['seconds']:.1f} s", flush=True)
        return figures

    def tables(self, result: Result) -> list[Table]:
        """Means over the seeds, a column a set; the time of training, and against TS2Vec's code."""
        records: list[Record] = result["records"]
        sets = [name for name in SETS if any(r["set"] == name for r in records)]
        cases = [case for case in CASES if any(r["case"] == case for r in records)]
        note = (
            "Accuracy in percent on the test series, mean (minimum to maximum) over seeds. Frozen encoders: an SVM on "
            "the features of whole series, as TS2Vec evaluates: RBF kernel, C by cross-validation from 50 series on. "
            f"The paper's settings: {_told(PAPER)}. Own settings: {_told(OWN)}, chosen on training series. ROCKET and "
            "1-NN see the labels."
        )
        return [
            Table(
                "Accuracy",
                ("case", "seeds", *sets, "mean"),
                tuple(_row(c, records, sets, "accuracy") for c in cases),
                note,
            ),
            Table(
                "Accuracy on standardised features",
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


def _wanted(options: argparse.Namespace, records: list[Record]) -> list[tuple[str, int, str]]:
    """What is to be run: the cases of one seed and set side by side; without a seed of its own, a case once."""
    seeds = [0] if options.quick else options.seeds
    return [
        (case, seed, name)
        for seed in seeds
        for name in options.sets
        for case in options.cases
        if not (case in SEEDLESS and seed != seeds[0]) and (options.again or not _find(records, case, seed, name))
    ]


def _measured(case: str, data: Classification, seed: int, quick: bool) -> Record:
    if case in REFERENCES:
        accuracy, seconds = REFERENCES[case](data, seed, quick)
        return {"accuracy": accuracy, "standardised": None, "seconds": round(seconds, 3)}
    features = ENCODERS[case](data, seed, quick)
    plain, scaled = (svm_accuracy(features, data, standardize=flag) for flag in (False, True))
    return {"accuracy": plain, "standardised": scaled, "seconds": round(features.seconds, 3)}


def _find(records: list[Record], case: str, seed: int, name: str) -> bool:
    return any((r["case"], r["seed"], r["set"]) == (case, seed, name) for r in records)


def _row(case: str, records: list[Record], sets: list[str], figure: str) -> tuple[str, ...]:
    mine = [r for r in records if r["case"] == case]
    cells = [_spread([100 * r[figure] for r in mine if r["set"] == name], 1) for name in sets]
    means = [statistics.mean(100 * r[figure] for r in mine if r["set"] == name) for name in sets if _any(mine, name)]
    whole = f"{statistics.mean(means):.1f}" if len(means) == len(sets) else "-"
    return (case, _seeds(mine), *cells, whole)


def _times(case: str, records: list[Record], sets: list[str]) -> tuple[str, ...]:
    mine = [r for r in records if r["case"] == case]
    peer = {(r["seed"], r["set"]): r["seconds"] for r in records if r["case"] == PEER}
    both = [(r["seconds"], peer[r["seed"], r["set"]]) for r in mine if (r["seed"], r["set"]) in peer]
    ratio = f"{sum(own for own, _ in both) / sum(theirs for _, theirs in both):.2f}" if both else "-"
    return (case, _seeds(mine), *(_spread([r["seconds"] for r in mine if r["set"] == name], 1) for name in sets), ratio)


def _told(setting: dict[str, Any]) -> str:
    return f"{setting['steps']} steps of {setting['batch_size']} series, a {setting['schedule']} rate"


def _any(records: list[Record], name: str) -> bool:
    return any(r["set"] == name for r in records)


def _seeds(records: list[Record]) -> str:
    return ", ".join(str(seed) for seed in sorted({r["seed"] for r in records}))


def _spread(values: list[float], digits: int) -> str:
    if not values:
        return "-"
    return spread(values, statistics.mean, digits)


SUBJECT = SeriesLearning()
