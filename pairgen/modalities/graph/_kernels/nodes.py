"""Which nodes stay."""

from __future__ import annotations

import torch
from torch import Tensor

from pairgen.modalities.graph._arrays import counted, on_cpu, positions
from pairgen.modalities.graph._kernels import nodes_numba
from pairgen.modalities.graph._kernels.selection import limit_of, limits, over, rounded
from pairgen.modalities.graph._kernels.words import node_words
from pairgen.modalities.graph.batch.graphs import Graphs
from pairgen.random import RandomArray

__all__ = ["drop_nodes", "kept_nodes", "renumbered", "spanned"]


def drop_nodes(graphs: Graphs, field: RandomArray, rate: float, exact: bool) -> Graphs:
    """Without some of the nodes, and without their edges. O(N + E).

    exact: `rounded(rate)` nodes of each graph go, but never all; else each node goes with probability `rate`, and where
    all would go, the one with the largest word stays.
    """
    if on_cpu(graphs.ptr):
        made = nodes_numba.without_nodes(
            field.seeds(), rate, limit_of(rate, exact), *graphs.arrays(), bool(graphs.edges)
        )
        kept, *parts = map(torch.from_numpy, made)
        return _of_parts(graphs, kept, *parts)
    return spanned(graphs, kept_nodes(graphs, field, rate, exact))


def kept_nodes(graphs: Graphs, field: RandomArray, rate: float, exact: bool) -> Tensor:
    """int64, ascending: the nodes that `drop_nodes` keeps, in torch."""
    words = node_words(graphs, field)
    if exact:
        counts = torch.minimum(rounded(rate, graphs.sizes), (graphs.sizes - 1).clamp(min=0))
        return over(words, graphs.ptr, limits(words, graphs.ptr, counts))
    largest = words.new_full((len(graphs),), -1).scatter_reduce_(0, graphs.owner, words, "amax")
    return over(words, graphs.ptr, (largest - 1).clamp(max=limit_of(rate)))


def spanned(graphs: Graphs, kept: Tensor) -> Graphs:
    """The graphs that the nodes at `kept` (int64, ascending) span: the edges of others go, nodes are numbered anew."""
    if on_cpu(kept):
        parts = map(torch.from_numpy, nodes_numba.spanned(kept.numpy(), *graphs.arrays(), bool(graphs.edges)))
        return _of_parts(graphs, kept, *parts)
    return _of_parts(graphs, kept, *renumbered(graphs, kept))


def _of_parts(graphs: Graphs, kept: Tensor, left: Tensor, ends: Tensor, ptr: Tensor, edge_ptr: Tensor) -> Graphs:
    nodes = {key: value.index_select(0, kept) for key, value in graphs.nodes.items()}
    edges = {key: value.index_select(0, left) for key, value in graphs.edges.items()}
    return graphs.changed(ends, ptr, edge_ptr, nodes, edges)


def renumbered(graphs: Graphs, kept: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The entries whose two nodes are kept, their ends (2, E') in the new numbers, ptr and edge_ptr; in torch."""
    number = torch.full((int(graphs.ptr[-1]),), -1, device=kept.device)
    number[kept] = torch.arange(len(kept), device=kept.device)
    source, target = number.index_select(0, graphs.source), number.index_select(0, graphs.target)
    left = positions((source | target) >= 0)
    ends = torch.stack([source.index_select(0, left), target.index_select(0, left)])
    return left, ends, counted(kept, graphs.ptr), counted(left, graphs.edge_ptr)
