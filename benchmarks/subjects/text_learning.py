"""Subject `text_learning`: TREC questions, learned without labels and from scratch, judged by a linear probe.

Every finished (case, seed) is written at once and skipped by a later call.
"""

from __future__ import annotations

import argparse
import statistics
from typing import Any

from benchmarks.data.trec import Trec, load_trec, stand_in
from benchmarks.harness.records import continued, put, recorded, spread
from benchmarks.harness.subject import Journal, Result, Subject, Table
from benchmarks.learning.text import features, trained, untrained, ways
from benchmarks.learning.text import lsa, tfidf
from pairgen.evaluation import linear_probe

REFERENCES = {"TF-IDF": tfidf, "LSA-128": lsa}
UNTRAINED = {"Transformer, untrained": "Transformer, SimCLR", "bag, untrained": "bag, SimCLR"}


class TextLearning(Subject):
    """See the module."""

    name = "text_learning"
    title = "Texts: TREC questions, learned without labels"
    threads = 2
    distributions = ("torch", "tokenizers", "numpy", "scikit-learn")

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Cases, seeds and where to test."""
        names = [*UNTRAINED, *ways(), *REFERENCES]
        parser.add_argument("--cases", nargs="+", metavar="CASE", default=names, help="of: " + "; ".join(names))
        parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
        parser.add_argument("--validation", action="store_true", help="test on the last 1,000 training questions")
        parser.add_argument("--again", action="store_true", help="repeat what is already recorded")

    def run(self, options: argparse.Namespace, journal: Journal) -> Result:
        """Train and probe what is not recorded yet; save after every (case, seed)."""
        known = [*UNTRAINED, *ways(), *REFERENCES]
        if unknown := [case for case in options.cases if case not in known]:
            raise ValueError(f"no case is called {unknown[0]!r}; there are: {', '.join(known)}")
        data = stand_in(64) if options.quick else load_trec()
        if options.validation and not options.quick:
            data = data.validation(1000)
        setting = {"train": len(data.train), "test": len(data.test), "ways": {n: repr(w) for n, w in ways().items()}}
        figures = continued(journal, setting)
        for seed in [0] if options.quick else options.seeds:
            for case in options.cases:
                if options.again or not recorded(figures["records"], case, seed):
                    record = {"case": case, "seed": seed, **_measured(case, data, seed, options.quick)}
                    put(figures["records"], record)
                    journal.save(figures)
                    print(f"seed {seed}  {case:<24} {record['accuracy']:.4f}  {record['seconds']:.0f} s", flush=True)
        return figures

    def tables(self, result: Result) -> list[Table]:
        """One row a case, means over its seeds."""
        records = result["records"]
        cases = [case for case in (*UNTRAINED, *ways(), *REFERENCES) if any(r["case"] == case for r in records)]
        note = (
            f"{result['setting']['train']:,} questions to learn from, {result['setting']['test']:,} to test on, six "
            "classes. Encoders see no labels in training; the probe is logistic regression on standardised features. "
            "TF-IDF of words and pairs of words, LSA-128 its first 128 components, both with logistic regression. "
            "Settings were chosen on the last 1,000 training questions. Accuracy in percent, mean (minimum to maximum) "
            "over seeds."
        )
        rows = tuple(_row(case, [r for r in records if r["case"] == case]) for case in cases)
        return [Table("Linear probe", ("case", "seeds", "accuracy", "seconds of training"), rows, note)]


def _measured(case: str, data: Trec, seed: int, quick: bool) -> dict[str, Any]:
    if case in REFERENCES:
        return {"accuracy": REFERENCES[case](data), "seconds": 0.0, "loss": None}
    if case in UNTRAINED:
        encoder, loss, seconds = untrained(ways()[UNTRAINED[case]], data, seed), None, 0.0
    else:
        encoder, loss, seconds = trained(ways()[case], data, seed, epochs=1 if quick else None)
    known, unknown = features(encoder, data.train), features(encoder, data.test)
    accuracy = linear_probe(known, data.train_labels, unknown, data.test_labels).accuracy
    return {"accuracy": accuracy, "seconds": round(seconds, 1), "loss": loss}


def _row(case: str, records: list[dict[str, Any]]) -> tuple[str, ...]:
    seconds = [r["seconds"] for r in records]
    return (
        case,
        ", ".join(str(r["seed"]) for r in sorted(records, key=lambda r: int(r["seed"]))),
        spread([100 * r["accuracy"] for r in records], statistics.mean, 1),
        spread(seconds, statistics.median, 0) if any(seconds) else "-",
    )


SUBJECT = TextLearning()
