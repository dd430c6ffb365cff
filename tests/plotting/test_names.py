"""Figures show names as they are: no formulas, no names that break the drawing or that a legend leaves out."""

from __future__ import annotations

import io

import networkx as nx
import numpy as np
import pytest

import pairgen
from pairgen._text import printable, shorten
from pairgen.plotting import plot_anomalies, plot_embeddings

NAMES = ["$x^{$", "$$", r"\$a_b$", "[/red]", "\x1b[31mred", "_hidden", "caf\udce9", "two\nlines", "%s{}", ""]
ITEMS = {
    "image": np.zeros((8, 8, 3), np.uint8),
    "audio": np.sin(np.arange(8_000) / 9).astype(np.float32),
    "timeseries": np.sin(np.arange(40) / 3).astype(np.float32)[:, None],
    "graph": nx.path_graph(4),
    "text": r"costs $5 or \$6 and $x^{$ \frac",
}


def save(figure) -> None:
    figure.savefig(io.BytesIO(), format="png", dpi=40)


@pytest.mark.parametrize("name", NAMES)
def test_embeddings_and_scores_are_drawn_with_any_name(name: str) -> None:
    rows = np.random.default_rng(0).normal(size=(8, 3))
    figure = plot_embeddings([rows], np.arange(8) % 2, classes=[name, "b"], titles=[name], title=name)
    save(figure)
    shown = figure.axes[0].get_legend().get_texts()[0].get_text()
    assert shown == printable(name)
    save(plot_anomalies(np.arange(4.0), 2.0, title=name))


@pytest.mark.parametrize("modality", list(ITEMS))
@pytest.mark.parametrize("name", ["$x^{$", "caf\udce9$"])
def test_pairs_of_every_modality_are_drawn_with_any_name(modality: str, name: str) -> None:
    plugin = pairgen.get_modality(modality)
    pair = pairgen.PairSampler(modality, recipe="eval")(ITEMS[modality], 0, label=0)
    save(plugin.plot_pairs([pair], items=[ITEMS[modality]], classes=[name], title=name))


def test_what_cannot_be_shown_is_an_escape_and_all_else_stays() -> None:
    assert printable("Ünï [b] $x :smile: \u3000") == "Ünï [b] $x :smile: \u3000"
    assert printable("a\x1b]0;x\x07\r\n\u202eb\udcff") == r"a\x1b]0;x\x07\r\n\u202eb\xff"
    assert shorten("x" * 10, 10) == "x" * 10
    assert len(shorten("x" * 200_000, 256)) == 256
