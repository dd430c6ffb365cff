"""What all graph encoders share: layers of message passing, then a pooling of the nodes of each graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch_geometric.utils import scatter

from pairgen.modalities.graph.encoders.degrees import Degrees
from pairgen.modalities.graph.io.pyg import Batch

__all__ = ["JUMPS", "POOLINGS", "GraphEncoder"]

POOLINGS = ("sum", "mean", "max")
JUMPS = ("last", "cat", "sum", "max", "all")


class GraphEncoder(nn.Module):
    """PyG batches -> features (B, out_features); `nodes` gives those of the nodes, (N, out_features).

    layers: message passing, (x (N, F), edge_index, edge_weight or None) -> (N, hidden). norms: after each layer.
    in_features: F, the columns of `x`; None for graphs without, which are given `Degrees(max_degree)`.
    pooling: over the nodes of a graph, one of "sum", "mean", "max".
    jump: what of the layers is kept (jumping knowledge, Xu et al. 2018): the "last", all side by side ("cat"), their
    "sum" or "max"; "all" is "cat" with the input before the layers, as in GIN's read-out (Xu et al. 2019, equation
    4.2): pooled by sums, the input is a histogram of the nodes.
    """

    def __init__(
        self,
        layers: Sequence[nn.Module],
        norms: Sequence[nn.Module],
        *,
        in_features: int | None,
        hidden: int,
        pooling: str,
        jump: str,
        max_degree: int,
        weighted: bool,
    ) -> None:
        super().__init__()
        self.layers, self.norms = nn.ModuleList(layers), nn.ModuleList(norms)
        self.in_features = in_features
        self.degrees = Degrees(max_degree) if in_features is None else None
        self.pooling, self.jump, self.weighted = pooling, jump, weighted
        first = (max_degree + 1 if in_features is None else in_features) if jump == "all" else 0
        self.out_features = first + (hidden * len(layers) if jump in ("cat", "all") else hidden)

    def forward(self, views: Batch) -> Tensor:
        """A finished batch of graphs -> (B, out_features). ValueError for `x` of another width, or none."""
        pooled: Tensor = scatter(self.nodes(views), views.batch, 0, views.num_graphs, reduce=self.pooling)
        return pooled

    def nodes(self, views: Batch) -> Tensor:
        """Features of the nodes, (N, out_features): for contrast of nodes, and for their classification."""
        x, edge_index = self._inputs(views), views.edge_index
        weight = views.get("edge_weight") if self.weighted else None
        kept = [x] if self.jump == "all" else []
        for layer, norm in zip(self.layers, self.norms, strict=True):
            x = norm(layer(x, edge_index) if weight is None else layer(x, edge_index, weight))
            kept.append(x)
        if self.jump in ("cat", "all"):
            return torch.cat(kept, dim=1)
        if self.jump == "last":
            return x
        stacked = torch.stack(kept)
        return stacked.sum(dim=0) if self.jump == "sum" else stacked.amax(dim=0)

    def _inputs(self, views: Any) -> Tensor:
        if not isinstance(views, Batch):
            raise TypeError(
                f"the encoder takes a torch_geometric.data.Batch, got {type(views).__name__}; batches of a loader are, "
                "else collate the graphs"
            )
        if self.degrees is not None:
            counted: Tensor = self.degrees(views)
            return counted
        x: Tensor | None = views.get("x")
        if x is None:
            raise ValueError(
                f"the encoder takes x of {self.in_features} columns, but {views} has no x; name the features in the "
                'recipe, PairSampler("graph", ..., features=("age",)), or make the encoder with in_features=None'
            )
        if x.ndim != 2 or x.shape[1] != self.in_features or not x.is_floating_point():
            raise ValueError(
                f"the encoder takes floating-point x of shape (N, {self.in_features}), got {x.dtype} "
                f"{tuple(x.shape)}; make it with in_features={x.shape[-1]}, and finish batches by a recipe"
            )
        return x
