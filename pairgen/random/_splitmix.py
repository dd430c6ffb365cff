"""SplitMix64, the hash for the elements of ragged items, such as the nodes and edges of graphs.

Philox hashes a draw of equal size for every item, which for ragged items would be that of the largest. Here each item
has one 64-bit seed, and its element number n has word n of the SplitMix64 sequence of that seed: a few operations on
64-bit words, in NumPy and in torch with the same bits. Source: Steele, Lea and Flood, "Fast splittable pseudorandom
number generators", OOPSLA 2014.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    import torch

__all__ = ["GOLDEN", "mix", "mix_int", "mix_numpy", "mix_torch", "signed"]

Words = TypeVar("Words", "np.ndarray", "torch.Tensor")

GOLDEN = 0x9E3779B97F4A7C15
"""The step between two states of the sequence: 2**64 over the golden ratio, odd."""

_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_MASK = 2**64 - 1


def signed(word: int) -> int:
    """Return the signed integer with the same 64 bits; torch has no arithmetic on uint64."""
    word &= _MASK
    return word - 2**64 if word >= 2**63 else word


def mix(words: Words) -> Words:
    """Hash int64 words one by one, on their device; CPU tensors go through NumPy, which takes half the time."""
    hashed: Any
    if isinstance(words, np.ndarray):
        hashed = mix_numpy(words.view(np.uint64)).view(np.int64)
    elif words.device.type == "cpu":
        import torch

        hashed = torch.from_numpy(mix(words.numpy()))
    else:
        hashed = mix_torch(words)
    mixed: Words = hashed
    return mixed


def mix_int(word: int) -> int:
    """Hash one word below 2**64."""
    word = ((word ^ (word >> 30)) * _FIRST) & _MASK
    word = ((word ^ (word >> 27)) * _SECOND) & _MASK
    return word ^ (word >> 31)


def mix_numpy(words: np.ndarray) -> np.ndarray:
    """Hash uint64 words one by one; a bijection."""
    mixed: np.ndarray = words ^ (words >> np.uint64(30))
    mixed *= np.uint64(_FIRST)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(_SECOND)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def mix_torch(words: torch.Tensor) -> torch.Tensor:
    """Hash as `mix_numpy` does, on the device of the words: int64 in and out, the same bits."""
    mixed = words ^ _shift_right(words, 30)
    mixed *= signed(_FIRST)
    mixed ^= _shift_right(mixed, 27)
    mixed *= signed(_SECOND)
    mixed ^= _shift_right(mixed, 31)
    return mixed


def _shift_right(words: torch.Tensor, by: int) -> torch.Tensor:
    """Shift logically to the right; torch's shift is arithmetic."""
    return (words >> by).bitwise_and_((1 << (64 - by)) - 1)
