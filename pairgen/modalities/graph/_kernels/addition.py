"""New edges: pairs of nodes of one graph that have no edge between them, each as likely as the other."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from pairgen.modalities.graph._arrays import counted, pointers, positions, ranges, spread, within
from pairgen.modalities.graph._kernels.selection import limits, present, repeated
from pairgen.modalities.graph._kernels.words import EdgeWords
from pairgen.modalities.graph.batch.graphs import Graphs
from pairgen.random import RandomArray

__all__ = ["NewEdges", "new_edges"]


class NewEdges(NamedTuple):
    """source, target: int64 (A,), graph after graph; ptr: (B + 1,), where those of each begin.

    Of an undirected graph first all edges in one direction, then all in the other.
    """

    source: Tensor
    target: Tensor
    ptr: Tensor


def new_edges(
    graphs: Graphs, field: RandomArray, pairs: EdgeWords, words: Tensor, once: Tensor, sizes: Tensor, counts: Tensor
) -> NewEdges:
    """`counts` (B,) new edges a graph, or all that are missing where those are fewer; no loops, none twice.

    pairs: words of pairs of nodes. words: of the entries (E,). once, sizes: which entries stand for an edge, and how
    many there are a graph.

    Sparse graphs try pairs until enough are new: of an endless sequence of pairs of each graph, the first `counts`
    that are none of its edges. Where more than half of all pairs are edges, or would be tried in vain, the missing
    ones are listed and those with the smallest words taken.
    """
    loops = once.index_select(0, positions(graphs.source.index_select(0, once) == graphs.target.index_select(0, once)))
    taken = sizes - counted(loops, graphs.edge_ptr).diff()
    places = graphs.sizes * (graphs.sizes - 1)
    places = torch.where(graphs.undirected, places // 2, places)
    dense = (2 * taken > places) | (2 * counts > places - taken)
    parts = []
    if not bool(dense.all()):
        parts.append(_tried(graphs, field, pairs, words, places, taken, torch.where(dense, 0, counts)))
    if bool((dense & (counts > 0)).any()):
        parts.append(_listed(graphs, pairs, torch.where(dense, counts, 0)))
    return _arranged(graphs, parts)


def _tried(
    graphs: Graphs, field: RandomArray, pairs: EdgeWords, words: Tensor, places: Tensor, taken: Tensor, counts: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """(source, target, graph) of new edges by trial."""
    expected = counts * (places / (places - taken - counts).clamp(min=1)).clamp(max=4)
    tries = torch.where(counts > 0, expected + 2 * expected.sqrt() + 2, 0).long()
    while True:
        graph = spread(torch.arange(len(graphs), device=tries.device), tries)
        bits = field.ragged(-2 - within(tries), graph)  # nodes have the numbers from 0 on
        size = graphs.sizes.index_select(0, graph)
        first, second = ((bits >> 32 & 0xFFFFFFFF) * size) >> 32, ((bits & 0xFFFFFFFF) * (size - 1)) >> 32
        second += second >= first
        start = graphs.ptr.index_select(0, graph)
        source, target = first + start, second + start
        found = pairs.of(source, target)
        good = positions(~(present(found, words) | repeated(found)))
        have = counted(good, pointers(tries))
        if bool((have.diff() >= counts).all()):
            break
        tries = torch.where(have.diff() < counts, 2 * tries, tries)
    chosen = good.index_select(0, ranges(have[:-1], counts))
    return source.index_select(0, chosen), target.index_select(0, chosen), graph.index_select(0, chosen)


def _listed(graphs: Graphs, pairs: EdgeWords, counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(source, target, graph) of new edges from the list of all that are missing, in the graphs that want some."""
    sizes = torch.where(counts > 0, graphs.sizes, 0)
    ptr = pointers(sizes * sizes)
    free = torch.ones(int(ptr[-1]), dtype=torch.bool, device=sizes.device)
    shift = ptr[:-1] - graphs.ptr[:-1]  # node s, t -> place: row * size + column + the graph's first place
    row = graphs.local * spread(sizes, graphs.sizes) + spread(shift, graphs.sizes)
    listed = positions(spread(counts > 0, graphs.edge_sizes))
    source, target = graphs.source.index_select(0, listed), graphs.target.index_select(0, listed)
    free[row.index_select(0, source) + target] = False
    graph = spread(torch.arange(len(graphs), device=sizes.device), sizes * sizes)
    place = torch.arange(len(free), device=sizes.device) - spread(ptr[:-1], sizes * sizes)
    size = sizes.index_select(0, graph)
    first, second = place // size, place % size
    free &= torch.where(graphs.undirected.index_select(0, graph), first < second, first != second)
    missing = positions(free)
    graph = graph.index_select(0, missing)
    start = graphs.ptr.index_select(0, graph)
    source, target = first.index_select(0, missing) + start, second.index_select(0, missing) + start
    words = pairs.of(source, target)
    found = counted(missing, ptr).diff()
    chosen = positions(
        words <= limits(words, counted(missing, ptr), torch.minimum(counts, found)).index_select(0, graph)
    )
    return source.index_select(0, chosen), target.index_select(0, chosen), graph.index_select(0, chosen)


def _arranged(graphs: Graphs, parts: list[tuple[Tensor, Tensor, Tensor]]) -> NewEdges:
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
    place = within(counts) + ptr.index_select(0, graph)
    twin = positions(graphs.undirected.index_select(0, graph))
    back = (place + counts.index_select(0, graph)).index_select(0, twin)
    tails, heads = source.new_empty(int(ptr[-1])), source.new_empty(int(ptr[-1]))
    tails[place], heads[place] = source, target
    tails[back], heads[back] = target.index_select(0, twin), source.index_select(0, twin)
    return NewEdges(tails, heads, ptr)
