"""Whether a graph is undirected, in linear time and without a sort."""

from __future__ import annotations

import torch
from torch import Tensor

from pairgen.splitmix import mix

__all__ = ["both_ways"]

_SEEDS = (0x243F6A8885A308D3, 0x13198A2E03707344)  # digits of pi


def both_ways(edge_index: Tensor, nodes: int) -> bool:
    """Whether every edge is there as often in one direction as in the other. A graph without edges is undirected.

    edge_index: int64 (2, E). With a word a and a word b for each node, the sum of a[s] * b[t] - a[t] * b[s] over all
    edges is 0 (modulo 2**64) if they pair up. If they do not, it is 0 by accident only, once in 2**50 graphs or so.
    """
    source, target = edge_index
    return not bool(twist(source, target, nodes).sum())


def twist(source: Tensor, target: Tensor, nodes: int) -> Tensor:
    """int64 (E,): what each edge adds to the sum."""
    numbers = torch.arange(nodes, device=source.device)
    first, second = (mix(numbers + seed) for seed in _SEEDS)
    there = first.index_select(0, source) * second.index_select(0, target)
    return there - first.index_select(0, target) * second.index_select(0, source)
