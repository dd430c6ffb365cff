"""Which runs a learning subject makes, with cases that learn nothing."""

from __future__ import annotations

import argparse

import pytest

from benchmarks.harness.learning_subject import LearningSubject, spread
from benchmarks.harness.subject import Journal

HEAD = {"machine": {"cpu": "toy"}, "versions": {"pairgen": "0"}}


class Toy(LearningSubject):
    name = title = "toy"
    seeds = (0, 1)
    datasets = ("a", "b")
    dataset_key = "set"
    seedless = ("constant",)

    def __init__(self):
        self.loaded = []

    def cases(self):
        return ("constant", "random")

    def setting(self, options):
        return {"epochs": 1}

    def load(self, dataset, options):
        self.loaded.append(dataset)
        return dataset

    def run_case(self, case, data, seed, options):
        return {"accuracy": float(seed), "loss": None}

    def tables(self, result):
        return []


def options(*arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    Toy().add_arguments(parser)
    return parser.parse_args(arguments)


def test_every_case_runs_once_a_seed_and_data_set_and_what_is_not_random_with_one_seed(tmp_path):
    journal, toy = Journal(tmp_path / "toy.json", HEAD), Toy()
    records = toy.run(options(), journal)["records"]
    runs = [(record["set"], record["case"], record["seed"]) for record in records]
    assert runs == [(name, *run) for name in "ab" for run in (("constant", 0), ("random", 0), ("random", 1))]
    assert list(records[0]) == ["case", "seed", "set", "accuracy", "loss"]
    assert toy.loaded == ["a", "b"]
    assert toy.run(options(), journal)["records"] == records
    assert toy.loaded == ["a", "b"]


def test_a_quick_run_takes_one_seed_of_one_data_set():
    records = Toy().run(options("--quick", "--cases", "random"), Journal(None, HEAD))["records"]
    assert [(record["set"], record["seed"]) for record in records] == [("a", 0)]


def test_unknown_names_list_those_there_are():
    with pytest.raises(ValueError, match="unknown case 'best'; available: constant; random"):
        Toy().run(options("--cases", "best"), Journal(None, HEAD))
    with pytest.raises(ValueError, match="unknown data set 'c'; available: a; b"):
        Toy().run(options("--datasets", "c"), Journal(None, HEAD))


def test_a_spread_of_nothing_is_a_dash():
    assert spread([], max, 1) == "-"
    assert spread([1.0, 3.0], max, 1) == "3.0 (1.0 to 3.0)"
