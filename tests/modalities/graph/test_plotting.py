"""Pictures of pairs: what is kept, gone or new in a view."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from matplotlib.collections import LineCollection

import pairgen
from pairgen.modalities.graph.io.codec import decode_graph
from pairgen.modalities.graph.plotting import plot_pairs

SAMPLER = pairgen.PairSampler("graph", "drop-perturb", seed=0, nodes=0.2, edges=0.2)


def counts(axes) -> list[int]:
    """Lines of (gone, kept, new) edges."""
    lines = [drawn for drawn in axes.collections if isinstance(drawn, LineCollection)]
    return [len(drawn.get_segments()) for drawn in lines]


@pytest.mark.parametrize("form", [lambda graph: graph, decode_graph])
def test_gone_kept_and_new_edges_are_marked(form) -> None:
    graph = nx.karate_club_graph()
    pair = SAMPLER(form(graph), 0, label=1)
    figure = plot_pairs([pair], items=[form(graph)], title="A pair", classes=["no", "yes"])
    original, *views = figure.axes
    assert counts(original) == [0, 78, 0]
    for axes, view in zip(views, (pair.first, pair.second), strict=True):
        names = view.n_id.tolist() if not isinstance(view, nx.Graph) else list(view)
        ends = view.edges if isinstance(view, nx.Graph) else np.array(names)[view.edge_index.numpy()].T
        edges = {tuple(sorted(map(int, edge))) for edge in ends}
        old = {tuple(sorted(edge)) for edge in graph.edges}
        assert counts(axes) == [len(old - edges), len(edges & old), len(edges - old)]
    texts = [text.get_text() for text in figure.texts]
    assert any("yes" in text and "34 nodes, 78 edges" in text for text in texts)


def test_a_pair_is_drawn_without_its_item_and_several_in_rows() -> None:
    pairs = [SAMPLER(nx.path_graph(6), i) for i in range(3)]
    assert len(plot_pairs(pairs).axes) == 6
    assert len(pairgen.get_modality("graph").plot_pairs(pairs, items=[nx.path_graph(6)] * 3).axes) == 9


def test_degenerate_graphs_are_drawn(tmp_path) -> None:
    graphs = [
        nx.empty_graph(1),
        nx.empty_graph(4),
        nx.DiGraph([(0, 1), (1, 0), (1, 1)]),
        nx.MultiGraph([(0, 1), (0, 1)]),
    ]
    pairs = [SAMPLER(graph, i) for i, graph in enumerate(graphs)]
    plot_pairs(pairs, items=graphs).savefig(tmp_path / "pairs.png")


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="no pairs"):
        plot_pairs([])
    pair = SAMPLER(nx.path_graph(4), 0)
    with pytest.raises(ValueError, match="1 pairs but 2 items"):
        plot_pairs([pair], items=[nx.path_graph(4)] * 2)
    with pytest.raises(ValueError, match="1,001 nodes is too large"):
        plot_pairs([SAMPLER(nx.path_graph(1001), 0)], items=[nx.path_graph(1001)])
