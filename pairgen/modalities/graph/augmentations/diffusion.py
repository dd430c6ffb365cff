"""The augmentation that replaces edges by diffusion."""

from __future__ import annotations

from dataclasses import dataclass

from pairgen._validation import check_int, check_number
from pairgen.modalities.graph._kernels.diffusion import diffuse
from pairgen.modalities.graph.augmentations.base import GraphAugmentation
from pairgen.modalities.graph.batch.graphs import Graphs
from pairgen.random import RandomArray

__all__ = ["PPRDiffusion"]


@dataclass(frozen=True)
class PPRDiffusion(GraphAugmentation):
    """Replace the edges by personalized PageRank (Klicpera et al. 2019; MVGRL: Hassani and Khasahmadi 2020).

    Without randomness: pair it with another view. A surfer starts at a node, follows an edge with probability
    1 - alpha, each in proportion to its `edge_weight` where there is one, and else starts again; the new `edge_weight`
    is the ratio of its time that it spends at the other node. Loops are left out. Weights of an undirected graph are
    the mean of both directions, so that it stays undirected. Other attributes of edges are left out, as these are new
    edges.

    Args:
        alpha: Probability of starting again, in (0, 1).
        epsilon: Accuracy, above 0: rank below it, a node and an edge of it, is not followed any further. The smaller,
            the more edges.
        top: Number of edges that a node keeps, the heaviest; at least 1.
    """

    alpha: float = 0.15
    epsilon: float = 1e-3
    top: int = 64

    def __post_init__(self) -> None:
        check_number("alpha", self.alpha, 0, 1, above=True, below=True)
        check_number("epsilon", self.epsilon, 0, above=True)
        check_int("top", self.top, 1, unit="edges")

    def apply_graphs(self, graphs: Graphs, params: RandomArray) -> Graphs:
        """Return the diffused graphs; O(N / (alpha epsilon)) by pushing (Andersen et al. 2006), on the CPU.

        Graphs on other devices are copied there and back.
        """
        return diffuse(graphs, self.alpha, self.epsilon, self.top)
