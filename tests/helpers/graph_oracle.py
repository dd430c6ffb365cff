"""Slow reference of the graph kernels: loops over nodes and pairs, from the same random bits."""

from __future__ import annotations

import math
from typing import Any

MASK = 2**64 - 1
Edge = tuple[int, int]


def mix(word: int) -> int:
    """SplitMix64's hash."""
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
    return word ^ (word >> 31)


def element(seed: int, number: int) -> int:
    return mix((seed + (number + 1) * 0x9E3779B97F4A7C15) & MASK)


def half_up(value: float) -> int:
    return math.floor(value + 0.5)


class Bits:
    """The random words of one graph."""

    def __init__(self, seed: int, undirected: bool) -> None:
        self.seed = seed
        self.undirected = undirected

    def node(self, number: int) -> int:
        return element(self.seed, number) >> 1

    def pair(self, source: int, target: int) -> int:
        head = element(self.seed, target)
        if not self.undirected:
            head = head * 0xD6E8FEB86659FD93 & MASK
        return mix((element(self.seed, source) + head) & MASK) >> 1

    def trial(self, number: int, nodes: int) -> Edge:
        bits = element(self.seed, -2 - number)
        source, target = (bits >> 32) * nodes >> 32, (bits & 0xFFFFFFFF) * (nodes - 1) >> 32
        return source, target + (target >= source)


def kept_nodes(bits: Bits, nodes: int, ratio: float, exact: bool) -> list[int]:
    words = {i: bits.node(i) for i in range(nodes)}
    if exact:
        gone = sorted(words, key=words.__getitem__)[: min(half_up(ratio * nodes), nodes - 1)]
        return [i for i in range(nodes) if i not in gone]
    kept = [i for i in range(nodes) if words[i] >= int(ratio * 2.0**63)]
    return kept or [max(words, key=words.__getitem__)]


def perturbed(
    bits: Bits, nodes: int, entries: list[Edge], drop: float, add: float, exact: bool
) -> tuple[list[Edge], list[int]]:
    """Return the entries of edge_index afterwards, and the old position of each (-1: new)."""
    once = [e for e in entries if not bits.undirected or e[0] <= e[1]]
    words = sorted(bits.pair(*e) for e in once)
    limit = int(drop * 2.0**63) - 1
    if exact:
        count = half_up(drop * len(once))
        limit = words[count - 1] if count else -1
    kept = [(e, i) for i, e in enumerate(entries) if bits.pair(*e) > limit]
    new = missing(bits, nodes, entries, half_up(add * len(once)), once)
    if bits.undirected:
        new = new + [(target, source) for source, target in new]
    return [e for e, _ in kept] + new, [i for _, i in kept] + [-1] * len(new)


def missing(bits: Bits, nodes: int, entries: list[Edge], count: int, once: list[Edge]) -> list[Edge]:
    """`count` pairs that are no edges, in the order in which they come."""
    there = {bits.pair(*e) for e in entries}
    places = nodes * (nodes - 1) // (2 if bits.undirected else 1)
    taken = sum(s != t for s, t in once)
    if 2 * taken > places or 2 * count > places - taken:
        pairs = [(s, t) for s in range(nodes) for t in range(nodes) if (s < t if bits.undirected else s != t)]
        free = [e for e in pairs if e not in entries]
        chosen = sorted(free, key=lambda e: bits.pair(*e))[:count]
        return [e for e in free if e in chosen]
    found: list[Edge] = []
    number = 0
    while len(found) < count:
        pair = bits.trial(number, nodes)
        number += 1
        if bits.pair(*pair) not in there:
            there.add(bits.pair(*pair))
            found.append(pair)
    return found


def page_rank(edges: list[Edge], nodes: int, alpha: float) -> Any:
    """Return (N, N): personalised PageRank from each node, by solving the linear system."""
    import numpy as np

    steps = np.zeros((nodes, nodes))
    for source, target in edges:
        steps[source, target] += 1
    degree = steps.sum(axis=1)
    steps[degree == 0, degree == 0] = 0
    for node in range(nodes):
        if degree[node] == 0:
            steps[node, node] = 1
    steps /= steps.sum(axis=1, keepdims=True)
    return alpha * np.linalg.inv(np.eye(nodes) - (1 - alpha) * steps)
