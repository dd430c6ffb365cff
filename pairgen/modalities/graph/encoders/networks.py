"""Three networks from the layers of PyG."""

from __future__ import annotations

from typing import Any

from torch import nn
from torch_geometric import nn as layers_of_pyg

from pairgen.modalities.graph.encoders.base import EncoderConfig, GraphEncoder

_PYG: Any = layers_of_pyg  # by its types its layers are abstract

__all__ = ["gcn", "gin", "graphsage"]


def gin(
    *,
    in_features: int | None = None,
    hidden: int = 32,
    layers: int = 3,
    pooling: str = "sum",
    jump: str = "cat",
    max_degree: int = 32,
) -> GraphEncoder:
    """Graph isomorphism network (Xu et al. 2019): sums of neighbors through a perceptron; as GraphCL has it.

    After each layer ReLU and batch norm.

    Args:
        in_features: Columns of `x`; None for graphs without, which are described by their degrees.
        hidden: Width of each layer.
        layers: Number of layers.
        pooling: "sum", "mean" or "max" over the nodes of a graph.
        jump: Which layers are kept: "last", "cat", "sum", "max" or "all"; see `EncoderConfig`.
        max_degree: Degree from which on all count alike, for graphs without `x`.

    Example:
        >>> gin(in_features=7).out_features
        96
    """
    config = EncoderConfig(in_features, hidden, layers, pooling, jump, max_degree)
    return GraphEncoder(
        config,
        lambda width: _PYG.GINConv(nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, hidden))),
        lambda: nn.Sequential(nn.ReLU(), nn.BatchNorm1d(hidden)),
    )


def gcn(
    *,
    in_features: int | None = None,
    hidden: int = 128,
    layers: int = 2,
    pooling: str = "mean",
    jump: str = "last",
    max_degree: int = 32,
) -> GraphEncoder:
    """Graph convolutional network (Kipf and Welling 2017), PReLU after each layer, as GRACE has it.

    The only one of the three that uses `edge_weight`.

    Args:
        in_features: Columns of `x`; None for graphs without, which are described by their degrees.
        hidden: Width of each layer.
        layers: Number of layers.
        pooling: "sum", "mean" or "max" over the nodes of a graph.
        jump: Which layers are kept: "last", "cat", "sum", "max" or "all"; see `EncoderConfig`.
        max_degree: Degree from which on all count alike, for graphs without `x`.
    """
    config = EncoderConfig(in_features, hidden, layers, pooling, jump, max_degree)
    return GraphEncoder(config, lambda width: _PYG.GCNConv(width, hidden), nn.PReLU, weighted=True)


def graphsage(
    *,
    in_features: int | None = None,
    hidden: int = 128,
    layers: int = 2,
    pooling: str = "mean",
    jump: str = "last",
    max_degree: int = 32,
) -> GraphEncoder:
    """GraphSAGE (Hamilton et al. 2017): a node beside the mean of its neighbors, then ReLU.

    Args:
        in_features: Columns of `x`; None for graphs without, which are described by their degrees.
        hidden: Width of each layer.
        layers: Number of layers.
        pooling: "sum", "mean" or "max" over the nodes of a graph.
        jump: Which layers are kept: "last", "cat", "sum", "max" or "all"; see `EncoderConfig`.
        max_degree: Degree from which on all count alike, for graphs without `x`.
    """
    config = EncoderConfig(in_features, hidden, layers, pooling, jump, max_degree)
    return GraphEncoder(config, lambda width: _PYG.SAGEConv(width, hidden), nn.ReLU)
