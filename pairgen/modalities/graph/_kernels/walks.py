"""Subgraphs by random walks."""

from __future__ import annotations

import numpy as np
import torch

from pairgen._numba import jit
from pairgen.modalities.graph._kernels.neighbours import neighbours
from pairgen.modalities.graph._kernels.nodes import spanned
from pairgen.modalities.graph._kernels.nodes_numba import rounded
from pairgen.modalities.graph.batch.graphs import Graphs
from pairgen.random import RandomArray
from pairgen.random._splitmix_numba import element

__all__ = ["walked"]

_PATIENCE = 40  # steps without a new node after which the walk is caught
_LOW = np.int64(0xFFFFFFFF)


def walked(graphs: Graphs, field: RandomArray, keep: float, length: int) -> Graphs:
    """What the nodes that a walk in each graph meets span: `keep` of them, halves rounded up, and one at least."""
    source, target, ptr = (part.cpu().numpy() for part in (graphs.source, graphs.target, graphs.ptr))
    met = met_by_walks(field.seeds(), ptr, source, target, keep, length)
    return spanned(graphs, torch.from_numpy(np.flatnonzero(met)).to(graphs.ptr.device))


@jit
def met_by_walks(
    seeds: np.ndarray, ptr: np.ndarray, source: np.ndarray, target: np.ndarray, keep: float, length: int
) -> np.ndarray:
    """Bool (N,): step k of a graph's walk takes its bits from element k of the graph's sequence."""
    starts, ends = neighbours(source, target, ptr[-1], True)
    met, order = np.zeros(ptr[-1], np.bool_), np.empty(ptr[-1], np.int64)
    for g in range(len(seeds)):
        first, size = ptr[g], ptr[g + 1] - ptr[g]
        wanted, found, since, step, done = max(rounded(keep, size), 1), 0, _PATIENCE, 0, 0
        at = first
        while found < wanted:
            bits = (element(seeds[g], step) >> 32) & _LOW
            if since < _PATIENCE and step % length == 0:
                at = order[(bits * found) >> 32]
            elif since < _PATIENCE:
                at = ends[starts[at] + ((bits * (starts[at + 1] - starts[at])) >> 32)]
            else:  # caught: go on beside the first node met that has a neighbour not met; where none has, anywhere
                at = -1
                while done < found and at < 0:
                    for k in range(starts[order[done]], starts[order[done] + 1]):
                        if not met[ends[k]]:
                            at = ends[k]
                            break
                    done += at < 0
                if at < 0:
                    at = first + ((bits * size) >> 32)
                    while met[at]:
                        at = first + (at - first + 1) % size
            since += 1
            step += 1
            if not met[at]:
                met[at], order[found], since = True, at, 0
                found += 1
                if starts[at] == starts[at + 1]:
                    since = _PATIENCE
    return met
