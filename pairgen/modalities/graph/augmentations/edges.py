"""Augmentations that leave edges out and put new ones in. Undirected graphs stay undirected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pairgen.modalities.graph import _kernels
from pairgen.modalities.graph.augmentations.base import GraphAugmentation, checked_rate
from pairgen.modalities.graph.batch.graphs import Graphs

__all__ = ["EdgeAdd", "EdgeDrop", "EdgePerturb"]


@dataclass(frozen=True)
class EdgeDrop(GraphAugmentation):
    """Leave out edges; an undirected edge in both directions, parallel edges together.

    rate: the share of edges that go, in [0, 1]. exact: `rate` times the number of edges, halves rounded up; else each
    edge goes with that probability (DropEdge: Rong et al. 2020).
    """

    rate: float = 0.1
    exact: bool = True

    def __post_init__(self) -> None:
        checked_rate("rate", self.rate)

    def change(self, graphs: Graphs, params: Any) -> Graphs:
        """O(N + E)."""
        return _kernels.perturb_edges(graphs, params, self.rate, 0.0, self.exact)


@dataclass(frozen=True)
class EdgeAdd(GraphAugmentation):
    """Put in new edges between nodes of the graph that have none between them: no loops, none twice.

    rate: how many, as a share of the edges there are, halves rounded up; in [0, 1]. A graph without edges gains none; a
    complete graph cannot, and a nearly complete one gains all that it lacks. New edges have weight 1 and otherwise
    zeros in `edge_attr` and whatever else belongs to edges; in networkx no attribute but `weight`.
    """

    rate: float = 0.1

    def __post_init__(self) -> None:
        checked_rate("rate", self.rate)

    def change(self, graphs: Graphs, params: Any) -> Graphs:
        """O(N + E)."""
        return _kernels.perturb_edges(graphs, params, 0.0, self.rate)


@dataclass(frozen=True)
class EdgePerturb(GraphAugmentation):
    """Leave out edges and put in new ones, which were not there before (GraphCL: You et al. 2020).

    drop: the share of edges that go. add: how many come, as a share of the edges there were; None for as many as go.
    Both in [0, 1]; counts are exact, halves rounded up. As `EdgeDrop` and `EdgeAdd` otherwise.
    """

    drop: float = 0.1
    add: float | None = None

    def __post_init__(self) -> None:
        checked_rate("drop", self.drop)
        if self.add is not None:
            checked_rate("add", self.add)

    def change(self, graphs: Graphs, params: Any) -> Graphs:
        """O(N + E)."""
        return _kernels.perturb_edges(graphs, params, self.drop, self.drop if self.add is None else self.add)
