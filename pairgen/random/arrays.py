"""Random fields: arrays of random numbers as large as an item, as a small frozen value until they are needed."""

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
    """An array of random numbers that is not yet made: a frozen value that params can hold and replay.

    `like` decides where and how it is made: an `ndarray`, or a tensor on any device; the result has its kind and
    device, float64 if it is float64, else float32. Shape `shape` for one key, (B, *shape) for many. The random bits
    are the same everywhere; logarithm and cosine may differ in the last place.
    """

    key: Key
    index: int | np.ndarray
    call: int

    def __getitem__(self, where: Where) -> RandomArray:
        if isinstance(self.index, int):
            raise TypeError("a field of one key cannot be indexed")
        taken = self.index[where]
        return RandomArray(self.key, int(taken) if taken.ndim == 0 else taken, self.call)

    def batch_of_one(self) -> RandomArray:
        """The same field for a batch that holds this one item."""
        return RandomArray(self.key, np.array([self.index], dtype=np.int64), self.call)

    def uniform(self, shape: Sequence[int], like: Array) -> Array:
        """Uniform in [0, 1), with 24 random bits."""
        values: Array = self._shaped(_scaled(self._words(math.prod(shape), like), 0.0, like), shape)
        return values

    def normal(self, shape: Sequence[int], like: Array) -> Array:
        """Standard normal (Box and Muller 1958); none beyond 5.8 deviations."""
        count = math.prod(shape)
        words = self._words(count + count % 2, like)
        u, v = _scaled(words[:, 0::2], 1.0, like), _scaled(words[:, 1::2], 0.0, like)
        values: Any
        if isinstance(u, np.ndarray):
            radius, angle = np.sqrt(-2 * np.log(u)), np.float32(_TWO_PI) * v
            values = np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=-1)
        else:
            import torch

            distance, turn = (-2 * u.log()).sqrt(), _TWO_PI * v
            values = torch.stack((distance * turn.cos(), distance * turn.sin()), dim=-1)
        shaped: Array = self._shaped(values.reshape(len(values), 2 * values.shape[1])[:, :count], shape)
        return shaped

    def ragged(self, number: Array, owner: Array | None = None) -> Array:
        """64 random bits for each element of items that differ in size: nodes or edges of graphs.

        number: int64 (n,), which element of its item each is. owner: int64 (n,), the position of that item among the
        keys; None with one key. Returns int64 (n,), negative numbers among them, the same for an element alone and in
        any batch: word `number` of the SplitMix64 sequence that this draw seeds.
        """
        seeds = self.seeds()
        if isinstance(number, np.ndarray):
            return mix((number + 1) * signed(GOLDEN) + (seeds if owner is None else seeds[owner]))
        import torch

        start = torch.from_numpy(seeds).to(number.device)
        return mix((number + 1) * signed(GOLDEN) + (start if owner is None else start.index_select(0, owner)))

    def seeds(self) -> np.ndarray:
        """int64 (B or 1,): one random word a key, from which `ragged` makes those of the key's elements.

        Different indices have different words, as each step is a bijection.
        """
        if isinstance(self.index, int) or len(self.index) == 1:
            return np.array([signed(self.seed())])
        key, call = self._increments()
        return mix(mix(self.index + signed(key)) + signed(call))

    def seed(self) -> int:
        """`seeds` of one key, below 2**64."""
        key, call = self._increments()
        index = self.index if isinstance(self.index, int) else int(self.index[0])
        return mix_int((mix_int((index + key) % 2**64) + call) % 2**64)

    def _increments(self) -> tuple[int, int]:
        """What `seeds` adds before either of its two steps: of the key, and of the draw."""
        return self.key[0] | self.key[1] << 32, (self.call + 1) * GOLDEN

    def _words(self, count: int, like: Any) -> Any:
        index = np.atleast_1d(np.asarray(self.index, dtype=np.int64))
        blocks = -(-count // 4)
        if isinstance(like, np.ndarray):
            return philox_numpy(index, self.call, blocks, self.key)[:, :count]
        import torch

        where = torch.from_numpy(index).to(like.device)
        return philox_torch(where, self.call, blocks, self.key)[:, :count]

    def _shaped(self, values: Any, shape: Sequence[int]) -> Any:
        return values.reshape(tuple(shape) if isinstance(self.index, int) else (len(values), *shape))


def _scaled(words: Any, offset: float, like: Any) -> Any:
    """((w >> 8) + offset) / 2**24: [0, 1) for offset 0, (0, 1] for offset 1, exact in float32."""
    if isinstance(like, np.ndarray):
        dtype = np.float64 if like.dtype == np.float64 else np.float32
        return ((words >> np.uint64(8)).astype(dtype) + dtype(offset)) * dtype(2.0**-24)
    import torch

    kind = torch.float64 if like.dtype == torch.float64 else torch.float32
    return ((words >> 8).to(kind) + offset) * 2.0**-24
