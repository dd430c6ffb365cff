"""Random numbers, as many as a text happens to need, the same for one text and for a batch."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from pairgen.randomness import Stream

__all__ = ["Numbers", "chosen", "first_gaps", "thinned"]

_MOST = 1024


class Numbers:
    """Uniform numbers in [0, 1), without end, for the text of a stream of one key or for each of many.

    How many numbers a text takes depends on its words. They are drawn in rounds of 1, 6, 12 ... numbers an item, and a
    batch draws a round for all of its items at once: so item by item and batched the numbers are the same.
    """

    def __init__(self, rng: Stream) -> None:
        self._rng = rng
        self._rounds: list[list[list[float]]] = []

    def among(self, items: np.ndarray) -> Numbers:
        """The numbers of some items of a batch, int64 (K,), so that no round is drawn for the others."""
        part = Numbers(self._rng[items])
        part._rounds = [[rows[i] for i in items.tolist()] for rows in self._rounds]
        return part

    def of(self, item: int = 0) -> Iterator[float]:
        """The numbers of one item."""
        number = 0
        while True:
            if number == len(self._rounds):
                self._rounds.append(self._round(number))
            yield from self._rounds[number][item]
            number += 1

    def first(self) -> np.ndarray:
        """The first number of each item of a batch: float64 (B,)."""
        if not self._rounds:
            self._rounds.append(self._round(0))
        return np.array([row[0] for row in self._rounds[0]], dtype=np.float64)

    def _round(self, number: int) -> list[list[float]]:
        if number == 0 and not self._rng.many:
            return [[self._rng.uniform()]]  # most texts need no more than this one, and it is cheaper alone
        drawn: list[list[float]] = self._rng.uniform(size=min(3 << number, _MOST) if number else 1).tolist()
        return drawn if self._rng.many else [drawn]  # type: ignore[list-item]


def thinned(count: int, rate: float, numbers: Iterator[float]) -> Iterator[int]:
    """Positions below `count`, in order, each taken with probability `rate` independently of the others.

    The gaps between them are geometric, so one number an accepted position, and one more, are drawn, not one each.
    """
    if rate >= 1:
        yield from range(count)
    if not 0 < rate < 1:
        return
    scale = 1 / math.log1p(-rate)
    at = int(math.log1p(-next(numbers)) * scale)
    while at < count:
        yield at
        at += 1 + int(math.log1p(-next(numbers)) * scale)


def first_gaps(numbers: np.ndarray, rate: float) -> np.ndarray:
    """The first position that `thinned` takes, without a bound, for the first number of each item (B,)."""
    gaps: np.ndarray = np.floor(np.log1p(-numbers) * (1 / math.log1p(-rate)))
    return gaps


def chosen(count: int, size: int, numbers: Iterator[float]) -> list[int]:
    """`size` different positions below `count` in order, all sets alike (Floyd's algorithm); or all."""
    taken: set[int] = set()
    for last in range(max(count - size, 0), count):
        at = int(next(numbers) * (last + 1))
        taken.add(last if at in taken else at)
    return sorted(taken)
