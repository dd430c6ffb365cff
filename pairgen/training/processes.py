"""How many processes train together: one, those that torchrun started, or those of the process group that is there."""

from __future__ import annotations

import inspect
import os
from dataclasses import dataclass
from typing import Any

import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from pairgen.pairs.distributed import rank_and_size

__all__ = ["Processes"]


@dataclass(frozen=True)
class Processes:
    """local: processes on this machine. machines: of as many processes each."""

    local: int = 1
    machines: int = 1

    @property
    def total(self) -> int:
        """On all machines."""
        return self.local * self.machines

    @classmethod
    def here(cls, devices: int | None) -> Processes:
        """Those that were started; else as many as asked for, which Fabric starts by running the script again.

        ValueError where both are known and differ.
        """
        if devices is not None and (isinstance(devices, bool) or not isinstance(devices, int) or devices < 1):
            raise ValueError(f"devices is a whole number of at least 1, or None, got {devices!r}")
        started = _started()
        if started is None:
            return cls(devices or 1)
        if devices not in (None, started.local):
            raise ValueError(
                f"devices={devices}, but {started.local} processes were started on this machine; leave devices out, or "
                f"start as many: torchrun --nproc-per-node {devices}"
            )
        return started

    def fabric_options(self, find_unused: bool) -> dict[str, Any]:
        """What tells Fabric of the other processes; nothing for one. find_unused: parameters without a gradient."""
        if self.total == 1:
            return {}
        from lightning_fabric.strategies.ddp import DDPStrategy

        # Buffers are not sent round at every step: batch statistics are each process's own until the epoch's end, and
        # a queue of keys, which all hold alike, may be large. (The option was renamed in torch 2.14.)
        known = inspect.signature(DistributedDataParallel).parameters
        buffers = "forward_sync_buffers" if "forward_sync_buffers" in known else "broadcast_buffers"
        options: dict[str, Any] = {"find_unused_parameters": find_unused, buffers: False}
        strategy = DDPStrategy(**options)
        if not dist.is_initialized() or dist.is_torchelastic_launched():
            return {"strategy": strategy}
        return {"strategy": strategy, "plugins": [_environment_of_the_group(self.local)]}


def _started() -> Processes | None:
    if not dist.is_available():
        return None
    if dist.is_torchelastic_launched():
        local = int(os.environ["LOCAL_WORLD_SIZE"])
        return Processes(local, int(os.environ["WORLD_SIZE"]) // local)
    if dist.is_initialized():
        size = rank_and_size()[1]
        local = int(os.environ.get("LOCAL_WORLD_SIZE", size))
        return Processes(local, size // local)
    return None


def _environment_of_the_group(local: int) -> Any:
    """For Fabric: the process group is there already, whoever made it; ranks count machine by machine."""
    from lightning_fabric.plugins.environments.lightning import LightningEnvironment

    class Group(LightningEnvironment):
        creates_processes_externally = True

        def local_rank(self) -> int:
            return dist.get_rank() % local

        def node_rank(self) -> int:
            return dist.get_rank() // local

    return Group()
