"""Keyed randomness: every draw is a pure function of (seed, epoch, index, view, operation).

    >>> from pairgen.random.stream import Stream
    >>> bool(Stream(seed=0, index=7).uniform() == Stream(seed=0, index=[3, 7]).uniform()[1])
    True

A `Stream` holds one key or a vector of keys. With one key a draw gives a number; with many it gives one number
an item, the same numbers to the bit. Seed, epoch, view and operation become the key of the hash (BLAKE2b, 64 bits);
index, draw and block its counter, so that two items, or two draws of one stream, can never collide.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from pairgen.random._philox import Key, philox_block, philox_numpy
from pairgen.random.arrays import RandomArray, Where

__all__ = ["Index", "RandomArray", "Size", "Stream", "key_of"]

Index = int | Sequence[int] | np.ndarray
Size = int | tuple[int, ...] | None

_MASK = 0xFFFFFFFF
_TWO_PI = 2.0 * math.pi
_BOTH_VIEWS = -2  # the view that stands for both; a recipe's common step is -1
_FEW_BLOCKS = 16  # up to here one key is hashed faster block by block in Python than at once in NumPy


@lru_cache(maxsize=4096)
def key_of(seed: int, epoch: int, view: int, operation: str) -> Key:
    """The two 32-bit key words of one operation: 64 bits of BLAKE2b over its four names."""
    text = f"{seed}/{epoch}/{view}/{operation}".encode()
    bits = int.from_bytes(hashlib.blake2b(text, digest_size=8, person=b"pairgen").digest(), "little")
    return bits & _MASK, bits >> 32


def _checked_int(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be an integer, got {value!r} of type {type(value).__name__}")
    return int(value)


def _checked_index(index: Any) -> int | np.ndarray:
    if isinstance(index, (int, np.integer)) and not isinstance(index, bool):
        if not -(2**63) <= index < 2**63:
            raise ValueError(f"index must fit 64 bits, got {index}; hash longer keys first")
        return int(index)
    array = np.asarray(index)
    if array.size == 0:
        array = array.astype(np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise TypeError(
            f"index must be an integer or a 1-D array of integers, got shape {array.shape} and dtype {array.dtype}"
        )
    return array.astype(np.int64)


class Stream:
    """A stream of random draws for one item, or in step for many.

    seed: any integer. epoch, view: integers. index: one 64-bit integer (one key) or a 1-D array of B of them
    (many keys). Each draw advances the stream; two streams made alike give the same draws.

    Every method takes a `size` *per item*: with one key the result is a Python number (size None) or an array of
    that shape; with many keys it is an array (B,) or (B, *size). Parameters are numbers, or, with many keys, arrays
    (B,) of one number an item.
    """

    __slots__ = ("_call", "_index", "_key", "_names")

    def __init__(self, seed: int, epoch: int = 0, index: Index = 0, view: int = 0) -> None:
        names = (
            _checked_int("seed", seed),
            _checked_int("epoch", epoch),
            _checked_int("view", view),
            "",
        )
        self._set(names, _checked_index(index))

    def _set(self, names: tuple[int, int, int, str], index: int | np.ndarray) -> Stream:
        self._names = names
        self._key = key_of(*names)
        self._index = index
        self._call = 0
        return self

    @classmethod
    def from_generator(cls, rng: Stream | np.random.Generator) -> Stream:
        """`rng` itself, or a stream seeded by one draw from a NumPy `Generator`. TypeError for anything else."""
        if isinstance(rng, Stream):
            return rng
        if isinstance(rng, np.random.Generator):
            return cls(seed=int(rng.integers(2**63)))
        raise TypeError(
            f"rng must be a pairgen.random.stream.Stream or a numpy.random.Generator, got {type(rng).__name__}; "
            "write Stream(seed=0) or np.random.default_rng(0)"
        )

    @property
    def is_batched(self) -> bool:
        """Whether this stream holds a vector of keys."""
        return not isinstance(self._index, int)

    @property
    def seed(self) -> int:
        """The seed it was made with."""
        return self._names[0]

    @property
    def index(self) -> int | np.ndarray:
        """The item's index, or int64 (B,) with many keys."""
        return self._index

    def __len__(self) -> int:
        if isinstance(self._index, int):
            raise TypeError("a stream of one key has no length; it serves one item")
        return len(self._index)

    def __getitem__(self, where: Where) -> Stream:
        """The streams of some of many items: an integer gives a stream of one key, a mask or slice one of many."""
        if isinstance(self._index, int):
            raise TypeError("a stream of one key cannot be indexed; it serves one item")
        taken = self._index[where]
        part = Stream.__new__(Stream)._set(self._names, int(taken) if taken.ndim == 0 else taken)
        part._call = self._call
        return part

    def __repr__(self) -> str:
        seed, epoch, view, operation = self._names
        index = self._index if isinstance(self._index, int) else f"<{len(self._index)} keys>"
        return f"Stream({seed=}, {epoch=}, {index=}, {view=}, {operation=}, draws={self._call})"

    def fold_in(self, name: str) -> Stream:
        """A stream with a key of its own, for the operation `name` within this one; independent of draws made here."""
        if not name or "/" in name:
            raise ValueError(f"an operation's name must be non-empty and hold no '/', got {name!r}")
        seed, epoch, view, operation = self._names
        return Stream.__new__(Stream)._set((seed, epoch, view, f"{operation}/{name}"), self._index)

    def shared(self) -> Stream:
        """The stream of this operation that both views of a pair have in common: for what the two have to agree on."""
        seed, epoch, _, operation = self._names
        return Stream.__new__(Stream)._set((seed, epoch, _BOTH_VIEWS, operation), self._index)

    # -- words ---------------------------------------------------------------------------------------------------

    def _words(self, count: int) -> np.ndarray:
        """uint64 (B or 1, >= count) of 32-bit words of the next draw."""
        call, self._call = self._call, self._call + 1
        index, blocks = self._index, -(-count // 4)
        if isinstance(index, int):
            if blocks <= _FEW_BLOCKS:
                low, high = index & _MASK, (index >> 32) & _MASK
                rows = [philox_block((b, call, low, high), self._key) for b in range(blocks)]
                return np.array([rows], dtype=np.uint64).reshape(1, 4 * blocks)
            index = np.array([index], dtype=np.int64)
        return philox_numpy(index, call, blocks, self._key)

    def _two_words(self, index: int) -> tuple[int, int]:
        """The next draw's first two words, for one key: the path of a single number, free of arrays."""
        call, self._call = self._call, self._call + 1
        return philox_block((0, call, index & _MASK, (index >> 32) & _MASK), self._key)[:2]

    def _count(self, shape: tuple[int, ...]) -> int:
        """Values an item in an array of this shape."""
        return math.prod(shape if isinstance(self._index, int) else shape[1:])

    def _shape(self, size: Size) -> tuple[int, ...]:
        inner = () if size is None else (size,) if isinstance(size, (int, np.integer)) else tuple(size)
        if any(n < 0 for n in inner):
            raise ValueError(f"size must not be negative, got {size}")
        return (len(self._index), *inner) if not isinstance(self._index, int) else inner

    def _unit(self, size: Size) -> np.ndarray:
        """float64 in [0, 1) with 53 random bits, in the shape of `size`."""
        shape = self._shape(size)
        count = self._count(shape)
        if isinstance(self._index, int) and count <= 2 * _FEW_BLOCKS:
            return np.array(self._few_units(self._index, count)).reshape(shape)
        words = self._words(2 * count)[:, : 2 * count]
        return _unit_from(words[:, 0::2], words[:, 1::2]).reshape(shape)

    def _few_units(self, index: int, count: int) -> list[float]:
        """A few numbers as `_unit` gives them, for one key: in Python, where a NumPy call would cost more than all."""
        call, self._call = self._call, self._call + 1
        low, high = index & _MASK, (index >> 32) & _MASK
        units = []
        for block in range(-(-count // 2)):
            w0, w1, w2, w3 = philox_block((block, call, low, high), self._key)
            units.append(((w0 >> 5) * 67108864.0 + (w1 >> 6)) * 2.0**-53)
            units.append(((w2 >> 5) * 67108864.0 + (w3 >> 6)) * 2.0**-53)
        return units[:count]

    def _align(self, value: Any, ndim: int) -> Any:
        """A per-item parameter (B,) made to broadcast over (B, *size)."""
        if isinstance(value, (int, float)):
            return value
        array = np.asarray(value)
        if self.is_batched and array.ndim == 1 and ndim > 1:
            return array.reshape(-1, *(1,) * (ndim - 1))
        return array

    # -- draws ---------------------------------------------------------------------------------------------------

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Size = None) -> Any:
        """float64, uniform in [low, high)."""
        if size is None and isinstance(self._index, int):
            w0, w1 = self._two_words(self._index)
            return low + (high - low) * (((w0 >> 5) * 67108864.0 + (w1 >> 6)) * 2.0**-53)
        unit = self._unit(size)
        low, high = self._align(low, unit.ndim), self._align(high, unit.ndim)
        return low + (high - low) * unit

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Size = None) -> Any:
        """float64, normal with mean `loc` and standard deviation `scale` (Box and Muller 1958)."""
        shape = self._shape(size)
        count = self._count(shape)
        w = self._words(4 * (-(-count // 2)))
        radius = np.sqrt(-2.0 * np.log1p(-_unit_from(w[:, 0::4], w[:, 1::4])))
        angle = _TWO_PI * _unit_from(w[:, 2::4], w[:, 3::4])
        pairs = np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=-1)
        values = pairs.reshape(len(w), 2 * pairs.shape[1])[:, :count].reshape(shape)
        values = self._align(loc, values.ndim) + self._align(scale, values.ndim) * values
        return float(values) if size is None and not self.is_batched else values

    def integers(self, low: Any, high: Any, size: Size = None) -> Any:
        """int64, uniform in {low, ..., high - 1}; at most 2**32 values, biased by less than 2**-32 of each share."""
        span = np.asarray(high) - np.asarray(low)
        if np.any(span < 1) or np.any(span > 2**32):
            raise ValueError(f"integers need 1 to 2**32 values, got low={low} and high={high}")
        if size is None and isinstance(self._index, int):
            w0, w1 = self._two_words(self._index)
            return int(low) + ((((w0 << 32) | w1) * int(span)) >> 64)
        shape = self._shape(size)
        count = self._count(shape)
        words = self._words(2 * count)[:, : 2 * count]
        high_words, low_words = words[:, 0::2].reshape(shape), words[:, 1::2].reshape(shape)
        n = np.asarray(self._align(span, len(shape))).astype(np.uint64)
        offset = (high_words * n + ((low_words * n) >> np.uint64(32))) >> np.uint64(32)
        return offset.astype(np.int64) + self._align(low, len(shape))

    def bernoulli(self, p: Any = 0.5, size: Size = None) -> Any:
        """bool, True with probability p; p = 0 never, p = 1 always. ValueError for p outside [0, 1]."""
        valid = 0 <= p <= 1 if isinstance(p, (int, float)) else np.all((np.asarray(p) >= 0) & (np.asarray(p) <= 1))
        if not valid:
            raise ValueError(f"a probability lies in [0, 1], got {p}")
        unit = self.uniform(size=size)
        return unit < (p if isinstance(unit, float) else self._align(p, unit.ndim))

    def choice(self, options: int | Sequence[Any] | np.ndarray, size: Size = None, p: Any = None) -> Any:
        """One of `options` (an integer n means range(n)), with replacement; p: probabilities that sum to 1."""
        count = int(options) if isinstance(options, (int, np.integer)) else len(options)
        if count < 1:
            raise ValueError("choice needs at least one option, got none")
        if p is None:
            taken = self.integers(0, count, size)
        else:
            weights = np.asarray(p, dtype=np.float64)
            if weights.shape != (count,) or np.any(weights < 0) or not math.isclose(weights.sum(), 1, abs_tol=1e-6):
                raise ValueError(f"p must hold {count} non-negative numbers that sum to 1, got {p}")
            edges = np.cumsum(weights / weights.sum())[:-1]
            taken = np.searchsorted(edges, self.uniform(size=size), side="right")
        if isinstance(options, (int, np.integer)):
            return int(taken) if np.ndim(taken) == 0 else taken
        return options[int(taken)] if np.ndim(taken) == 0 else np.asarray(options)[taken]

    def permutation(self, n: int) -> np.ndarray:
        """int64 (n,) or (B, n): a random order of range(n), by sorting 64-bit words."""
        words = self._words(2 * n)[:, : 2 * n]
        order = np.argsort((words[:, 0::2] << np.uint64(32)) | words[:, 1::2], axis=1, kind="stable")
        return order if self.is_batched else order[0]

    def array(self) -> RandomArray:
        """The next draw as a value: a random field of any shape, evaluated where the item lives."""
        call, self._call = self._call, self._call + 1
        return RandomArray(self._key, self._index, call)

    def generator(self) -> np.random.Generator:
        """A NumPy `Generator` keyed like the next draw; one key only."""
        if not isinstance(self._index, int):
            raise TypeError("a NumPy Generator serves one key; take it from stream[i]")
        call, self._call = self._call, self._call + 1
        low, high = self._key
        key = np.array([low | high << 32, self._index & (2**64 - 1)], dtype=np.uint64)
        return np.random.Generator(np.random.Philox(key=key, counter=np.array([0, 0, 0, call], dtype=np.uint64)))


def _unit_from(high: np.ndarray, low: np.ndarray) -> np.ndarray:
    """53 of the 64 bits of two words as float64 in [0, 1)."""
    return ((high >> np.uint64(5)) * 67108864.0 + (low >> np.uint64(6))) * 2.0**-53
