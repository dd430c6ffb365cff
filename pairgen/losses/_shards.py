"""A batch that is distributed over processes: each holds some of its rows, and the loss is that of all of them.

Every process gathers the rows of all and computes the same loss, the loss of the whole batch; its backward pass stops
at its own rows, without any communication. So the gradients of the processes add up to those of one process with the
whole batch. `DistributedDataParallel` divides that sum by the number of processes; `Shards.scale_gradient` multiplies
by it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True)
class Shards:
    """How many rows each process holds.

    Args:
        counts: Rows of each process, in the order of the ranks.
        rank: Rank of this process.
    """

    counts: tuple[int, ...]
    rank: int = 0

    @property
    def total(self) -> int:
        """Rows of all processes together."""
        return sum(self.counts)

    @property
    def is_local(self) -> bool:
        """Whether this process holds all rows."""
        return len(self.counts) == 1

    @property
    def local(self) -> slice:
        """The rows of this process among those of all."""
        start = sum(self.counts[: self.rank])
        return slice(start, start + self.counts[self.rank])

    def repeat(self, views: int) -> Shards:
        """Return the shards of tensors with `views` rows for each row."""
        return Shards(tuple(views * count for count in self.counts), self.rank)

    def gather(self, rows: Tensor) -> Tensor:
        """Return the rows of all processes (total, ...), given this process's (n, ...).

        Differentiable: this process's rows receive their part of the gradient, which every process computes.
        """
        if self.is_local:
            return rows
        gathered: Tensor = _Gather.apply(rows, self)
        return gathered

    def stack(self, values: Tensor) -> Tensor:
        """Return the tensors of all processes, of one shape, along a new first axis. Not differentiable."""
        parts = [torch.empty_like(values) for _ in self.counts]
        dist.all_gather(parts, values.contiguous())
        return torch.stack(parts)

    def sum(self, value: Tensor) -> Tensor:
        """Return the sum of a scalar over all processes, whose gradient is that of this process's part."""
        if self.is_local:
            return value
        return value + (self.stack(value.detach()).sum() - value.detach())

    def scale_gradient(self, loss: Tensor) -> Tensor:
        """Return the loss with its gradient times the number of processes, because DDP divides by it."""
        return loss if self.is_local else loss + (len(self.counts) - 1) * (loss - loss.detach())


class _Report(NamedTuple):
    """What a process tells the others of its tensors: their length, and the other axes and dtype of each."""

    rows: int
    formats: list[tuple[tuple[int, ...], str]]
    error: str | None = None


def gather_shards(
    check: Callable[[], tuple[Tensor, ...]], gather: bool, *, empty: bool = False
) -> tuple[tuple[Tensor, ...], Shards]:
    """Check this process's tensors and learn how many rows the other processes hold.

    Args:
        check: Returns the tensors of this process, (n, ...) each, or raises TypeError or ValueError.
        gather: False where the batch is this process's alone, as it is without a process group.
        empty: Allow that no process holds any rows.

    Returns:
        What `check` returned, and the rows of each process.

    Raises:
        TypeError: `check` raised it.
        ValueError: `check` raised it, `check` failed on another process, or the tensors of the processes do not fit
            together. Every process raises, so that none waits for another that has given up.
    """
    if not (gather and dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1):
        tensors = check()
        return tensors, Shards((len(tensors[0]),))
    failure: Exception | None = None
    try:
        tensors = check()
        report = _Report(len(tensors[0]), [(tuple(tensor.shape[1:]), str(tensor.dtype)) for tensor in tensors])
    except (TypeError, ValueError) as error:
        failure, report = error, _Report(0, [], str(error))
    reports: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(reports, report)
    if failure is not None:
        raise failure
    _check_alike(reports, empty)
    return tensors, Shards(tuple(each.rows for each in reports), dist.get_rank())


def _check_alike(reports: list[_Report], empty: bool) -> None:
    for rank, report in enumerate(reports):
        if report.error is not None:
            raise ValueError(f"the process of rank {rank} gave input that the loss refuses: {report.error}")
    if any(report.formats != reports[0].formats for report in reports):
        raise ValueError(
            f"the processes give embeddings of different width or precision: {[each.formats for each in reports]}, by "
            "rank; with gather=True all give the same number of columns and the same dtype"
        )
    if not empty and not any(report.rows for report in reports):
        raise ValueError("no process gave any rows: the loss of an empty batch is undefined; skip empty batches")


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, rows: Tensor, shards: Shards) -> Tensor:
        ctx.local = shards.local
        most = max(shards.counts)  # collectives want equal shapes: shorter shards travel with rows of padding
        padded = rows.new_zeros((most, *rows.shape[1:]))
        padded[: len(rows)] = rows
        return torch.cat([part[:count] for part, count in zip(shards.stack(padded), shards.counts, strict=True)])

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, None]:
        own = grad[ctx.local]
        # Of a gradient that depends on the rows, the other processes have parts, which nobody would send.
        return refuse_second_derivative(own) if torch.is_grad_enabled() and own.requires_grad else own, None


def refuse_second_derivative(grad: Tensor | None, *inputs: Tensor | None) -> Tensor | None:
    """Return a gradient that raises RuntimeError where it is differentiated again with respect to the inputs."""
    return None if grad is None else _NotAgain.apply(grad, *inputs)


class _NotAgain(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, grad: Tensor, *inputs: Tensor | None) -> Tensor:
        return grad.view_as(grad)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[None, ...]:
        raise RuntimeError(
            "the gradient of a loss with gather=True cannot be differentiated again over several processes: a gradient "
            "penalty, Hessian or meta-gradient needs gather=False, or one process"
        )
