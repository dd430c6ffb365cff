"""A random word for every node, and from those for every edge, the same for both directions of an undirected one."""

from __future__ import annotations

from torch import Tensor, where

from pairgen.modalities.graph._arrays import above
from pairgen.modalities.graph.batch.graphs import Graphs
from pairgen.random import RandomArray
from pairgen.random._splitmix import mix, signed

__all__ = ["EdgeWords", "node_words"]

_ODD = signed(0xD6E8FEB86659FD93)  # tells the head of a directed edge from its tail


def node_words(graphs: Graphs, field: RandomArray) -> Tensor:
    """int64 (N,), 63 random bits each: a function of the graph's key and the node's number in its graph."""
    return above(field.ragged(graphs.local, graphs.owner), 1)


class EdgeWords:
    """63 random bits for any pair of nodes: a function of the graph's key and the two numbers in it.

    The words of both ends are added and hashed again. An undirected edge so has the same word from either end, whatever
    the order of the edges, and parallel edges have one word.
    """

    def __init__(self, graphs: Graphs, field: RandomArray) -> None:
        self._tail = self._head = field.ragged(graphs.local, graphs.owner)
        if graphs.mixed:
            undirected = graphs.undirected.index_select(0, graphs.owner)
            self._head = where(undirected, self._tail, self._tail * _ODD)

    def of(self, source: Tensor, target: Tensor) -> Tensor:
        """int64 (n,), non-negative, for nodes (n,) and (n,)."""
        return above(mix(self._tail.index_select(0, source) + self._head.index_select(0, target)), 1)
