"""Compiled loop of `HardBatches`."""

from __future__ import annotations

from typing import Any

from pairgen._numba import jit

__all__ = ["chain_neighbors"]

Array = Any  # NumPy arrays, which numba compiles for their dtype
Int = Any


@jit
def chain_neighbors(order: Array, neighbors: Array, group: Int, taken: Array, out: Array) -> None:
    """Write all items: each one of the order that is not yet taken, then its nearest that are not.

    Args:
        order: A random order of the N items.
        neighbors: Their nearest items, (N, K), -1 where there are fewer.
        group: Items that are written together at most, the first included.
        taken: False, bool (N,); all True in the end.
        out: The items, (N,), written in place.
    """
    count = 0
    for item in order:
        if taken[item]:
            continue
        taken[item] = True
        out[count] = item
        count += 1
        found = 1
        for j in range(neighbors.shape[1]):
            other = neighbors[item, j]
            if found == group:
                break
            if other >= 0 and not taken[other]:
                taken[other] = True
                out[count] = other
                count += 1
                found += 1
