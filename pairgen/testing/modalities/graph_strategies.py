"""Hypothesis strategies for graphs of every kind. Needs hypothesis (the extra `testing`)."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import networkx as nx
import torch
from hypothesis import strategies as st

from pairgen.modalities.graph.batch.collate import collate
from pairgen.modalities.graph.io.pyg import Batch, Data

__all__ = ["batches", "data", "networkx_graphs"]

_FEATURES = 3
_CLASSES = (nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph)


@st.composite
def data(
    draw: st.DrawFn,
    max_nodes: int = 8,
    min_nodes: int = 1,
    features: bool | None = None,
    undirected: bool | None = None,
) -> Data:
    """PyG graphs: without edges, sparse with loops, nearly complete, complete; with features, edge features, a label.

    features: whether nodes have `x`; undirected: whether every edge is there both ways; None for either.
    """
    nodes = draw(st.integers(min_nodes, max_nodes))
    both = draw(st.booleans()) if undirected is None else undirected
    ends = draw(_edges(nodes))
    edges = sorted({edge for a, b in ends for edge in ([(a, b), (b, a)] if both else [(a, b)])})
    made = Data(edge_index=torch.tensor(edges, dtype=torch.int64).reshape(-1, 2).T.contiguous(), num_nodes=nodes)
    if draw(st.booleans()) if features is None else features:
        made.x = torch.arange(nodes * _FEATURES, dtype=torch.float32).reshape(nodes, _FEATURES) / 8
    if draw(st.booleans()):
        made.edge_attr = torch.arange(len(edges), dtype=torch.float32)[:, None]
    if draw(st.booleans()):
        made.y = torch.tensor([draw(st.integers(0, 1))])
    return made


def _edges(nodes: int) -> st.SearchStrategy[Any]:
    """Pairs of nodes: a few, loops and repetitions among them, or all but a few."""
    node = st.integers(0, nodes - 1)
    few = st.lists(st.tuples(node, node), max_size=2 * nodes)
    pairs = list(combinations(range(nodes), 2))
    every = st.sets(st.sampled_from(pairs), max_size=2).map(lambda out: [p for p in pairs if p not in out])
    return few | every if pairs else few


@st.composite
def networkx_graphs(draw: st.DrawFn, max_nodes: int = 7) -> Any:
    """Networkx graphs of the four classes, of one node and more, with and without attributes, with names for nodes."""
    kind = draw(st.sampled_from(_CLASSES))
    kinds: list[list[Any]] = [list(range(max_nodes)), list("abcdefg"), [("at", i) for i in range(max_nodes)]]
    names = draw(st.sampled_from(kinds))[: draw(st.integers(1, max_nodes))]
    weighted = draw(st.booleans())
    graph = kind(name="drawn")
    for position, name in enumerate(names):
        graph.add_node(name, **({"x": position / 10, "kind": "ab"[position % 2]} if weighted else {}))
    for a, b in draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=10)):
        graph.add_edge(a, b, **({"weight": 0.1, "since": "May"} if weighted else {}))
    return graph


@st.composite
def batches(draw: st.DrawFn, max_count: int = 4, max_nodes: int = 8, features: bool | None = None) -> Batch:
    """Batches of at least one PyG graph, all with the same attributes."""
    wide = draw(st.booleans()) if features is None else features
    graphs = draw(st.lists(data(max_nodes, features=wide), min_size=1, max_size=max_count))
    for graph in graphs:
        for name in ("edge_attr", "y"):
            if name in graph and not all(name in other for other in graphs):
                del graph[name]
    return collate(graphs)
