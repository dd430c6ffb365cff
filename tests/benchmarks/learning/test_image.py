"""What is recorded of `learning`, and how an interrupted run goes on."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

import pairgen

pytest.importorskip("lightly")

from benchmarks.data.fashion_mnist import stand_in
from benchmarks.harness.subject import Journal
from benchmarks.learning import image
from benchmarks.learning.image import OWN
from benchmarks.subjects import learning
from pairgen.methods import SimCLR

HEAD = {"machine": {"cpu": "toy"}, "versions": {"pairgen": "0"}}


@pytest.fixture
def trained(monkeypatch):
    """The (case, seed) that were trained; training and probing are replaced by nothing."""
    done = []

    def one_seed(cases, data, setting, seed):
        for case in cases:
            done.append((case, seed))
            yield case, {"knn": 0.5, "linear": 0.5 + seed / 10, "seconds": [2.0], "loss": 1.0}

    monkeypatch.setattr(learning, "_one_seed", one_seed)
    monkeypatch.setattr(image, "load_fashion_mnist", lambda: stand_in(64, 64))
    return done


def options(cases, seeds, **more):
    common = {"quick": False, "epochs": 1, "images": 64, "again": False}
    return argparse.Namespace(cases=cases, seeds=seeds, **(common | more))


def test_what_is_recorded_is_not_repeated_unless_asked(trained, tmp_path):
    journal = Journal(tmp_path / "learning.json", HEAD)
    learning.SUBJECT.run(options(["lightly"], [0]), journal)
    learning.SUBJECT.run(options(["lightly", "pairgen"], [0, 1]), journal)
    assert trained == [("lightly", 0), ("pairgen", 0), ("lightly", 1), ("pairgen", 1)]
    result = learning.SUBJECT.run(options(["lightly"], [0], again=True), journal)
    assert trained[-1] == ("lightly", 0)
    assert len(result["records"]) == 4


def test_each_case_and_seed_is_written_at_once(trained, tmp_path, monkeypatch):
    journal = Journal(tmp_path / "learning.json", HEAD)
    working = learning._one_seed

    def interrupted(cases, data, setting, seed):
        yield next(working(cases, data, setting, seed))
        raise KeyboardInterrupt

    monkeypatch.setattr(learning, "_one_seed", interrupted)
    with pytest.raises(KeyboardInterrupt):
        learning.SUBJECT.run(options(["lightly", "pairgen"], [0]), journal)
    assert [record["case"] for record in journal.previous()["records"]] == ["lightly"]


def test_another_setting_or_machine_is_not_mixed_in(trained, tmp_path):
    path = tmp_path / "learning.json"
    learning.SUBJECT.run(options(["lightly"], [0]), Journal(path, HEAD))
    with pytest.raises(ValueError, match="another setting"):
        learning.SUBJECT.run(options(["lightly"], [1], epochs=2), Journal(path, HEAD))
    with pytest.raises(ValueError, match="another machine"):
        learning.SUBJECT.run(options(["lightly"], [1]), Journal(path, HEAD | {"machine": {"cpu": "other"}}))


def test_an_unknown_case_lists_those_there_are(trained):
    with pytest.raises(ValueError, match="'lightening'; available: untrained; untrained, own encoder; lightly"):
        learning.SUBJECT.run(options(["lightening"], [0]), Journal(None, HEAD))


def test_time_is_compared_over_the_seeds_that_both_ran():
    def record(case, seed, seconds):
        return {"case": case, "seed": seed, "knn": 0.7, "linear": 0.8, "seconds": seconds, "loss": 1.0}

    records = [record("lightly", 0, [10.0, 10.0]), record("pairgen", 0, [5.0, 5.0]), record("pairgen", 1, [99.0])]
    setting = {
        "images": 64,
        "epochs": 2,
        "batch_size": 8,
        "learning_rate": 1e-3,
        "weight_decay": 1e-4,
        "temperature": 0.5,
        "probe_images": 32,
        "test_images": 32,
    }
    table, _ = learning.SUBJECT.tables({"setting": setting, "records": records})
    assert {row[0]: row[-1] for row in table.rows} == {"lightly": "1.00", "pairgen": "0.50"}


def test_the_docs_show_the_recipe_that_was_measured():
    page = (Path(__file__).parents[3] / "docs" / "images.md").read_text(encoding="utf-8")
    code = page.split("## Small grey images")[1].split("```python")[1].split("```")[0]
    shown = {}
    exec(f"import pairgen\n{code}", shown)
    assert shown["recipe"] == OWN["recipe"]
    encoder = pairgen.create_encoder("image", OWN["encoder"], **OWN["encoder_options"])
    assert repr(shown["method"]) == repr(SimCLR(encoder, **OWN["method_options"]))  # layers, widths, temperature
    assert shown["loader"].batch_size == OWN["batch_size"]
