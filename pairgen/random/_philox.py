"""Philox4x32-10, the counter-based hash behind every draw, in three implementations with the same bits.

One in Python integers (a single block costs less than one NumPy call), one in NumPy, one in torch for any
device. Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.

A counter is four 32-bit words, here (block, call, index low, index high): the block within a draw, the number
of the draw in its stream, and the index of the item. A key is two 32-bit words.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

__all__ = ["Key", "philox_block", "philox_numpy", "philox_torch"]

Key = tuple[int, int]

_MASK = 0xFFFFFFFF
_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_WEYL = (0x9E3779B9, 0xBB67AE85)
_ROUNDS = 10


def philox_block(counter: tuple[int, int, int, int], key: Key) -> tuple[int, int, int, int]:
    """Hash one counter of four 32-bit words under one key into four 32-bit words."""
    c0, c1, c2, c3 = counter
    for k0, k1 in _round_keys(key):
        p0 = 0xD2511F53 * c0
        p1 = 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & 0xFFFFFFFF, (p0 >> 32) ^ c3 ^ k1, p0 & 0xFFFFFFFF
    return c0, c1, c2, c3


@lru_cache(maxsize=4096)
def _round_keys(key: Key) -> tuple[Key, ...]:
    k0, k1 = key
    return tuple(((k0 + i * _WEYL[0]) & _MASK, (k1 + i * _WEYL[1]) & _MASK) for i in range(_ROUNDS))


def philox_numpy(index: np.ndarray, call: int, blocks: int, key: Key) -> np.ndarray:
    """Hash the first `blocks` blocks of draw number `call` for each index.

    Args:
        index: int64 (B,), the indices of the items.
        call: Number of the draw in its stream.
        blocks: Blocks of four words an item.
        key: Two 32-bit words.

    Returns:
        uint64 (B, 4 * blocks), each value below 2**32, in stream order.
    """
    bits = np.ascontiguousarray(index, dtype=np.int64).view(np.uint64)[:, None]
    shift, mask = np.uint64(32), np.uint64(_MASK)
    # Words 0 and 2 in one array, 1 and 3 in another: half the NumPy calls, which are what small batches cost.
    even = np.empty((2, len(bits), blocks), dtype=np.uint64)
    odd = np.empty_like(even)
    even[0], even[1] = np.arange(blocks, dtype=np.uint64), bits & mask
    odd[0], odd[1] = call, bits >> shift
    multipliers = np.array(_MULTIPLIERS, dtype=np.uint64)[:, None, None]
    for round_key in _round_key_arrays(key):
        even *= multipliers
        high = (even >> shift)[::-1]
        low = (even & mask)[::-1]
        even = high ^ odd
        even ^= round_key
        odd = low
    return np.stack((even[0], odd[0], even[1], odd[1]), axis=-1).reshape(len(bits), 4 * blocks)


@lru_cache(maxsize=4096)
def _round_key_arrays(key: Key) -> tuple[np.ndarray, ...]:
    return tuple(np.array(pair, dtype=np.uint64)[:, None, None] for pair in _round_keys(key))


def philox_torch(index: torch.Tensor, call: int, blocks: int, key: Key) -> torch.Tensor:
    """Hash as `philox_numpy` does, on the device of the index: int64 (B,) in, int64 (B, 4 * blocks) out.

    Products wrap modulo 2**64 in int64 as they do in uint64; only the arithmetic right shift needs a mask.
    """
    import torch

    shape = (index.shape[0], blocks)
    device = index.device
    c0 = torch.arange(blocks, dtype=torch.int64, device=device).expand(shape)
    c1 = torch.full((1, 1), call, dtype=torch.int64, device=device).expand(shape)
    c2 = (index & _MASK)[:, None].expand(shape)
    c3 = ((index >> 32) & _MASK)[:, None].expand(shape)
    for k0, k1 in _round_keys(key):
        p0, p1 = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
        c0, c1 = ((p1 >> 32) & _MASK) ^ c1 ^ k0, p1 & _MASK
        c2, c3 = ((p0 >> 32) & _MASK) ^ c3 ^ k1, p0 & _MASK
    return torch.stack((c0, c1, c2, c3), dim=-1).reshape(shape[0], 4 * blocks)
