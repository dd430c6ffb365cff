"""What all graph encoders share: layers of message passing, then a pooling of the nodes of each graph."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot
from torch_geometric.utils import scatter

from pairgen._validation import check_choice, check_int
from pairgen.modalities.graph.batch.graphs import noted_weights, weight_range
from pairgen.modalities.graph.io.pyg import Batch

__all__ = ["JUMPS", "POOLINGS", "Degrees", "EncoderConfig", "GraphEncoder"]

POOLINGS = ("sum", "mean", "max")
JUMPS = ("last", "cat", "sum", "max", "all")


@dataclass(frozen=True)
class EncoderConfig:
    """The options that all graph encoders share.

    Args:
        in_features: Columns F of `x`; None for graphs without, which are given `Degrees(max_degree)`.
        hidden: Width of each layer.
        layers: Number of layers, and so of steps that a node sees around it.
        pooling: How the nodes of a graph become one row: "sum", "mean" or "max".
        jump: Which layers are kept (jumping knowledge, Xu et al. 2018): the "last", all side by side ("cat"), their
            "sum" or "max"; "all" is "cat" with the input before the layers, as in GIN's read-out (Xu et al. 2019,
            equation 4.2): pooled by sums, the input is a histogram of the nodes.
        max_degree: Degree from which on all count alike, for graphs without `x`.

    Raises:
        TypeError: A number is no integer.
        ValueError: A number is below 1, or `pooling` or `jump` is unknown.
    """

    in_features: int | None
    hidden: int
    layers: int
    pooling: str
    jump: str
    max_degree: int

    def __post_init__(self) -> None:
        if self.in_features is not None:
            check_int("in_features", self.in_features, 1)
        for name in ("hidden", "layers", "max_degree"):
            check_int(name, getattr(self, name), 1)
        check_choice("pooling", self.pooling, POOLINGS)
        check_choice("jump", self.jump, JUMPS)

    @property
    def width(self) -> int:
        """Columns of the input of the first layer."""
        return self.max_degree + 1 if self.in_features is None else self.in_features


class Degrees(nn.Module):
    """Features for graphs that have none: the number of edges that arrive at each node, one-hot.

    Xu et al. 2019, section 7, give social networks such features.

    Args:
        max_degree: Largest degree with a column of its own; larger ones count as it.
    """

    def __init__(self, max_degree: int) -> None:
        super().__init__()
        self.max_degree = max_degree
        self.out_features = max_degree + 1

    def forward(self, views: Batch) -> Tensor:
        """Return float32 (N, max_degree + 1), of which one column is 1."""
        count = torch.bincount(views.edge_index[1], minlength=len(views.batch))
        return one_hot(count.clamp(max=self.max_degree), self.out_features).float()


class GraphEncoder(nn.Module):
    """PyG batches -> features (B, out_features); `nodes` returns those of the nodes, (N, out_features).

    Args:
        config: The options.
        make_layer: Width of the input -> a layer of message passing, (x (N, F), edge_index, edge_weight or None) ->
            (N, hidden).
        make_norm: Makes what follows each layer.
        weighted: Whether the layers take `edge_weight`.
    """

    def __init__(
        self,
        config: EncoderConfig,
        make_layer: Callable[[int], nn.Module],
        make_norm: Callable[[], nn.Module],
        *,
        weighted: bool = False,
    ) -> None:
        super().__init__()
        widths = [config.width] + [config.hidden] * (config.layers - 1)
        self.layers = nn.ModuleList(make_layer(width) for width in widths)
        self.norms = nn.ModuleList(make_norm() for _ in widths)
        self.in_features = config.in_features
        self.degrees = Degrees(config.max_degree) if config.in_features is None else None
        self.pooling, self.jump, self.weighted = config.pooling, config.jump, weighted
        first = config.width if config.jump == "all" else 0
        self.out_features = first + config.hidden * (config.layers if config.jump in ("cat", "all") else 1)

    def forward(self, views: Batch) -> Tensor:
        """Return features (B, out_features) of a batch of model input; ValueError for `x` of another width, or none."""
        pooled: Tensor = scatter(self.nodes(views), views.batch, 0, views.num_graphs, reduce=self.pooling)
        return pooled

    def nodes(self, views: Batch) -> Tensor:
        """Return features of the nodes, (N, out_features): for contrast of nodes, and for their classification."""
        dtype = next(self.parameters()).dtype
        x, edge_index = self._input(views).to(dtype), views.edge_index
        weight = views.get("edge_weight") if self.weighted else None
        weight = None if weight is None else _check_weights(views, weight).to(dtype)
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

    def _input(self, views: object) -> Tensor:
        if not isinstance(views, Batch):
            raise TypeError(
                f"the encoder takes a torch_geometric.data.Batch, got {type(views).__name__}; batches of a loader are, "
                "else collate the graphs"
            )
        if self.degrees is not None:
            degrees: Tensor = self.degrees(views)
            return degrees
        x: Tensor | None = views.get("x")
        if x is None:
            raise ValueError(
                f"the encoder takes x of {self.in_features} columns, but {views} has no x; name the features in the "
                'recipe, PairSampler("graph", ..., features=("age",)), or make the encoder with in_features=None'
            )
        if x.ndim != 2 or x.shape[1] != self.in_features or not x.is_floating_point():
            raise ValueError(
                f"the encoder takes floating-point x of shape (N, {self.in_features}), got {x.dtype} "
                f"{tuple(x.shape)}; make it with in_features={x.shape[-1]}, and take batches that went through a recipe"
            )
        return x


def _check_weights(views: Batch, weight: Tensor) -> Tensor:
    """The weights of edges; ValueError if one is negative or not finite: degrees are their sums, under a root.

    On a device the range is what was noted when the batch was collated: the host does not wait for the device.
    """
    low, high = weight_range(weight) or noted_weights(views) or (0.0, 0.0)
    if not (low >= 0 and high < math.inf):
        raise ValueError(
            f"the encoder takes finite edge_weight of at least 0, got {low:g} to {high:g}; take absolute values, leave "
            "edge_weight out, or use gin or graphsage, which take no weights"
        )
    return weight
