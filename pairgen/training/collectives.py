"""What the processes of a training tell each other, beside the gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.distributed as dist
from torch import Tensor, nn

if TYPE_CHECKING:
    from lightning_fabric import Fabric

__all__ = ["mean", "same_everywhere", "share_buffers", "summed"]


def mean(fabric: Fabric, loss: Tensor) -> float:
    """The mean over the processes of a scalar."""
    value: float = fabric.all_reduce(loss.detach(), reduce_op="mean").item()  # type: ignore[union-attr]
    return value


def summed(fabric: Fabric, total: float, pairs: int) -> tuple[float, int]:
    """The sums over the processes of a loss and of the pairs it is of."""
    if fabric.world_size == 1:
        return total, pairs
    sums = torch.tensor([total, pairs], dtype=torch.float64)
    total, count = fabric.all_reduce(sums.to(fabric.device), reduce_op="sum").tolist()  # type: ignore[union-attr]
    return total, int(count)


def same_everywhere(fabric: Fabric, what: str, number: int | None) -> None:
    """Check that all processes hold the same number; else ValueError in all of them, rather than a wait for ever."""
    if fabric.world_size == 1:
        return
    numbers: list[int | None] = [None] * fabric.world_size
    dist.all_gather_object(numbers, number)
    if len(set(numbers)) > 1:
        raise ValueError(
            f"the processes have different {what}: {numbers}, by rank. Give all the same data set, batch size and "
            "run_dir; a sampler.loader(dataset, ...) shares the items out evenly"
        )


def share_buffers(fabric: Fabric, module: nn.Module) -> None:
    """Give all processes the buffers of the first, such as the running statistics of BatchNorm."""
    if fabric.world_size > 1:
        for buffer in module.buffers():
            dist.broadcast(buffer, 0)
