"""Subject `text_learning`: TREC questions, learned without labels and from scratch, judged by a linear probe.

Every finished (case, seed) is written at once and skipped by a later call.
"""

from __future__ import annotations

import argparse
import statistics
from typing import Any

from benchmarks.data.trec import Trec, load_trec, stand_in
from benchmarks.harness.learning_subject import LearningSubject, Record, seeds_of, spread
from benchmarks.harness.subject import Result, Table
from benchmarks.learning.text import create_encoder, features, lsa, tfidf, train_encoder, ways
from pairgen.evaluation import linear_probe

REFERENCES = {"TF-IDF": tfidf, "LSA-128": lsa}
UNTRAINED = {"Transformer, untrained": "Transformer, SimCLR", "bag, untrained": "bag, SimCLR"}


class TextLearning(LearningSubject[Trec]):
    """The subject that the module describes."""

    name = "text_learning"
    title = "Texts: TREC questions, learned without labels"
    threads = 2
    distributions = ("torch", "tokenizers", "numpy", "scikit-learn")
    validation = "test on the last 1,000 training questions"

    def cases(self) -> tuple[str, ...]:
        return (*UNTRAINED, *ways(), *REFERENCES)

    def setting(self, options: argparse.Namespace) -> dict[str, Any]:
        data = self.load("", options)
        return {"train": len(data.train), "test": len(data.test), "ways": {n: repr(w) for n, w in ways().items()}}

    def load(self, dataset: str, options: argparse.Namespace) -> Trec:
        if options.quick:
            return stand_in(64)
        return load_trec().validation(1000) if options.validate else load_trec()

    def run_case(self, case: str, data: Trec, seed: int, options: argparse.Namespace) -> Record:
        return _measure_case(case, data, seed, options.quick)

    def tables(self, result: Result) -> list[Table]:
        """One row a case, means over its seeds."""
        note = (
            f"{result['setting']['train']:,} questions to learn from, {result['setting']['test']:,} to test on, six "
            "classes. Encoders see no labels in training; the probe is logistic regression on standardized features. "
            "TF-IDF of words and pairs of words, LSA-128 its first 128 components, both with logistic regression. "
            "Settings were chosen on the last 1,000 training questions. Accuracy in percent, mean (minimum to maximum) "
            "over seeds."
        )
        rows = tuple(_row(case, runs) for case, runs in self.by_case(result["records"]))
        return [Table("Linear probe", ("case", "seeds", "accuracy", "seconds of training"), rows, note)]


def _measure_case(case: str, data: Trec, seed: int, quick: bool) -> Record:
    if case in REFERENCES:
        return {"accuracy": REFERENCES[case](data), "seconds": 0.0, "loss": None}
    if case in UNTRAINED:
        encoder, loss, seconds = create_encoder(ways()[UNTRAINED[case]], data, seed), None, 0.0
    else:
        encoder, loss, seconds = train_encoder(ways()[case], data, seed, epochs=1 if quick else None)
    known, unknown = features(encoder, data.train), features(encoder, data.test)
    accuracy = linear_probe(known, data.train_labels, unknown, data.test_labels).accuracy
    return {"accuracy": accuracy, "seconds": round(seconds, 1), "loss": loss}


def _row(case: str, records: list[Record]) -> tuple[str, ...]:
    seconds = [r["seconds"] for r in records]
    return (
        case,
        seeds_of(records),
        spread([100 * r["accuracy"] for r in records], statistics.mean, 1),
        spread(seconds, statistics.median, 0) if any(seconds) else "-",
    )


SUBJECT = TextLearning()
