"""Compiled personalized PageRank, node by node."""

from __future__ import annotations

import numpy as np

from pairgen._numba import jit
from pairgen.modalities.graph._kernels.nodes_numba import Array

__all__ = ["push_page_rank"]


@jit
def push_page_rank(
    starts: Array, ends: Array, alpha: float, epsilon: float, top: int, ratios: Array | None = None
) -> tuple[Array, Array, Array]:
    """(source, target, rank): approximate PageRank from each node, as Andersen, Chung and Lang 2006 push it.

    A node passes on what has come to it, less the ratio alpha that stays, while that is `epsilon` or more an edge of
    it; what comes to a node without edges stays there. ratios: what goes along each edge, as `ends`; None for
    equal parts.
    """
    nodes = len(starts) - 1
    stay, come = np.zeros(nodes), np.zeros(nodes)
    queue, queued = np.empty(nodes + 1, np.int64), np.zeros(nodes, np.bool_)
    touched, seen = np.empty(nodes, np.int64), np.zeros(nodes, np.bool_)
    capacity = 16 * nodes
    source, target, rank, n = np.empty(capacity, np.int64), np.empty(capacity, np.int64), np.empty(capacity), 0
    for origin in range(nodes):
        come[origin], queue[0], queued[origin], touched[0], seen[origin] = 1.0, origin, True, origin, True
        begin, end, count = 0, 1, 1
        while begin != end:
            u = queue[begin]
            begin, queued[u] = (begin + 1) % (nodes + 1), False
            amount, degree = come[u], starts[u + 1] - starts[u]
            come[u] = 0.0
            stay[u] += amount if degree == 0 else alpha * amount
            for k in range(starts[u], starts[u + 1]):
                v = ends[k]
                if ratios is None:
                    come[v] += (1 - alpha) * amount / degree
                else:
                    come[v] += (1 - alpha) * amount * ratios[k]
                if not seen[v]:
                    seen[v], touched[count] = True, v
                    count += 1
                if not queued[v] and come[v] >= epsilon * max(starts[v + 1] - starts[v], 1):
                    queue[end], queued[v] = v, True
                    end = (end + 1) % (nodes + 1)
        reached = touched[:count]
        stay[origin] = 0.0  # no loops
        best = reached[np.argsort(-stay[reached], kind="mergesort")[:top]]
        if n + len(best) > capacity:
            capacity = 2 * capacity + len(best)
            source, target, rank = _grow(source, capacity), _grow(target, capacity), _grow(rank, capacity)
        for v in best:
            if stay[v] > 0:
                source[n], target[n], rank[n] = origin, v, stay[v]
                n += 1
        for v in reached:
            stay[v], come[v], seen[v] = 0.0, 0.0, False
    return source[:n], target[:n], rank[:n]


@jit
def _grow(values: Array, capacity: int) -> Array:
    larger = np.empty(capacity, values.dtype)
    larger[: len(values)] = values
    return larger
