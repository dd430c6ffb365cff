"""Index arithmetic on values laid out group after group, by NumPy on the CPU where torch is slow."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

__all__ = [
    "arange_in_groups",
    "lookup_table",
    "on_cpu",
    "pointers",
    "positions",
    "ranges",
    "repeat",
    "shift_right",
    "subset_pointers",
]


def on_cpu(values: Tensor) -> bool:
    """Whether the compiled kernels take these values; torch's take all others."""
    return values.device.type == "cpu"


def positions(mask: Tensor) -> Tensor:
    """int64: where a 1-D mask is True. NumPy finds them five times faster than torch on a CPU."""
    if mask.device.type == "cpu":
        return torch.from_numpy(np.flatnonzero(mask.numpy()))
    return mask.nonzero().squeeze(1)


def pointers(counts: Tensor) -> Tensor:
    """(B,) counts -> (B + 1,): where each group begins, and the end of the last."""
    return torch.cat([counts.new_zeros(1), counts.cumsum(0)])


def subset_pointers(chosen: Tensor, ptr: Tensor) -> Tensor:
    """The pointers of what is left when, of groups that `ptr` delimits, only the positions `chosen` (sorted) remain."""
    return torch.searchsorted(chosen, ptr)


def repeat(values: Tensor, counts: Tensor) -> Tensor:
    """One value a group -> one an element: `values[g]` repeated counts[g] times."""
    if values.device.type == "cpu":
        return torch.from_numpy(np.repeat(values.numpy(), counts.numpy()))
    return values.repeat_interleave(counts)


def arange_in_groups(counts: Tensor) -> Tensor:
    """0, 1, ..., counts[g] - 1 for each group in turn."""
    total = int(counts.sum())
    return torch.arange(total, device=counts.device) - repeat(pointers(counts)[:-1], counts)


def ranges(starts: Tensor, counts: Tensor) -> Tensor:
    """starts[g], ..., starts[g] + counts[g] - 1 for each group in turn."""
    return arange_in_groups(counts) + repeat(starts, counts)


def shift_right(words: Tensor, bits: int) -> Tensor:
    """64-bit words shifted right, zeros coming in from the left: non-negative for bits of at least 1."""
    if words.device.type == "cpu":
        return torch.from_numpy((words.numpy().view(np.uint64) >> np.uint64(bits)).view(np.int64))
    return (words >> bits) & ((1 << (64 - bits)) - 1)


def lookup_table(words: Tensor, size: int) -> tuple[Tensor, int]:
    """A table of booleans, True where the lowest bits of a word point to, and the mask of those bits.

    About 16 slots for each of `size` words: one word in sixteen that is not in the table seems to be.
    """
    mask = (1 << max(10, (16 * size).bit_length())) - 1
    table = torch.zeros(mask + 1, dtype=torch.bool, device=words.device)
    return table.index_fill_(0, words & mask, True), mask
