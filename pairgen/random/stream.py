"""Keyed randomness: every draw is a pure function of (seed, epoch, index, view, operation).

    >>> from pairgen.random import Stream
    >>> bool(Stream(seed=0, index=7).uniform() == Stream(seed=0, index=[3, 7]).uniform()[1])
    True

A `Stream` holds one key or a vector of keys. With one key a draw gives a number; with many it gives one number an item,
the same numbers to the bit. Seed, epoch, view and operation are hashed (BLAKE2b, 64 bits) into the key of
Philox4x32-10; index, draw and block are its counter, so that two items, or two draws of one stream, never collide.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from pairgen._validation import check_int
from pairgen.random._philox import Key, philox_block, philox_numpy
from pairgen.random.arrays import RandomArray, Where

__all__ = ["Index", "Integers", "Numbers", "RandomArray", "Size", "Stream", "key_of"]

Index = int | Sequence[int] | np.ndarray
"""Index of an item, or B of them: the one component of a key that is a vector for a batch."""

Size = int | tuple[int, ...] | None
"""Shape of a draw *per item*; None for a single number."""

Numbers = float | npt.NDArray[np.float64]
"""What `Stream.uniform()` gives: a number for one key, float64 (B,) for many."""

Integers = int | npt.NDArray[np.int64]
"""What `Stream.integers()` gives: an integer for one key, int64 (B,) for many."""

Parameter = float | np.ndarray
"""A parameter of a draw: a number, or, with many keys, an array (B,) of one number an item."""

_MASK = 0xFFFFFFFF
_TWO_PI = 2.0 * math.pi
_BOTH_VIEWS = -2  # the view of streams that both views share; the shared step of a recipe has -1
_FEW_BLOCKS = 16  # up to here one key is hashed faster block by block in Python than at once in NumPy


@lru_cache(maxsize=4096)
def key_of(seed: int, epoch: int, view: int, operation: str) -> Key:
    """Hash seed, epoch, view and operation into the two 32-bit words of a key, by BLAKE2b.

    Args:
        seed: Any integer.
        epoch: Any integer.
        view: 0 and 1 for the views of a pair; negative for what they share.
        operation: Path of the operation in the pipeline, such as "/random_apply/crop".
    """
    text = f"{seed}/{epoch}/{view}/{operation}".encode()
    bits = int.from_bytes(hashlib.blake2b(text, digest_size=8, person=b"pairgen").digest(), "little")
    return bits & _MASK, bits >> 32


def _check_index(index: Index) -> int | np.ndarray:
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
    if array.dtype == np.uint64 and array.size and array.max() >= 2**63:
        raise ValueError(f"index must fit 64 bits, got {array.max()}; hash longer keys first")
    return array.astype(np.int64)


class Stream:
    """A stream of random draws for one item, or in step for a batch of items.

    Each draw advances the stream; two streams with equal arguments give the same draws.

    Every draw takes a `size` *per item*: with one key the result is a Python number (size None) or an array of that
    shape; with many keys it is an array (B,) or (B, *size). Parameters of a distribution are numbers, or, with many
    keys, arrays (B,) of one number an item.

    Args:
        seed: Any integer.
        epoch: Any integer.
        index: One 64-bit integer (one key), or a sequence or 1-D array of B of them (many keys).
        view: Any integer; 0 and 1 for the views of a pair.

    Raises:
        TypeError: An argument is no integer, or the index is neither an integer nor a 1-D array of integers.
        ValueError: The index does not fit 64 bits.

    Example:
        >>> Stream(seed=0, index=7).uniform(0.5, 2.0) == Stream(seed=0, index=7).uniform(0.5, 2.0)
        True
        >>> Stream(seed=0, index=range(4)).integers(0, 10, size=2).shape
        (4, 2)
    """

    __slots__ = ("_call", "_index", "_key", "_names")

    def __init__(self, seed: int, epoch: int = 0, index: Index = 0, view: int = 0) -> None:
        names = check_int("seed", seed), check_int("epoch", epoch), check_int("view", view), ""
        self._set(names, _check_index(index))

    def _set(self, names: tuple[int, int, int, str], index: int | np.ndarray) -> Stream:
        self._names = names
        self._key = key_of(*names)
        self._index = index
        self._call = 0
        return self

    @classmethod
    def from_generator(cls, rng: Stream | np.random.Generator) -> Stream:
        """Return `rng` itself, or a stream seeded by one draw from a NumPy `Generator`.

        Raises:
            TypeError: `rng` is neither.
        """
        if isinstance(rng, Stream):
            return rng
        if isinstance(rng, np.random.Generator):
            return cls(seed=int(rng.integers(2**63)))
        raise TypeError(
            f"rng must be a pairgen.random.Stream or a numpy.random.Generator, got {type(rng).__name__}; "
            "write Stream(seed=0) or np.random.default_rng(0)"
        )

    @property
    def is_batched(self) -> bool:
        """Whether this stream holds a vector of keys."""
        return not isinstance(self._index, int)

    @property
    def seed(self) -> int:
        """The seed."""
        return self._names[0]

    @property
    def index(self) -> int | np.ndarray:
        """Index of the item, or int64 (B,) with many keys."""
        return self._index

    def __len__(self) -> int:
        if isinstance(self._index, int):
            raise TypeError("a stream of one key has no length; it belongs to one item")
        return len(self._index)

    def __getitem__(self, where: Where) -> Stream:
        """Return the stream of one of many items for an integer, of some of them for an array, mask or slice."""
        if isinstance(self._index, int):
            raise TypeError("a stream of one key cannot be indexed; it belongs to one item")
        taken = self._index[where]
        part = Stream.__new__(Stream)._set(self._names, int(taken) if taken.ndim == 0 else taken)
        part._call = self._call
        return part

    def __repr__(self) -> str:
        seed, epoch, view, operation = self._names
        index = self._index if isinstance(self._index, int) else f"<{len(self._index)} keys>"
        return f"Stream({seed=}, {epoch=}, {index=}, {view=}, {operation=}, draws={self._call})"

    def fold_in(self, name: str) -> Stream:
        """Return a stream with another key, for the operation `name` within this one.

        It does not depend on the draws made from this stream, and does not advance it.

        Args:
            name: Name of the operation: not empty, without "/".

        Raises:
            ValueError: The name is empty or contains "/".
        """
        if not name or "/" in name:
            raise ValueError(f"the name of an operation must be non-empty and contain no '/', got {name!r}")
        seed, epoch, view, operation = self._names
        return Stream.__new__(Stream)._set((seed, epoch, view, f"{operation}/{name}"), self._index)

    def shared(self) -> Stream:
        """Return the stream of this operation that both views of a pair share, for what the two have to agree on."""
        seed, epoch, _, operation = self._names
        return Stream.__new__(Stream)._set((seed, epoch, _BOTH_VIEWS, operation), self._index)

    # -- words ---------------------------------------------------------------------------------------------------

    def _words(self, count: int) -> np.ndarray:
        """Return 32-bit words of the next draw, uint64 (B or 1, >= count)."""
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
        """Return the first two words of the next draw for one key: the path of a single number, without arrays."""
        call, self._call = self._call, self._call + 1
        return philox_block((0, call, index & _MASK, (index >> 32) & _MASK), self._key)[:2]

    def _count(self, shape: tuple[int, ...]) -> int:
        """Return the number of values an item in an array of this shape."""
        return math.prod(shape if isinstance(self._index, int) else shape[1:])

    def _shape(self, size: Size) -> tuple[int, ...]:
        inner = () if size is None else (size,) if isinstance(size, (int, np.integer)) else tuple(size)
        if any(n < 0 for n in inner):
            raise ValueError(f"size must not be negative, got {size}")
        return (len(self._index), *inner) if not isinstance(self._index, int) else inner

    def _unit(self, size: Size) -> np.ndarray:
        """Draw float64 in [0, 1) with 53 random bits, in the shape of `size`."""
        shape = self._shape(size)
        count = self._count(shape)
        if isinstance(self._index, int) and count <= 2 * _FEW_BLOCKS:
            return np.array(self._few_units(self._index, count)).reshape(shape)
        words = self._words(2 * count)[:, : 2 * count]
        return _unit_from(words[:, 0::2], words[:, 1::2]).reshape(shape)

    def _few_units(self, index: int, count: int) -> list[float]:
        """Draw a few numbers as `_unit` does, for one key: in Python, where one NumPy call would cost more."""
        call, self._call = self._call, self._call + 1
        low, high = index & _MASK, (index >> 32) & _MASK
        units = []
        for block in range(-(-count // 2)):
            w0, w1, w2, w3 = philox_block((block, call, low, high), self._key)
            units.append(((w0 >> 5) * 67108864.0 + (w1 >> 6)) * 2.0**-53)
            units.append(((w2 >> 5) * 67108864.0 + (w3 >> 6)) * 2.0**-53)
        return units[:count]

    def _align(self, value: Parameter, ndim: int) -> Parameter:
        """Reshape a parameter (B,) so that it broadcasts over (B, *size)."""
        if isinstance(value, (int, float)):
            return value
        array = np.asarray(value)
        if self.is_batched and array.ndim == 1 and ndim > 1:
            return array.reshape(-1, *(1,) * (ndim - 1))
        return array

    # -- draws ---------------------------------------------------------------------------------------------------

    @overload
    def uniform(self, low: Parameter = 0.0, high: Parameter = 1.0, size: None = None) -> Any: ...
    @overload
    def uniform(
        self, low: Parameter = 0.0, high: Parameter = 1.0, *, size: int | tuple[int, ...]
    ) -> npt.NDArray[np.float64]: ...
    def uniform(self, low: Parameter = 0.0, high: Parameter = 1.0, size: Size = None) -> Any:
        """Draw float64 numbers uniform in [low, high).

        Args:
            low: Lower end, included.
            high: Upper end, excluded.
            size: Shape per item; None for a single number.
        """
        if size is None and isinstance(self._index, int):
            w0, w1 = self._two_words(self._index)
            return low + (high - low) * (((w0 >> 5) * 67108864.0 + (w1 >> 6)) * 2.0**-53)
        unit = self._unit(size)
        low, high = self._align(low, unit.ndim), self._align(high, unit.ndim)
        return low + (high - low) * unit

    @overload
    def normal(self, loc: Parameter = 0.0, scale: Parameter = 1.0, size: None = None) -> Any: ...
    @overload
    def normal(
        self, loc: Parameter = 0.0, scale: Parameter = 1.0, *, size: int | tuple[int, ...]
    ) -> npt.NDArray[np.float64]: ...
    def normal(self, loc: Parameter = 0.0, scale: Parameter = 1.0, size: Size = None) -> Any:
        """Draw float64 numbers from a normal distribution (Box and Muller 1958).

        Args:
            loc: Mean.
            scale: Standard deviation.
            size: Shape per item; None for a single number.
        """
        shape = self._shape(size)
        count = self._count(shape)
        w = self._words(4 * (-(-count // 2)))
        radius = np.sqrt(-2.0 * np.log1p(-_unit_from(w[:, 0::4], w[:, 1::4])))
        angle = _TWO_PI * _unit_from(w[:, 2::4], w[:, 3::4])
        pairs = np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=-1)
        values = pairs.reshape(len(w), 2 * pairs.shape[1])[:, :count].reshape(shape)
        scaled = self._align(loc, values.ndim) + self._align(scale, values.ndim) * values
        return float(scaled) if size is None and not self.is_batched else scaled

    @overload
    def integers(self, low: Parameter, high: Parameter, size: None = None) -> Any: ...
    @overload
    def integers(self, low: Parameter, high: Parameter, size: int | tuple[int, ...]) -> npt.NDArray[np.int64]: ...
    def integers(self, low: Parameter, high: Parameter, size: Size = None) -> Any:
        """Draw int64 integers uniform in {low, ..., high - 1}.

        The chance of each value is exact to a relative error below 2**-32.

        Args:
            low: Smallest value.
            high: Largest value plus 1; at most `low + 2**32`.
            size: Shape per item; None for a single integer.

        Raises:
            ValueError: There are no values, or more than 2**32.
        """
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

    @overload
    def bernoulli(self, p: Parameter = 0.5, size: None = None) -> Any: ...
    @overload
    def bernoulli(self, p: Parameter = 0.5, *, size: int | tuple[int, ...]) -> npt.NDArray[np.bool_]: ...
    def bernoulli(self, p: Parameter = 0.5, size: Size = None) -> Any:
        """Draw bools that are True with probability p.

        Args:
            p: Probability in [0, 1]; 0 is never, 1 always.
            size: Shape per item; None for a single bool.

        Raises:
            ValueError: p lies outside [0, 1].
        """
        valid = 0 <= p <= 1 if isinstance(p, (int, float)) else np.all((np.asarray(p) >= 0) & (np.asarray(p) <= 1))
        if not valid:
            raise ValueError(f"a probability lies in [0, 1], got {p}")
        unit: Any = self.uniform() if size is None else self._unit(size)
        return unit < (p if isinstance(unit, float) else self._align(p, unit.ndim))

    def choice(
        self,
        options: int | Sequence[Any] | np.ndarray,
        size: Size = None,
        p: Sequence[float] | np.ndarray | None = None,
    ) -> Any:
        """Draw from `options`, with replacement.

        Args:
            options: At least one; an integer n means range(n).
            size: Shape per item; None for a single option.
            p: Probability of each option, summing to 1; None for equal ones.

        Returns:
            One of the options, or an array of them with a size or with many keys.

        Raises:
            ValueError: There are no options, or p does not fit them.
        """
        count = int(options) if isinstance(options, (int, np.integer)) else len(options)
        if count < 1:
            raise ValueError("choice needs at least one option, got none")
        if p is None:
            taken = self.integers(0, count, size)
        else:
            weights = np.asarray(p, dtype=np.float64)
            if weights.shape != (count,) or np.any(weights < 0) or not math.isclose(weights.sum(), 1, abs_tol=1e-6):
                raise ValueError(f"p must be {count} non-negative numbers that sum to 1, got {p}")
            edges = np.cumsum(weights / weights.sum())[:-1]
            unit: Any = self.uniform() if size is None else self._unit(size)
            taken = np.searchsorted(edges, unit, side="right")
        if isinstance(options, (int, np.integer)):
            return int(taken) if np.ndim(taken) == 0 else taken
        return options[int(taken)] if np.ndim(taken) == 0 else np.asarray(options)[taken]

    def permutation(self, n: int) -> np.ndarray:
        """Draw a random order of range(n), int64 (n,) or (B, n), by sorting 64-bit words."""
        words = self._words(2 * n)[:, : 2 * n]
        order = np.argsort((words[:, 0::2] << np.uint64(32)) | words[:, 1::2], axis=1, kind="stable")
        return order if self.is_batched else order[0]

    def array(self) -> RandomArray:
        """Return the next draw as a `RandomArray`, of any shape, whose numbers are computed where the item lives."""
        call, self._call = self._call, self._call + 1
        return RandomArray(self._key, self._index, call)

    def generator(self) -> np.random.Generator:
        """Return a NumPy `Generator` keyed like the next draw.

        Raises:
            TypeError: The stream holds many keys.
        """
        if not isinstance(self._index, int):
            raise TypeError("a NumPy Generator has one key; take it from stream[i]")
        call, self._call = self._call, self._call + 1
        low, high = self._key
        key = np.array([low | high << 32, self._index & (2**64 - 1)], dtype=np.uint64)
        return np.random.Generator(np.random.Philox(key=key, counter=np.array([0, 0, 0, call], dtype=np.uint64)))


def _unit_from(high: np.ndarray, low: np.ndarray) -> np.ndarray:
    """Return 53 of the 64 bits of two words as float64 in [0, 1)."""
    return ((high >> np.uint64(5)) * 67108864.0 + (low >> np.uint64(6))) * 2.0**-53
