"""Choose nodes, and the subgraph that they induce."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from pairgen.modalities.graph._kernels import nodes_numba
from pairgen.modalities.graph._kernels.arrays import on_cpu, positions, subset_pointers
from pairgen.modalities.graph._kernels.selection import (
    count_limits,
    node_words,
    positions_above,
    probability_limit,
    round_counts,
)
from pairgen.modalities.graph.batch.graphs import Graphs
from pairgen.random import RandomArray

__all__ = ["drop_nodes", "induce_subgraph", "induced_edges", "select_nodes", "walk"]


def drop_nodes(graphs: Graphs, random: RandomArray, ratio: float, exact: bool) -> Graphs:
    """Leave out some of the nodes, and their edges. O(N + E).

    exact: `ratio` of the nodes of each graph go, halves rounded up, but never all; else each node goes with probability
    `ratio`, and where all would go, the one with the largest word stays.
    """
    if on_cpu(graphs.ptr):
        parts = nodes_numba.drop_nodes(
            random.seeds(), ratio, probability_limit(ratio, exact), *graphs.to_numpy(), bool(graphs.edges)
        )
        kept, *rest = map(torch.from_numpy, parts)
        return _take(graphs, kept, *rest)
    return induce_subgraph(graphs, select_nodes(graphs, random, ratio, exact))


def select_nodes(graphs: Graphs, random: RandomArray, ratio: float, exact: bool) -> Tensor:
    """int64, ascending: the nodes that `drop_nodes` keeps, in torch."""
    words = node_words(graphs, random)
    if exact:
        counts = torch.minimum(round_counts(ratio, graphs.num_nodes), (graphs.num_nodes - 1).clamp(min=0))
        return positions_above(words, graphs.ptr, count_limits(words, graphs.ptr, counts))
    largest = words.new_full((len(graphs),), -1).scatter_reduce_(0, graphs.batch, words, "amax")
    return positions_above(words, graphs.ptr, (largest - 1).clamp(max=probability_limit(ratio)))


def walk(graphs: Graphs, random: RandomArray, keep: float, length: int) -> Graphs:
    """The subgraph of the nodes that a walk in each graph visits: the ratio `keep`, halves rounded up, at least one."""
    source, target, ptr = (part.cpu().numpy() for part in (graphs.source, graphs.target, graphs.ptr))
    visited = nodes_numba.visit_nodes(random.seeds(), ptr, source, target, keep, length)
    return induce_subgraph(graphs, torch.from_numpy(np.flatnonzero(visited)).to(graphs.ptr.device))


def induce_subgraph(graphs: Graphs, kept: Tensor) -> Graphs:
    """The graphs induced by the nodes `kept` (int64, ascending): edges of others go, nodes are numbered anew."""
    if on_cpu(kept):
        parts = nodes_numba.induce_subgraph(kept.numpy(), *graphs.to_numpy(), bool(graphs.edges))
        return _take(graphs, kept, *map(torch.from_numpy, parts))
    return _take(graphs, kept, *induced_edges(graphs, kept))


def _take(graphs: Graphs, kept: Tensor, left: Tensor, edge_index: Tensor, ptr: Tensor, edge_ptr: Tensor) -> Graphs:
    nodes = {key: value.index_select(0, kept) for key, value in graphs.nodes.items()}
    edges = {key: value.index_select(0, left) for key, value in graphs.edges.items()}
    return graphs.with_parts(edge_index, ptr, edge_ptr, nodes, edges)


def induced_edges(graphs: Graphs, kept: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The entries whose two nodes are kept, their edge_index (2, E') in the new numbers, ptr and edge_ptr; in torch."""
    number = torch.full((int(graphs.ptr[-1]),), -1, device=kept.device)
    number[kept] = torch.arange(len(kept), device=kept.device)
    source, target = number.index_select(0, graphs.source), number.index_select(0, graphs.target)
    left = positions((source | target) >= 0)
    edge_index = torch.stack([source.index_select(0, left), target.index_select(0, left)])
    return left, edge_index, subset_pointers(kept, graphs.ptr), subset_pointers(left, graphs.edge_ptr)
