"""What is recorded of `text_learning`, and how an interrupted run goes on."""

from __future__ import annotations

import argparse

import pytest

from benchmarks.data.trec import load_trec, stand_in
from benchmarks.harness.subject import Journal
from benchmarks.learning import text as text_runners
from benchmarks.subjects import text_learning
from tests.helpers.tiny_wordnet import write_wordnet

HEAD = {"machine": {"cpu": "toy"}, "versions": {"pairgen": "0"}}


@pytest.fixture(autouse=True)
def wordnet(monkeypatch, tmp_path):
    """A WordNet that is there on every machine."""
    monkeypatch.setenv("PAIRGEN_WORDNET", str(write_wordnet(tmp_path / "wordnet")))
    monkeypatch.setenv("PAIRGEN_CACHE", str(tmp_path / "cache"))
    text_runners.ways.cache_clear()
    yield
    text_runners.ways.cache_clear()


@pytest.fixture
def measured(monkeypatch):
    """The (case, seed) that were measured; the measuring is replaced by nothing."""
    done = []

    def measure(case, data, seed, quick):
        done.append((case, seed))
        return {"accuracy": 0.5 + seed / 10, "seconds": 2.0, "loss": 1.0}

    monkeypatch.setattr(text_learning, "_measure_case", measure)
    monkeypatch.setattr(text_learning, "load_trec", lambda: stand_in(2000))
    return done


def options(cases, seeds, **more):
    return argparse.Namespace(cases=cases, seeds=seeds, **({"quick": False, "again": False, "validate": False} | more))


def test_what_is_recorded_is_not_repeated_unless_asked(measured, tmp_path):
    journal = Journal(tmp_path / "text_learning.json", HEAD)
    text_learning.SUBJECT.run(options(["TF-IDF"], [0]), journal)
    result = text_learning.SUBJECT.run(options(["TF-IDF", "bag, SimCLR"], [0, 1]), journal)
    assert measured == [("TF-IDF", 0), ("bag, SimCLR", 0), ("TF-IDF", 1), ("bag, SimCLR", 1)]
    (table,) = text_learning.SUBJECT.tables(result)
    assert {row[0]: row[2] for row in table.rows} == {
        "TF-IDF": "55.0 (50.0 to 60.0)",
        "bag, SimCLR": "55.0 (50.0 to 60.0)",
    }


def test_validation_is_judged_on_training_questions_and_nothing_is_written(measured, tmp_path):
    journal = Journal(tmp_path / "text_learning.json", HEAD)
    text_learning.SUBJECT.run(options(["TF-IDF"], [0]), journal)
    result = text_learning.SUBJECT.run(options(["TF-IDF"], [1], validate=True), journal)
    assert result["setting"]["test"] == 1000
    assert result["setting"]["train"] == 1000
    assert [record["seed"] for record in journal.previous()["records"]] == [0]


def test_an_unknown_case_lists_those_there_are(measured):
    with pytest.raises(ValueError, match="'word2vec'; available: Transformer, untrained"):
        text_learning.SUBJECT.run(options(["word2vec"], [0]), Journal(None, HEAD))


def test_a_missing_data_set_says_where_it_has_to_be(tmp_path, monkeypatch):
    monkeypatch.setenv("PAIRGEN_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="set PAIRGEN_DATA"):
        load_trec()


def test_references_and_untrained_encoders_are_judged_on_the_test_questions():
    data = stand_in(60)
    assert text_runners.tfidf(data) > 0.9
    assert text_runners.lsa(data, width=4) > 0.9
    encoder = text_runners.create_encoder(text_runners.ways()["bag, SimCLR"], data, seed=0)
    assert text_runners.features(encoder, data.test).shape == (60, 128)
    assert data.validation(10).test == data.train[-10:]
