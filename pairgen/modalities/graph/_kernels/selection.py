"""Which elements of each group: exactly so many at random, or each with a probability. In linear time.

Elements carry random 63-bit words. "Exactly k" takes the k smallest words of a group, "each with probability p" those
below p * 2**63: either way the choice depends on the group alone, not on the batch that it lies in.
"""

from __future__ import annotations

import torch
from torch import Tensor

from pairgen.modalities.graph._arrays import counted, positions, spread, table_of

__all__ = ["EXACT", "limit_of", "limits", "over", "present", "repeated", "rounded"]


def rounded(rate: float, sizes: Tensor) -> Tensor:
    """int64: `rate` times each size, halves rounded up."""
    return (sizes.double() * rate + 0.5).floor().long()


EXACT = -2
"""Instead of a limit: just so many."""


def limit_of(rate: float, exact: bool = False) -> int:
    """The limit at or below which a word lies with probability `rate`, -1 where none does; `EXACT` if so wanted."""
    return EXACT if exact else min(int(rate * 2.0**63), 2**63) - 1


def limits(words: Tensor, ptr: Tensor, counts: Tensor) -> Tensor:
    """For each group the limit at or below which exactly `counts` of its words lie; -1 where that is none.

    words: int64 (n,), non-negative, group after group. ptr: (B + 1,), where each begins. counts: (B,), at most the
    group's size. Returns int64 (B,).

    The k-th smallest of n uniform words lies near k / n, so that only the words up to a little beyond are looked at.
    """
    sizes = ptr.diff()
    share = (counts + 4 * (counts + 1.0).sqrt() + 4) / sizes.clamp(min=1)
    beyond = torch.where(share < 1, (share.clamp(max=0.999) * 2.0**63).long(), 2**63 - 1)
    near = positions(words <= spread(beyond, sizes))
    found = counted(near, ptr).diff()
    if bool((found < counts).any()):  # once in thousands of batches; then all of them are sorted
        near, found = torch.arange(len(words), device=words.device), sizes
    # One sort of all groups: the group's number in the highest bits, which cost each word its lowest.
    bits = max(len(sizes) - 1, 0).bit_length()
    numbers = torch.arange(len(sizes), device=words.device)
    keys = (spread(numbers, found) << (63 - bits)) | (words.index_select(0, near) >> bits)
    ordered = torch.cat([keys.sort().values, keys.new_zeros(1)])
    kth = ordered.index_select(0, (found.cumsum(0) - found + counts - 1).clamp(min=0))
    limit = ((kth & ((1 << (63 - bits)) - 1)) << bits) | ((1 << bits) - 1)
    return torch.where(counts > 0, limit, -1)


def over(words: Tensor, ptr: Tensor, limit: Tensor) -> Tensor:
    """int64, ascending: the positions of words above the limit (B,) of their group."""
    return positions(words > spread(limit, ptr.diff()))


def present(words: Tensor, among: Tensor) -> Tensor:
    """Bool (n,): whether each of a few words is one of many, in one pass over the many."""
    table, mask = table_of(words, len(words))
    alike = among.index_select(0, positions(table.index_select(0, among & mask)))
    if len(alike) == 0:
        return torch.zeros_like(words, dtype=torch.bool)
    ordered = alike.sort().values
    place = torch.searchsorted(ordered, words).clamp(max=len(ordered) - 1)
    return ordered.index_select(0, place) == words


def repeated(words: Tensor) -> Tensor:
    """Bool (n,): whether a word has come before."""
    slots = words & ((1 << max(10, (16 * len(words)).bit_length())) - 1)
    alike = positions(torch.bincount(slots).index_select(0, slots) > 1)
    again = torch.zeros_like(words, dtype=torch.bool)
    ordered, order = words.index_select(0, alike).sort(stable=True)
    later = order.index_select(0, positions(ordered[1:] == ordered[:-1]) + 1)
    return again.index_fill_(0, alike.index_select(0, later), True)
