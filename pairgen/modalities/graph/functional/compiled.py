"""Nodes and edges dropped and added on the CPU: the twins of `nodes` and `edges`, compiled, graph by graph.

In torch each step is a pass over memory and some microseconds for its call, which for graphs of up to some thousand
edges is most of the time. Here a graph is done before the next is begun, in plain loops. Same words, same choices, same
order: the tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit

__all__ = ["compiled", "dropped", "element", "perturbed", "rounded", "spanned"]

Array = np.ndarray
Int = Any  # an int64 of NumPy's, compiled to one of the machine's
Function = TypeVar("Function", bound=Callable[..., Any])

_FIRST, _SECOND = np.int64(-4658895280553007687), np.int64(-7723592293110705685)
_GOLDEN, _ODD = np.int64(-7046029254386353131), np.int64(-2960836687051489901)
_LOW, _TOP = np.int64(0xFFFFFFFF), np.int64(0x7FFFFFFFFFFFFFFF)


def compiled(function: Function) -> Function:
    """Compiled at its first call and kept on disk for the next process; other threads run meanwhile."""
    return cast(Function, njit(cache=True, nogil=True)(function))


# -- words -------------------------------------------------------------------------------------------------------


@compiled
def _mix(word: Int) -> Int:
    """SplitMix64 on an int64; see `pairgen.splitmix`."""
    word = (word ^ ((word >> 30) & 0x3FFFFFFFF)) * _FIRST
    word = (word ^ ((word >> 27) & 0x1FFFFFFFFF)) * _SECOND
    return word ^ ((word >> 31) & 0x1FFFFFFFF)


@compiled
def element(seed: Int, number: Int) -> Int:
    """`Field.ragged`."""
    return _mix((number + 1) * _GOLDEN + seed)


@compiled
def _pair(tail: Int, head: Int) -> Int:
    """`words.EdgeWords.of`."""
    return (_mix(tail + head) >> 1) & _TOP


@compiled
def _limit(words: Array, n: Int, count: Int, near: Array) -> Int:
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


@compiled
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


@compiled
def rounded(rate: float, size: Int) -> Int:
    """`selection.rounded`."""
    return int(np.floor(size * rate + 0.5))


# -- nodes -------------------------------------------------------------------------------------------------------


@compiled
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
            last = _limit(words, size, min(rounded(rate, size), max(size - 1, 0)), near)
        elif size > 0:
            last = min(limit, words[:size].max() - 1)
        for i in range(size):
            kept[n] = start + i
            n += words[i] > last
    return kept[:n]


@compiled
def spanned(kept: Array, count: Int, source: Array, target: Array) -> tuple[Array, Array]:
    """`nodes.spanned`: the entries that are left, and their ends (2, E') in the new numbers of `count` old nodes."""
    number = np.full(count, -1, np.int64)
    for i in range(len(kept)):
        number[kept[i]] = i
    left, ends, n = np.empty_like(source), np.empty((2, len(source)), np.int64), 0
    for e in range(len(source)):
        tail, head = number[source[e]], number[target[e]]
        left[n], ends[0, n], ends[1, n] = e, tail, head
        n += (tail | head) >= 0
    return left[:n], ends[:, :n]


# -- edges -------------------------------------------------------------------------------------------------------


@compiled
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
) -> tuple[Array, Array, Array]:
    """`edges.perturb_edges`: ends (2, E'), where each entry was (-1 for new ones), and the new edge_ptr.

    limit: of the words of edges that go, or -2 for exact counts at the rate `drop`.
    """  # fmt: skip
    longest, largest, more = 0, 0, 0
    for g in range(len(seeds)):
        longest, largest = max(longest, edge_ptr[g + 1] - edge_ptr[g]), max(largest, ptr[g + 1] - ptr[g])
        more += 2 * rounded(add, edge_ptr[g + 1] - edge_ptr[g])
    ends, origin = np.empty((2, len(source) + more), np.int64), np.empty(len(source) + more, np.int64)
    tail, head = np.empty(largest, np.int64), np.empty(largest, np.int64)
    words, once, near = np.empty(longest, np.int64), np.empty(longest, np.int64), np.empty(longest, np.int64)
    starts, n = np.zeros_like(edge_ptr), 0
    for g in range(len(seeds)):
        seed, first, size, two_way = seeds[g], ptr[g], ptr[g + 1] - ptr[g], undirected[g]
        start, stop = edge_ptr[g], edge_ptr[g + 1]
        for i in range(size):
            tail[i] = element(seed, i)
            head[i] = tail[i] if two_way else tail[i] * _ODD
        for e in range(start, stop):
            words[e - start] = _pair(tail[source[e] - first], head[target[e] - first])
        edges, loops = 0, 0
        for e in range(start, stop):
            once[edges] = words[e - start]
            edges += (source[e] <= target[e]) | (not two_way)
            loops += source[e] == target[e]
        last = limit
        if limit == -2:
            last = _limit(once, edges, rounded(drop, edges), near)
        for e in range(start, stop):
            ends[0, n], ends[1, n], origin[n] = source[e], target[e], e
            n += words[e - start] > last
        count = rounded(add, edges)
        if count > 0:
            places = size * (size - 1) // 2 if two_way else size * (size - 1)
            taken = edges - loops
            if 2 * taken > places or 2 * count > places - taken:
                old = (source[start:stop] - first, target[start:stop] - first)
                new = _listed(old, tail[:size], head[:size], two_way, count)
            else:
                new = _tried(seed, tail[:size], head[:size], words[: stop - start], places, taken, count)
            for back in range(2 if two_way else 1):
                for j in range(new.shape[1]):
                    ends[0, n], ends[1, n], origin[n] = new[back, j] + first, new[1 - back, j] + first, -1
                    n += 1
        starts[g + 1] = n
    return ends[:, :n], origin[:n], starts


@compiled
def _tried(seed: Int, tail: Array, head: Array, words: Array, places: Int, taken: Int, count: Int) -> Array:
    """`addition._tried`: the ends (2, count) of the first pairs in a sequence of pairs that are not among `words`."""
    expected = count * min(places / max(places - taken - count, 1), 4.0)
    many, size = int(expected + 2 * np.sqrt(expected) + 2), len(tail)
    new = np.empty((2, count), np.int64)
    while True:
        slots = 16
        while slots < 8 * many:
            slots *= 2
        which, own, good = np.full(slots, -1, np.int64), np.empty(many, np.int64), np.empty(many, np.bool_)
        pairs = np.empty((2, many), np.int64)
        for j in range(many):
            bits = element(seed, -2 - j)
            s, t = (((bits >> 32) & _LOW) * size) >> 32, ((bits & _LOW) * (size - 1)) >> 32
            t += t >= s
            pairs[0, j], pairs[1, j], own[j] = s, t, _pair(tail[s], head[t])
        if _new(own, words, good, which) >= count:
            n = 0
            for j in range(many):
                if good[j] and n < count:
                    new[0, n], new[1, n] = pairs[0, j], pairs[1, j]
                    n += 1
            return new
        many *= 2


@compiled
def _new(own: Array, words: Array, good: Array, which: Array) -> Int:
    """Say which of own words are neither repeated nor among `words`, and how many. which: a hash table, all -1."""
    mask, count = len(which) - 1, 0
    for j in range(len(own)):
        slot = own[j] & mask
        while which[slot] >= 0 and own[which[slot]] != own[j]:
            slot = (slot + 1) & mask
        good[j] = which[slot] < 0
        count += good[j]
        if good[j]:
            which[slot] = j
    for word in words:
        slot = word & mask
        while which[slot] >= 0:
            if own[which[slot]] == word:
                count -= good[which[slot]]
                good[which[slot]] = False
                break
            slot = (slot + 1) & mask
    return count


@compiled
def _listed(old: tuple[Array, Array], tail: Array, head: Array, undirected: bool, count: Int) -> Array:
    """`addition._listed`: the ends (2, A) of `count` of the pairs that are no edges, or of all that there are."""
    size = len(tail)
    free = np.ones((size, size), np.bool_)
    for e in range(len(old[0])):
        free[old[0][e], old[1][e]] = False
    for s in range(size):
        free[s, s] = False
        if undirected:
            free[s, :s] = False
    n = free.sum()
    words, pairs, m = np.empty(n, np.int64), np.empty((2, n), np.int64), 0
    for s in range(size):
        for t in range(size):
            if free[s, t]:
                words[m], pairs[0, m], pairs[1, m] = _pair(tail[s], head[t]), s, t
                m += 1
    last, m = _limit(words, n, min(count, n), np.empty(n, np.int64)), 0
    for j in range(n):
        pairs[0, m], pairs[1, m] = pairs[0, j], pairs[1, j]
        m += words[j] <= last
    return pairs[:, :m]
