"""Edges that go and edges that come."""

from __future__ import annotations

import torch
from torch import Tensor

from pairgen.modalities.graph._arrays import counted, on_cpu, positions, spread
from pairgen.modalities.graph._kernels import edges_numba
from pairgen.modalities.graph._kernels.addition import new_edges
from pairgen.modalities.graph._kernels.selection import limit_of, limits, over, rounded
from pairgen.modalities.graph._kernels.words import EdgeWords
from pairgen.modalities.graph.batch.graphs import Graphs
from pairgen.random import RandomArray

__all__ = ["perturb_edges", "perturbed"]


def perturb_edges(graphs: Graphs, field: RandomArray, drop: float, add: float, exact: bool = True) -> Graphs:
    """Without some of the edges, and with new ones between nodes of a graph that had none between them. O(N + E).

    drop: its share of the edges goes: `rounded(drop)` of each graph if exact, else each edge with that probability. An
    undirected edge goes in both directions, parallel edges go together.
    add: `rounded(add)` of the edges of a graph come, or all that are missing, as `new_edges` chooses them.
    """
    if on_cpu(graphs.ptr):
        undirected, limit = graphs.undirected.numpy(), limit_of(drop, exact)
        made = edges_numba.perturbed(field.seeds(), *graphs.arrays(), undirected, drop, limit, add, bool(graphs.edges))
        ends, origin, edge_ptr = map(torch.from_numpy, made)
        return graphs.rewired(ends, origin, edge_ptr)
    return graphs.rewired(*perturbed(graphs, field, drop, add, exact))


def perturbed(
    graphs: Graphs, field: RandomArray, drop: float, add: float, exact: bool = True
) -> tuple[Tensor, Tensor, Tensor]:
    """What `perturb_edges` makes of each entry, in torch: ends (2, E'), origin (E',), -1 for new ones, and edge_ptr."""
    pairs = EdgeWords(graphs, field)
    words = pairs.of(graphs.source, graphs.target)
    once = _once(graphs)
    ptr = counted(once, graphs.edge_ptr)
    sizes = ptr.diff()
    limit = torch.full_like(sizes, limit_of(drop))
    if exact:
        limit = limits(words.index_select(0, once), ptr, rounded(drop, sizes))
    kept = over(words, graphs.edge_ptr, limit)
    kept_ptr = counted(kept, graphs.edge_ptr)
    new = new_edges(graphs, field, pairs, words, once, sizes, rounded(add, sizes))
    # Within each graph what is kept comes first, then what is new.
    place_kept = torch.arange(len(kept), device=kept.device) + spread(new.ptr[:-1], kept_ptr.diff())
    place_new = torch.arange(len(new.source), device=kept.device) + spread(kept_ptr[1:], new.ptr.diff())
    ends, origin = kept.new_empty(2, len(kept) + len(new.source)), kept.new_full((len(kept) + len(new.source),), -1)
    ends[0, place_kept], ends[1, place_kept] = graphs.source.index_select(0, kept), graphs.target.index_select(0, kept)
    ends[0, place_new], ends[1, place_new] = new.source, new.target
    origin[place_kept] = kept
    return ends, origin, kept_ptr + new.ptr


def _once(graphs: Graphs) -> Tensor:
    """The positions of entries that stand for an edge: of an undirected one, the one from the smaller number."""
    forward = graphs.source <= graphs.target
    return positions(forward | ~spread(graphs.undirected, graphs.edge_sizes) if graphs.mixed else forward)
