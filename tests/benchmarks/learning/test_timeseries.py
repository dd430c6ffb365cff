"""What is recorded of the time-series subjects, and how an interrupted run goes on."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest

import pairgen
from pairgen.methods import TS2Vec

pytest.importorskip("aeon")

from benchmarks.data.series import Classification, Recording, load_recording, load_set
from benchmarks.harness.subject import Journal
from benchmarks.learning.timeseries import OWN, Features, svm_accuracy
from benchmarks.subjects import timeseries_anomalies, timeseries_learning

HEAD = {"machine": {"cpu": "toy"}, "versions": {"pairgen": "0"}}


def options(cases, seeds=(0,), datasets=("GunPoint",), **more):
    common = {"quick": False, "again": False}
    return argparse.Namespace(cases=list(cases), seeds=list(seeds), datasets=list(datasets), **(common | more))


@pytest.fixture
def ran(monkeypatch):
    done = []

    def measured(case, data, seed, quick):
        done.append((case, seed))
        return {"accuracy": 0.5 + seed / 10, "standardised": 0.6, "seconds": 2.0 if case == "TS2Vec's code" else 1.0}

    monkeypatch.setattr(timeseries_learning, "_measure_case", measured)
    return done


def test_what_is_recorded_is_not_repeated_and_what_has_no_seed_runs_once(ran, tmp_path):
    journal = Journal(tmp_path / "a.json", HEAD)
    timeseries_learning.SUBJECT.run(options(["untrained", "1-NN, DTW"]), journal)
    timeseries_learning.SUBJECT.run(options(["untrained", "1-NN, DTW"], seeds=[0, 1]), journal)
    assert ran == [("untrained", 0), ("1-NN, DTW", 0), ("untrained", 1)]
    timeseries_learning.SUBJECT.run(options(["untrained"], again=True), journal)
    assert ran[-1] == ("untrained", 0)


def test_time_is_compared_with_the_published_code_over_what_both_ran(ran, tmp_path):
    journal = Journal(tmp_path / "a.json", HEAD)
    cases = ["TS2Vec's code", "pairgen, own settings"]
    result = timeseries_learning.SUBJECT.run(options(cases, seeds=[0, 1]), journal)
    accuracy, scaled, seconds = timeseries_learning.SUBJECT.tables(result)
    assert accuracy.rows[0][2] == "55.0 (50.0 to 60.0)"
    assert [row[0] for row in scaled.rows] == cases
    assert {row[0]: row[-1] for row in seconds.rows} == {cases[0]: "1.00", cases[1]: "0.50"}


def test_another_machine_or_an_unknown_case_is_refused(ran, tmp_path):
    timeseries_learning.SUBJECT.run(options(["untrained"]), Journal(tmp_path / "a.json", HEAD))
    with pytest.raises(ValueError, match="another machine"):
        timeseries_learning.SUBJECT.run(
            options(["untrained"]), Journal(tmp_path / "a.json", HEAD | {"machine": {"cpu": "other"}})
        )
    with pytest.raises(ValueError, match="unknown case 'TS3Vec'"):
        timeseries_learning.SUBJECT.run(options(["TS3Vec"]), Journal(None, HEAD))


def test_the_svm_finds_what_features_tell_apart():
    labels = np.arange(40) % 2
    features = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32) + 9 * labels[:, None]
    nothing = np.zeros((0, 1, 1), np.float32)
    data = Classification(nothing, labels, nothing, labels)
    for flag in (False, True):
        assert svm_accuracy(Features(features, features, 0.0), data, standardize=flag) == 1


def test_the_data_are_those_of_the_archive():
    data = load_set("ItalyPowerDemand")
    assert data.train.shape == (67, 24, 1)
    assert data.test.shape == (1029, 24, 1)
    recording = load_recording()
    assert (len(recording.normal), len(recording.series)) == (1200, 7501)
    assert np.flatnonzero(recording.odd)[[0, -1]].tolist() == [4187, 4198]


def test_a_peak_is_judged_by_its_distance_from_the_anomaly():
    odd = np.zeros(50, bool)
    odd[20:24] = True
    series = np.zeros(50, np.float32)
    scores = np.zeros(50)
    scores[[21, 30]] = 1, 2
    record = timeseries_anomalies._judge("case", "distance", 0, scores, Recording(series, series, odd), 0.0)
    assert (record["peak"], record["rank"]) == (7, 2)
    scores[22] = 3
    record = timeseries_anomalies._judge("case", "distance", 0, scores, Recording(series, series, odd), 0.0)
    assert (record["peak"], record["rank"]) == (0, 1)


def test_the_docs_show_the_settings_that_were_measured():
    page = (Path(__file__).parents[3] / "docs" / "timeseries.md").read_text(encoding="utf-8")
    code = page.split("lays series of unequal length")[1].split("```python")[1].split("```")[0]
    shown = {"pairgen": pairgen, "TS2Vec": TS2Vec, "series": [np.zeros((20, 3), dtype=np.float32)] * 50}
    exec(code, shown)
    assert shown["loader"].batch_size == OWN["batch_size"]
    assert shown["trainer"].epochs * len(shown["loader"]) == OWN["steps"]
    assert f"learning_rate={OWN['learning_rate']:.0e}".replace("e-0", "e-") in code
    assert f'schedule="{OWN["schedule"]}"' in code
