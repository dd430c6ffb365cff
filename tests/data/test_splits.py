"""`read(..., split=)`: the folder of that name, in every modality, or an error."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import soundfile
from PIL import Image

import pairgen


def write_image(path: Path) -> None:
    Image.fromarray(np.full((8, 8, 3), 9, np.uint8)).save(path.with_suffix(".png"))


def write_audio(path: Path) -> None:
    soundfile.write(path.with_suffix(".wav"), np.zeros(400), 8000)


def write_text(path: Path) -> None:
    path.with_suffix(".txt").write_text("a dog barks")


def write_graph(path: Path) -> None:
    nx.write_graphml(nx.path_graph(3), path.with_suffix(".graphml"))


def write_series(path: Path) -> None:
    path.with_suffix(".csv").write_text("value\n1\n2\n3\n")


WRITERS = {
    "image": write_image,
    "audio": write_audio,
    "text": write_text,
    "graph": write_graph,
    "timeseries": write_series,
}


@pytest.fixture(params=WRITERS)
def modality(request, tmp_path):
    counts = {"train": 3, "Val": 2}
    for split, count in counts.items():
        for name in ("cat", "dog"):
            folder = tmp_path / split / name
            folder.mkdir(parents=True)
            for i in range(count):
                WRITERS[request.param](folder / f"{name}{i}")
    return pairgen.get_modality(request.param)


def test_a_split_is_the_folder_of_that_name(modality, tmp_path) -> None:
    for split, count in (("train", 6), ("Val", 4), ("val", 4)):
        dataset = modality.read(tmp_path, split=split)
        assert len(dataset) == count
        assert dataset.classes == ["cat", "dog"]
    assert len(modality.read(tmp_path)) == 10


def test_a_split_that_is_not_there_is_refused(modality, tmp_path) -> None:
    with pytest.raises(ValueError, match="'trian'; it has Val, train"):
        modality.read(tmp_path, split="trian")
    with pytest.raises(ValueError, match="'test'"):
        modality.read(tmp_path / "train" / "cat", split="test")


def test_a_split_of_a_source_without_splits_is_refused(modality, tmp_path) -> None:
    items = [modality.read(tmp_path)[0][0]]
    with pytest.raises(ValueError, match=r"split='train' chooses a part of a folder.*leave it out"):
        modality.read(items, split="train")
