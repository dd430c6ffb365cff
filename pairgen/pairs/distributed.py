"""The rank of this process in a process group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

import torch.distributed as dist

__all__ = ["rank_and_size", "take_share"]


def rank_and_size() -> tuple[int, int]:
    """Return (rank, number of processes): (0, 1) without an initialized process group."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    return 0, 1


T = TypeVar("T")


def take_share(samples: Iterable[T], rank: int, size: int) -> Iterator[tuple[int, T]]:
    """Iterate every `size`-th sample with its position, equally many on each rank: the last ranks may take early ones.

    Args:
        samples: The same samples on all ranks.
        rank: Number of this rank.
        size: Number of ranks.
    """
    first: list[tuple[int, T]] = []
    count, chosen = 0, None
    for position, sample in enumerate(samples):
        if len(first) < size:
            first.append((position, sample))
        if position % size == rank:
            chosen = (position, sample)
        count = position + 1
        if count % size == 0 and chosen is not None:
            yield chosen
            chosen = None
    if count % size:
        yield chosen or first[(rank - count % size) % len(first)]
