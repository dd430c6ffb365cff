from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

from pairgen.modalities.image.plotting import plot_pairs
from pairgen.pairs import Pair

GRAY = np.full((8, 8), 128, np.uint8)


def pairs_of(*views):
    return [Pair(view, view, index=i, label=i % 2) for i, view in enumerate(views)]


@pytest.mark.parametrize(
    "view",
    [
        GRAY,
        np.zeros((8, 6, 3), np.uint8),
        np.full((8, 8), 0.5, np.float32),
        torch.rand(3, 8, 8),
        torch.zeros(1, 8, 8, dtype=torch.uint8),
        Image.new("RGB", (9, 7)),
    ],
    ids=lambda view: type(view).__name__,
)
def test_views_of_every_type_are_drawn_beside_their_original(view):
    figure = plot_pairs(pairs_of(view), [view], title="One pair")
    assert isinstance(figure, Figure)
    assert [axes.get_title() for axes in figure.axes] == ["original", "first view", "second view"]
    figure.savefig(io.BytesIO())


def test_floats_and_bytes_of_the_same_brightness_look_the_same():
    shown = [plot_pairs(pairs_of(view)).axes[0].images[0] for view in (np.full((4, 4), 255, np.uint8), np.ones((4, 4)))]
    assert [image.norm(image.get_array().max()) for image in shown] == [1, 1]


def test_without_items_only_the_views_are_drawn():
    assert len(plot_pairs(pairs_of(GRAY, GRAY)).axes) == 4


def test_captions_name_index_and_class():
    figure = plot_pairs(pairs_of(GRAY, GRAY), classes=["cat", "dog"])
    assert [text.get_text() for text in figure.texts] == ["item 0 · cat", "item 1 · dog"]
    assert plot_pairs([Pair(GRAY, GRAY, 7)]).texts[0].get_text() == "item 7"


@pytest.mark.parametrize(("columns", "wider"), [(1, False), (3, True)])
def test_columns_decide_the_shape(columns, wider):
    width, height = plot_pairs(pairs_of(*[GRAY] * 6), columns=columns).get_size_inches()
    assert bool(width > height) is wider


def test_pyplot_is_not_touched():
    import matplotlib.pyplot as plt

    plot_pairs(pairs_of(GRAY))
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("pairs", "options", "trouble"),
    [
        ([], {}, "no pairs"),
        (pairs_of(GRAY), {"items": []}, "1 pairs but 0 items"),
        (pairs_of(GRAY), {"columns": 0}, "columns is a whole number, at least 1, got 0"),
    ],
)
def test_what_cannot_be_drawn_is_an_error(pairs, options, trouble):
    with pytest.raises(ValueError, match=trouble):
        plot_pairs(pairs, **options)
