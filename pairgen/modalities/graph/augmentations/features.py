"""Augmentations of what belongs to nodes and edges, and the one that changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from pairgen._validation import check_choice, check_number, check_probability
from pairgen.modalities.graph._kernels.features import mask_features
from pairgen.modalities.graph.augmentations.base import GraphAugmentation
from pairgen.modalities.graph.batch.graphs import Graphs
from pairgen.random import RandomArray

__all__ = ["AttributeMask", "Identity"]


@dataclass(frozen=True)
class AttributeMask(GraphAugmentation):
    """Overwrite features with a number (GraphCL: You et al. 2020; by column, GRACE: Zhu et al. 2020).

    Args:
        ratio: Probability that a row, a column or an element is overwritten, in [0, 1].
        by: "column" masks a feature in all nodes of a graph, "row" all features of a node, "element" each number
            independently.
        attribute: Name of an attribute of nodes, or of edges ("edge_attr", both directions of an edge independently).
        fill: What is written; of the attribute's dtype, so a whole number for whole numbers.
    """

    ratio: float = 0.1
    by: Literal["column", "row", "element"] = "column"
    attribute: str = "x"
    fill: float = 0.0

    def __post_init__(self) -> None:
        check_probability("ratio", self.ratio)
        check_choice("by", self.by, ("column", "row", "element"))
        check_number("fill", self.fill)

    def apply_graphs(self, graphs: Graphs, params: RandomArray) -> Graphs:
        """Return the graphs with masked features; ValueError for graphs without the attribute."""
        if self.attribute in graphs.nodes:
            return replace(graphs, nodes=graphs.nodes | self._mask(graphs.nodes, graphs.ptr, params))
        if self.attribute in graphs.edges:
            return replace(graphs, edges=graphs.edges | self._mask(graphs.edges, graphs.edge_ptr, params))
        raise ValueError(
            f"there is no {self.attribute!r} of nodes or edges to mask, there are {[*graphs.nodes, *graphs.edges]}; "
            "give the graphs features, or leave AttributeMask out"
        )

    def _mask(self, values: dict[str, Tensor], ptr: Tensor, params: RandomArray) -> dict[str, Tensor]:
        masked = values[self.attribute]
        if not masked.is_floating_point() and self.fill != 0:
            self._check_fill(masked)
        return {self.attribute: mask_features(masked, ptr, params, self.ratio, self.by, self.fill)}

    def _check_fill(self, values: Tensor) -> None:
        low, high = (
            (0, 1) if values.dtype == torch.bool else (torch.iinfo(values.dtype).min, torch.iinfo(values.dtype).max)
        )
        if int(self.fill) != self.fill or not low <= self.fill <= high:
            raise ValueError(
                f"cannot write fill={self.fill!r} into {self.attribute!r} of {values.dtype}, which holds whole numbers "
                f"from {low} to {high}; pass such a number, or convert the attribute: data.{self.attribute}.float()"
            )


@dataclass(frozen=True)
class Identity(GraphAugmentation):
    """Leave the graph as it is: as one choice of several, so that a view may be the graph itself, as in GraphCL."""

    def apply_graphs(self, graphs: Graphs, params: RandomArray) -> Graphs:
        """Return the graphs."""
        return graphs
