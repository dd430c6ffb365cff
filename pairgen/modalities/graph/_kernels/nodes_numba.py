"""Compiled twins of `selection` and `nodes` for the CPU, graph by graph.

In torch each step is a pass over memory and some microseconds for its call, which for graphs of up to some thousand
edges is most of the time. Here a graph is done before the next is begun, in plain loops. Same words, same choices, same
order: the tests compare the two.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pairgen._numba import jit
from pairgen.random._splitmix_numba import element, hashed

__all__ = [
    "Array",
    "Int",
    "close_gap",
    "count_limit",
    "drop_nodes",
    "group_neighbors",
    "induce_subgraph",
    "pair_word",
    "round_count",
    "select_nodes",
    "unsigned",
    "visit_nodes",
]

Array = np.ndarray
Int = Any  # an int64 of NumPy's, compiled to one of the machine's

_TOP = np.int64(0x7FFFFFFFFFFFFFFF)
_LOW = np.int64(0xFFFFFFFF)
_PATIENCE = 40  # steps without a new node after which a walk is stuck


@jit
def unsigned(number: Int) -> Int:
    """An index known not to be negative: handling negative ones takes longer than the look-up."""
    return np.uint64(number)


# -- words -------------------------------------------------------------------------------------------------------


@jit
def pair_word(tail: Int, head: Int) -> Int:
    """`selection.EdgeWords.of`."""
    return (hashed(tail + head) >> 1) & _TOP


@jit
def count_limit(words: Array, n: Int, count: Int, buffer: Array) -> Int:
    """`selection.count_limits` of the first n words. buffer: space for n of them."""
    if count == 0:
        return -1
    ratio = (count + 4 * np.sqrt(count + 1.0) + 4) / n
    cut = np.int64(ratio * 2.0**63) if ratio < 1 else _TOP
    m = 0
    for i in range(n):
        buffer[m] = words[i]
        m += words[i] <= cut
    if m < count:
        m = n
        buffer[:n] = words[:n]
    return _kth_smallest(buffer, m, count)


@jit
def _kth_smallest(values: Array, n: Int, k: Int) -> Int:
    """The k-th smallest of the first n values, which are reordered (Hoare 1961)."""
    low, high, k = 0, n - 1, k - 1
    while low < high:
        pivot, i, j = values[k], low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i, j = i + 1, j - 1
        if j < k:
            low = i
        if k < i:
            high = j
    return values[k]


@jit
def round_count(ratio: float, size: Int) -> Int:
    """`selection.round_counts`."""
    return int(np.floor(size * ratio + 0.5))


# -- nodes -------------------------------------------------------------------------------------------------------


@jit
def select_nodes(seeds: Array, ptr: Array, ratio: float, limit: Int) -> Array:
    """int64, ascending: the nodes that `nodes.drop_nodes` keeps. limit: of words that go, or -2 for exact counts."""
    kept, n = np.empty(ptr[-1], np.int64), 0
    largest = np.diff(ptr).max() if len(seeds) else 0
    words, buffer = np.empty(largest, np.int64), np.empty(largest, np.int64)
    for g in range(len(seeds)):
        start, size = ptr[g], ptr[g + 1] - ptr[g]
        for i in range(size):
            words[i] = (element(seeds[g], i) >> 1) & _TOP
        last = limit
        if limit == -2:
            last = count_limit(words, size, min(round_count(ratio, size), max(size - 1, 0)), buffer)
        elif size > 0:
            last = min(limit, words[:size].max() - 1)
        for i in range(size):
            kept[n] = start + i
            n += words[i] > last
    return kept[:n]


@jit
def induce_subgraph(
    kept: Array, ptr: Array, edge_ptr: Array, source: Array, target: Array, with_entries: bool
) -> tuple[Array, Array, Array, Array]:
    """`nodes.induced_edges`: the entries that are left, edge_index (2, E') in the new numbers, ptr and edge_ptr.

    with_entries: whether the first is asked for.
    """
    number, starts, g = np.full(ptr[-1], -1, np.int64), np.empty_like(ptr), 0
    for i in range(len(kept)):
        number[kept[i]] = i
        while ptr[g] <= kept[i]:
            starts[g] = i
            g += 1
    starts[g:] = len(kept)
    left, ends = np.empty(len(source) if with_entries else 1, np.int64), np.empty(2 * len(source), np.int64)
    edge_starts: Array = np.zeros_like(edge_ptr)
    n: Int = 0
    for g in range(len(ptr) - 1):
        for e in range(edge_ptr[g], edge_ptr[g + 1]):
            tail, head = number[unsigned(source[e])], number[unsigned(target[e])]
            left[n if with_entries else 0], ends[n], ends[len(source) + n] = e, tail, head
            n += (tail | head) >= 0
        edge_starts[g + 1] = n
    return left[: n if with_entries else 0], close_gap(ends, n), starts, edge_starts


@jit
def drop_nodes(
    seeds: Array,
    ratio: float,
    limit: Int,
    ptr: Array,
    edge_ptr: Array,
    source: Array,
    target: Array,
    with_entries: bool,
) -> tuple[Array, Array, Array, Array, Array]:
    """`nodes.drop_nodes`: the nodes of `select_nodes`, and of their edges what `induce_subgraph` leaves."""
    kept = select_nodes(seeds, ptr, ratio, limit)
    left, ends, starts, edge_starts = induce_subgraph(kept, ptr, edge_ptr, source, target, with_entries)
    return kept, left, ends, starts, edge_starts


@jit
def close_gap(ends: Array, n: Int) -> Array:
    """The first n of each half of an array as two rows, the second moved up."""
    half = len(ends) // 2
    for i in range(n):
        ends[n + i] = ends[half + i]
    return ends[: 2 * n].reshape(2, n)


# -- walks -------------------------------------------------------------------------------------------------------


@jit
def group_neighbors(source: Array, target: Array, nodes: int, both: bool) -> tuple[Array, Array]:
    """(starts (N + 1,), ends): the neighbors of node i are ends[starts[i]:starts[i + 1]]; both: in either direction."""
    starts = np.zeros(nodes + 1, np.int64)
    for e in range(len(source)):
        starts[source[e] + 1] += 1
        if both:
            starts[target[e] + 1] += 1
    for i in range(nodes):
        starts[i + 1] += starts[i]
    ends, at = np.empty(starts[nodes], np.int64), starts[:-1].copy()
    for e in range(len(source)):
        s, t = source[e], target[e]
        ends[at[s]] = t
        at[s] += 1
        if both:
            ends[at[t]] = s
            at[t] += 1
    return starts, ends


@jit
def visit_nodes(seeds: Array, ptr: Array, source: Array, target: Array, keep: float, length: int) -> Array:
    """Bool (N,): the nodes that `nodes.walk` visits; step k of a walk takes its bits from element k of its sequence."""
    starts, ends = group_neighbors(source, target, ptr[-1], True)
    visited, order = np.zeros(ptr[-1], np.bool_), np.empty(ptr[-1], np.int64)
    for g in range(len(seeds)):
        first, size = ptr[g], ptr[g + 1] - ptr[g]
        wanted, count, since, step, done = max(round_count(keep, size), 1), 0, _PATIENCE, 0, 0
        at = first
        while count < wanted:
            bits = (element(seeds[g], step) >> 32) & _LOW
            if since < _PATIENCE and step % length == 0:
                at = order[(bits * count) >> 32]
            elif since < _PATIENCE:
                at = ends[starts[at] + ((bits * (starts[at + 1] - starts[at])) >> 32)]
            else:  # stuck: go on beside the first visited node with a neighbor not visited; without one, anywhere
                at = -1
                while done < count and at < 0:
                    for k in range(starts[order[done]], starts[order[done] + 1]):
                        if not visited[ends[k]]:
                            at = ends[k]
                            break
                    done += at < 0
                if at < 0:
                    at = first + ((bits * size) >> 32)
                    while visited[at]:
                        at = first + (at - first + 1) % size
            since += 1
            step += 1
            if not visited[at]:
                visited[at], order[count], since = True, at, 0
                count += 1
                if starts[at] == starts[at + 1]:
                    since = _PATIENCE
    return visited
