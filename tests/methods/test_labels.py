"""Methods with labels take those that loaders accept."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pairgen
from pairgen.methods import SupCon
from pairgen.pairs import PairBatch

NAMES = ["cat", "dog", "cat", "ant", "dog", "cat"]


def loss_of(labels: object) -> float:
    torch.manual_seed(0)
    method = SupCon(pairgen.create_encoder("image", "small-cnn", in_channels=3), 8)
    views = torch.rand(2, 6, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    return float(method.loss(PairBatch(views[0], views[1], torch.arange(6), labels)))


@pytest.mark.parametrize(
    "labels",
    [
        NAMES,
        [name.encode() for name in NAMES],
        torch.tensor([0.0, 1, 0, 2, 1, 0]),
        torch.tensor([7, 8, 7, 9, 8, 7], dtype=torch.uint8),
        [(0, 1), (1, 1), (0, 1), (2, 1), (1, 1), (0, 1)],
    ],
)
def test_names_and_whole_numbers_of_any_dtype_are_classes(labels: object) -> None:
    assert loss_of(labels) == loss_of(torch.tensor([0, 1, 0, 2, 1, 0]))


def test_a_loader_of_items_with_names_trains() -> None:
    data = [(np.full((8, 8, 3), 9 * i, np.uint8), name) for i, name in enumerate(NAMES)]
    (batch,) = pairgen.PairSampler("image", recipe="eval").loader(data, 6)
    method = SupCon(pairgen.create_encoder("image", "small-cnn", in_channels=3), 8)
    assert torch.isfinite(method.loss(batch))


def test_targets_and_missing_labels_are_refused() -> None:
    with pytest.raises(TypeError, match="no whole numbers"):
        loss_of(torch.tensor([0.5, 1, 0, 2, 1, 0]))
    with pytest.raises(ValueError, match="an item of the batch has none"):
        loss_of(["cat", None, "cat", "dog", "dog", "cat"])
    with pytest.raises(TypeError, match="a label is a dict"):
        loss_of([{}] * 6)
