"""Edges dropped and added on the CPU: the twin of `edges` and `addition`, compiled, graph by graph."""

from __future__ import annotations

import numpy as np

from pairgen._numba import jit
from pairgen.modalities.graph._kernels.nodes_numba import (
    Array,
    Int,
    closed_up,
    limit_among,
    pair,
    place,
    rounded,
)
from pairgen.random._splitmix_numba import element

__all__ = ["perturbed"]

_ODD = np.int64(-2960836687051489901)  # of `words`
_LOW = np.int64(0xFFFFFFFF)

Made = tuple[Array, Array]  # tails, then heads, and where the entries were, nothing if nobody asks


@jit
def perturbed(
    seeds: Array,
    ptr: Array,
    edge_ptr: Array,
    source: Array,
    target: Array,
    undirected: Array,
    drop: float,
    limit: Int,
    add: float,
    tell: bool,
) -> tuple[Array, Array, Array]:
    """`edges.perturb_edges`: ends (2, E'), where each entry was (-1 for new ones), and the new edge_ptr.

    limit: of the words of edges that go, or -2 for exact counts at the rate `drop`. tell: whether the second is wanted.
    """  # fmt: skip
    longest, largest, more = 0, 0, 0
    for g in range(len(seeds)):
        longest, largest = max(longest, edge_ptr[g + 1] - edge_ptr[g]), max(largest, ptr[g + 1] - ptr[g])
        more += 2 * rounded(add, edge_ptr[g + 1] - edge_ptr[g])
    made = (np.empty(2 * (len(source) + more), np.int64), np.empty(len(source) + more if tell else 0, np.int64))
    ends = np.empty((2, largest), np.int64)  # what a node adds to the word of an edge as its tail, as its head
    words, once, near = np.empty(longest, np.int64), np.empty(longest, np.int64), np.empty(longest, np.int64)
    trials, good, which = _room(64)
    starts, n = np.zeros_like(edge_ptr), 0
    for g in range(len(seeds)):
        first, size, start, stop = ptr[g], ptr[g + 1] - ptr[g], edge_ptr[g], edge_ptr[g + 1]
        tails, heads, both = source[start:stop], target[start:stop], undirected[g]
        edges, loops = _hashed(seeds[g], first, size, tails, heads, both, ends, words, once)
        last = limit_among(once, edges, rounded(drop, edges), near) if limit == -2 else limit
        n = _kept(made, n, tails, heads, start, words, last)
        places, taken, count = size * (size - 1) // (2 if both else 1), edges - loops, rounded(add, edges)
        if count > 0 and (2 * taken > places or 2 * count > places - taken):
            new = _listed(tails, heads, first, size, both, ends, count)
            n = _written(made, n, new, new.shape[1], first, both)
        elif count > 0:
            many = _tries(count, places, taken)
            while True:
                if many > len(good):
                    trials, good, which = _room(many)
                if _tried(seeds[g], size, ends, words[: stop - start], many, trials, good, which) >= count:
                    break
                many *= 2
            n = _written(made, n, trials, count, first, both)
        starts[g + 1] = n
    return closed_up(made[0], n), made[1][: n if tell else 0], starts


@jit
def _hashed(
    seed: Int, first: Int, size: Int, tails: Array, heads: Array, both: bool, ends: Array, words: Array, once: Array
) -> tuple[Int, Int]:
    """Fill in the words of nodes, of entries, and of the entries that stand for an edge; (edges, loops among them)."""
    for i in range(size):
        ends[0, i] = element(seed, i)
        ends[1, i] = ends[0, i] if both else ends[0, i] * _ODD
    edges, loops = 0, 0
    for e in range(len(tails)):
        tail, head = tails[e] - first, heads[e] - first
        words[e] = once[edges] = pair(ends[0, place(tail)], ends[1, place(head)])
        edges += (tail <= head) | (not both)
        loops += tail == head
    return edges, loops


@jit
def _kept(made: Made, n: Int, tails: Array, heads: Array, start: Int, words: Array, last: Int) -> Int:
    """Write the entries whose words lie above `last`, from n on; where the next goes."""
    ends, origin = made
    half = len(ends) // 2
    for e in range(len(tails)):
        if len(origin):
            origin[n] = start + e
        ends[n], ends[half + n] = tails[e], heads[e]
        n += words[e] > last
    return n


@jit
def _written(made: Made, n: Int, new: Array, count: Int, first: Int, both: bool) -> Int:
    """Write `count` new edges, then, if undirected, the same the other way; where the next goes."""
    ends, origin = made
    half = len(ends) // 2
    for back in range(2 if both else 1):
        for j in range(count):
            if len(origin):
                origin[n] = -1
            ends[n], ends[half + n] = new[back, j] + first, new[1 - back, j] + first
            n += 1
    return n


@jit
def _tries(count: Int, places: Int, taken: Int) -> Int:
    """How many pairs to try first, for `count` that are new."""
    expected = count * min(places / max(places - taken - count, 1), 4.0)
    return int(expected + 2 * np.sqrt(expected) + 2)


@jit
def _room(many: Int) -> tuple[Array, Array, Array]:
    """For that many trials: pairs and their words, which are good, and a hash table of them, all -1."""
    slots = 64
    while slots < 4 * many:
        slots *= 2
    return np.empty((3, many), np.int64), np.empty(many, np.bool_), np.full(slots, -1, np.int32)


@jit
def _tried(seed: Int, size: Int, ends: Array, words: Array, many: Int, trials: Array, good: Array, which: Array) -> Int:
    """`addition._tried`: the first pairs in a sequence that are not among `words` to the front; how many there are."""
    for j in range(many):
        bits = element(seed, -2 - j)
        s, t = (((bits >> 32) & _LOW) * size) >> 32, ((bits & _LOW) * (size - 1)) >> 32
        t += t >= s
        trials[0, j], trials[1, j], trials[2, j] = s, t, pair(ends[0, s], ends[1, t])
    _tell_new(trials[2], many, words, good, which)
    n = 0
    for j in range(many):
        trials[0, n], trials[1, n] = trials[0, j], trials[1, j]
        n += good[j]
    return n


@jit
def _tell_new(own: Array, many: Int, words: Array, good: Array, which: Array) -> None:
    """Say which of the first `many` own words are neither repeated nor among `words`. which: left as it was, all -1."""
    mask = len(which) - 1
    for j in range(many):
        slot = own[j] & mask
        while which[slot] >= 0 and own[which[slot]] != own[j]:
            slot = (slot + 1) & mask
        good[j] = which[slot] < 0
        if good[j]:
            which[slot] = j
    for word in words:
        slot = word & mask
        while which[slot] >= 0:
            if own[which[slot]] == word:
                good[which[slot]] = False
                break
            slot = (slot + 1) & mask
    for j in range(many):
        slot = own[j] & mask
        while which[slot] >= 0:
            which[slot] = -1
            slot = (slot + 1) & mask


@jit
def _listed(tails: Array, heads: Array, first: Int, size: Int, both: bool, ends: Array, count: Int) -> Array:
    """`addition._listed`: the ends (2, A) of `count` of the pairs that are no edges, or of all that there are."""
    free = np.ones((size, size), np.bool_)
    for e in range(len(tails)):
        free[tails[e] - first, heads[e] - first] = False
    for s in range(size):
        free[s, s] = False
        if both:
            free[s, :s] = False
    n = free.sum()
    words, pairs, m = np.empty(n, np.int64), np.empty((2, n), np.int64), 0
    for s in range(size):
        for t in range(size):
            if free[s, t]:
                words[m], pairs[0, m], pairs[1, m] = pair(ends[0, s], ends[1, t]), s, t
                m += 1
    last, m = limit_among(words, n, min(count, n), np.empty(n, np.int64)), 0
    for j in range(n):
        pairs[0, m], pairs[1, m] = pairs[0, j], pairs[1, j]
        m += words[j] <= last
    return pairs[:, :m]
