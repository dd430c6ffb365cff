"""Random words of nodes and edges, and which elements of each group they select. In linear time.

Elements carry random 63-bit words. "Exactly k" takes the k smallest words of a group, "each with probability p" those
below p * 2**63: either way the choice depends on the group alone, not on the batch that it lies in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from pairgen.modalities.graph._kernels.arrays import lookup_table, positions, repeat, shift_right, subset_pointers
from pairgen.random import RandomArray
from pairgen.random._splitmix import mix, signed

if TYPE_CHECKING:
    from pairgen.modalities.graph.batch.graphs import Graphs

__all__ = [
    "EXACT",
    "EdgeWords",
    "count_limits",
    "is_among",
    "is_repeated",
    "node_words",
    "positions_above",
    "probability_limit",
    "round_counts",
]

EXACT = -2
"""Instead of a limit: an exact count."""

_ODD = signed(0xD6E8FEB86659FD93)  # distinguishes the head of a directed edge from its tail


def node_words(graphs: Graphs, random: RandomArray) -> Tensor:
    """int64 (N,), 63 random bits each: a function of the graph's key and the node's number in its graph."""
    return shift_right(random.ragged(graphs.local_id, graphs.batch), 1)


class EdgeWords:
    """63 random bits for any pair of nodes: a function of the graph's key and the two numbers in it.

    The words of both ends are added and hashed again. An undirected edge so has the same word from either end, whatever
    the order of the edges, and parallel edges have one word.
    """

    def __init__(self, graphs: Graphs, random: RandomArray) -> None:
        self._tail = self._head = random.ragged(graphs.local_id, graphs.batch)
        if graphs.any_directed:
            undirected = graphs.undirected.index_select(0, graphs.batch)
            self._head = torch.where(undirected, self._tail, self._tail * _ODD)

    def of(self, source: Tensor, target: Tensor) -> Tensor:
        """int64 (n,), non-negative, for nodes (n,) and (n,)."""
        return shift_right(mix(self._tail.index_select(0, source) + self._head.index_select(0, target)), 1)


def round_counts(ratio: float, sizes: Tensor) -> Tensor:
    """int64: `ratio` times each size, halves rounded up."""
    return (sizes.double() * ratio + 0.5).floor().long()


def probability_limit(p: float, exact: bool = False) -> int:
    """The limit at or below which a word lies with probability p, -1 where none does; `EXACT` where `exact`."""
    return EXACT if exact else min(int(p * 2.0**63), 2**63) - 1


def count_limits(words: Tensor, ptr: Tensor, counts: Tensor) -> Tensor:
    """For each group the limit at or below which exactly `counts` of its words lie; -1 where that is none.

    words: int64 (n,), non-negative, group after group. ptr: (B + 1,), where each begins. counts: (B,), at most the
    group's size. Returns int64 (B,).

    The k-th smallest of n uniform words lies near k / n, so that only the words up to a little beyond are looked at.
    """
    sizes = ptr.diff()
    ratio = (counts + 4 * (counts + 1.0).sqrt() + 4) / sizes.clamp(min=1)
    beyond = torch.where(ratio < 1, (ratio.clamp(max=0.999) * 2.0**63).long(), 2**63 - 1)
    near = positions(words <= repeat(beyond, sizes))
    near_counts = subset_pointers(near, ptr).diff()
    if bool((near_counts < counts).any()):  # once in thousands of batches; then all of them are sorted
        near, near_counts = torch.arange(len(words), device=words.device), sizes
    # One sort of all groups: the group's number in the highest bits, which cost each word its lowest.
    bits = max(len(sizes) - 1, 0).bit_length()
    numbers = torch.arange(len(sizes), device=words.device)
    keys = (repeat(numbers, near_counts) << (63 - bits)) | (words.index_select(0, near) >> bits)
    ordered = torch.cat([keys.sort().values, keys.new_zeros(1)])
    kth = ordered.index_select(0, (near_counts.cumsum(0) - near_counts + counts - 1).clamp(min=0))
    limit = ((kth & ((1 << (63 - bits)) - 1)) << bits) | ((1 << bits) - 1)
    return torch.where(counts > 0, limit, -1)


def positions_above(words: Tensor, ptr: Tensor, limit: Tensor) -> Tensor:
    """int64, ascending: the positions of words above the limit (B,) of their group."""
    return positions(words > repeat(limit, ptr.diff()))


def is_among(words: Tensor, others: Tensor) -> Tensor:
    """Bool (n,): whether each of a few words is one of many, in one pass over the many."""
    table, mask = lookup_table(words, len(words))
    alike = others.index_select(0, positions(table.index_select(0, others & mask)))
    if len(alike) == 0:
        return torch.zeros_like(words, dtype=torch.bool)
    ordered = alike.sort().values
    nearest = torch.searchsorted(ordered, words).clamp(max=len(ordered) - 1)
    return ordered.index_select(0, nearest) == words


def is_repeated(words: Tensor) -> Tensor:
    """Bool (n,): whether a word has come before."""
    slots = words & ((1 << max(10, (16 * len(words)).bit_length())) - 1)
    alike = positions(torch.bincount(slots).index_select(0, slots) > 1)
    again = torch.zeros_like(words, dtype=torch.bool)
    ordered, order = words.index_select(0, alike).sort(stable=True)
    later = order.index_select(0, positions(ordered[1:] == ordered[:-1]) + 1)
    return again.index_fill_(0, alike.index_select(0, later), True)
