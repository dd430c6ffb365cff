"""Augmentations of what belongs to nodes and edges, and the one that changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from torch import Tensor

from pairgen.modalities.graph import _kernels
from pairgen.modalities.graph.augmentations.base import GraphAugmentation, checked_rate
from pairgen.modalities.graph.batch.graphs import Graphs
from pairgen.random import Stream

__all__ = ["AttributeMask", "Identity"]


@dataclass(frozen=True)
class AttributeMask(GraphAugmentation):
    """Overwrite features with a number (GraphCL: You et al. 2020; by column, GRACE: Zhu et al. 2020).

    rate: the probability that a row, a column or an element is overwritten, in [0, 1]. by: "column" masks a feature
    in all nodes of a graph, "row" all features of a node, "element" each number on its own. attribute: of nodes or of
    edges ("edge_attr", then both directions of an edge on their own). fill: what is written.
    """

    rate: float = 0.1
    by: Literal["column", "row", "element"] = "column"
    attribute: str = "x"
    fill: float = 0.0

    def __post_init__(self) -> None:
        checked_rate("rate", self.rate)
        if self.by not in ("column", "row", "element"):
            raise ValueError(f'by is "column", "row" or "element", got {self.by!r}')

    def change(self, graphs: Graphs, params: Any) -> Graphs:
        """ValueError for graphs without the attribute."""
        if self.attribute in graphs.nodes:
            return replace(graphs, nodes=graphs.nodes | self._masked(graphs.nodes, graphs.ptr, params))
        if self.attribute in graphs.edges:
            return replace(graphs, edges=graphs.edges | self._masked(graphs.edges, graphs.edge_ptr, params))
        raise ValueError(
            f"there is no {self.attribute!r} of nodes or edges to mask, there are {[*graphs.nodes, *graphs.edges]}; "
            "give the graphs features, or leave AttributeMask out"
        )

    def _masked(self, values: dict[str, Tensor], ptr: Tensor, params: Any) -> dict[str, Tensor]:
        masked = _kernels.masked(values[self.attribute], ptr, params, self.rate, self.by, self.fill)
        return {self.attribute: masked}


@dataclass(frozen=True)
class Identity(GraphAugmentation):
    """The graph as it is: with it among others, a view may be the graph itself, as in GraphCL."""

    def draw(self, item: Any, rng: Stream) -> None:
        """Nothing."""

    def change(self, graphs: Graphs, params: None) -> Graphs:
        """The graphs."""
        return graphs
