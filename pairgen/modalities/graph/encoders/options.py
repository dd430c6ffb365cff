"""Options with which an encoder fits the data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from torch import Tensor
from torch.utils.data import Dataset

from pairgen.modalities.graph.io.codec import is_networkx
from pairgen.modalities.graph.io.pyg import Batch, Data

__all__ = ["encoder_options"]

_MOST_GRAPHS = 1000
_MAX_DEGREE = 512


def encoder_options(name: str, dataset: Dataset[Any], views: Batch) -> dict[str, int]:
    """Return `in_features` for graphs with features, else a `max_degree` that fits the data.

    Args:
        name: Name of the encoder; all graph encoders take the same options.
        dataset: The graphs, or (graph, label); of more than 1,000, as many at equal distances are looked at.
        views: Views of the first graph, as a batch that went through the recipe.

    Returns:
        `{"in_features": F}` where the views have `x` (N, F); else `{"max_degree": d}`, the largest in-degree of the
        views and the graphs, from 1 to 512.
    """
    x = views.get("x")
    if isinstance(x, Tensor):
        return {"in_features": x.shape[1]}
    largest = max([_largest_degree(views), *(_largest_degree(graph) for graph in _graphs_of(dataset))])
    return {"max_degree": min(max(largest, 1), _MAX_DEGREE)}


def _graphs_of(dataset: Any) -> Iterator[object]:
    count = len(dataset) if hasattr(dataset, "__len__") else 0
    for i in np.unique(np.linspace(0, count - 1, min(count, _MOST_GRAPHS)).astype(int)).tolist():
        sample = dataset[i]
        yield sample[0] if isinstance(sample, tuple) else sample


def _largest_degree(graph: object) -> int:
    """The largest number of edges that arrive at a node; 0 for what is no graph."""
    if is_networkx(graph):
        degrees = graph.in_degree() if graph.is_directed() else graph.degree()
        return max((degree for _, degree in degrees), default=0)
    edge_index = graph.get("edge_index") if isinstance(graph, Data) else None
    if not isinstance(edge_index, Tensor) or edge_index.ndim != 2 or edge_index.is_floating_point():
        return 0
    return int(edge_index[1].clamp(min=0).bincount(minlength=1).max())
