"""`pairgen anomalies`: items of any modality, and every step of a long series."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import pairgen
from pairgen.cli import app
from pairgen.methods import SimCLR

WINDOWS = ("--read-option", "window=20", "--read-option", "stride=5")
ENCODER = {"out_features": 16, "hidden": 8, "depth": 3}


def run(*arguments: str | Path):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, " ".join(result.output.split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sine wave, the same with a fault, odd single series, and a run on windows of the wave."""
    root = tmp_path_factory.mktemp("series")
    wave = np.sin(np.arange(400) / 3).astype(np.float32)
    fault = wave.copy()
    fault[203:212] = fault[203:212][::-1] * 1.7
    np.save(root / "wave.npy", wave)
    np.save(root / "fault.npy", fault)
    few = wave[:400].reshape(10, 40, 1).copy()
    few[7] = np.random.default_rng(0).normal(size=(40, 1)) * 2
    np.save(root / "few.npy", few)
    sampler = pairgen.PairSampler("timeseries", recipe="jitter-scale")
    windows = pairgen.get_modality("timeseries").read(wave, window=20, stride=5)
    encoder = pairgen.create_encoder("timeseries", "dilated-cnn", **ENCODER)
    trainer = pairgen.Trainer(SimCLR(encoder, 8), epochs=1, run_dir=root / "run", progress=False, device="cpu")
    trainer.fit(sampler.loader(windows, 16, batched=True))
    return root


def rows(file: Path):
    with file.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_step_of_a_series_gets_a_score(folder, tmp_path):
    code, text = run(
        "anomalies", folder / "run", folder / "fault.npy", "--normal", folder / "wave.npy", *WINDOWS, "--score",
        "neighbors", "-o", tmp_path / "a.csv", "--plot", tmp_path / "a.png",
    )  # fmt: skip
    assert code == 0, text
    found = rows(tmp_path / "a.csv")
    assert len(found) == 400
    oddest = max(found, key=lambda row: float(row["score"]))
    assert 180 <= int(oddest["step"]) <= 230
    assert oddest["anomaly"] == "1"
    assert oddest["series"] == "0"
    assert (tmp_path / "a.png").stat().st_size > 5_000
    assert "steps score above" in text


def test_items_get_a_score_each(folder, tmp_path):
    code, text = run(
        "anomalies", folder / "run", folder / "few.npy", "--score", "distance", "--percentile", "90", "-o",
        tmp_path / "a.csv", "--plot", tmp_path / "a.png",
    )  # fmt: skip
    assert code == 0, text
    found = rows(tmp_path / "a.csv")
    assert [row["item"] for row in found if row["anomaly"] == "1"] == ["item 7"]
    assert "1 of 10 items" in text


def test_mistakes_are_one_line(folder):
    code, text = run("anomalies", folder / "run", folder / "few.npy", "--score", "cosine")
    assert (code, "score is one of 'distance'" in text) == (2, True)
    code, text = run("anomalies", folder / "run", folder / "wave.npy", "--read-option", "window=500")
    assert (code, "has 400 steps, a window 500" in text) == (2, True)
    code, text = run("anomalies", folder / "nowhere", folder / "wave.npy")
    assert (code, "no checkpoint" in text) == (2, True)


def test_series_are_trained_on_from_the_command_line(folder, tmp_path):
    code, text = run(
        "train", "timeseries", folder / "wave.npy", *WINDOWS, "--recipe", "ts2vec", "--method", "ts2vec", "--encoder",
        "lstm", "--epochs", "1", "--batch-size", "16", "--run-dir", tmp_path / "run",
    )  # fmt: skip
    assert code == 0, text
    assert pairgen.load_encoder(tmp_path / "run").in_channels == 1
