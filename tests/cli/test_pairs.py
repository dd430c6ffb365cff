"""Pairs on the command line: training two towers, embedding by each, and retrieval; what is refused before reading."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import pairgen
from tests.helpers.command_line import fail, succeed

FAST = ("--epochs", "1", "--batch-size", "4", "--workers", "0", "--device", "cpu")
COLORS = ("red", "green", "blue")


def write_photos(folder: Path, count: int = 4) -> Path:
    """Photos of three colors with two captions each, one photo without a caption, one caption without a photo."""
    folder.mkdir(parents=True)
    for color, name in enumerate(COLORS):
        for i in range(count):
            pixels = np.zeros((12, 12, 3), dtype=np.uint8)
            pixels[..., color] = 150 + 20 * i
            Image.fromarray(pixels).save(folder / f"{name}{i}.png")
            (folder / f"{name}{i}.txt").write_text(f"a {name} photo\na photo in {name}, number {i}\n")
    Image.fromarray(pixels).save(folder / "alone.png")
    (folder / "lost.txt").write_text("no photo\n")
    return folder


def write_questions(path: Path, count: int = 8) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [f"who wrote book {i}?,writer {i} did,painter {i} did" for i in range(count)]
    path.write_text("\n".join(["question,answer,negative", *rows]) + "\n")
    return path


PHOTO_OPTIONS = ("--recipe", "simclr-small", "--recipe", "eval", "--recipe-option", "first.size=8")
PHOTO_OPTIONS += ("--encoder", "small-cnn", "--encoder", "bag", "--encoder-option", "second.width=16")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """(run folder, data, what `train` printed)."""
    root = tmp_path_factory.mktemp("a run")
    data = write_photos(root / "my photos")
    text = succeed("train", "image+text", data, *PHOTO_OPTIONS, *FAST, "--run-dir", root / "run")
    return root / "run", data, text


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    root = tmp_path_factory.mktemp("questions")
    data = write_questions(root / "pairs.csv")
    options = ("--method", "siglip", "--method-option", "projection_dim=8", "--encoder-option", "width=16")
    text = succeed("train", "text+text", data, *options, *FAST, "--run-dir", root / "run")
    return root / "run", data, text


def test_training_says_what_it_reads_and_passes_over(photos: tuple[Path, Path, str]) -> None:
    text = " ".join(photos[2].split())
    assert "12 pairs of image and text" in text
    assert "1 with no text, 1 with no image; such as alone.png, lost.txt" in text
    assert "recipe simclr-small, eval, encoder small-cnn" in text


def test_a_run_of_pairs_records_both_members(photos: tuple[Path, Path, str]) -> None:
    record = json.loads((photos[0] / "run.json").read_text())
    assert (record["modality"], record["source"]) == ("image+text", str(photos[1]))
    spec = pairgen.load_encoder(photos[0], tower=1).sampler_spec
    assert (spec["modality"], spec["recipe"]) == (["image", "text"], ["simclr-small", "eval"])
    assert spec["options"] == [{"size": 8}, {}]


def test_the_next_command_measures_retrieval(
    photos: tuple[Path, Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    program, *arguments = shlex.split(photos[2].splitlines()[-1].partition("next: ")[2])
    assert (program, arguments[0]) == ("pairgen", "retrieve")
    text = succeed(*arguments)
    assert "image to text" in text
    program, *arguments = shlex.split(text.splitlines()[-1].partition("next: ")[2])
    assert arguments[0] == "embed"
    succeed(*arguments)


def test_retrieval_takes_equal_captions_as_one(photos: tuple[Path, Path, str], tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    succeed("retrieve", photos[0], "--k", "1", "--k", "15", "--json", file, "--quiet")
    figures = json.loads(file.read_text())
    # three captions are of four photos each, which they join into one group
    assert (figures["pairs"], figures["first"], figures["second"]) == (12, 12, 3 + 12)
    for direction in ("first_to_second", "second_to_first"):
        assert figures[direction]["recall"]["15"] == 1.0
        assert 0 <= figures[direction]["recall"]["1"] <= 1
        assert figures[direction]["unmatched"] == 0


def test_each_tower_embeds_its_member(photos: tuple[Path, Path, str], tmp_path: Path) -> None:
    run_folder, data, _ = photos
    arrays = {}
    for tower in ("first", "image", "second", "text"):
        succeed("embed", run_folder, "--tower", tower, "--output", tmp_path / f"{tower}.npz")
        with np.load(tmp_path / f"{tower}.npz") as file:
            arrays[tower] = dict(file)
    assert (arrays["first"]["features"] == arrays["image"]["features"]).all()
    assert (arrays["second"]["features"] == arrays["text"]["features"]).all()
    assert arrays["first"]["index"].tolist() == list(range(12))
    assert arrays["second"]["index"].tolist() == [row for row in range(12) for _ in range(2)]  # two captions each
    succeed("embed", run_folder, data, "--tower", "image", "--unpaired", "--output", tmp_path / "alone.npz")
    with np.load(tmp_path / "alone.npz") as file:
        assert len(file["features"]) == 13
        rows = [name for name in file["names"] if not name.endswith("alone.png")]
        assert len(rows) == 12
        kept = file["features"][["alone" not in name for name in file["names"]]]
    order = np.argsort([str(name) for name in arrays["first"]["names"]])
    np.testing.assert_allclose(np.sort(kept, 0), np.sort(arrays["first"]["features"][order], 0), atol=1e-6)


def test_other_commands_take_a_tower_of_a_run_of_pairs(photos: tuple[Path, Path, str], tmp_path: Path) -> None:
    folders = tmp_path / "photos"
    for name in COLORS[:2]:
        (folders / name).mkdir(parents=True)
        for file in photos[1].glob(f"{name}*.png"):
            (folders / name / file.name).write_bytes(file.read_bytes())
    succeed("probe", photos[0], folders, "--unpaired", "--json", tmp_path / "probe.json")
    assert json.loads((tmp_path / "probe.json").read_text())["classes"] == 2
    files = ("--output", tmp_path / "odd.csv", "--plot", tmp_path / "odd.png")
    succeed("anomalies", photos[0], "--tower", "text", "--score", "distance", *files)
    assert "blue0" in (tmp_path / "odd.csv").read_text()


def test_members_of_one_modality_share_an_encoder_and_take_negatives(questions: tuple[Path, Path, str]) -> None:
    assert "for both" in questions[2]
    first, second = (pairgen.load_encoder(questions[0], tower=tower).state_dict() for tower in (0, 1))
    assert all((first[name] == second[name]).all() for name in first)
    assert "first to second" in succeed("retrieve", questions[0])


def test_two_encoders_of_one_modality_are_two_towers(tmp_path: Path) -> None:
    data = write_questions(tmp_path / "pairs.csv")
    options = ("--encoder", "bag", "--encoder", "bag", "--encoder-option", "width=16", "--recipe", "crop")
    succeed("train", "text+text", data, *options, *FAST, "--run-dir", tmp_path / "run", "--quiet")
    first, second = (pairgen.load_encoder(tmp_path / "run", tower=tower) for tower in (0, 1))
    assert not torch.equal(first.projection.weight, second.projection.weight)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("image+text+audio",), "a pair has two members, got 3 modalities"),
        (("image+text", "--method", "simclr"), "simclr learns from views of one modality, and this is image+text"),
        (("image", "--method", "clip"), "clip learns from pairs of two members, such as image+text"),
        (("image+text", "--recipe", "simclr"), "give it twice, for image and for text"),
        (("text+text", *("--recipe", "eval") * 3), "--recipe was given 3 times for text+text"),
        (("image+text", "--encoder", "resnet18", "--encoder", "resnet19"), "resnet19"),
        (("image+text", "--recipe-option", "second.size=3"), "the recipe 'eval' has no option 'size'"),
        (("image", "--recipe-option", "second.size=3"), "is for the second of two members, and there is one"),
        (("image+text", "--encoder-option", "nonsense=3"), "has no option 'nonsense'"),
        (("image+text", "--read-option", "caption=text"), "the reader of pairs has no option 'caption'"),
    ],
)
def test_what_is_wrong_is_told_before_data_is_read(arguments: tuple[str, ...], message: str) -> None:
    modality, *options = arguments
    assert message in fail("train", modality, "there is no such path", *options)


def test_towers_and_options_that_a_run_does_not_have_are_refused(
    photos: tuple[Path, Path, str], questions: tuple[Path, Path, str]
) -> None:
    assert "it has first, second, image, text" in fail("embed", photos[0], "--tower", "third")
    assert "it has first, second" in fail("embed", questions[0], "--tower", "text")
    assert "give PATH" in fail("embed", photos[0], "--unpaired")


def test_retrieval_of_a_run_without_pairs_is_refused(tmp_path: Path) -> None:
    data = write_photos(tmp_path / "photos")
    for file in data.glob("*.txt"):
        file.unlink()
    options = ("--recipe", "simclr-small", "--recipe-option", "size=8", "--encoder", "small-cnn")
    succeed("train", "image", data, *options, *FAST, "--run-dir", tmp_path / "run", "--quiet")
    assert "retrieve is for runs of pairs" in fail("retrieve", tmp_path / "run")


def test_the_help_of_pairs_speaks_of_both_modalities() -> None:
    text = " ".join(succeed("train", "image+text", "--help").split())
    assert "with a column for each member" in text
    assert "simclr-gray" in text
    assert "simcse" in text
