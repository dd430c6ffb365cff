from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from pairgen.modalities.audio.plotting import plot_pairs
from pairgen.pairs import Pair

CLIP = np.random.default_rng(0).normal(size=4000).astype(np.float32)


@pytest.mark.parametrize(
    "view",
    [
        CLIP,
        np.stack([CLIP, CLIP]),
        torch.from_numpy(CLIP),
        (CLIP * 1000).astype(np.int16),
        {"array": CLIP, "sampling_rate": 8000},
        np.zeros(100, np.float32),
        np.ones(1, np.float32),
    ],
    ids=["array", "stereo", "tensor", "int16", "dict", "silence", "one sample"],
)
def test_views_of_every_type_are_drawn_beside_their_original(view):
    figure = plot_pairs([Pair(view, view, 0, label=1)], [view], title="One pair", classes=["a", "b"])
    assert isinstance(figure, Figure)
    assert [axes.get_title() for axes in figure.axes if axes.get_title()] == ["original", "first view", "second view"]
    assert "item 0 · b" in [text.get_text() for text in figure.texts]
    figure.savefig(io.BytesIO())


def test_without_items_only_the_views_are_drawn():
    assert len(plot_pairs([Pair(CLIP, CLIP, 0)] * 2).axes) == 8


def test_pyplot_is_not_touched():
    import matplotlib.pyplot as plt

    plot_pairs([Pair(CLIP, CLIP, 0)])
    assert plt.get_fignums() == []


def test_what_cannot_be_drawn_is_an_error():
    with pytest.raises(ValueError, match="no pairs"):
        plot_pairs([])
    with pytest.raises(ValueError, match="1 pairs but 0 items"):
        plot_pairs([Pair(CLIP, CLIP, 0)], [])
