"""Augmentations that leave edges out and add new ones. Undirected graphs stay undirected."""

from __future__ import annotations

from dataclasses import dataclass

from pairgen._validation import check_probability
from pairgen.modalities.graph._kernels.edges import perturb_edges
from pairgen.modalities.graph.augmentations.base import GraphAugmentation
from pairgen.modalities.graph.batch.graphs import Graphs
from pairgen.random import RandomArray

__all__ = ["EdgeAdd", "EdgeDrop", "EdgePerturb"]


@dataclass(frozen=True)
class EdgeDrop(GraphAugmentation):
    """Leave out edges; an undirected edge in both directions, parallel edges together.

    Args:
        ratio: Ratio of edges that go, in [0, 1].
        exact: Whether exactly `ratio` times the number of edges go, halves rounded up; else each edge goes with
            probability `ratio` (DropEdge: Rong et al. 2020).
    """

    ratio: float = 0.1
    exact: bool = True

    def __post_init__(self) -> None:
        check_probability("ratio", self.ratio)

    def apply_graphs(self, graphs: Graphs, params: RandomArray) -> Graphs:
        """Return the graphs without some of their edges; O(N + E)."""
        return perturb_edges(graphs, params, self.ratio, 0.0, self.exact)


@dataclass(frozen=True)
class EdgeAdd(GraphAugmentation):
    """Add edges between nodes of the graph that have none between them: no loops, none twice.

    A graph without edges gains none; a complete graph cannot, and a nearly complete one gains all that it lacks. New
    edges have weight 1 and otherwise zeros in `edge_attr` and whatever else belongs to edges; in networkx no attribute
    but `weight`.

    Args:
        ratio: Ratio of new edges to those of the graph, halves rounded up; in [0, 1].
    """

    ratio: float = 0.1

    def __post_init__(self) -> None:
        check_probability("ratio", self.ratio)

    def apply_graphs(self, graphs: Graphs, params: RandomArray) -> Graphs:
        """Return the graphs with new edges; O(N + E)."""
        return perturb_edges(graphs, params, 0.0, self.ratio)


@dataclass(frozen=True)
class EdgePerturb(GraphAugmentation):
    """Leave out edges and add new ones, which did not exist before (GraphCL: You et al. 2020).

    As `EdgeDrop` and `EdgeAdd` otherwise.

    Args:
        drop: Ratio of edges that go, in [0, 1], halves rounded up.
        add: Ratio of new edges to those of the graph, in [0, 1], halves rounded up; None for `drop`.

    Example:
        >>> import networkx as nx
        >>> from pairgen.random import Stream
        >>> view = EdgePerturb(0.25)(nx.cycle_graph(8), Stream(seed=0))
        >>> view.number_of_edges(), len(set(view.edges) - set(nx.cycle_graph(8).edges))
        (8, 2)
    """

    drop: float = 0.1
    add: float | None = None

    def __post_init__(self) -> None:
        check_probability("drop", self.drop)
        if self.add is not None:
            check_probability("add", self.add)

    def apply_graphs(self, graphs: Graphs, params: RandomArray) -> Graphs:
        """Return the graphs with some edges exchanged; O(N + E)."""
        return perturb_edges(graphs, params, self.drop, self.drop if self.add is None else self.add)
