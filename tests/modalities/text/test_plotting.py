from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from pairgen.modalities.text.plotting import plot_pairs, word_diff
from pairgen.pairs import Pair
from pairgen.testing.modalities.text import texts

PAIRS = [Pair("a big dog", "a large dog", 0, 1), Pair("costs $5 and $7", "costs $5", 1, 0)]


def marked(figure):
    return [text.get_text() for text in figure.axes[0].texts if text.get_bbox_patch() is not None]


def test_the_words_in_which_the_views_differ_are_marked():
    figure = plot_pairs(PAIRS, title="Pairs")
    assert isinstance(figure, Figure)
    assert marked(figure) == ["big", "large", "and", "$7"]
    figure.savefig(io.BytesIO())


@given(first=texts(), second=texts())
def test_the_words_without_a_mark_are_the_same_in_both_views(first, second):
    a, b = word_diff(first, second)
    assert [word for word, _ in a] == first.split()
    assert [word for word, mark in a if not mark] == [word for word, mark in b if not mark]


def test_originals_captions_and_ids_are_written():
    figure = plot_pairs(PAIRS, items=["a big dog", "x"], classes=["neg", "pos"])
    written = [text.get_text() for text in figure.axes[0].texts]
    assert "item 0 · pos" in written
    assert written.count("text") == 2


@settings(max_examples=10)
@given(text=texts(), width=st.integers(20, 60))
def test_any_text_fits_its_lines(text, width):
    figure = plot_pairs([Pair(text * 30, text, 0)], width=width)
    assert max((len(t.get_text()) for t in figure.axes[0].texts), default=0) <= max(width, 10)


def test_pyplot_is_not_touched():
    import matplotlib.pyplot as plt

    plot_pairs(PAIRS)
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("pairs", "options", "trouble"),
    [
        ([], {}, "no pairs"),
        (PAIRS, {"items": []}, "2 pairs but 0 items"),
        (PAIRS, {"width": 3}, "at least 20"),
    ],
)
def test_what_cannot_be_drawn_is_an_error(pairs, options, trouble):
    with pytest.raises(ValueError, match=trouble):
        plot_pairs(pairs, **options)
