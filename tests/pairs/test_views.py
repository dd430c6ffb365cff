"""More than two views of an item: `PairSampler(views=...)`."""

from __future__ import annotations

import pytest
import torch

from pairgen.modalities.image import multi_crop
from pairgen.modality import Recipe
from pairgen.pairs import PairSampler
from tests.helpers.toy import Scale, Series, SeriesData

ITEM = torch.arange(4, dtype=torch.float64) + 1


def test_the_first_two_views_are_those_of_two_recipes_to_the_bit() -> None:
    two = PairSampler("image", ("simclr-small", "byol"), seed=3, recipe_options=({"size": 8}, {"size": 8}))
    many = PairSampler(
        "image", views=("simclr-small", "byol", "byol", "mocov2"), seed=3, recipe_options=({"size": 8},) * 4
    )
    image = torch.randint(0, 256, (3, 16, 16), dtype=torch.uint8)
    pair, views = two(image, 5, 1), many(image, 5, 1)
    assert torch.equal(pair.first, views.first)
    assert torch.equal(pair.second, views.second)
    assert len(views.views) == 4
    batches = [s.collate_items([(5, image)]) for s in (two, many)]
    assert torch.equal(batches[0].first, batches[1].first)
    assert torch.equal(batches[0].second, batches[1].second)


def test_further_views_take_the_augmentations_of_their_recipes_in_turn() -> None:
    recipes = [Recipe(Scale(i, i), Scale(10 * i, 10 * i)) for i in (1, 2, 3, 4)]
    pair = PairSampler(Series(), views=recipes)(ITEM, 0)
    assert [view[0].item() for view in pair.views] == [1, 20, 3, 40]


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize("workers", [0, 2])
def test_a_loader_gives_the_views_of_the_items_one_by_one(batched, workers) -> None:
    make = PairSampler(Series(), views=("whole",) * 5, seed=2)
    data = SeriesData(6)
    for batch in make.loader(data, 4, shuffle=True, batched=batched, num_workers=workers):
        alone = make.collate([make(data[i][0], i) for i in batch.index.tolist()])
        assert len(batch.views) == 5
        for view, other in zip(batch.views, alone.views, strict=True):
            torch.testing.assert_close(view, other, rtol=1e-12, atol=1e-12)
    assert not torch.equal(alone.views[2], alone.views[3])


def test_multi_crop_has_views_of_two_sizes() -> None:
    make = PairSampler("image", views=multi_crop(large=2, small=3, size=24, small_size=12))
    images = [torch.randint(0, 256, (3, 40, 40), dtype=torch.uint8) for _ in range(2)]
    (batch,) = make.loader(images, 2)
    assert [tuple(view.shape) for view in batch.views] == [(2, 3, 24, 24)] * 2 + [(2, 3, 12, 12)] * 3
    assert make.spec["recipe"] is None


@pytest.mark.parametrize(
    ("options", "name"), [({"large": 1}, "large"), ({"small": -1}, "small"), ({"small": 1.5}, "small")]
)
def test_multi_crop_refuses_wrong_numbers_of_views(options, name) -> None:
    with pytest.raises((ValueError, TypeError), match=name):
        multi_crop(**options)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"views": ("whole",)}, ValueError, "two recipes or more"),
        ({"views": "whole"}, ValueError, "two recipes or more"),
        ({"views": ("whole", "whole"), "recipe": "whole"}, TypeError, "not both"),
        ({"recipe": ("whole",) * 3}, ValueError, r"views=\(a, b, c"),
    ],
)
def test_views_and_recipes_that_contradict_each_other_are_refused(arguments, error, message) -> None:
    with pytest.raises(error, match=message):
        PairSampler(Series(), **arguments)


def test_the_spec_of_many_views_rebuilds_the_sampler() -> None:
    make = PairSampler(Series(), views=("whole",) * 3, seed=4, size=4)
    assert make.spec == {"modality": "series", "recipe": ["whole"] * 3, "options": {"size": 4}, "seed": 4}
    again = PairSampler.from_spec(make.spec, make.modality)
    assert all(torch.equal(a, b) for a, b in zip(make(ITEM, 1).views, again(ITEM, 1).views, strict=True))
    with pytest.raises(ValueError, match="given as an object"):
        PairSampler.from_spec({**make.spec, "recipe": None})
