"""Where this process stands in a process group, if there is one."""

from __future__ import annotations

import torch.distributed as dist

__all__ = ["rank_and_size"]


def rank_and_size() -> tuple[int, int]:
    """(rank, number of processes); (0, 1) without an initialised process group."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    return 0, 1
