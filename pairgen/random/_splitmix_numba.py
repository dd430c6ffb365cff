"""SplitMix64 for compiled loops: the bits of `pairgen.random._splitmix`, one word at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from pairgen._numba import jit

__all__ = ["element", "hashed"]

Int = Any  # numpy.int64, which numba compiles to a machine integer

_FIRST, _SECOND = np.int64(-4658895280553007687), np.int64(-7723592293110705685)
_GOLDEN = np.int64(-7046029254386353131)


@jit
def hashed(word: Int) -> Int:
    """Hash an int64; see `pairgen.random._splitmix.mix`."""
    word = (word ^ ((word >> 30) & 0x3FFFFFFFF)) * _FIRST
    word = (word ^ ((word >> 27) & 0x1FFFFFFFFF)) * _SECOND
    return word ^ ((word >> 31) & 0x1FFFFFFFF)


@jit
def element(seed: Int, number: Int) -> Int:
    """Return word `number` of the sequence of a seed; see `RandomArray.ragged`."""
    return hashed((number + 1) * _GOLDEN + seed)
