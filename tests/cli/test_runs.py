"""What a run remembers of its data, and what embed, probe and anomalies make of it, in all five modalities."""

from __future__ import annotations

import csv
import json
import shlex
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import soundfile
from PIL import Image

from tests.helpers.command_line import fail, run, succeed

FAST = ("--epochs", "1", "--batch-size", "8", "--workers", "0", "--device", "cpu")


def write_images(folder: Path, count: int = 6) -> Path:
    rng = np.random.default_rng(0)
    for name, low in (("dark", 0), ("light", 150)):
        (folder / name).mkdir(parents=True)
        for i in range(count):
            Image.fromarray(rng.integers(low, low + 100, (12, 12, 3), dtype=np.uint8)).save(folder / name / f"{i}.png")
    return folder


def write_sounds(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for i in range(8):
        wave = np.sin(np.arange(4_000) * (0.05 + 0.2 * (i % 2))).astype(np.float32)
        soundfile.write(folder / f"{i % 2}_take{i}.wav", wave, 8_000)
    return folder


def write_graphs(folder: Path) -> Path:
    for name, make in (("path", nx.path_graph), ("star", nx.star_graph)):
        (folder / name).mkdir(parents=True)
        for i in range(5):
            nx.write_graphml(make(5 + i), folder / name / f"{i}.graphml")
    return folder


def write_texts(folder: Path) -> Path:
    folder.mkdir(parents=True)
    rows = [{"sentence": f"the {word} number {i} is here", "topic": word} for i in range(6) for word in ("cat", "car")]
    (folder / "texts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder / "texts.jsonl"


def write_series(folder: Path) -> Path:
    folder.mkdir(parents=True)
    steps = np.arange(60)
    x = np.stack([np.sin(steps / (2 + 3 * (i % 2)) + i) for i in range(12)])[:, :, None].astype(np.float32)
    np.savez(folder / "series.npz", x=x, y=np.arange(12) % 2)
    return folder / "series.npz"


CASES = {
    "image": (write_images, ("--recipe", "simclr-small", "--recipe-option", "size=8", "--encoder", "small-cnn")),
    "audio": (write_sounds, ("--read-option", r"pattern=(?P<label>\d)_take\d")),
    "graph": (write_graphs, ("--encoder-option", "layers=2")),
    "text": (
        write_texts,
        ("--read-option", "text=sentence", "--read-option", "label=topic", "--recipe", "crop", "--encoder", "bag"),
    ),
    "timeseries": (write_series, ("--read-option", "window=20", "--read-option", "stride=20")),
}


@pytest.fixture(scope="module", params=list(CASES))
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, Path, str]:
    """(modality, run folder, data, what `train` printed); both paths need a shell's quotes."""
    root = tmp_path_factory.mktemp("a 'run' [x]")
    write, options = CASES[request.param]
    data = write(root / "my data")
    text = succeed("train", request.param, data, *options, *FAST, "--run-dir", root / "run")
    return request.param, root / "run", data, text


def test_the_next_command_runs_as_it_is_printed(
    trained: tuple[str, Path, Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modality, _, _, text = trained
    monkeypatch.chdir(tmp_path)
    program, *arguments = shlex.split(text.splitlines()[-1].partition("next: ")[2])
    assert program == "pairgen"
    assert arguments[0] == ("anomalies" if modality == "timeseries" else "probe")
    succeed(*arguments)


def test_a_run_records_its_data_and_later_commands_need_no_path(
    trained: tuple[str, Path, Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, folder, data, _ = trained
    monkeypatch.chdir(tmp_path)
    record = json.loads((folder / "run.json").read_text())
    assert (record["source"], record["batch_size"]) == (str(data), 8)
    succeed("embed", folder, "--json", "figures.json")
    figures = json.loads(Path("figures.json").read_text())
    with np.load("features.npz") as saved:
        assert len(saved["features"]) == len(saved["names"]) == figures["items"]


def test_a_probe_reads_labels_as_the_run_did_and_reports_figures(trained: tuple[str, Path, Path, str]) -> None:
    _, folder, data, _ = trained
    result = run("probe", folder, data, "--json", "-", "--test-share", "0.5")
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert figures["classes"] == 2
    assert figures["chance"] == 0.5
    assert 0.4 <= figures["majority"] <= 0.6
    assert 0 <= figures["trained"]["linear_balanced"] <= 1


def test_an_unknown_read_option_is_told_with_those_there_are(trained: tuple[str, Path, Path, str]) -> None:
    modality, folder, data, _ = trained
    text = fail("embed", folder, data, "--read-option", "windw=3")
    assert f"the reader of {modality!r} has no option 'windw'; it has: " in text


def test_a_probe_learns_from_one_folder_and_tests_on_another(tmp_path: Path) -> None:
    write_images(tmp_path / "data" / "train")
    (write_images(tmp_path / "data" / "test", 3) / "light").rename(tmp_path / "data" / "test" / "aaa")
    folder = tmp_path / "run"
    options = CASES["image"][1]
    succeed("train", "image", tmp_path / "data" / "train", *options, *FAST, "--run-dir", folder)
    other = write_images(tmp_path / "other", 2)
    text = " ".join(succeed("probe", folder, "--test", other).split())
    assert "Accuracy on 4 test items" in text
    assert "12 items to learn from" in text
    # Classes are told apart by their names, not by their positions.
    result = run("probe", folder, "--test", tmp_path / "data" / "test")
    assert "3 items are of classes that there is nothing to learn from" in " ".join(result.output.split())
    assert "the data to learn from" in fail("probe", folder, "--test", tmp_path / "data" / "train")


def test_audio_takes_a_subfolder_as_its_split(tmp_path: Path) -> None:
    for name in ("train", "test"):
        write_sounds(tmp_path / "data" / name)
    options = ("--read-option", r"pattern=(?P<label>\d)_take\d", *FAST)
    succeed("train", "audio", tmp_path / "data", "--split", "train", *options, "--run-dir", tmp_path / "run")
    figures = json.loads(run("probe", tmp_path / "run", "--test-split", "test", "--json", "-").stdout)
    assert (figures["train_items"], figures["test_items"]) == (8, 8)
    assert "train" in fail("embed", tmp_path / "run", "--split", "trian")


def test_a_damaged_record_is_told_with_the_remedy(trained: tuple[str, Path, Path, str], tmp_path: Path) -> None:
    import shutil

    _, folder, data, _ = trained
    shutil.copytree(folder, tmp_path / "run")
    (tmp_path / "run" / "run.json").write_text("[1")
    assert "run.json is damaged" in fail("embed", tmp_path / "run", data)


def test_unequal_classes_show_the_majority_and_balanced_accuracy(tmp_path: Path) -> None:
    data = write_images(tmp_path / "data", 12)
    for file in sorted((data / "light").glob("*.png"))[2:]:
        file.unlink()
    folder = tmp_path / "run"
    succeed("train", "image", data, *CASES["image"][1], *FAST, "--run-dir", folder)
    text = " ".join(succeed("probe", folder, data, "--test-share", "0.5").split())
    assert "the largest class is right in 85.7%" in text
    assert "balanced" in text


def test_names_in_a_table_are_no_formulas_and_no_name_ends_a_command(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_images(Path("-d"), 3)
    names = ["=1+1.png", "+x.png", "@a.png", "[red].png", "$x^{$.png", "\x1b[31m.png", "caf\udce9.png"]
    for i, name in enumerate(names):
        Image.fromarray(np.full((12, 12, 3), 20 * i, np.uint8)).save(f"-d/dark/{name}")
    options = (*CASES["image"][1], *FAST, "--run-dir", "[red]run")
    text = succeed("train", "image", "./-d", *options)
    assert "[red]run" in text
    text = succeed("anomalies", "[red]run", "./-d", "--workers", "0")
    assert "\x1b" not in text
    assert "anomalies by definition" in text
    with open("anomalies.csv", newline="", encoding="utf-8") as stream:
        items = [row["item"] for row in csv.DictReader(stream)]
    assert len(items) == 13
    assert all(item.startswith("'-d") for item in items)
    assert any(item.endswith(r"caf\xe9.png") for item in items)
    succeed("embed", "[red]run", "./-d", "--workers", "0")


def test_a_long_name_makes_no_large_file_of_features(tmp_path: Path) -> None:
    rows = [{"text": f"words and number {i}", "label": "ab"[i % 2]} for i in range(400)]
    rows[7] = {"text": "w " * 100_000, "label": "c" * 200_000}
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = ("--recipe", "crop", "--encoder", "bag", "--epochs", "1", "--workers", "0")
    succeed("train", "text", tmp_path / "t.jsonl", *options, "--run-dir", tmp_path / "run")
    succeed("embed", tmp_path / "run", "-o", tmp_path / "f.npz")
    with np.load(tmp_path / "f.npz") as saved:
        assert saved["names"].nbytes + saved["classes"].nbytes < 1_000_000
        assert saved["classes"][0] == "a"
        assert len(saved["classes"]) == 3


def test_a_command_that_fails_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    succeed("train", "image", write_images(tmp_path / "d"), *CASES["image"][1], *FAST, "--run-dir", "run")
    before = sorted(tmp_path.iterdir())

    def fail_late(*arguments: object, **options: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("numpy.savez_compressed", fail_late)
    assert "no space left" in fail("embed", "run", "-o", "f.npz")
    assert "must end in .csv" in fail("anomalies", "run", "-o", "a.txt")
    assert "must end in .png" in fail("anomalies", "run", "--plot", "a.xyz")
    assert sorted(tmp_path.iterdir()) == before


def test_raw_series_are_normalized_and_a_loss_that_grows_with_their_scale_is_explained(tmp_path: Path) -> None:
    steps = np.arange(40)
    counts = np.stack([80 + 80 * np.sin(2 * np.pi * steps / 11 + i) for i in range(8)])[:, :, None]  # as of sunspots
    np.savez(tmp_path / "counts.npz", series=counts)
    train = ("train", "timeseries", tmp_path / "counts.npz", "--recipe", "ts2vec", "--method", "ts2vec", *FAST)
    advice = "grows with the scale of the data"
    assert advice not in succeed(*train, "--run-dir", tmp_path / "a")
    assert advice in succeed(*train, "--run-dir", tmp_path / "b", "--recipe-option", "normalize=false")


@pytest.mark.parametrize("modality", ["text", "timeseries"])
@pytest.mark.parametrize("row", ["2", "2,3,4"], ids=["short", "long"])
def test_a_row_of_another_length_is_refused_with_its_number(modality: str, row: str, tmp_path: Path) -> None:
    table = tmp_path / "rows.csv"
    table.write_text("\n".join(["text,label" if modality == "text" else "u,v", "1,2", "3,4", row, "5,6"]))
    said = fail("train", modality, table, *FAST, "--run-dir", tmp_path / "run")
    assert "rows.csv" in said
    assert "row 4" in said
