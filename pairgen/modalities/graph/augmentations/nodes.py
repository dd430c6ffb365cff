"""Augmentations that leave nodes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pairgen.modalities.graph import _kernels
from pairgen.modalities.graph.augmentations.base import GraphAugmentation, checked_rate
from pairgen.modalities.graph.batch.graphs import Graphs

__all__ = ["NodeDrop", "Subgraph"]


@dataclass(frozen=True)
class NodeDrop(GraphAugmentation):
    """Leave out nodes and the edges at them (GraphCL: You et al. 2020).

    rate: the share of nodes that go, in [0, 1]. exact: `rate` times the number of nodes, halves rounded up; else each
    node goes with that probability. One node at least stays, whatever the rate.
    """

    rate: float = 0.1
    exact: bool = True

    def __post_init__(self) -> None:
        checked_rate("rate", self.rate)

    def change(self, graphs: Graphs, params: Any) -> Graphs:
        """O(N + E)."""
        return _kernels.drop_nodes(graphs, params, self.rate, self.exact)


@dataclass(frozen=True)
class Subgraph(GraphAugmentation):
    """Keep the nodes that a random walk meets, and the edges between them (GraphCL: You et al. 2020).

    keep: the share of nodes that stay, in (0, 1], halves rounded up; at least one. The walk starts at any node, goes
    along edges in either direction, and returns to a node met before after `length` steps. Where it meets nothing new
    for long, it goes on beside what it has met; where its part of the graph is used up, anywhere. So a view of a
    connected graph is connected.
    """

    keep: float = 0.8
    length: int = 10

    def __post_init__(self) -> None:
        checked_rate("keep", self.keep)
        if self.keep == 0:
            raise ValueError("keep is a share in (0, 1], got 0; a view needs a node")
        if isinstance(self.length, bool) or not isinstance(self.length, int) or self.length < 1:
            raise ValueError(f"length is a number of steps, at least 1; got {self.length!r}")

    def change(self, graphs: Graphs, params: Any) -> Graphs:
        """O(N + E); the walk is taken on the CPU, for graphs on other devices too."""
        return _kernels.walked(graphs, params, self.keep, self.length)
