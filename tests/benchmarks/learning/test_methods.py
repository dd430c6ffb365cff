"""What is recorded of `methods`, and that validation never touches the test set."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.data import spoken_digits
from benchmarks.data.fashion_mnist import FashionMNIST
from benchmarks.harness.subject import Journal
from benchmarks.learning import image
from benchmarks.learning import methods as learning
from benchmarks.learning.image import Setting, load_images
from benchmarks.subjects import methods

HEAD = {"machine": {"cpu": "toy"}, "versions": {"pairgen": "0"}}


def fake_data() -> FashionMNIST:
    """Images and labels that tell where they are from: training ones count up, test ones are -1."""
    train = np.arange(60_000)
    return FashionMNIST(train[:, None, None].astype(np.uint8), train, np.zeros((9, 1, 1), np.uint8), np.full(9, -1))


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The (case, seed) that were trained; training and probing are replaced by nothing."""
    done: list[tuple[str, int]] = []

    def train_and_probe(case: str, data: Any, setting: Any, seed: int) -> dict[str, Any]:
        done.append((case, seed))
        return {"knn": 0.5, "linear": 0.5 + seed / 10, "seconds": [2.0], "loss": 1.0}

    for name in ("train_on_images", "train_on_speech"):
        monkeypatch.setattr(learning, name, train_and_probe)
    monkeypatch.setattr(image, "load_fashion_mnist", fake_data)
    monkeypatch.setattr(spoken_digits, "load_spoken_digits", spoken_digits.stand_in)
    return done


def options(cases: list[str], seeds: list[int], **more: Any) -> argparse.Namespace:
    common = {"quick": False, "epochs": 1, "images": 64, "again": False, "validate": False}
    return argparse.Namespace(cases=cases, seeds=seeds, **(common | more))


def test_what_is_recorded_is_not_repeated_unless_asked(trained: list[tuple[str, int]], tmp_path: Path) -> None:
    journal = Journal(tmp_path / "methods.json", HEAD)
    methods.SUBJECT.run(options(["MoCo"], [0]), journal)
    methods.SUBJECT.run(options(["MoCo", "CPC, spoken digits"], [0, 1]), journal)
    speech = "CPC, spoken digits"
    assert trained == [("MoCo", 0), (speech, 0), ("MoCo", 1), (speech, 1)]
    result = methods.SUBJECT.run(options(["MoCo"], [0], again=True), journal)
    assert trained[-1] == ("MoCo", 0)
    assert len(result["records"]) == 4
    titles = [table.title for table in methods.SUBJECT.tables(result)]
    assert titles == ["Fashion-MNIST", "Spoken digits, 8 kHz"]


def test_validation_writes_nothing_and_is_judged_on_training_images(
    trained: list[tuple[str, int]], tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "methods.json", HEAD)
    methods.SUBJECT.run(options(["SimCLR"], [0], validate=True), journal)
    assert trained == [("SimCLR", 0)]
    assert journal.previous() is None
    held_out = load_images(Setting(images=64), validate=True, quick=False)
    assert held_out.test_labels.min() == 50_000
    assert held_out.train_labels.max() == 63
    assert set(load_images(Setting(), validate=False, quick=False).test_labels) == {-1}


def test_other_options_of_a_method_are_not_mixed_in(
    trained: list[tuple[str, int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path / "methods.json", HEAD)
    methods.SUBJECT.run(options(["MoCo"], [0]), journal)
    method, chosen = learning.IMAGE_METHODS["MoCo"]
    monkeypatch.setitem(learning.IMAGE_METHODS, "MoCo", (method, {**chosen, "queue": 7}))
    with pytest.raises(ValueError, match="another setting"):
        methods.SUBJECT.run(options(["MoCo"], [1]), journal)


def test_an_unknown_case_lists_those_there_are() -> None:
    with pytest.raises(ValueError, match="'BYOL'; available: untrained; SimCLR"):
        methods.SUBJECT.run(options(["BYOL"], [0]), Journal(None, HEAD))


def test_the_spoken_digits_say_where_they_are_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAIRGEN_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="point PAIRGEN_DATA at the folder"):
        spoken_digits.load_spoken_digits()


@pytest.mark.parametrize("validate", [False, True])
def test_the_stand_in_has_each_digit_in_both_parts(validate: bool) -> None:
    split = learning.read_digits(spoken_digits.stand_in(), validate=validate)
    assert len(split.train) == 20 * (2 if validate else 7)
    assert len(split.test) == 100
    for part in (split.train, split.test):
        assert {part[i][1] for i in range(len(part))} == set(range(10))
