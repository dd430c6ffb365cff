"""How the `audio` subjects judge, and how an interrupted run goes on."""

from __future__ import annotations

import argparse

import numpy as np
import pytest

pytest.importorskip("audiomentations")
pytest.importorskip("python_stretch")

from benchmarks.data.spoken_digits import stand_in
from benchmarks.harness.subject import Journal
from benchmarks.measures import audio_quality
from benchmarks.subjects import audio_learning

HEAD = {"machine": {"cpu": "toy"}, "versions": {"pairgen": "0"}}


def test_cents_are_measured_and_a_wrong_pitch_is_seen():
    tone = audio_quality.harmonic(220.0, 16_000)
    assert abs(audio_quality.cents_off(tone, 16_000, 220.0)) < 0.1
    assert abs(audio_quality.cents_off(tone, 16_000, 220.0 * 2 ** (3 / 1200)) + 3) < 0.1


def test_a_clip_lies_at_no_distance_from_itself_and_far_from_another():
    clips = stand_in().clips
    assert audio_quality._distance(clips[0], clips[0], 8000) == 0
    assert audio_quality._distance(clips[0], clips[-1], 8000) > 5


def test_splits_share_no_recording():
    data = stand_in()
    for validate in (False, True):
        train, test = data.split(validate)
        assert not set(train.takes) & set(test.takes)
        assert set(test.takes) == (set(range(5, 10)) if validate else set(range(5)))
        assert len(train.clips) == len(train.digits) == len(train.speakers)
    assert 0 not in train.takes


def test_what_is_recorded_is_not_repeated_and_what_is_not_random_is_run_once(monkeypatch, tmp_path):
    done = []

    def run(case, train, test, setting, seed):
        done.append((case, seed))
        return {"digits": 0.5, "speakers": 0.5, "seconds": 1.0, "loss": None}

    monkeypatch.setattr(audio_learning, "run", run)
    monkeypatch.setattr(audio_learning, "load_spoken_digits", stand_in)
    journal = Journal(tmp_path / "audio_learning.json", HEAD)

    def options(**more):
        common = {"quick": False, "epochs": 1, "again": False, "validate": False, "cases": list(audio_learning.CASES)}
        return argparse.Namespace(**(common | more))

    audio_learning.SUBJECT.run(options(seeds=[0]), journal)
    result = audio_learning.SUBJECT.run(options(seeds=[0, 1]), journal)
    assert done == [
        *((case, 0) for case in audio_learning.CASES),
        (audio_learning.CASES[0], 1),
        (audio_learning.CASES[1], 1),
    ]
    table = audio_learning.SUBJECT.tables(result)[0]
    assert [row[1] for row in table.rows] == ["0, 1", "0, 1", "0"]
    with pytest.raises(ValueError, match="unknown case 'none'"):
        audio_learning.SUBJECT.run(options(seeds=[0], cases=["none"]), journal)
    assert np.isfinite(result["records"][0]["digits"])
