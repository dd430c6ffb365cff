"""Subject `graph`: what it costs to drop nodes and exchange edges, on one thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import networkx as nx
import numpy as np
from torch_geometric.data import batch as pyg_batch
from torch_geometric.data import data as pyg_data

from benchmarks.harness.rates import Case, Group, RateSubject, Work
from benchmarks.peers.graph import networkx_view, pyg_view, random_edges
from pairgen.pairs import PairSampler

PYG: Any = pyg_data  # PyG's classes have the attributes that they are given, which no type checker can tell
PYG_BATCH: Any = pyg_batch
DEGREE = 8


class GraphSubject(RateSubject):
    """The subject that the module describes."""

    name = "graph"
    title = "Graphs: pairs a second on one thread"
    threads = 1
    peers = ("networkx", "torch_geometric")
    distributions = ("networkx", "torch_geometric", "numba", "torch", "numpy")

    def groups(self, quick: bool) -> Sequence[Group]:
        """A batch of small graphs, networkx graphs, single graphs of PyG, and how the time grows."""
        small, sizes = (8, (50,)) if quick else (256, (2_000, 20_000))
        growth = (100, 1_000) if quick else (1_000, 10_000, 100_000, 1_000_000)
        return [
            _batch(small),
            _networkx(50 if quick else 2_000),
            *(_data(nodes) for nodes in sizes),
            _growth(growth),
        ]


def _sampler() -> PairSampler:
    return PairSampler("graph", "drop-perturb", seed=0)


def _graph(nodes: int, seed: int = 0) -> Any:
    return PYG.Data(edge_index=random_edges(nodes, DEGREE, seed), num_nodes=nodes)


def _batch(count: int) -> Group:
    graphs = [_graph(20, seed) for seed in range(count)]
    plain = PYG_BATCH.Batch.from_data_list(graphs)

    def augmented() -> Work:
        own = _sampler()
        batch = own.modality.collate([own.modality.decode(graph) for graph in graphs])
        return lambda: own.augment(batch, np.arange(count))

    def checked() -> Work:
        own = _sampler()
        return lambda: own.augment(plain, np.arange(count))

    def utils() -> Work:
        ends, nodes = plain.edge_index, plain.num_nodes
        return lambda: (pyg_view(ends, nodes), pyg_view(ends, nodes))

    return Group(
        f"A batch of {count} graphs of 20 nodes, mean degree {DEGREE}",
        "pairs",
        (
            Case("sampler.augment", "pairgen", augmented, count),
            Case("the same, of a batch not yet checked", "pairgen", checked, count),
            Case("dropout_node, dropout_edge, add_random_edge", "torch_geometric", utils, count),
        ),
        "Two views of each graph: a tenth of the nodes dropped, then a tenth of the edges dropped and as many added. "
        "PyG's utils do not renumber nodes, carry attributes or keep added edges within their graph.",
    )


def _networkx(nodes: int) -> Group:
    graph = nx.gnm_random_graph(nodes, nodes * DEGREE // 2, seed=0)
    own = _sampler()
    pair = own(graph, 0)
    parts = [(list(view), list(view.edges)) for view in (pair.first, pair.second)]

    def built() -> None:
        for names, edges in parts:
            view: Any = nx.Graph()
            view.add_nodes_from(names)
            view.add_edges_from(edges)

    return Group(
        f"networkx in and out, {nodes:,} nodes, mean degree {DEGREE}",
        "pairs",
        (
            Case("sampler(graph, index)", "pairgen", lambda: lambda: own(graph, 0), 1),
            Case("plain networkx", "networkx", lambda: lambda: (networkx_view(graph), networkx_view(graph)), 1),
            Case("building the two views alone", "networkx", lambda: built, 1, True),
        ),
        "Bound by building two graphs of Python dictionaries: the last row does that with add_nodes_from and "
        "add_edges_from, and nothing else.",
    )


def _data(nodes: int) -> Group:
    graph, own = _graph(nodes), _sampler()

    def utils() -> Work:
        return lambda: (pyg_view(graph.edge_index, nodes), pyg_view(graph.edge_index, nodes))

    return Group(
        f"PyG Data of {nodes:,} nodes, mean degree {DEGREE}",
        "pairs",
        (
            Case("sampler(graph, index)", "pairgen", lambda: lambda: own(graph, 0), 1),
            Case("dropout_node, dropout_edge, add_random_edge", "torch_geometric", utils, 1),
        ),
        "The check of the graph included.",
    )


def _growth(sizes: Sequence[int]) -> Group:
    def pairs(nodes: int) -> Callable[[], Work]:
        def setup() -> Work:
            own = _sampler()
            graph = own.modality.decode(_graph(nodes))
            return lambda: own(graph, 0)

        return setup

    return Group(
        "Growth: is time linear?",
        "nodes",
        tuple(Case(f"{n:,} nodes, {n * DEGREE:,} entries", "pairgen", pairs(n), n) for n in sizes),
        "Nodes a second, a pair's two views together: alike in all sizes, up to the size of the caches, as the time is "
        "linear. Each undirected edge is two entries.",
    )


SUBJECT = GraphSubject()
