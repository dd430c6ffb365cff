"""The graph of who can be reached from whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pairgen.modalities.graph import _kernels
from pairgen.modalities.graph.augmentations.base import GraphAugmentation
from pairgen.modalities.graph.batch.graphs import Graphs
from pairgen.random import Stream

__all__ = ["PPRDiffusion"]


@dataclass(frozen=True)
class PPRDiffusion(GraphAugmentation):
    """Edges by personalised PageRank instead of those of the graph (Klicpera et al. 2019; MVGRL: Hassani 2020).

    Without randomness: pair it with another view. A surfer starts at a node, follows an edge with probability
    1 - alpha and else starts again; `edge_weight` is how much of its time it spends where. Loops are left out.

    alpha: in (0, 1). epsilon: how little of a share is not followed any further, a node and an edge of it, above 0; the
    smaller, the more edges. top: how many edges a node keeps, the heaviest. Weights of an undirected graph are the mean
    of both directions, so that it stays undirected. Other attributes of edges are left out: these are no edges of old.
    """

    alpha: float = 0.15
    epsilon: float = 1e-3
    top: int = 64

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise ValueError(f"alpha is a probability in (0, 1), got {self.alpha}")
        if not self.epsilon > 0:
            raise ValueError(f"epsilon is above 0, got {self.epsilon}")
        if isinstance(self.top, bool) or not isinstance(self.top, int) or self.top < 1:
            raise ValueError(f"top is a number of edges, at least 1; got {self.top!r}")

    def draw(self, item: Any, rng: Stream) -> None:
        """Nothing: there is no randomness in it."""

    def change(self, graphs: Graphs, params: None) -> Graphs:
        """O(N / (alpha epsilon)) by pushing (Andersen et al. 2006), on the CPU for graphs on other devices too."""
        return _kernels.diffused(graphs, self.alpha, self.epsilon, self.top)
