"""The rank of this process in a process group."""

from __future__ import annotations

import torch.distributed as dist

__all__ = ["rank_and_size"]


def rank_and_size() -> tuple[int, int]:
    """Return (rank, number of processes): (0, 1) without an initialized process group."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    return 0, 1
