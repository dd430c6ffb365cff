"""Transforms of other libraries run through their adapters as their libraries run them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import strategies as st
from torchvision.transforms import v2

from pairgen.random import Stream
from pairgen.testing import adapt, check_augmentation
from pairgen.testing.adapters import (
    AlbumentationsTransform,
    AudiomentationsTransform,
    ExternalTransform,
    GeometricTransform,
    KorniaTransform,
    NlpaugTransform,
    TorchAudiomentationsTransform,
    TorchvisionTransform,
)

IMAGE = torch.arange(3 * 6 * 6, dtype=torch.uint8).reshape(3, 6, 6)


def assert_seeded_by_key(adapted: Any, item: Any) -> None:
    """The same key gives the same view, and some other key another one."""
    first = np.asarray(adapted(item, Stream(0)))
    assert np.array_equal(first, np.asarray(adapted(item, Stream(0))))
    assert any(not np.array_equal(first, np.asarray(adapted(item, Stream(k)))) for k in range(1, 8))


def test_torchvision():
    adapted = adapt(v2.ColorJitter(0.5))
    assert isinstance(adapted, TorchvisionTransform)
    assert_seeded_by_key(adapted, IMAGE)
    report = check_augmentation(v2.ColorJitter(0.5), checks=["keeps_type", "ignores_the_global_rng"], raises=False)
    assert report["keeps_type"].state == "passed"
    assert report["ignores_the_global_rng"].state == "failed"


def test_albumentations():
    albumentations = pytest.importorskip("albumentations")
    adapted = adapt(albumentations.GaussNoise(p=1.0))
    assert isinstance(adapted, AlbumentationsTransform)
    assert_seeded_by_key(adapted, IMAGE.permute(1, 2, 0).numpy().copy())
    assert adapted.convert_item(IMAGE).shape == (6, 6, 3)


def test_kornia():
    augmentation = pytest.importorskip("kornia.augmentation")
    adapted = adapt(augmentation.RandomGaussianNoise(p=1.0, keepdim=True))
    assert isinstance(adapted, KorniaTransform)
    assert_seeded_by_key(adapted, IMAGE / 255)


def test_audiomentations():
    audiomentations = pytest.importorskip("audiomentations")
    adapted = adapt(audiomentations.AddGaussianNoise(p=1.0))
    assert isinstance(adapted, AudiomentationsTransform)
    assert_seeded_by_key(adapted, np.linspace(-1, 1, 50, dtype=np.float32))
    assert adapted.convert_item(np.array([16384], dtype=np.int16)).tolist() == [0.5]


def test_torch_audiomentations():
    library = pytest.importorskip("torch_audiomentations")
    adapted = adapt(library.Gain(p=1.0, output_type="tensor"))
    assert isinstance(adapted, TorchAudiomentationsTransform)
    assert_seeded_by_key(adapted, torch.linspace(-1, 1, 50)[None])


def test_nlpaug():
    words = pytest.importorskip("nlpaug.augmenter.word")
    adapted = adapt(words.RandomWordAug(action="swap"))
    assert isinstance(adapted, NlpaugTransform)
    assert_seeded_by_key(adapted, "one two three four five six seven")


def test_geometric():
    transforms = pytest.importorskip("torch_geometric.transforms")
    from torch_geometric.data import Data

    adapted = adapt(transforms.RandomJitter(0.5))
    assert isinstance(adapted, GeometricTransform)
    graph = Data(pos=torch.zeros(3, 2), edge_index=torch.tensor([[0, 1], [1, 2]]))
    first, again = adapted(graph, Stream(0)).pos, adapted(graph, Stream(0)).pos
    assert torch.equal(first, again)
    assert adapted.convert_item(None) is None


def shuffled(item: list[int]) -> list[int]:
    np.random.shuffle(item)  # noqa: NPY002
    return item


def test_any_callable():
    adapted = adapt(shuffled)
    assert type(adapted) is ExternalTransform
    items = st.lists(st.integers(0, 3), min_size=4, max_size=6)
    names = ["leaves_the_item_alone", "leaves_the_global_rng_alone", "keeps_type"]
    report = check_augmentation(shuffled, items=items, checks=names, examples=20, raises=False)
    assert {outcome.check for outcome in report.failed} == {"leaves_the_item_alone", "leaves_the_global_rng_alone"}
    assert report["keeps_type"].state == "passed"
    with pytest.raises(TypeError, match="cannot check"):
        adapt(3)


def test_a_transform_without_its_seeding_reads_the_global_state():
    unseeded = adapt(v2.ColorJitter(0.5)).unseeded
    torch.manual_seed(0)
    first = unseeded(IMAGE, Stream(0))
    torch.manual_seed(0)
    assert torch.equal(first, unseeded(IMAGE, Stream(1)))
