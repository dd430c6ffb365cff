from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

import pairgen
from pairgen.evaluation import embed, evaluation_sampler


class Images(Dataset[Any]):
    def __init__(self, n: int = 10, labelled: bool = True, size: int = 20) -> None:
        self.values = np.random.default_rng(0).integers(0, 256, (n, size, size), dtype=np.uint8)
        self.labelled = labelled

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, i: int) -> Any:
        return (self.values[i], i % 3) if self.labelled else self.values[i]


def small_cnn(spec: dict[str, Any] | None = None) -> nn.Module:
    encoder = pairgen.create_encoder("image", "small-cnn")
    if spec is not None:
        vars(encoder)["sampler_spec"] = spec
    return encoder


GRAY = {"modality": "image", "recipe": "simclr-gray", "options": {"size": 16, "scale": (0.5, 1.0)}, "seed": 3}


def test_a_tensor_is_embedded_as_it_is_whatever_the_batch_size() -> None:
    encoder, images = small_cnn().eval(), torch.randn(7, 1, 16, 16)
    expected = encoder(images).detach().numpy()
    for batch_size in (1, 3, 100):
        found = embed(encoder, images, batch_size=batch_size)
        np.testing.assert_allclose(found.features, expected, rtol=1e-4, atol=1e-5)
        assert found.features.dtype == np.float32
        assert found.labels is None
        assert found.index.tolist() == list(range(7))


def test_items_are_prepared_as_in_training_but_without_randomness() -> None:
    encoder, data = small_cnn(GRAY), Images()
    found = embed(encoder, data, batch_size=4)
    sampler = pairgen.PairSampler("image", recipe="eval", size=16, mean=(0.5,), std=(0.5,))
    views = next(iter(sampler.loader(data, batch_size=10))).first
    np.testing.assert_allclose(found.features, encoder.eval()(views).detach().numpy(), rtol=1e-4, atol=1e-5)
    assert found.labels is not None
    assert found.labels.tolist() == [i % 3 for i in range(10)]
    assert len(found) == 10


def test_a_given_sampler_prepares_the_items() -> None:
    sampler = pairgen.PairSampler("image", recipe="eval", size=12, mean=(0.1,), std=(0.5,))
    found = embed(small_cnn(), Images(labelled=False), sampler=sampler)
    assert found.features.shape == (10, 256)
    assert found.labels is None


def test_workers_give_the_same_features() -> None:
    encoder = small_cnn(GRAY)
    assert np.array_equal(
        embed(encoder, Images(), num_workers=1, batch_size=5).features, embed(encoder, Images(), batch_size=5).features
    )


def test_the_evaluation_sampler_takes_the_defaults_of_the_training_recipe() -> None:
    spec = evaluation_sampler({**GRAY, "options": {}}).spec
    assert spec["recipe"] == "eval"
    assert spec["options"]["size"] == 28
    assert spec["options"]["mean"] == (0.5,)


def test_two_recipes_are_evaluated_as_the_first() -> None:
    assert evaluation_sampler({**GRAY, "recipe": ["simclr-gray", "simclr"]}).spec["options"]["size"] == 16


def test_each_tower_of_two_modalities_is_evaluated_by_its_own_recipe() -> None:
    options = ({"size": 12}, {})
    spec = pairgen.PairSampler(("image", "text"), ("simclr-small", "crop"), recipe_options=options).spec
    image, text = (evaluation_sampler(spec, tower=tower) for tower in (0, 1))
    assert (image.modality.name, image.spec["options"]["size"]) == ("image", 12)
    assert (text.modality.name, text.spec["recipe"]) == ("text", "eval")
    with pytest.raises(ValueError, match="no tower 2"):
        evaluation_sampler(spec, tower=2)


def test_the_encoder_is_left_as_it_was() -> None:
    encoder = small_cnn().train()
    frozen = encoder.backbone[1]
    frozen.eval()
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    embed(encoder, torch.randn(4, 1, 16, 16))
    assert encoder.training
    assert not frozen.training
    assert all(torch.equal(value, before[name]) for name, value in encoder.state_dict().items())


def test_items_that_are_left_out_have_no_row() -> None:
    items = [np.zeros((8, 8), np.uint8), "no such file.png", np.ones((8, 8), np.uint8)]
    sampler = pairgen.PairSampler("image", recipe="eval", size=8, mean=(0.5,), std=(0.5,), on_error="skip")
    with pytest.warns(UserWarning, match="left out"):
        found = embed(small_cnn(), items, sampler=sampler)
    assert found.index.tolist() == [0, 2]


@pytest.mark.parametrize("data", [torch.empty(0, 1, 8, 8), []])
def test_no_data_is_refused(data: Any) -> None:
    with pytest.raises(ValueError, match="nothing to embed"):
        embed(small_cnn(GRAY), data)


def test_items_whose_preparation_is_unknown_are_refused() -> None:
    with pytest.raises(ValueError, match="sampler=PairSampler"):
        embed(small_cnn(), Images())
    with pytest.raises(ValueError, match="sampler=PairSampler"):
        embed(small_cnn({**GRAY, "recipe": None}), Images())


class Returns(nn.Module):
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value

    def forward(self, x: Tensor) -> Any:
        return self.value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (torch.ones(3, 2, 2), r"\(3, 2, 2\)"),
        (torch.ones(2, 2), r"expected features of shape \(3, D\)"),
        ((torch.ones(3, 2),), "tuple"),
        (torch.full((3, 2), math.nan), "NaN or infinite"),
    ],
)
def test_values_that_are_not_features_are_refused(value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        embed(Returns(value), torch.ones(3, 1))


def test_a_batch_size_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="batch_size"):
        embed(small_cnn(), torch.ones(3, 1, 8, 8), batch_size=0)
