"""Whether graphs are undirected, in linear time and without a sort."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from pairgen.modalities.graph.arrays import on_cpu, pointers
from pairgen.modalities.graph.functional.compiled import compiled
from pairgen.splitmix import mix

__all__ = ["both_ways", "both_ways_compiled", "both_ways_in_torch"]

_SEEDS = (0x243F6A8885A308D3, 0x13198A2E03707344)  # digits of pi


def both_ways(ends: Tensor, nodes: int, edge_ptr: Tensor) -> Tensor:
    """bool (B,): whether every edge of a graph is there as often in one direction as in the other.

    ends: int64 (2, E), of `nodes` nodes. edge_ptr: where the edges of each graph begin. With random words a and b for
    each node, the sum of a[s] * b[t] - a[t] * b[s] over the edges is 0 (modulo 2**64) if they pair up. If they do not,
    it is 0 by accident only, in one of 2**50 graphs or so. A graph without edges is undirected.
    """
    first, second = mix(torch.arange(nodes, device=ends.device) + torch.tensor(_SEEDS, device=ends.device)[:, None])
    if on_cpu(ends):
        parts = (first, second, ends[0], ends[1], edge_ptr)
        return torch.from_numpy(both_ways_compiled(*(part.numpy() for part in parts)))
    return both_ways_in_torch(first, second, ends[0], ends[1], edge_ptr)


def both_ways_in_torch(first: Tensor, second: Tensor, source: Tensor, target: Tensor, edge_ptr: Tensor) -> Tensor:
    """`both_ways`, from the words (N,) of the nodes."""
    there = first.index_select(0, source) * second.index_select(0, target)
    back = first.index_select(0, target) * second.index_select(0, source)
    return pointers(there - back).index_select(0, edge_ptr).diff() == 0


@compiled
def both_ways_compiled(
    first: np.ndarray, second: np.ndarray, source: np.ndarray, target: np.ndarray, edge_ptr: np.ndarray
) -> np.ndarray:
    """Its twin."""
    found = np.empty(len(edge_ptr) - 1, np.bool_)
    for g in range(len(found)):
        total = np.int64(0)
        for e in range(edge_ptr[g], edge_ptr[g + 1]):
            s, t = source[e], target[e]
            total += first[s] * second[t] - first[t] * second[s]
        found[g] = total == 0
    return found
