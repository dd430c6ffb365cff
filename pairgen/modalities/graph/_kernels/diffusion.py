"""Personalised PageRank without a dense matrix."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from pairgen._numba import jit
from pairgen.modalities.graph._kernels.neighbours import neighbours
from pairgen.modalities.graph.batch.graphs import Graphs

__all__ = ["diffused", "pushed"]


def diffused(graphs: Graphs, alpha: float, epsilon: float, top: int) -> Graphs:
    """The same nodes, joined by the `top` largest shares above zero of the PageRank of each; `edge_weight` float32."""
    nodes = int(graphs.ptr[-1])
    starts, reached = neighbours(graphs.source.cpu().numpy(), graphs.target.cpu().numpy(), nodes, False)
    source, target, weight = pushed(starts, reached, alpha, epsilon, top)
    undirected = np.repeat(graphs.undirected.cpu().numpy(), graphs.sizes.cpu().numpy())
    source, target, weight = _both_ways(source, target, weight, undirected, nodes)
    device = graphs.ptr.device
    ends = torch.from_numpy(np.stack([source, target])).to(device)
    edges = {"edge_weight": torch.from_numpy(weight.astype(np.float32)).to(device)}
    lost = tuple(name for name in graphs.edges if name not in edges)
    return replace(graphs, ends=ends, edge_ptr=torch.searchsorted(ends[0], graphs.ptr), edges=edges, lost=lost)


def _both_ways(
    source: np.ndarray, target: np.ndarray, weight: np.ndarray, undirected: np.ndarray, nodes: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sorted by source, target; in undirected graphs with the mean of the weights of both directions."""
    two = undirected[source]
    keys = np.concatenate([source * nodes + target, (target * nodes + source)[two]])
    halves = np.concatenate([np.where(two, weight / 2, weight), weight[two] / 2])
    unique, inverse = np.unique(keys, return_inverse=True)
    return unique // nodes, unique % nodes, np.bincount(inverse, halves, len(unique))


@jit
def pushed(
    starts: np.ndarray, ends: np.ndarray, alpha: float, epsilon: float, top: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(source, target, share): approximate PageRank from each node, as Andersen, Chung and Lang 2006 push it.

    A node passes on what has come to it, less the share alpha that stays, while that is `epsilon` or more an edge of
    it; what comes to a node without edges stays there.
    """
    nodes = len(starts) - 1
    stay, come = np.zeros(nodes), np.zeros(nodes)
    queue, queued = np.empty(nodes + 1, np.int64), np.zeros(nodes, np.bool_)
    touched, seen = np.empty(nodes, np.int64), np.zeros(nodes, np.bool_)
    room = 16 * nodes
    source, target, share, n = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room), 0
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
                come[v] += (1 - alpha) * amount / degree
                if not seen[v]:
                    seen[v], touched[count] = True, v
                    count += 1
                if not queued[v] and come[v] >= epsilon * max(starts[v + 1] - starts[v], 1):
                    queue[end], queued[v] = v, True
                    end = (end + 1) % (nodes + 1)
        met = touched[:count]
        stay[origin] = 0.0  # no loops
        best = met[np.argsort(-stay[met], kind="mergesort")[:top]]
        if n + len(best) > room:
            room = 2 * room + len(best)
            source, target, share = _grown(source, room), _grown(target, room), _grown(share, room)
        for v in best:
            if stay[v] > 0:
                source[n], target[n], share[n] = origin, v, stay[v]
                n += 1
        for v in met:
            stay[v], come[v], seen[v] = 0.0, 0.0, False
    return source[:n], target[:n], share[:n]


@jit
def _grown(values: np.ndarray, room: int) -> np.ndarray:
    larger = np.empty(room, values.dtype)
    larger[: len(values)] = values
    return larger
