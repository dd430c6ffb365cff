"""What is recorded of `graph_learning`, how an interrupted run goes on, and what its baselines see."""

from __future__ import annotations

import argparse

import numpy as np
import pytest

pytest.importorskip("torch_geometric")

from benchmarks.harness.subject import Journal
from benchmarks.learning.graph import CASES, Case, features_of, stand_in, svm_accuracy
from benchmarks.peers.graph import networkx_view, pyg_view, random_edges
from benchmarks.subjects import graph_learning

HEAD = {"machine": {"cpu": "toy"}, "versions": {"pairgen": "0"}}


@pytest.fixture
def learnt(monkeypatch):
    """The (data set, case, seed) that were learnt; learning is replaced by nothing."""
    done = []

    def measured(case, name, seed, quick):
        done.append((name, case, seed))
        return {"accuracy": 80.0 + seed, "loss": None, "seconds": 1.0}

    monkeypatch.setattr(graph_learning, "_measure_case", measured)
    monkeypatch.setattr(graph_learning, "load_graphs", lambda name: name)
    return done


def options(datasets, cases, seeds, **more):
    common = {"quick": False, "again": False}
    return argparse.Namespace(datasets=datasets, cases=cases, seeds=seeds, **(common | more))


def test_what_is_recorded_is_not_repeated_unless_asked(learnt, tmp_path):
    journal = Journal(tmp_path / "graph_learning.json", HEAD)
    graph_learning.SUBJECT.run(options(["MUTAG"], ["untrained GIN"], [0]), journal)
    result = graph_learning.SUBJECT.run(options(["MUTAG", "PROTEINS"], ["untrained GIN"], [0, 1]), journal)
    assert learnt == [
        (n, "untrained GIN", s) for n, s in (("MUTAG", 0), ("MUTAG", 1), ("PROTEINS", 0), ("PROTEINS", 1))
    ]
    graph_learning.SUBJECT.run(options(["MUTAG"], ["untrained GIN"], [1], again=True), journal)
    assert learnt[-1] == ("MUTAG", "untrained GIN", 1)
    tables = graph_learning.SUBJECT.tables(result)
    assert [table.title for table in tables] == ["MUTAG", "PROTEINS"]
    assert tables[0].rows[0][2] == "80.50 +- 0.50"
    assert tables[0].rows[-1][2] == "86.80 +- 1.34"


def test_a_result_of_other_settings_is_not_continued(learnt, tmp_path, monkeypatch):
    journal = Journal(tmp_path / "graph_learning.json", HEAD)
    graph_learning.SUBJECT.run(options(["MUTAG"], ["untrained GIN"], [0]), journal)
    monkeypatch.setitem(CASES, "untrained GIN", Case("untrained", {"hidden": 8}))
    with pytest.raises(ValueError, match="another setting"):
        graph_learning.SUBJECT.run(options(["MUTAG"], ["untrained GIN"], [1]), journal)
    with pytest.raises(ValueError, match="unknown case 'best'"):
        graph_learning.SUBJECT.run(options(["MUTAG"], ["best"], [1]), journal)


def test_histograms_count_labels_and_degrees():
    data = stand_in(2)
    features, loss = features_of(Case("histogram"), data, 0)
    star, _ = data[0]
    assert loss is None
    assert features.shape == (2, 3 + 33)
    assert features[0, :3].tolist() == star.x.sum(dim=0).tolist()
    assert features[0, 3 + 1] == features[0, 3 + 6] * 6 == 6
    assert features[1, 3 + 2] == 7


def test_the_svm_tells_apart_what_can_be_told_and_nothing_else():
    labels = np.arange(40) % 2
    features = np.random.default_rng(0).normal(size=(40, 3))
    assert svm_accuracy(features + 9 * labels[:, None], labels, 0, folds=3) == 100
    assert svm_accuracy(features, labels, 0, folds=3) < 80


def test_the_peers_do_what_they_are_timed_at():
    ends = random_edges(50, 8, 0)
    assert ends.shape == (2, 400)
    assert (ends[0] != ends[1]).all()
    assert len({tuple(edge) for edge in ends.T.tolist()}) == 400
    assert pyg_view(ends, 50).shape[0] == 2
    import networkx as nx

    view = networkx_view(nx.gnm_random_graph(30, 60, seed=0))
    assert view.number_of_nodes() == 27
