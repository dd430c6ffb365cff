"""Whether graphs are undirected, in linear time and without a sort."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from pairgen._numba import jit
from pairgen.modalities.graph._arrays import on_cpu, pointers
from pairgen.modalities.graph._kernels.nodes_numba import Int, place
from pairgen.random._splitmix import mix
from pairgen.random._splitmix_numba import hashed

__all__ = ["both_ways", "both_ways_compiled", "both_ways_in_torch"]

_FIRST, _SECOND = 0x243F6A8885A308D3, 0x13198A2E03707344  # digits of pi


def both_ways(ends: Tensor, nodes: int, edge_ptr: Tensor) -> Tensor:
    """Bool (B,): whether every edge of a graph is there as often in one direction as in the other.

    ends: int64 (2, E), of `nodes` nodes. edge_ptr: where the edges of each graph begin. With random words a and b for
    each node, the sum of a[s] * b[t] - a[t] * b[s] over the edges is 0 (modulo 2**64) if they pair up. If they do not,
    it is 0 by accident only, in one of 2**50 graphs or so. A graph without edges is undirected.
    """
    if on_cpu(ends):
        by_numpy = both_ways_compiled(ends[0].numpy(), ends[1].numpy(), nodes, edge_ptr.numpy(), _FIRST, _SECOND)
        return torch.from_numpy(by_numpy)
    return both_ways_in_torch(ends, nodes, edge_ptr)


def both_ways_in_torch(ends: Tensor, nodes: int, edge_ptr: Tensor) -> Tensor:
    """`both_ways`, on any device."""
    numbers = torch.arange(nodes, device=ends.device)
    first, second = mix(numbers + _FIRST), mix(numbers + _SECOND)
    there = first.index_select(0, ends[0]) * second.index_select(0, ends[1])
    back = first.index_select(0, ends[1]) * second.index_select(0, ends[0])
    return pointers(there - back).index_select(0, edge_ptr).diff() == 0


@jit
def both_ways_compiled(
    source: np.ndarray, target: np.ndarray, nodes: int, edge_ptr: np.ndarray, seed: int, other: int
) -> np.ndarray:
    """Its twin; seed, other: the words before the first node's."""
    first, second = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    for i in range(nodes):
        first[i], second[i] = hashed(i + seed), hashed(i + other)
    found = np.empty(len(edge_ptr) - 1, np.bool_)
    for g in range(len(found)):
        total: Int = np.int64(0)
        for e in range(edge_ptr[g], edge_ptr[g + 1]):
            s, t = place(source[e]), place(target[e])
            total += first[s] * second[t] - first[t] * second[s]
        found[g] = total == 0
    return found
