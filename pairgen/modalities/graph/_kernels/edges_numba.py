"""Compiled twin of `edges` for the CPU, graph by graph."""

from __future__ import annotations

import numpy as np

from pairgen._numba import jit
from pairgen.modalities.graph._kernels.nodes_numba import (
    Array,
    Int,
    close_gap,
    count_limit,
    pair_word,
    round_count,
    unsigned,
)
from pairgen.random._splitmix_numba import element, hashed

__all__ = ["is_undirected", "perturb_edges"]

_ODD = np.int64(-2960836687051489901)  # of `selection`
_LOW = np.int64(0xFFFFFFFF)

Output = tuple[Array, Array]  # tails, then heads; and the entry that each was, empty if not asked for


@jit
def perturb_edges(
    seeds: Array,
    ptr: Array,
    edge_ptr: Array,
    source: Array,
    target: Array,
    undirected: Array,
    drop: float,
    limit: Int,
    add: float,
    with_origin: bool,
) -> tuple[Array, Array, Array]:
    """`edges.perturb_edges`: edge_index (2, E'), the entry each was (-1 for new ones), and the new edge_ptr.

    limit: of the words of edges that go, or -2 for exact counts by the ratio `drop`. with_origin: whether the second is
    asked for.
    """
    longest, largest, more = 0, 0, 0
    for g in range(len(seeds)):
        longest, largest = max(longest, edge_ptr[g + 1] - edge_ptr[g]), max(largest, ptr[g + 1] - ptr[g])
        more += 2 * round_count(add, edge_ptr[g + 1] - edge_ptr[g])
    output = (
        np.empty(2 * (len(source) + more), np.int64),
        np.empty(len(source) + more if with_origin else 0, np.int64),
    )
    ends = np.empty((2, largest), np.int64)  # what a node adds to the word of an edge as its tail, as its head
    words, once, buffer = np.empty(longest, np.int64), np.empty(longest, np.int64), np.empty(longest, np.int64)
    trials, fresh, table = _allocate(64)
    starts, n = np.zeros_like(edge_ptr), 0
    for g in range(len(seeds)):
        first, size, start, stop = ptr[g], ptr[g + 1] - ptr[g], edge_ptr[g], edge_ptr[g + 1]
        tails, heads, both = source[start:stop], target[start:stop], undirected[g]
        edges, loops = _hash_edges(seeds[g], first, size, tails, heads, both, ends, words, once)
        last = count_limit(once, edges, round_count(drop, edges), buffer) if limit == -2 else limit
        n = _keep_edges(output, n, tails, heads, start, words, last)
        possible, taken, count = size * (size - 1) // (2 if both else 1), edges - loops, round_count(add, edges)
        if count > 0 and (2 * taken > possible or 2 * count > possible - taken):
            new = _choose_missing(tails, heads, first, size, both, ends, count)
            n = _write_edges(output, n, new, new.shape[1], first, both)
        elif count > 0:
            tries = _count_tries(count, possible, taken)
            while True:
                if tries > len(fresh):
                    trials, fresh, table = _allocate(tries)
                if _try_pairs(seeds[g], size, ends, words[: stop - start], tries, trials, fresh, table) >= count:
                    break
                tries *= 2
            n = _write_edges(output, n, trials, count, first, both)
        starts[g + 1] = n
    return close_gap(output[0], n), output[1][: n if with_origin else 0], starts


@jit
def _hash_edges(
    seed: Int, first: Int, size: Int, tails: Array, heads: Array, both: bool, ends: Array, words: Array, once: Array
) -> tuple[Int, Int]:
    """Fill in the words of nodes, of entries, and of the entries that stand for an edge; (edges, loops among them)."""
    for i in range(size):
        ends[0, i] = element(seed, i)
        ends[1, i] = ends[0, i] if both else ends[0, i] * _ODD
    edges, loops = 0, 0
    for e in range(len(tails)):
        tail, head = tails[e] - first, heads[e] - first
        words[e] = once[edges] = pair_word(ends[0, unsigned(tail)], ends[1, unsigned(head)])
        edges += (tail <= head) | (not both)
        loops += tail == head
    return edges, loops


@jit
def _keep_edges(output: Output, n: Int, tails: Array, heads: Array, start: Int, words: Array, last: Int) -> Int:
    """Write the entries whose words lie above `last`, from n on; where the next goes."""
    ends, origin = output
    half = len(ends) // 2
    for e in range(len(tails)):
        if len(origin):
            origin[n] = start + e
        ends[n], ends[half + n] = tails[e], heads[e]
        n += words[e] > last
    return n


@jit
def _write_edges(output: Output, n: Int, new: Array, count: Int, first: Int, both: bool) -> Int:
    """Write `count` new edges, then, if undirected, the same the other way; where the next goes."""
    ends, origin = output
    half = len(ends) // 2
    for back in range(2 if both else 1):
        for j in range(count):
            if len(origin):
                origin[n] = -1
            ends[n], ends[half + n] = new[back, j] + first, new[1 - back, j] + first
            n += 1
    return n


@jit
def _count_tries(count: Int, possible: Int, taken: Int) -> Int:
    """How many pairs to try first, for `count` that are new."""
    expected = count * min(possible / max(possible - taken - count, 1), 4.0)
    return int(expected + 2 * np.sqrt(expected) + 2)


@jit
def _allocate(tries: Int) -> tuple[Array, Array, Array]:
    """For that many trials: pairs and their words, which of them are new, and an empty hash table (-1) of them."""
    slots = 64
    while slots < 4 * tries:
        slots *= 2
    return np.empty((3, tries), np.int64), np.empty(tries, np.bool_), np.full(slots, -1, np.int32)


@jit
def _try_pairs(
    seed: Int, size: Int, ends: Array, words: Array, tries: Int, trials: Array, fresh: Array, table: Array
) -> Int:
    """`edges._try_pairs`: the first pairs in a sequence that are not among `words` to the front; how many those are."""
    for j in range(tries):
        bits = element(seed, -2 - j)
        s, t = (((bits >> 32) & _LOW) * size) >> 32, ((bits & _LOW) * (size - 1)) >> 32
        t += t >= s
        trials[0, j], trials[1, j], trials[2, j] = s, t, pair_word(ends[0, s], ends[1, t])
    _mark_fresh(trials[2], tries, words, fresh, table)
    n = 0
    for j in range(tries):
        trials[0, n], trials[1, n] = trials[0, j], trials[1, j]
        n += fresh[j]
    return n


@jit
def _mark_fresh(tried: Array, tries: Int, words: Array, fresh: Array, table: Array) -> None:
    """Mark which of the first `tries` tried words are neither repeated nor among `words`; leaves `table` empty."""
    mask = len(table) - 1
    for j in range(tries):
        slot = tried[j] & mask
        while table[slot] >= 0 and tried[table[slot]] != tried[j]:
            slot = (slot + 1) & mask
        fresh[j] = table[slot] < 0
        if fresh[j]:
            table[slot] = j
    for word in words:
        slot = word & mask
        while table[slot] >= 0:
            if tried[table[slot]] == word:
                fresh[table[slot]] = False
                break
            slot = (slot + 1) & mask
    for j in range(tries):
        slot = tried[j] & mask
        while table[slot] >= 0:
            table[slot] = -1
            slot = (slot + 1) & mask


@jit
def _choose_missing(tails: Array, heads: Array, first: Int, size: Int, both: bool, ends: Array, count: Int) -> Array:
    """`edges._choose_missing`: the ends (2, A) of `count` of the pairs that are no edges, or of all that there are."""
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
                words[m], pairs[0, m], pairs[1, m] = pair_word(ends[0, s], ends[1, t]), s, t
                m += 1
    last, m = count_limit(words, n, min(count, n), np.empty(n, np.int64)), 0
    for j in range(n):
        pairs[0, m], pairs[1, m] = pairs[0, j], pairs[1, j]
        m += words[j] <= last
    return pairs[:, :m]


@jit
def is_undirected(source: Array, target: Array, nodes: int, edge_ptr: Array, seed: int, other: int) -> Array:
    """`edges.is_undirected`; seed, other: the words before the first node's."""
    first, second = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    for i in range(nodes):
        first[i], second[i] = hashed(i + seed), hashed(i + other)
    undirected = np.empty(len(edge_ptr) - 1, np.bool_)
    for g in range(len(undirected)):
        total: Int = np.int64(0)
        for e in range(edge_ptr[g], edge_ptr[g + 1]):
            s, t = unsigned(source[e]), unsigned(target[e])
            total += first[s] * second[t] - first[t] * second[s]
        undirected[g] = total == 0
    return undirected
