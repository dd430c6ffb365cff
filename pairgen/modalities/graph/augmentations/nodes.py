"""Augmentations that leave nodes out."""

from __future__ import annotations

from dataclasses import dataclass

from pairgen._validation import check_int, check_number, check_probability
from pairgen.modalities.graph._kernels.nodes import drop_nodes, walk
from pairgen.modalities.graph.augmentations.base import GraphAugmentation
from pairgen.modalities.graph.batch.graphs import Graphs
from pairgen.random import RandomArray

__all__ = ["NodeDrop", "Subgraph"]


@dataclass(frozen=True)
class NodeDrop(GraphAugmentation):
    """Leave out nodes and the edges at them (GraphCL: You et al. 2020). At least one node stays.

    Args:
        ratio: Ratio of nodes that go, in [0, 1].
        exact: Whether exactly `ratio` times the number of nodes go, halves rounded up; else each node goes with
            probability `ratio`.

    Example:
        >>> import networkx as nx
        >>> from pairgen.random import Stream
        >>> len(NodeDrop(0.25)(nx.path_graph(8), Stream(seed=0)))
        6
    """

    ratio: float = 0.1
    exact: bool = True

    def __post_init__(self) -> None:
        check_probability("ratio", self.ratio)

    def apply_graphs(self, graphs: Graphs, params: RandomArray) -> Graphs:
        """Return the graphs without some of their nodes; O(N + E)."""
        return drop_nodes(graphs, params, self.ratio, self.exact)


@dataclass(frozen=True)
class Subgraph(GraphAugmentation):
    """Keep the nodes that a random walk visits, and the edges between them (GraphCL: You et al. 2020).

    The walk starts at any node, follows edges in either direction, and returns to a visited node after `length` steps.
    Where it visits nothing new for long, it goes on beside what it has visited; where its component is used up,
    anywhere. So a view of a connected graph is connected.

    Args:
        keep: Ratio of nodes that stay, in (0, 1], halves rounded up; at least one stays.
        length: Steps before the walk returns to a visited node, at least 1.
    """

    keep: float = 0.8
    length: int = 10

    def __post_init__(self) -> None:
        check_number("keep", self.keep, 0, 1, above=True)
        check_int("length", self.length, 1, unit="steps")

    def apply_graphs(self, graphs: Graphs, params: RandomArray) -> Graphs:
        """Return the subgraphs; O(N + E). The walk runs on the CPU, for graphs on other devices too."""
        return walk(graphs, params, self.keep, self.length)
