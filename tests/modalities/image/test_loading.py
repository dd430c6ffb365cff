"""Real JPEG files through real loaders: the same batches to the bit, whatever the workers, their start or the order."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image
from sklearn.datasets import load_sample_image

import pairgen


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for name in ("china", "flower"):
        (folder / name).mkdir()
        picture = Image.fromarray(load_sample_image(f"{name}.jpg"))
        for i in range(5):
            picture.crop((60 * i, 30 * i, 60 * i + 120, 30 * i + 90)).save(folder / name / f"{i}.jpg")
    return folder


def views(photos: Path, recipe: str = "simclr", **options) -> dict[int, tuple[torch.Tensor, torch.Tensor, int]]:
    """Every pair of epoch 1 by index."""
    sampler = pairgen.PairSampler("image", recipe, size=48, seed=5)
    loader = sampler.loader(sampler.modality.read(photos), **{"batch_size": 4, **options})
    loader.set_epoch(1)
    rows = {}
    for batch in loader:
        for i, index in enumerate(batch.index.tolist()):
            rows[index] = (batch.first[i], batch.second[i], int(batch.label[i]))
    return rows


@pytest.mark.parametrize("recipe", ["simclr", "byol"])
@pytest.mark.parametrize(
    "options",
    [
        {"num_workers": 1, "shuffle": True},
        {"num_workers": 3, "batch_size": 3},
        {"num_workers": 1, "multiprocessing_context": "spawn", "batch_size": 10},
        {"batch_size": 1},
    ],
    ids=["one worker", "three workers", "a spawned worker", "no worker"],
)
def test_batches_of_photos_are_the_same_to_the_bit(photos, recipe, options) -> None:
    expected, got = views(photos, recipe), views(photos, recipe, **options)
    assert got.keys() == expected.keys() == set(range(10))
    for index, (first, second, label) in expected.items():
        assert torch.equal(got[index][0], first)
        assert torch.equal(got[index][1], second)
        assert got[index][2] == label == int(index >= 5)


def test_an_image_alone_is_the_image_in_its_batch(photos) -> None:
    sampler = pairgen.PairSampler("image", "simclr", size=48, seed=5)
    pair = sampler(photos / "china" / "3.jpg", index=3, epoch=1)
    assert torch.equal(sampler.collate([pair]).first[0], views(photos)[3][0])
