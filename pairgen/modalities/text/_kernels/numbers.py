"""Random numbers, as many as a text happens to need, the same for one text and for a batch."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from pairgen.random import Stream
from pairgen.random._splitmix import GOLDEN, mix, mix_int, signed

__all__ = ["Numbers", "chosen", "first_gaps", "numbers_of", "thinned"]

_BITS, _UNIT = 11, 2.0**-53
_MASK = 2**64 - 1


class Numbers:
    """Uniform numbers in [0, 1), without end, for each of the texts of a stream of many keys.

    How many numbers a text takes depends on its words. So they are SplitMix64 sequences, of which each text has its
    own: the next one costs two products, however many were taken before, and the first ones of a batch come at once.
    """

    def __init__(self, rng: Stream) -> None:
        self._seeds = rng.array().seeds()

    def of(self, item: int) -> Iterator[float]:
        """The numbers of one item, from its first on."""
        return _sequence(int(self._seeds[item]))

    def first(self) -> np.ndarray:
        """The first number of each item of a batch: float64 (B,)."""
        words: np.ndarray = mix(self._seeds + signed(GOLDEN)).view(np.uint64)
        return (words >> np.uint64(_BITS)) * _UNIT


def numbers_of(rng: Stream) -> Iterator[float]:
    """The numbers of the text of a stream of one key: what `Numbers` of many keys has for the same key."""
    return _sequence(rng.array().seed())


def _sequence(word: int) -> Iterator[float]:
    while True:
        word = (word + GOLDEN) & _MASK
        yield (mix_int(word) >> _BITS) * _UNIT


def thinned(count: int, rate: float, numbers: Iterator[float]) -> list[int]:
    """Positions below `count`, in order, each taken with probability `rate` independently of the others.

    The gaps between them are geometric, so one number an accepted position, and one more, are drawn, not one each.
    """
    if rate >= 1:
        return list(range(count))
    taken: list[int] = []
    if not rate > 0:
        return taken
    scale = 1 / math.log1p(-rate)
    at = int(math.log1p(-next(numbers)) * scale)
    while at < count:
        taken.append(at)
        at += 1 + int(math.log1p(-next(numbers)) * scale)
    return taken


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
