"""Pictures of pairs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pairgen
from pairgen.modalities.timeseries import Segment
from pairgen.modalities.timeseries.plotting import plot_pairs

ITEMS = [np.random.default_rng(i).normal(size=(40, 2)).cumsum(axis=0) for i in range(3)]


def pairs(recipe="ts2vec", items=ITEMS):
    sampler = pairgen.PairSampler("timeseries", recipe=recipe, seed=0)
    return [sampler(item, index=i, label=i % 2) for i, item in enumerate(items)]


def lines(figure, panel=0):
    """The curves of a panel as (steps, values), single points left out."""
    drawn = [line for line in figure.axes[panel].lines if line.get_linestyle() == "-"]
    return [np.asarray(line.get_xydata()) for line in drawn]


def test_each_channel_of_each_pair_has_a_panel_with_the_original_and_both_views(tmp_path):
    figure = plot_pairs(pairs(), items=ITEMS, title="Series", classes=["idle", "run"])
    assert len(figure.axes) == 6
    assert len(lines(figure)) == 3
    assert figure.axes[0].get_title(loc="left") == "item 0 · idle"
    figure.savefig(tmp_path / "pairs.png")
    assert (tmp_path / "pairs.png").stat().st_size > 10_000


def test_crops_lie_where_they_come_from():
    figure = plot_pairs(pairs(), items=ITEMS)
    for panel, item, channel in ((0, ITEMS[0], 0), (3, ITEMS[1], 1)):
        for steps, values in (line.T for line in lines(figure, panel)[1:]):
            there = ~np.isnan(values)
            np.testing.assert_allclose(item[steps[there].astype(int), channel], values[there])


def test_segments_lie_where_they_say():
    segments = [Segment(torch.zeros(50, 1) + 1)]  # the same everywhere: only its start tells where a crop is from
    figure = plot_pairs(pairs(items=segments), items=segments)
    first, second = (line[0, 0] for line in lines(figure)[1:])
    pair = pairs(items=segments)[0]
    assert (first, second) == (pair.first.start, pair.second.start)


def test_series_of_the_other_layout_and_of_many_channels_are_drawn():
    items = [np.zeros((9, 20))]
    sampler = pairgen.PairSampler("timeseries", recipe="jitter-scale", layout="CT")
    figure = plot_pairs([sampler(items[0], 0)], items, layout="CT")
    assert len(figure.axes) == 4
    assert len(lines(figure)[0]) == 20


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(ValueError, match="no pairs to draw"):
        plot_pairs([])
    with pytest.raises(ValueError, match="3 pairs but 1 items"):
        plot_pairs(pairs(), items=ITEMS[:1])
    with pytest.raises(ValueError, match="columns is a whole number, at least 1"):
        plot_pairs(pairs(), columns=0)
