"""A batch spread over processes: each holds some of its rows, and the loss is that of all of them.

Every process gathers the rows of all and computes the same loss, the loss of the whole batch; its backward pass stops
at its own rows, without any communication. So the gradients of the processes add up to those of one process with the
whole batch. `DistributedDataParallel` divides that sum by the number of processes; `Shards.averaged` multiplies by it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.autograd.function import once_differentiable


@dataclass(frozen=True)
class Shards:
    """How many rows each process holds, in the order of the ranks, and which process this is."""

    counts: tuple[int, ...]
    rank: int = 0

    @property
    def total(self) -> int:
        """Rows of all processes together."""
        return sum(self.counts)

    @property
    def alone(self) -> bool:
        """Whether this process holds all rows."""
        return len(self.counts) == 1

    @property
    def mine(self) -> slice:
        """The rows of this process among those of all."""
        start = sum(self.counts[: self.rank])
        return slice(start, start + self.counts[self.rank])

    def times(self, views: int) -> Shards:
        """The same of tensors with so many rows for each."""
        return Shards(tuple(views * count for count in self.counts), self.rank)

    def gather(self, local: Tensor) -> Tensor:
        """This process's rows (n, ...) -> the rows of all (total, ...).

        Differentiable: this process's rows receive their part of the gradient, which every process computes.
        """
        if self.alone:
            return local
        everyone: Tensor = _Gather.apply(local, self)
        return everyone

    def stack(self, local: Tensor) -> Tensor:
        """A tensor of the same shape on every process -> all of them, along a new first axis. Not differentiable."""
        parts = [torch.empty_like(local) for _ in self.counts]
        dist.all_gather(parts, local.contiguous())
        return torch.stack(parts)

    def averaged(self, loss: Tensor) -> Tensor:
        """The loss with its gradient times the number of processes, for DDP divides by it."""
        return loss if self.alone else loss + (len(self.counts) - 1) * (loss - loss.detach())


def spread(check: Callable[[], tuple[Tensor, ...]], gather: bool) -> tuple[tuple[Tensor, ...], Shards]:
    """Run `check`, which returns tensors of this process, (n, ...) each, and learn what the other processes hold.

    gather: False where the batch is this process's alone; so it is without a process group, too.

    Raises what `check` raises. That, and embeddings that do not fit together, is an error on every process: none waits
    for another that has given up.
    """
    if not (gather and dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1):
        tensors = check()
        return tensors, Shards((len(tensors[0]),))
    failure: Exception | None = None
    mine: Any = None
    try:
        tensors = check()
        mine = (len(tensors[0]), [(tuple(tensor.shape[1:]), str(tensor.dtype)) for tensor in tensors])
    except (TypeError, ValueError) as error:
        failure, mine = error, str(error)
    known: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(known, mine)
    if failure is not None:
        raise failure
    _check_alike(known)
    return tensors, Shards(tuple(count for count, _ in known), dist.get_rank())


def _check_alike(known: list[Any]) -> None:
    for rank, said in enumerate(known):
        if isinstance(said, str):
            raise ValueError(f"the process of rank {rank} gave input that the loss refuses: {said}")
    if any(kinds != known[0][1] for _, kinds in known):
        raise ValueError(
            f"the processes give embeddings of different width or precision: {[kinds for _, kinds in known]}, by rank; "
            "with gather=True all give the same number of columns and the same dtype"
        )
    if not any(count for count, _ in known):
        raise ValueError("no process gave any rows: the loss of an empty batch is undefined; skip empty batches")


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, local: Tensor, shards: Shards) -> Tensor:
        ctx.mine = shards.mine
        most = max(shards.counts)  # collectives want equal shapes: shorter shards travel with rows of padding
        padded = local.new_zeros((most, *local.shape[1:]))
        padded[: len(local)] = local
        return torch.cat([part[:count] for part, count in zip(shards.stack(padded), shards.counts, strict=True)])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        return grad[ctx.mine], None
