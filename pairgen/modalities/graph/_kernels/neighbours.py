"""Who is next to whom: neighbours by node, compiled for the CPU, for what goes through a graph node by node."""

from __future__ import annotations

import numpy as np

from pairgen._numba import jit

__all__ = ["neighbours"]


@jit
def neighbours(source: np.ndarray, target: np.ndarray, nodes: int, either: bool) -> tuple[np.ndarray, np.ndarray]:
    """(starts (N + 1,), ends): those of node i are ends[starts[i]:starts[i + 1]]. either: along edges both ways."""
    starts = np.zeros(nodes + 1, np.int64)
    for e in range(len(source)):
        starts[source[e] + 1] += 1
        if either:
            starts[target[e] + 1] += 1
    for i in range(nodes):
        starts[i + 1] += starts[i]
    ends, at = np.empty(starts[nodes], np.int64), starts[:-1].copy()
    for e in range(len(source)):
        s, t = source[e], target[e]
        ends[at[s]] = t
        at[s] += 1
        if either:
            ends[at[t]] = s
            at[t] += 1
    return starts, ends
