"""Replace edges by personalized PageRank, without a dense matrix."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from pairgen.modalities.graph._kernels.diffusion_numba import push_page_rank
from pairgen.modalities.graph._kernels.nodes_numba import Array, group_neighbors
from pairgen.modalities.graph.batch.graphs import Graphs

__all__ = ["diffuse"]


def diffuse(graphs: Graphs, alpha: float, epsilon: float, top: int) -> Graphs:
    """The same nodes, joined by the `top` largest PageRanks above zero of each; `edge_weight` float32."""
    nodes = int(graphs.ptr[-1])
    tails, heads = graphs.source.cpu().numpy(), graphs.target.cpu().numpy()
    starts, ends = group_neighbors(tails, heads, nodes, False)
    ratios = _ratios(graphs, tails, nodes)
    source, target, weight = push_page_rank(starts, ends, alpha, epsilon, top, ratios)
    undirected = np.repeat(graphs.undirected.cpu().numpy(), graphs.num_nodes.cpu().numpy())
    source, target, weight = _symmetrize(source, target, weight, undirected, nodes)
    device = graphs.ptr.device
    edge_index = torch.from_numpy(np.stack([source, target])).to(device)
    edges = {"edge_weight": torch.from_numpy(weight.astype(np.float32)).to(device)}
    removed = tuple(name for name in graphs.edges if name not in edges)
    edge_ptr = torch.searchsorted(edge_index[0], graphs.ptr)
    return replace(graphs, edge_index=edge_index, edge_ptr=edge_ptr, edges=edges, removed=removed)


def _ratios(graphs: Graphs, tails: Array, nodes: int) -> Array | None:
    """What goes along each edge, grouped by its tail, in proportion to `edge_weight`; None for equal parts."""
    weight = graphs.edges.get("edge_weight")
    if weight is None or weight.ndim != 1:
        return None
    weights = weight.detach().cpu().double().numpy()
    if len(weights) and not (weights.min() >= 0 and weights.max() < np.inf):  # NaN is neither
        raise ValueError(
            f"PPRDiffusion takes finite weights of at least 0, got edge_weight {weights.min():g} to {weights.max():g}; "
            "take their absolute values, or leave edge_weight out"
        )
    if len(weights) == 0 or weights.min() == weights.max():
        return None
    sums, degrees = np.bincount(tails, weights, nodes), np.bincount(tails, minlength=nodes)
    parts = np.where(sums[tails] > 0, weights / np.where(sums > 0, sums, 1)[tails], 1 / degrees[tails])
    return parts[np.argsort(tails, kind="stable")]


def _symmetrize(
    source: Array, target: Array, weight: Array, undirected: Array, nodes: int
) -> tuple[Array, Array, Array]:
    """Sorted by source, target; in undirected graphs with the mean of the weights of both directions."""
    both = undirected[source]
    keys = np.concatenate([source * nodes + target, (target * nodes + source)[both]])
    halves = np.concatenate([np.where(both, weight / 2, weight), weight[both] / 2])
    unique, inverse = np.unique(keys, return_inverse=True)
    return unique // nodes, unique % nodes, np.bincount(inverse, halves, len(unique))
