"""Random words and nodes dropped on the CPU: the twins of `words` and `nodes`, compiled, graph by graph.

In torch each step is a pass over memory and some microseconds for its call, which for graphs of up to some thousand
edges is most of the time. Here a graph is done before the next is begun, in plain loops. Same words, same choices, same
order: the tests hold the two together.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pairgen._numba import jit
from pairgen.random._splitmix_numba import element, hashed

__all__ = [
    "Array",
    "Int",
    "closed_up",
    "dropped",
    "limit_among",
    "pair",
    "place",
    "rounded",
    "spanned",
    "without_nodes",
]

Array = np.ndarray
Int = Any  # an int64 of NumPy's, compiled to one of the machine's

_TOP = np.int64(0x7FFFFFFFFFFFFFFF)


@jit
def place(number: Int) -> Int:
    """A place in an array, told to be no negative one: looking for those takes longer than the look-up."""
    return np.uint64(number)


# -- words -------------------------------------------------------------------------------------------------------


@jit
def pair(tail: Int, head: Int) -> Int:
    """`words.EdgeWords.of`."""
    return (hashed(tail + head) >> 1) & _TOP


@jit
def limit_among(words: Array, n: Int, count: Int, near: Array) -> Int:
    """`selection.limits` of the first n words. near: room for n of them."""
    if count == 0:
        return -1
    share = (count + 4 * np.sqrt(count + 1.0) + 4) / n
    cut = np.int64(share * 2.0**63) if share < 1 else _TOP
    m = 0
    for i in range(n):
        near[m] = words[i]
        m += words[i] <= cut
    if m < count:
        m = n
        near[:n] = words[:n]
    return _smallest(near, m, count)


@jit
def _smallest(values: Array, n: Int, k: Int) -> Int:
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
def rounded(rate: float, size: Int) -> Int:
    """`selection.rounded`."""
    return int(np.floor(size * rate + 0.5))


# -- nodes -------------------------------------------------------------------------------------------------------


@jit
def dropped(seeds: Array, ptr: Array, rate: float, limit: Int) -> Array:
    """int64, ascending: the nodes that `nodes.drop_nodes` keeps. limit: of words that go, or -2 for exact counts."""
    kept, n = np.empty(ptr[-1], np.int64), 0
    room = np.diff(ptr).max() if len(seeds) else 0
    words, near = np.empty(room, np.int64), np.empty(room, np.int64)
    for g in range(len(seeds)):
        start, size = ptr[g], ptr[g + 1] - ptr[g]
        for i in range(size):
            words[i] = (element(seeds[g], i) >> 1) & _TOP
        last = limit
        if limit == -2:
            last = limit_among(words, size, min(rounded(rate, size), max(size - 1, 0)), near)
        elif size > 0:
            last = min(limit, words[:size].max() - 1)
        for i in range(size):
            kept[n] = start + i
            n += words[i] > last
    return kept[:n]


@jit
def spanned(
    kept: Array, ptr: Array, edge_ptr: Array, source: Array, target: Array, tell: bool
) -> tuple[Array, Array, Array, Array]:
    """`nodes.spanned`: the entries that are left, their ends (2, E') in the new numbers, ptr and edge_ptr.

    tell: whether the first is asked for.
    """
    number, starts, g = np.full(ptr[-1], -1, np.int64), np.empty_like(ptr), 0
    for i in range(len(kept)):
        number[kept[i]] = i
        while ptr[g] <= kept[i]:
            starts[g] = i
            g += 1
    starts[g:] = len(kept)
    left, ends = np.empty(len(source) if tell else 1, np.int64), np.empty(2 * len(source), np.int64)
    edge_starts: Array = np.zeros_like(edge_ptr)
    n: Int = 0
    for g in range(len(ptr) - 1):
        for e in range(edge_ptr[g], edge_ptr[g + 1]):
            tail, head = number[place(source[e])], number[place(target[e])]
            left[n if tell else 0], ends[n], ends[len(source) + n] = e, tail, head
            n += (tail | head) >= 0
        edge_starts[g + 1] = n
    return left[: n if tell else 0], closed_up(ends, n), starts, edge_starts


@jit
def without_nodes(
    seeds: Array, rate: float, limit: Int, ptr: Array, edge_ptr: Array, source: Array, target: Array, tell: bool
) -> tuple[Array, Array, Array, Array, Array]:
    """`nodes.drop_nodes`: what `dropped` keeps, and what of the edges `spanned` leaves."""
    kept = dropped(seeds, ptr, rate, limit)
    left, ends, starts, edge_starts = spanned(kept, ptr, edge_ptr, source, target, tell)
    return kept, left, ends, starts, edge_starts


@jit
def closed_up(ends: Array, n: Int) -> Array:
    """The first n of each half of an array as two rows, the second moved up."""
    half = len(ends) // 2
    for i in range(n):
        ends[n + i] = ends[half + i]
    return ends[: 2 * n].reshape(2, n)
