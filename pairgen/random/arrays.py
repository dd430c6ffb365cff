"""Random arrays: as large as an item, and a small frozen value until their numbers are needed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from pairgen.random._philox import Key, philox_numpy, philox_torch
from pairgen.random._splitmix import GOLDEN, mix, mix_int, signed

if TYPE_CHECKING:
    import torch

__all__ = ["RandomArray"]

Where = int | slice | np.ndarray
Array = TypeVar("Array", "np.ndarray", "torch.Tensor")

_TWO_PI = 2.0 * math.pi


@dataclass(frozen=True, eq=False)
class RandomArray:
    """A random array whose numbers are computed on demand: a frozen value that params can hold and replay.

    Made by `Stream.array`. The argument `like` of its methods decides where the numbers are computed: with an
    `ndarray` by NumPy, with a tensor on that tensor's device. The random bits are the same everywhere; logarithm and
    cosine may differ in the last place.

    Args:
        key: Two 32-bit words, from seed, epoch, view and operation.
        index: Index of the item, or int64 (B,) for a batch.
        call: Number of the draw in its stream.

    Example:
        >>> from pairgen.random import Stream
        >>> noise = Stream(seed=0, index=7).array()
        >>> noise.normal((3, 4), like=np.zeros(1)).shape
        (3, 4)
    """

    key: Key
    index: int | np.ndarray
    call: int

    def __getitem__(self, where: Where) -> RandomArray:
        if isinstance(self.index, int):
            raise TypeError("a random array of one key cannot be indexed")
        taken = self.index[where]
        return RandomArray(self.key, int(taken) if taken.ndim == 0 else taken, self.call)

    def batch_of_one(self) -> RandomArray:
        """Return the same array for a batch that holds this one item."""
        return RandomArray(self.key, np.array([self.index], dtype=np.int64), self.call)

    def uniform(self, shape: Sequence[int], like: Array) -> Array:
        """Compute numbers uniform in [0, 1), with 24 random bits.

        Args:
            shape: Shape an item.
            like: An array or tensor of the wanted type and device.

        Returns:
            `shape` for one key, (B, *shape) for many; float64 if `like` is float64, else float32.
        """
        values: Array = self._reshape(_to_unit(self._words(math.prod(shape), like), 0.0, like), shape)
        return values

    def normal(self, shape: Sequence[int], like: Array) -> Array:
        """Compute standard normal numbers (Box and Muller 1958); none lies beyond 5.8 standard deviations.

        Args:
            shape: Shape an item.
            like: An array or tensor of the wanted type and device.

        Returns:
            `shape` for one key, (B, *shape) for many; float64 if `like` is float64, else float32.
        """
        count = math.prod(shape)
        words = self._words(count + count % 2, like)
        u, v = _to_unit(words[:, 0::2], 1.0, like), _to_unit(words[:, 1::2], 0.0, like)
        values: Any
        if isinstance(u, np.ndarray):
            radius, angle = np.sqrt(-2 * np.log(u)), np.float32(_TWO_PI) * v
            values = np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=-1)
        else:
            import torch

            distance, turn = (-2 * u.log()).sqrt(), _TWO_PI * v
            values = torch.stack((distance * turn.cos(), distance * turn.sin()), dim=-1)
        numbers: Array = self._reshape(values.reshape(len(values), 2 * values.shape[1])[:, :count], shape)
        return numbers

    def ragged(self, number: Array, owner: Array | None = None) -> Array:
        """Compute 64 random bits for each element of items that differ in size, such as the nodes of graphs.

        Args:
            number: int64 (n,), the number of each element within its item.
            owner: int64 (n,), the position of that item among the keys; None with one key.

        Returns:
            int64 (n,), negative numbers among them, the same for an element alone and in any batch: word `number` of
            the SplitMix64 sequence that this draw seeds.
        """
        seeds = self.seeds()
        if isinstance(number, np.ndarray):
            return mix((number + 1) * signed(GOLDEN) + (seeds if owner is None else seeds[owner]))
        import torch

        start = torch.from_numpy(seeds).to(number.device)
        return mix((number + 1) * signed(GOLDEN) + (start if owner is None else start.index_select(0, owner)))

    def seeds(self) -> np.ndarray:
        """Return one random word a key, int64 (B or 1,), which seeds the words of `ragged`.

        Different indices have different words, as each step is a bijection.
        """
        if isinstance(self.index, int) or len(self.index) == 1:
            return np.array([signed(self.seed())])
        key, call = self._increments()
        return mix(mix(self.index + signed(key)) + signed(call))

    def seed(self) -> int:
        """Return the word of `seeds` of one key, as an integer below 2**64."""
        key, call = self._increments()
        index = self.index if isinstance(self.index, int) else int(self.index[0])
        return mix_int((mix_int((index + key) % 2**64) + call) % 2**64)

    def _increments(self) -> tuple[int, int]:
        """Return what `seeds` adds before each of its two steps: the key, and the number of the draw."""
        return self.key[0] | self.key[1] << 32, (self.call + 1) * GOLDEN

    def _words(self, count: int, like: Array) -> Array:
        index = np.atleast_1d(np.asarray(self.index, dtype=np.int64))
        blocks = -(-count // 4)
        if isinstance(like, np.ndarray):
            return philox_numpy(index, self.call, blocks, self.key)[:, :count]
        import torch

        where = torch.from_numpy(index).to(like.device)
        return philox_torch(where, self.call, blocks, self.key)[:, :count]

    def _reshape(self, values: Array, shape: Sequence[int]) -> Array:
        return values.reshape(tuple(shape) if isinstance(self.index, int) else (len(values), *shape))


def _to_unit(words: Any, offset: float, like: Array) -> Any:
    """Return ((w >> 8) + offset) / 2**24: [0, 1) for offset 0, (0, 1] for offset 1, exact in float32."""
    if isinstance(like, np.ndarray):
        dtype = np.float64 if like.dtype == np.float64 else np.float32
        return ((words >> np.uint64(8)).astype(dtype) + dtype(offset)) * dtype(2.0**-24)
    import torch

    precision = torch.float64 if like.dtype == torch.float64 else torch.float32
    return ((words >> 8).to(precision) + offset) * 2.0**-24
