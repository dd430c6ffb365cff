"""Zero-shot classification by two towers, toy ones that are right where the text says what the item is."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from pairgen.evaluation import zero_shot
from pairgen.evaluation.zero_shot import _describe
from pairgen.pairs import PairBatch, PairSampler

NAMES = ("cat", "dog", "bird")


class ToyTowers(nn.Module):
    """Items are vectors as they are; texts are counted by the letters of `NAMES` that they begin a word with."""

    def encode(self, views, tower: int) -> torch.Tensor:
        if tower == 0:
            return views
        return torch.tensor([[float(text.split().count(name)) + 0.01 for name in NAMES] for text in views])


class Texts:
    """A sampler of texts that leaves them as they are."""

    def loader(self, texts, batch_size: int, num_workers: int):
        for top in range(0, len(texts), batch_size):
            part = texts[top : top + batch_size]
            yield PairBatch(part, part, torch.arange(top, top + len(part)))


class Items:
    """A sampler of (vector, label)."""

    def loader(self, data, batch_size: int, num_workers: int):
        vectors, labels = zip(*data, strict=True)
        views = torch.tensor(vectors)
        yield PairBatch(views, views, torch.arange(len(data)), torch.tensor(labels))


def test_items_are_classified_by_the_nearest_description() -> None:
    items = torch.tensor([[1.0, 0.1, 0.0], [0.0, 0.2, 3.0], [0.0, 1.0, 0.9]])
    result = zero_shot(ToyTowers(), items, NAMES, ("a {}", "my {} here"), samplers=(None, Texts()), batch_size=2)
    assert result.predictions.tolist() == [0, 2, 1]
    assert result.accuracy is None


def test_accuracies_and_confusion_are_those_of_the_labels() -> None:
    data = [([1.0, 0.0, 0.0], 0), ([0.0, 1.0, 0.0], 0), ([1.0, 0.2, 0.0], 0), ([0.0, 1.0, 0.3], 1)]
    result = zero_shot(ToyTowers(), data, NAMES, samplers=(Items(), Texts()))
    assert result.predictions.tolist() == [0, 1, 0, 1]
    assert (result.accuracy, result.majority_share) == (0.75, 0.75)
    assert result.balanced_accuracy == pytest.approx((2 / 3 + 1) / 2)
    assert result.confusion.tolist() == [[2, 1, 0], [0, 1, 0], [0, 0, 0]]


def test_the_members_of_the_towers_own_spec_prepare_items_and_texts() -> None:
    from pairgen.evaluation.zero_shot import _tower_sampler

    towers = ToyTowers()
    towers.sampler_spec = PairSampler(
        ("image", "text"), recipe=("simclr-small", "crop"), recipe_options=({"size": 20}, {})
    ).spec
    image, text = (_tower_sampler(towers, tower) for tower in (0, 1))
    assert image.collate_items([np.zeros((30, 30, 3), np.uint8)]).first.shape[-2:] == (20, 20)
    assert isinstance(text, PairSampler)
    assert text.modality.name == "text"


def test_a_name_with_braces_is_not_formatted() -> None:
    assert _describe(["{0}", "b"], ["a {}"])[1] == ["a {0}", "a b"]


@pytest.mark.parametrize(
    ("names", "templates", "message"),
    [
        (["cat"], ["a {}"], "at least two different names"),
        (["cat", "cat"], ["a {}"], "at least two different names"),
        ("cat", ["a {}"], "at least two different names"),
        (NAMES, [], "at least one text"),
        (NAMES, ["a photo"], 'a template has one "{}"'),
    ],
)
def test_bad_names_and_templates_are_refused(names, templates, message) -> None:
    with pytest.raises(ValueError, match=message):
        zero_shot(ToyTowers(), torch.eye(3), names, templates, samplers=(None, Texts()))


def test_a_label_without_a_name_towers_that_cannot_encode_and_unknown_preparation_are_refused() -> None:
    with pytest.raises(ValueError, match="the label 3 is no position in the 3 class names"):
        zero_shot(ToyTowers(), [([1.0, 0.0, 0.0], 3)], NAMES, samplers=(Items(), Texts()))
    with pytest.raises(TypeError, match="got Linear"):
        zero_shot(nn.Linear(2, 2), torch.eye(3), NAMES)
    with pytest.raises(ValueError, match="how to prepare the items of the second tower is unknown"):
        zero_shot(ToyTowers(), torch.eye(3), NAMES)
