"""Drop edges, add new ones, and find out whether graphs are undirected."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from pairgen.modalities.graph._kernels import edges_numba
from pairgen.modalities.graph._kernels.arrays import (
    arange_in_groups,
    on_cpu,
    pointers,
    positions,
    ranges,
    repeat,
    subset_pointers,
)
from pairgen.modalities.graph._kernels.selection import (
    EdgeWords,
    count_limits,
    is_among,
    is_repeated,
    positions_above,
    probability_limit,
    round_counts,
)
from pairgen.modalities.graph.batch.graphs import Graphs
from pairgen.random import RandomArray
from pairgen.random._splitmix import mix

__all__ = [
    "NewEdges",
    "is_undirected",
    "is_undirected_torch",
    "perturb_edges",
    "perturb_edges_torch",
    "sample_new_edges",
]

_FIRST, _SECOND = 0x243F6A8885A308D3, 0x13198A2E03707344  # digits of pi


def is_undirected(edge_index: Tensor, nodes: int, edge_ptr: Tensor) -> Tensor:
    """Bool (B,): whether every edge of a graph is there as often in one direction as in the other. O(N + E), no sort.

    edge_index: int64 (2, E), of `nodes` nodes. edge_ptr: where the edges of each graph begin. With random words a and b
    for each node, the sum of a[s] * b[t] - a[t] * b[s] over the edges is 0 (modulo 2**64) if they pair up. If they do
    not, it is 0 by accident only, in one of 2**50 graphs or so. A graph without edges is undirected.
    """
    if on_cpu(edge_index):
        source, target = edge_index[0].numpy(), edge_index[1].numpy()
        return torch.from_numpy(edges_numba.is_undirected(source, target, nodes, edge_ptr.numpy(), _FIRST, _SECOND))
    return is_undirected_torch(edge_index, nodes, edge_ptr)


def is_undirected_torch(edge_index: Tensor, nodes: int, edge_ptr: Tensor) -> Tensor:
    """`is_undirected`, on any device."""
    numbers = torch.arange(nodes, device=edge_index.device)
    first, second = mix(numbers + _FIRST), mix(numbers + _SECOND)
    forward = first.index_select(0, edge_index[0]) * second.index_select(0, edge_index[1])
    backward = first.index_select(0, edge_index[1]) * second.index_select(0, edge_index[0])
    return pointers(forward - backward).index_select(0, edge_ptr).diff() == 0


def perturb_edges(graphs: Graphs, random: RandomArray, drop: float, add: float, exact: bool = True) -> Graphs:
    """Leave out some of the edges, and add new ones between nodes of a graph that had none between them. O(N + E).

    drop: ratio of edges that go: of each graph, halves rounded up, if exact, else each edge with that probability. An
    undirected edge goes in both directions, parallel edges go together.
    add: ratio of new edges, halves rounded up, or all that are missing, as `sample_new_edges` chooses them.
    """
    if on_cpu(graphs.ptr):
        undirected, limit = graphs.undirected.numpy(), probability_limit(drop, exact)
        parts = edges_numba.perturb_edges(
            random.seeds(), *graphs.to_numpy(), undirected, drop, limit, add, bool(graphs.edges)
        )
        edge_index, origin, edge_ptr = map(torch.from_numpy, parts)
        return graphs.rewire(edge_index, origin, edge_ptr)
    return graphs.rewire(*perturb_edges_torch(graphs, random, drop, add, exact))


def perturb_edges_torch(
    graphs: Graphs, random: RandomArray, drop: float, add: float, exact: bool = True
) -> tuple[Tensor, Tensor, Tensor]:
    """`perturb_edges` in torch: edge_index (2, E'), the entry each was (E',), -1 for new ones, and edge_ptr."""
    pairs = EdgeWords(graphs, random)
    words = pairs.of(graphs.source, graphs.target)
    once = _entries_once(graphs)
    ptr = subset_pointers(once, graphs.edge_ptr)
    sizes = ptr.diff()
    limit = torch.full_like(sizes, probability_limit(drop))
    if exact:
        limit = count_limits(words.index_select(0, once), ptr, round_counts(drop, sizes))
    kept = positions_above(words, graphs.edge_ptr, limit)
    kept_ptr = subset_pointers(kept, graphs.edge_ptr)
    new = sample_new_edges(graphs, random, pairs, words, once, sizes, round_counts(add, sizes))
    # Within each graph what is kept comes first, then what is new.
    at_kept = torch.arange(len(kept), device=kept.device) + repeat(new.ptr[:-1], kept_ptr.diff())
    at_new = torch.arange(len(new.source), device=kept.device) + repeat(kept_ptr[1:], new.ptr.diff())
    total = len(kept) + len(new.source)
    edge_index, origin = kept.new_empty(2, total), kept.new_full((total,), -1)
    edge_index[0, at_kept] = graphs.source.index_select(0, kept)
    edge_index[1, at_kept] = graphs.target.index_select(0, kept)
    edge_index[0, at_new], edge_index[1, at_new] = new.source, new.target
    origin[at_kept] = kept
    return edge_index, origin, kept_ptr + new.ptr


def _entries_once(graphs: Graphs) -> Tensor:
    """The positions of entries that stand for an edge: of an undirected one, the one from the smaller number."""
    forward = graphs.source <= graphs.target
    return positions(forward | ~repeat(graphs.undirected, graphs.num_edges) if graphs.any_directed else forward)


# -- new edges: pairs of nodes of one graph that have no edge between them, each as likely as the other ------------


class NewEdges(NamedTuple):
    """source, target: int64 (A,), graph after graph; ptr: (B + 1,), where those of each begin.

    Of an undirected graph first all edges in one direction, then all in the other.
    """

    source: Tensor
    target: Tensor
    ptr: Tensor


def sample_new_edges(
    graphs: Graphs, random: RandomArray, pairs: EdgeWords, words: Tensor, once: Tensor, sizes: Tensor, counts: Tensor
) -> NewEdges:
    """`counts` (B,) new edges a graph, or all that are missing where those are fewer; no loops, none twice.

    pairs: words of pairs of nodes. words: of the entries (E,). once, sizes: which entries stand for an edge, and how
    many there are a graph.

    Sparse graphs try pairs until enough are new: of an endless sequence of pairs of each graph, the first `counts`
    that are none of its edges. Where more than half of all pairs are edges, or would be tried in vain, the missing
    ones are listed and those with the smallest words taken.
    """
    loops = once.index_select(0, positions(graphs.source.index_select(0, once) == graphs.target.index_select(0, once)))
    taken = sizes - subset_pointers(loops, graphs.edge_ptr).diff()
    possible = graphs.num_nodes * (graphs.num_nodes - 1)
    possible = torch.where(graphs.undirected, possible // 2, possible)
    dense = (2 * taken > possible) | (2 * counts > possible - taken)
    parts = []
    if not bool(dense.all()):
        parts.append(_try_pairs(graphs, random, pairs, words, possible, taken, torch.where(dense, 0, counts)))
    if bool((dense & (counts > 0)).any()):
        parts.append(_choose_missing(graphs, pairs, torch.where(dense, counts, 0)))
    return _arrange(graphs, parts)


def _try_pairs(
    graphs: Graphs,
    random: RandomArray,
    pairs: EdgeWords,
    words: Tensor,
    possible: Tensor,
    taken: Tensor,
    counts: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:
    """(source, target, graph) of new edges by trial."""
    expected = counts * (possible / (possible - taken - counts).clamp(min=1)).clamp(max=4)
    tries = torch.where(counts > 0, expected + 2 * expected.sqrt() + 2, 0).long()
    while True:
        graph = repeat(torch.arange(len(graphs), device=tries.device), tries)
        bits = random.ragged(-2 - arange_in_groups(tries), graph)  # nodes have the numbers from 0 on
        size = graphs.num_nodes.index_select(0, graph)
        first, second = ((bits >> 32 & 0xFFFFFFFF) * size) >> 32, ((bits & 0xFFFFFFFF) * (size - 1)) >> 32
        second += second >= first
        start = graphs.ptr.index_select(0, graph)
        source, target = first + start, second + start
        tried = pairs.of(source, target)
        new = positions(~(is_among(tried, words) | is_repeated(tried)))
        have = subset_pointers(new, pointers(tries))
        if bool((have.diff() >= counts).all()):
            break
        tries = torch.where(have.diff() < counts, 2 * tries, tries)
    chosen = new.index_select(0, ranges(have[:-1], counts))
    return source.index_select(0, chosen), target.index_select(0, chosen), graph.index_select(0, chosen)


def _choose_missing(graphs: Graphs, pairs: EdgeWords, counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(source, target, graph) of new edges from the list of all that are missing, in the graphs that want some."""
    sizes = torch.where(counts > 0, graphs.num_nodes, 0)
    ptr = pointers(sizes * sizes)
    free = torch.ones(int(ptr[-1]), dtype=torch.bool, device=sizes.device)
    shift = ptr[:-1] - graphs.ptr[:-1]  # node s, t -> cell: row * size + column + the graph's first cell
    row = graphs.local_id * repeat(sizes, graphs.num_nodes) + repeat(shift, graphs.num_nodes)
    listed = positions(repeat(counts > 0, graphs.num_edges))
    source, target = graphs.source.index_select(0, listed), graphs.target.index_select(0, listed)
    free[row.index_select(0, source) + target] = False
    graph = repeat(torch.arange(len(graphs), device=sizes.device), sizes * sizes)
    cell = torch.arange(len(free), device=sizes.device) - repeat(ptr[:-1], sizes * sizes)
    size = sizes.index_select(0, graph)
    first, second = cell // size, cell % size
    free &= torch.where(graphs.undirected.index_select(0, graph), first < second, first != second)
    missing = positions(free)
    graph = graph.index_select(0, missing)
    start = graphs.ptr.index_select(0, graph)
    source, target = first.index_select(0, missing) + start, second.index_select(0, missing) + start
    words = pairs.of(source, target)
    missing_ptr = subset_pointers(missing, ptr)
    limit = count_limits(words, missing_ptr, torch.minimum(counts, missing_ptr.diff()))
    chosen = positions(words <= limit.index_select(0, graph))
    return source.index_select(0, chosen), target.index_select(0, chosen), graph.index_select(0, chosen)


def _arrange(graphs: Graphs, parts: list[tuple[Tensor, Tensor, Tensor]]) -> NewEdges:
    """Edges of several lists, each graph's in one of them, graph after graph and mirrored where undirected."""
    if not parts:
        none = graphs.source[:0]
        return NewEdges(none, none, torch.zeros_like(graphs.ptr))
    source, target, graph = parts[0] if len(parts) == 1 else (torch.cat(part) for part in zip(*parts, strict=True))
    if len(parts) > 1:
        graph, order = graph.sort(stable=True)
        source, target = source.index_select(0, order), target.index_select(0, order)
    counts = torch.bincount(graph, minlength=len(graphs))
    mirrored = torch.where(graphs.undirected, counts, 0)
    ptr = pointers(counts + mirrored)
    at = arange_in_groups(counts) + ptr.index_select(0, graph)
    twin = positions(graphs.undirected.index_select(0, graph))
    at_twin = (at + counts.index_select(0, graph)).index_select(0, twin)
    tails, heads = source.new_empty(int(ptr[-1])), source.new_empty(int(ptr[-1]))
    tails[at], heads[at] = source, target
    tails[at_twin], heads[at_twin] = target.index_select(0, twin), source.index_select(0, twin)
    return NewEdges(tails, heads, ptr)
