"""The command line on a small folder of photos: what it prints, writes, and how it fails."""

from __future__ import annotations

import shlex
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


TRAIN = (
    "--recipe",
    "simclr-small",
    "--recipe-option",
    "size=16",
    "--encoder",
    "small-cnn",
    "--epochs",
    "2",
    "--batch-size",
    "8",
)


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


def test_an_error_in_a_worker_is_one_line_that_names_the_file(photos: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(photos, tmp_path / "photos")
    picture = (photos / "china" / "1.jpg").read_bytes()
    (tmp_path / "photos" / "china" / "cut[1].jpg").write_bytes(picture[: len(picture) // 2])
    result = run("train", "image", tmp_path / "photos", *TRAIN, "--workers", "2", "--run-dir", tmp_path / "a")
    assert result.exit_code == 2
    assert len(result.output.splitlines()[-1]) < 600
    assert [line for line in result.output.splitlines() if line.startswith("error: ")] == [
        result.output.splitlines()[-1]
    ]
    assert "cut[1].jpg" in result.output
    assert "Traceback" not in result.output


def test_the_message_of_a_worker_s_error_is_found_at_the_end_of_its_traceback() -> None:
    from pairgen.cli.app import describe_error

    frames = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\n    ~^^\n'
    text = (
        f"Caught ValueError in DataLoader worker process 0.\nOriginal {frames}KeyError: 1\n\nThe above exception was "
    )
    text += f"the direct cause of the following exception:\n\n{frames}ValueError: item 3: x: y\nmore of it\n"
    assert describe_error(ValueError(text)) == "item 3: x: y more of it"
    struct_error = (
        f"Caught error in DataLoader worker process 1.\nOriginal {frames}struct.error: unpack needs 4 bytes\n"
    )
    assert describe_error(RuntimeError(struct_error)).startswith("error: unpack needs 4 bytes; pairgen --debug")
    assert describe_error(OSError("a  b\n c")) == "a  b c"


def test_a_log_has_a_line_an_epoch_unless_quiet(photos: Path, tmp_path: Path) -> None:
    text = succeed("train", "image", photos, *TRAIN, "--workers", "0", "--run-dir", tmp_path / "a", "--verbose")
    assert "epoch 1/2: loss " in text
    assert "epoch 2/2: loss " in text
    assert "recipe options: size=16" in text
    assert succeed("train", "image", photos, *TRAIN, "--workers", "0", "--run-dir", tmp_path / "b", "--quiet") == ""


def test_a_long_epoch_is_told_every_minute(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from pairgen.training import _logs

    clock = iter(range(0, 1000, 25))
    monkeypatch.setattr(_logs.time, "monotonic", lambda: next(clock))
    with _logs.ProgressBar("lines", 3, 10) as bar:
        for _ in range(6):
            bar.step(1, 0.5, 100.0)
    assert capsys.readouterr().err.splitlines()[0] == "epoch 2/3: step 3/10, loss 0.5000, 100 pairs/s"


def test_an_interrupt_says_what_is_kept_and_how_to_go_on(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pairgen.training.checkpoint import save

    def save_and_interrupt(*arguments: object) -> None:
        save(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr("pairgen.training.checkpoint.save", save_and_interrupt)
    folder = tmp_path / "a run"
    result = run("train", "image", photos, *TRAIN, "--workers", "0", "--run-dir", folder)
    assert result.exit_code == 130
    last = result.output.splitlines()[-1]
    assert f"1 of 2 epochs are kept in {folder}" in last
    monkeypatch.undo()
    program, *arguments = shlex.split(last.partition("go on with: ")[2])
    assert program == "pairgen"
    succeed(*arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--recipe-option", "sise=3"), "the recipe 'simclr' has no option 'sise'; it has: size"),
        (("--read-option", "windw=3"), "the reader of 'image' has no option 'windw'; it has: images, labels, split"),
        (("--encoder-option", "in_chanels=3", "--encoder", "small-cnn"), "no option 'in_chanels'; it has: "),
        (("--device", "cuda:99"), "device 'cuda:99' is not available"),
        (("--precision", "8-true"), "precision is one of"),
        (("--learning-rate", "-1"), "learning_rate"),
        (("--temperature", "0"), "temperature"),
        (("--logger", "wandb"), "logger is one of"),
        (("--method-option", "projection_dim=-1"), "the method 'simclr' does not take projection_dim=-1"),
        (("--method", "moco", "--method-option", "queue=-5"), "queue"),
        (("--method", "moco", "--method-option", "momentum=2"), "momentum"),
        (("--method", "supcon", "--method-option", "hidden_dim=0"), "hidden"),
        (("--method", "siamese", "--method-option", "distance=manhattan"), "distance"),
        (("--method", "cpc", "--method-option", "steps_ahead=0"), "steps_ahead"),
        (("--method", "ts2vec", "--method-option", "instance_weight=2"), "instance_weight"),
        (("--method", "grace", "--method-option", "projection_dim=0.5"), "projection_dim=0.5"),
    ],
)
def test_options_are_checked_before_data_is_read(arguments: tuple[str, ...], words: str) -> None:
    text = fail("train", "image", "nowhere", *arguments)
    assert words in text
    assert "nowhere" not in text


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
    assert describe_unreadable(data, PairSampler("image", "eval"), [0, 2]) == [
        ("item 1", "error: argument out of range")
    ]
