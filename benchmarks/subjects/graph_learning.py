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

from benchmarks.harness.learning_subject import LearningSubject, Record
from benchmarks.harness.subject import Result, Table
from benchmarks.learning.graph import CASES, DATASETS, Case, features_of, load_graphs, stand_in, svm_accuracy

__all__ = ["SUBJECT", "GraphLearning"]


class GraphLearning(LearningSubject[Any]):
    """The subject that the module describes."""

    name = "graph_learning"
    title = "Learning graphs: GraphCL's protocol"
    threads = 1
    peers = ("torch_geometric", "sklearn")
    distributions = ("torch", "torch_geometric", "networkx", "numba", "numpy", "scikit-learn")
    seeds = (0, 1, 2, 3, 4)
    datasets = tuple(DATASETS)

    def cases(self) -> tuple[str, ...]:
        return tuple(CASES)

    def setting(self, options: argparse.Namespace) -> dict[str, Any]:
        """All cases, as JSON gives them back."""
        cases = {name: dataclasses.asdict(case) for name, case in CASES.items()}
        setting: dict[str, Any] = json.loads(json.dumps(cases))
        return setting

    def load(self, dataset: str, options: argparse.Namespace) -> Any:
        return stand_in(40) if options.quick else load_graphs(dataset)

    def run_case(self, case: str, data: Any, seed: int, options: argparse.Namespace) -> Record:
        return _measure_case(case, data, seed, options.quick)

    def tables(self, result: Result) -> list[Table]:
        """One table a data set: one row a case, mean and standard deviation over its seeds."""
        tables = []
        for name, (published, deviation) in DATASETS.items():
            records = [record for record in result["records"] if record["dataset"] == name]
            rows = [_row(case, runs) for case, runs in self.by_case(records)]
            if rows:
                rows.append(("*GraphCL, as published*", "*paper*", f"{published:.2f} +- {deviation:.2f}", "5", "-"))
                columns = ("case", "library", "accuracy, percent", "seeds", "seconds a seed")
                tables.append(Table(name, columns, tuple(rows), NOTE))
        return tables


NOTE = (
    "All graphs, without labels; then a support vector machine with an RBF kernel on standardized features, 10 "
    "stratified folds, its penalty chosen by 5-fold cross-validation within the training folds. Mean and standard "
    "deviation over seeds of initial weights, views and folds. Features are those after the last epoch, not of the "
    "best one. Settings of the cases: benchmarks/learning/graph.py."
)


def _measure_case(case: str, data: Any, seed: int, quick: bool) -> Record:
    setting: Case = dataclasses.replace(CASES[case], epochs=1) if quick else CASES[case]
    start = time.perf_counter()
    features, loss = features_of(setting, data, seed)
    seconds = round(time.perf_counter() - start, 1)
    accuracy = svm_accuracy(features, data.labels, seed, folds=3 if quick else 10)
    return {"accuracy": accuracy, "loss": loss, "seconds": seconds}


def _row(case: str, records: list[Record]) -> tuple[str, ...]:
    values = [record["accuracy"] for record in records]
    seconds = statistics.median(record["seconds"] for record in records)
    accuracy = f"{statistics.mean(values):.2f} +- {statistics.pstdev(values):.2f}"
    return case, "pairgen", accuracy, str(len(values)), f"{seconds:.0f}"


SUBJECT = GraphLearning()
