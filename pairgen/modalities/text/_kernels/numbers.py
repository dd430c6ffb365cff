"""Random numbers, as many as a text happens to need, the same for one text and for a batch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from pairgen.random import Stream
from pairgen.random._splitmix import GOLDEN, mix, mix_int, signed

__all__ = ["BatchNumbers", "first_gaps", "item_numbers", "sample_positions", "thin_positions"]

_BITS, _UNIT = 11, 2.0**-53
_MASK = 2**64 - 1


class BatchNumbers:
    """Uniform numbers in [0, 1), without end, for each of the texts of a stream of many keys.

    How many numbers a text takes depends on its words. So they are SplitMix64 sequences, one a text: the next number
    costs two products, however many were taken before, and the first ones of a batch come at once.

    Args:
        rng: Stream of B keys.
    """

    def __init__(self, rng: Stream) -> None:
        self._seeds = rng.array().seeds()

    def of(self, item: int) -> Iterator[float]:
        """Return the numbers of one item, from its first on."""
        return _sequence(int(self._seeds[item]))

    def first(self) -> npt.NDArray[np.floating[Any]]:
        """Return the first number of each item of a batch: float64 (B,)."""
        words: npt.NDArray[np.uint64] = mix(self._seeds + signed(GOLDEN)).view(np.uint64)
        return (words >> np.uint64(_BITS)) * _UNIT


def item_numbers(rng: Stream) -> Iterator[float]:
    """Return the numbers of the text of a stream of one key: those of `BatchNumbers` for the same key."""
    return _sequence(rng.array().seed())


def _sequence(word: int) -> Iterator[float]:
    while True:
        word = (word + GOLDEN) & _MASK
        yield (mix_int(word) >> _BITS) * _UNIT


def thin_positions(count: int, ratio: float, numbers: Iterator[float]) -> list[int]:
    """Return positions below `count`, in order, each taken with probability `ratio` independently of the others.

    The gaps between them are geometric, so one number an accepted position, and one more, are drawn, not one each.
    """
    if ratio >= 1:
        return list(range(count))
    taken: list[int] = []
    if not ratio > 0:
        return taken
    scale = 1 / math.log1p(-ratio)
    at = int(math.log1p(-next(numbers)) * scale)
    while at < count:
        taken.append(at)
        at += 1 + int(math.log1p(-next(numbers)) * scale)
    return taken


def first_gaps(numbers: npt.NDArray[np.floating[Any]], ratio: float) -> npt.NDArray[np.floating[Any]]:
    """Return the first position that `thin_positions` takes, without a bound, by the first number of an item (B,)."""
    gaps: npt.NDArray[np.floating[Any]] = np.floor(np.log1p(-numbers) * (1 / math.log1p(-ratio)))
    return gaps


def sample_positions(count: int, size: int, numbers: Iterator[float]) -> list[int]:
    """Return `size` different positions below `count` in order, all sets alike (Floyd's algorithm); or all."""
    taken: set[int] = set()
    for last in range(max(count - size, 0), count):
        at = int(next(numbers) * (last + 1))
        taken.add(last if at in taken else at)
    return sorted(taken)
