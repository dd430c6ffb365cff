"""Subject `graph_learning`: GraphCL's protocol on MUTAG and PROTEINS, beside features that nobody trained.

Every finished (data set, case, seed) is written at once and skipped by a later call.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import time
from typing import Any

from benchmarks.harness.records import continued
from benchmarks.harness.subject import Journal, Result, Subject, Table
from benchmarks.learning.graph import features_of, load_graphs, stand_in, svm_accuracy
from benchmarks.learning.graph import CASES, DATASETS, Case

__all__ = ["SUBJECT", "GraphLearning"]

Record = dict[str, Any]


class GraphLearning(Subject):
    """See the module."""

    name = "graph_learning"
    title = "Learning graphs: GraphCL's protocol"
    threads = 1
    peers = ("torch_geometric", "sklearn")
    distributions = ("torch", "torch_geometric", "networkx", "numba", "numpy", "scikit-learn")

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Data sets, cases and seeds."""
        parser.add_argument("--datasets", nargs="+", choices=list(DATASETS), default=list(DATASETS))
        parser.add_argument("--cases", nargs="+", metavar="CASE", default=list(CASES), help=f"of: {'; '.join(CASES)}")
        parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4])
        parser.add_argument("--again", action="store_true", help="repeat what is already recorded")

    def run(self, options: argparse.Namespace, journal: Journal) -> Result:
        """Learn, embed and judge what is not recorded yet; save after every one."""
        if unknown := [case for case in options.cases if case not in CASES]:
            raise ValueError(f"no case is called {unknown[0]!r}; there are: {', '.join(CASES)}")
        figures = continued(journal, _setting())
        records = figures["records"]
        names, seeds = (["MUTAG"], [0]) if options.quick else (options.datasets, options.seeds)
        for name in names:
            data = stand_in(40) if options.quick else load_graphs(name)
            for seed in seeds:
                for case in options.cases:
                    if not options.again and _find(records, name, case, seed):
                        continue
                    record = _one(name, case, seed, data, options.quick)
                    records[:] = [r for r in records if (r["dataset"], r["case"], r["seed"]) != (name, case, seed)]
                    records.append(record)
                    journal.save(figures)
        return figures

    def tables(self, result: Result) -> list[Table]:
        """One table a data set: one row a case, mean and standard deviation over its seeds."""
        tables = []
        for name, (published, deviation) in DATASETS.items():
            rows = [
                row
                for case in CASES
                if (row := _row(case, [r for r in result["records"] if (r["dataset"], r["case"]) == (name, case)]))
            ]
            if rows:
                rows.append(("*GraphCL, as published*", "*paper*", f"{published:.2f} +- {deviation:.2f}", "5", "-"))
                columns = ("case", "library", "accuracy, percent", "seeds", "seconds a seed")
                tables.append(Table(name, columns, tuple(rows), NOTE))
        return tables


NOTE = (
    "All graphs, without labels; then a support vector machine with an RBF kernel on standardised features, 10 "
    "stratified folds, its penalty chosen by 5-fold cross-validation within the training folds. Mean and standard "
    "deviation over seeds of initial weights, views and folds. Features are those after the last epoch, not of the "
    "best one. Settings of the cases: benchmarks/graph_setting.py."
)


def _one(name: str, case: str, seed: int, data: Any, quick: bool) -> Record:
    setting: Case = dataclasses.replace(CASES[case], epochs=1) if quick else CASES[case]
    start = time.perf_counter()
    features, loss = features_of(setting, data, seed)
    seconds = round(time.perf_counter() - start, 1)
    accuracy = svm_accuracy(features, data.labels, seed, folds=3 if quick else 10)
    print(f"{name}  seed {seed}  {case:<32} {accuracy:.2f}  {seconds:.1f} s", flush=True)
    return {"dataset": name, "case": case, "seed": seed, "accuracy": accuracy, "loss": loss, "seconds": seconds}


def _setting() -> dict[str, Any]:
    """All cases, as JSON gives them back."""
    setting: dict[str, Any] = json.loads(json.dumps({name: dataclasses.asdict(case) for name, case in CASES.items()}))
    return setting


def _find(records: list[Record], dataset: str, case: str, seed: int) -> bool:
    return any((r["dataset"], r["case"], r["seed"]) == (dataset, case, seed) for r in records)


def _row(case: str, records: list[Record]) -> tuple[str, ...]:
    if not records:
        return ()
    values = [record["accuracy"] for record in records]
    seconds = statistics.median(record["seconds"] for record in records)
    accuracy = f"{statistics.mean(values):.2f} +- {statistics.pstdev(values):.2f}"
    return case, "pairgen", accuracy, str(len(values)), f"{seconds:.0f}"


SUBJECT = GraphLearning()
