"""The command line on a small folder of photos: what it prints, writes, and how it fails."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image
from typer.testing import CliRunner, Result

import pairgen
from pairgen.cli import app


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def succeed(*arguments: str | Path) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def fail(*arguments: str | Path) -> str:
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two class folders of eight crops each."""
    folder = tmp_path_factory.mktemp("data") / "photos"
    for name in ("china", "flower"):
        (folder / name).mkdir(parents=True)
        picture = Image.fromarray(load_sample_image(f"{name}.jpg"))
        for i in range(8):
            picture.crop((60 * i, 30 * i, 60 * i + 90, 30 * i + 80)).save(folder / name / f"{i}.jpg")
    return folder


TRAIN = ("--recipe", "simclr-small", "--size", "16", "--encoder", "small-cnn", "--epochs", "2", "--batch-size", "8")


@pytest.fixture(scope="module")
def trained(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "a"
    text = succeed("train", "image", photos, *TRAIN, "--run-dir", folder, "--workers", "0")
    assert "16 items of 2 classes" in text
    assert f"pairgen probe {folder} {photos}" in text
    return folder


def test_the_version_is_printed() -> None:
    assert pairgen.__version__ in succeed("--version")


def test_modalities_are_listed_with_their_recipes() -> None:
    text = succeed("modalities")
    assert "image" in text
    assert "simclr-gray" in text
    assert "ColorJitter" in text
    assert "resnet18" in text


@pytest.mark.parametrize("command", ["demo", "modalities", "train", "embed", "probe"])
def test_each_command_explains_itself(command: str) -> None:
    assert "Usage" in succeed(command, "--help")


def test_any_method_trains_with_its_options(photos: Path, tmp_path: Path) -> None:
    run_dir = ("--run-dir", tmp_path, "--workers", "0")
    succeed("train", "image", photos, *TRAIN, *run_dir, "--method", "moco", "--method-option", "queue=32")
    assert pairgen.load_encoder(tmp_path).out_features == 256


def test_a_method_or_an_option_that_is_not_there_is_told_before_anything_is_read() -> None:
    assert "no method is called 'mocoo'" in fail("train", "image", "nowhere", "--method", "mocoo")
    text = fail("train", "image", "nowhere", "--method-option", "queue=32")
    assert "the method 'simclr' has no option 'queue'; it has: projection_dim" in text
    assert "no option 'temperature'" in fail("train", "image", "nowhere", "--method", "siamese", "--temperature", "0.2")


def test_a_run_holds_weights_that_load(trained: Path) -> None:
    assert pairgen.load_encoder(trained).out_features == 256


def test_features_are_written(trained: Path, photos: Path, tmp_path: Path) -> None:
    output = tmp_path / "features.npz"
    assert "16" in succeed("embed", trained, photos, "--output", output, "--workers", "0")
    with np.load(output) as saved:
        assert saved["features"].shape == (16, 256)
        assert np.isfinite(saved["features"]).all()
        assert saved["labels"].tolist() == [0] * 8 + [1] * 8


def test_a_probe_compares_trained_and_untrained(trained: Path, photos: Path) -> None:
    text = succeed("probe", trained, photos, "--workers", "0")
    assert "untrained" in text
    assert "chance is 50.0%" in text


def test_a_run_is_not_overwritten_but_resumed(trained: Path, photos: Path) -> None:
    options = (*TRAIN, "--run-dir", trained, "--workers", "0")
    assert "--resume" in fail("train", "image", photos, *options)
    succeed("train", "image", photos, *options, "--resume")


def test_a_bad_file_stops_the_run_or_is_left_out_and_listed(photos: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(photos, tmp_path / "photos")
    (tmp_path / "photos" / "china" / "bad.jpg").write_text("no picture")
    options = (*TRAIN, "--workers", "0")
    assert "bad.jpg" in fail("train", "image", tmp_path / "photos", *options, "--run-dir", tmp_path / "a")
    text = succeed("train", "image", tmp_path / "photos", *options, "--run-dir", tmp_path / "b", "--on-error", "skip")
    assert "bad.jpg" in text


def test_the_demo_makes_pictures_and_a_table(tmp_path: Path) -> None:
    text = succeed("demo", "--output", tmp_path / "demo", "--epochs", "1")
    for words in ("raw pixels", "untrained encoder", "trained encoder"):
        assert words in text
    for name in ("pairs.png", "embeddings.png"):
        assert (tmp_path / "demo" / name).stat().st_size > 10_000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("train", "imag", "."), "Did you mean 'image'"),
        (("train", "image", "nowhere"), "nowhere"),
        (("train", "image", "EMPTY"), "EMPTY"),
        (("embed", "EMPTY", "EMPTY"), "EMPTY"),
        (("probe", "EMPTY", "EMPTY"), "EMPTY"),
    ],
)
def test_errors_are_one_line_with_the_remedy(
    arguments: tuple[str, ...], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "EMPTY").mkdir()
    assert words in fail(*arguments)


def test_items_left_out_are_listed_whatever_their_decoder_raises():
    from pairgen import PairSampler
    from pairgen.cli.data import describe_unreadable
    from pairgen.data import LabelledDataset

    class Broken(LabelledDataset):
        def __getitem__(self, index: int) -> object:
            if index == 1:
                raise struct.error("argument out of range")
            return super().__getitem__(index)

    data = Broken(np.zeros((3, 8, 8), np.uint8))
    assert describe_unreadable(data, PairSampler("image", "eval"), [0, 2]) == [("item 1", "argument out of range")]
