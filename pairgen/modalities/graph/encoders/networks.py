"""Three networks from the layers of PyG."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import nn
from torch_geometric import nn as layers_of_pyg

from pairgen.modalities.graph.encoders.base import JUMPS, POOLINGS, GraphEncoder

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
    """Graph isomorphism network (Xu et al. 2019): sums of neighbours through a perceptron; as GraphCL has it.

    After each layer ReLU and batch norm. in_features, pooling, jump, max_degree: see `GraphEncoder`. hidden: width of
    each layer. layers: how many, and so how far a node sees.
    """

    def layer(width: int) -> nn.Module:
        return _PYG.GINConv(  # type: ignore[no-any-return]
            nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, hidden))
        )

    norms = [nn.Sequential(nn.ReLU(), nn.BatchNorm1d(hidden)) for _ in range(_checked(hidden, layers, pooling, jump))]
    return _network(layer, norms, in_features, hidden, pooling, jump, max_degree, weighted=False)


def gcn(
    *,
    in_features: int | None = None,
    hidden: int = 128,
    layers: int = 2,
    pooling: str = "mean",
    jump: str = "last",
    max_degree: int = 32,
) -> GraphEncoder:
    """Graph convolutional network (Kipf and Welling 2017), PReLU after each layer, as GRACE has it; sees `edge_weight`.

    Options as of `gin`.
    """
    norms = [nn.PReLU() for _ in range(_checked(hidden, layers, pooling, jump))]
    return _network(
        lambda width: _PYG.GCNConv(width, hidden), norms, in_features, hidden, pooling, jump, max_degree, weighted=True
    )


def graphsage(
    *,
    in_features: int | None = None,
    hidden: int = 128,
    layers: int = 2,
    pooling: str = "mean",
    jump: str = "last",
    max_degree: int = 32,
) -> GraphEncoder:
    """GraphSAGE (Hamilton et al. 2017): a node beside the mean of its neighbours, then ReLU. Options as of `gin`."""
    norms = [nn.ReLU() for _ in range(_checked(hidden, layers, pooling, jump))]
    return _network(
        lambda width: _PYG.SAGEConv(width, hidden),
        norms,
        in_features,
        hidden,
        pooling,
        jump,
        max_degree,
        weighted=False,
    )


def _network(
    layer: Callable[[int], nn.Module],
    norms: Sequence[nn.Module],
    in_features: int | None,
    hidden: int,
    pooling: str,
    jump: str,
    max_degree: int,
    *,
    weighted: bool,
) -> GraphEncoder:
    _at_least_one(in_features=in_features, max_degree=max_degree)
    first = max_degree + 1 if in_features is None else in_features
    stack = [layer(first if k == 0 else hidden) for k in range(len(norms))]
    return GraphEncoder(
        stack,
        norms,
        in_features=in_features,
        hidden=hidden,
        pooling=pooling,
        jump=jump,
        max_degree=max_degree,
        weighted=weighted,
    )


def _checked(hidden: int, layers: int, pooling: str, jump: str) -> int:
    """How many layers; ValueError for options that are none."""
    _at_least_one(hidden=hidden, layers=layers)
    for name, value, known in (("pooling", pooling, POOLINGS), ("jump", jump, JUMPS)):
        if value not in known:
            raise ValueError(f"{name} is one of {', '.join(known)}; got {value!r}")
    return layers


def _at_least_one(**options: int | None) -> None:
    for name, value in options.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise ValueError(f"{name} is a whole number of at least 1, got {value!r}")
