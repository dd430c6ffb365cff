"""The processes that train together: how many there are, and what they exchange besides the gradients."""

from __future__ import annotations

import inspect
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from pairgen._validation import check_int
from pairgen.pairs.distributed import rank_and_size

if TYPE_CHECKING:
    from lightning_fabric import Fabric
    from lightning_fabric.plugins.environments.lightning import LightningEnvironment

__all__ = ["Processes", "broadcast_buffers", "check_same", "reduce_mean", "reduce_sums"]


@dataclass(frozen=True)
class Processes:
    """How many processes train together.

    Args:
        local: Processes on this machine.
        machines: Machines, of as many processes each.
    """

    local: int = 1
    machines: int = 1

    @property
    def total(self) -> int:
        """Processes on all machines."""
        return self.local * self.machines

    @classmethod
    def detect(cls, devices: int | None) -> Processes:
        """Return the processes that were started (by torchrun, or in a process group), else as many as `devices`.

        Fabric starts the latter by running the script again.

        Raises:
            TypeError: `devices` is not an integer.
            ValueError: `devices` is less than 1, or differs from the number of processes that were started.
        """
        if devices is not None:
            check_int("devices", devices, 1)
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
        """Return the options that tell Fabric about the other processes.

        Args:
            find_unused: Look for parameters that a batch gives no gradient.
        """
        if self.total == 1:
            return {}
        from lightning_fabric.strategies.ddp import DDPStrategy

        # Buffers are not broadcast at every step: batch statistics stay those of each process until the epoch's end,
        # and a queue of keys, which is the same on all, may be large. (The option was renamed in torch 2.14.)
        known = inspect.signature(DistributedDataParallel).parameters
        buffers = "forward_sync_buffers" if "forward_sync_buffers" in known else "broadcast_buffers"
        options: dict[str, Any] = {"find_unused_parameters": find_unused, buffers: False}
        strategy = DDPStrategy(**options)
        if not dist.is_initialized() or dist.is_torchelastic_launched():
            return {"strategy": strategy}
        return {"strategy": strategy, "plugins": [_group_environment(self.local)]}


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


def _group_environment(local: int) -> LightningEnvironment:
    """The environment of a process group that exists already; its ranks count machine by machine."""
    from lightning_fabric.plugins.environments.lightning import LightningEnvironment

    class Group(LightningEnvironment):
        creates_processes_externally = True

        def local_rank(self) -> int:
            return dist.get_rank() % local

        def node_rank(self) -> int:
            return dist.get_rank() // local

    return Group()


def reduce_mean(fabric: Fabric, loss: Tensor) -> float:
    """Return the mean of a scalar over the processes."""
    return _reduce(fabric, loss.detach(), "mean").item()


def reduce_sums(fabric: Fabric, total: float, pairs: int) -> tuple[float, int]:
    """Return the sums over the processes of a loss and of its number of pairs."""
    if fabric.world_size == 1:
        return total, pairs
    sums = torch.tensor([total, pairs], dtype=torch.float64)
    total, count = _reduce(fabric, sums.to(fabric.device), "sum").tolist()
    return total, int(count)


def check_same(fabric: Fabric, name: str, number: int | None) -> None:
    """Raise ValueError in all processes unless they hold the same number, so that none waits for ever."""
    if fabric.world_size == 1:
        return
    numbers: list[int | None] = [None] * fabric.world_size
    dist.all_gather_object(numbers, number)
    if len(set(numbers)) > 1:
        raise ValueError(
            f"the processes have different {name}: {numbers}, by rank. Give all the same data set, batch size and "
            "run_dir; a sampler.loader(dataset, ...) shares the items out evenly"
        )


def broadcast_buffers(fabric: Fabric, module: nn.Module) -> None:
    """Give all processes the buffers of the first, such as the running statistics of BatchNorm."""
    if fabric.world_size > 1:
        for buffer in module.buffers():
            dist.broadcast(buffer, 0)


def _reduce(fabric: Fabric, value: Tensor, operation: str) -> Tensor:
    reduced = fabric.all_reduce(value, reduce_op=operation)
    if not isinstance(reduced, Tensor):  # all_reduce takes and gives collections, too
        raise TypeError(f"all_reduce of a tensor gave a {type(reduced).__name__}")
    return reduced
