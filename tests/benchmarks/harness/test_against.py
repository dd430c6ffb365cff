"""Two builds measured side by side, with checkouts of three lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.harness import against
from benchmarks.harness.against import against_rows, compare_builds
from benchmarks.harness.page import read_results

SUBJECT = """
from types import SimpleNamespace as Object
import time
import pairgen

def case(name, library="pairgen", seconds={seconds}):
    def setup():
        print("what a case prints does not disturb the comparison")
        return lambda: time.sleep(seconds)
    return Object(name=name, library=library, setup=setup, units=10)

class Toy:
    threads = 1
    def groups(self, quick):
        return [Object(title="group", unit="pairs", cases=[case(name) for name in {names}] + [case("peer", "peer")])]

SUBJECT = Toy()
"""


def checkout(root: Path, names: list[str], seconds: float) -> Path:
    for package in ("pairgen", "benchmarks", "benchmarks/subjects"):
        (root / package).mkdir(parents=True)
        (root / package / "__init__.py").touch()
    (root / "benchmarks/subjects/toy.py").write_text(SUBJECT.format(names=names, seconds=seconds))
    return root


def test_cases_of_both_builds_are_paired_by_their_order(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(against, "ROOT", checkout(tmp_path / "new", ["drop", "jitter"], 0.01))
    other = checkout(tmp_path / "old", ["remove", "noise"], 0.05)
    cases = compare_builds("toy", other, rounds=3, seconds=0.0, quick=True)
    assert [(case["group"], case["case"], case["unit"]) for case in cases] == [
        ("group", "drop", "pairs"),
        ("group", "jitter", "pairs"),
    ]
    assert all(len(case["new"]) == len(case["old"]) == 3 for case in cases)
    assert all(new > old for case in cases for new, old in zip(case["new"], case["old"], strict=True))
    assert capfd.readouterr().err.count("does not disturb") == 4


def test_the_ratio_is_taken_round_by_round():
    case = {"group": "g", "case": "c", "unit": "pairs", "new": [10.0, 30.0, 20.0], "old": [10.0, 10.0, 10.0]}
    assert against_rows([case]) == (("g", "c", "10.0 pairs/s", "20.0 pairs/s", "2.000 (1.000 to 3.000)"),)


def test_builds_with_other_cases_or_without_the_subject_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(against, "ROOT", checkout(tmp_path / "new", ["drop"], 0.0))
    other = checkout(tmp_path / "old", ["drop", "noise"], 0.0)
    with pytest.raises(ValueError, match=r"\['drop'\] here and \['drop', 'noise'\] there"):
        compare_builds("toy", other, 1, 0.0, quick=True)
    with pytest.raises(FileNotFoundError, match="the root of a checkout"):
        compare_builds("toy", tmp_path, 1, 0.0, quick=True)


def test_a_build_that_fails_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(against, "ROOT", checkout(tmp_path / "new", ["drop"], 0.0))
    other = checkout(tmp_path / "old", ["drop"], 0.0)
    (other / "pairgen/__init__.py").write_text("raise ImportError('broken')")
    with pytest.raises(ChildProcessError, match="old failed with exit code 1"):
        compare_builds("toy", other, 1, 0.0, quick=True)


def test_the_modalities_of_a_checkout_are_those_of_its_own_project_file(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project.entry-points."pairgen.modalities"]\nimage = "a.b:c"\n')
    against._write_entry_points(tmp_path, tmp_path)
    text = (tmp_path / "pairgen-0.dist-info/entry_points.txt").read_text()
    assert text == "[pairgen.modalities]\nimage = a.b:c"


def test_a_comparison_of_builds_is_not_a_result_of_a_subject(tmp_path):
    (tmp_path / "against_text.json").write_text("{}")
    assert read_results(tmp_path) == []
