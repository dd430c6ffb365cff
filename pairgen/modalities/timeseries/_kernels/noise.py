"""Random numbers as large as a batch, where the batch is: one hash gives four of them.

Philox and Box-Muller would take ten times as long as all else that an augmentation does. Here word n of a series is
word n of the SplitMix64 sequence of its seed, and each 16 bits of it pick one of 65,536 equally likely numbers: the
same on every device, to the bit, alone and in any batch.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from pairgen.random._splitmix import GOLDEN, mix, signed

__all__ = ["normal_numbers", "normal_table", "random_words"]


def random_words(seeds: object, count: int, device: torch.device) -> Tensor:
    """int64 (B, count): 64 random bits each, of seeds int64 (B,)."""
    start = torch.as_tensor(seeds).to(device).reshape(-1, 1)
    return mix((torch.arange(count, device=device) + 1) * signed(GOLDEN) + start)


def normal_numbers(seeds: object, length: int, like: Tensor) -> Tensor:
    """Standard normal (B, length, C), in the dtype and on the device of `like` (B, T, C); none beyond 4.2.

    Number i of a series is the same for every `length`.
    """
    channels = like.shape[2]
    count = length * channels
    words = random_words(seeds, -(-count // 4), like.device)
    parts = words.reshape(-1).view(torch.int16).reshape(len(words), 4 * words.shape[1])[:, :count]
    table = normal_table(like.dtype)
    if like.device.type == "cpu":
        where = parts.numpy().view(np.uint16)
        numbers = torch.from_numpy(table.take(where, mode="wrap"))  # NumPy's gather is the faster one, unchecked
    else:
        numbers = torch.from_numpy(table).to(like.device)[parts.to(torch.int64) & 0xFFFF]
    return numbers.reshape(len(numbers), length, channels)


@lru_cache(maxsize=2)
def normal_table(dtype: torch.dtype) -> np.ndarray:
    """The means of 65,536 equally likely parts of the normal distribution, to good accuracy, at variance 1."""
    from scipy.special import ndtri

    table = ndtri((np.arange(65536) + 0.5) / 65536)
    return np.asarray(table / table.std(), dtype=np.float64 if dtype == torch.float64 else np.float32)
