from __future__ import annotations

import io

import numpy as np
import pytest
import torch

from pairgen.plotting import plot_embeddings

FEATURES = np.random.default_rng(0).normal(size=(40, 5))
LABELS = np.arange(40) % 4


def test_each_set_has_a_panel_and_the_last_one_the_legend():
    figure = plot_embeddings([FEATURES, torch.from_numpy(FEATURES)], LABELS, titles=["before", "after"], title="All")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["before", "after"]
    assert [text.get_text() for text in figure.axes[-1].get_legend().get_texts()] == ["0", "1", "2", "3"]
    figure.savefig(io.BytesIO())


def test_classes_name_the_legend_and_keep_their_colours_where_one_is_absent():
    figure = plot_embeddings([FEATURES[:2]], [0, 2], classes=["a", "b", "c"])
    legend = figure.axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["a", "c"]
    drawn = {tuple(color) for color in figure.axes[0].collections[0].get_facecolors()[:, :3]}
    assert {tuple(handle.get_color()[:3]) for handle in legend.legend_handles} == drawn


def test_points_are_the_principal_components():
    line = np.outer(np.arange(10.0), [3, 4, 0])
    points = plot_embeddings([line + [0, 0, 1]]).axes[0].collections[0].get_offsets()
    assert np.ptp(points[:, 0]) == pytest.approx(45)
    assert np.ptp(points[:, 1]) == pytest.approx(0, abs=1e-9)


def test_many_classes_have_no_legend():
    assert plot_embeddings([FEATURES], np.arange(40)).axes[0].get_legend() is None


@pytest.mark.parametrize(
    ("features", "labels", "titles", "trouble"),
    [
        ([], None, None, "no features"),
        ([FEATURES], None, ["a", "b"], "1 sets of features but 2 titles"),
        ([FEATURES], LABELS[:3], None, "one label a row"),
        ([FEATURES[0]], None, None, r"shape \(N, D\)"),
        ([FEATURES[:1]], None, None, "at least 2"),
        ([FEATURES * np.nan], None, None, "40 rows with NaN"),
    ],
)
def test_what_cannot_be_drawn_is_an_error(features, labels, titles, trouble):
    with pytest.raises(ValueError, match=trouble):
        plot_embeddings(features, labels, titles=titles)
