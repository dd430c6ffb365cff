"""The batches of an epoch, step by step: those that hold pairs, and on several processes as many on each."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed as dist

from pairgen.pairs import PairBatch

if TYPE_CHECKING:
    from lightning_fabric import Fabric

__all__ = ["iterate_steps"]

_MORE, _ENDED, _FAILED = range(3)


def iterate_steps(fabric: Fabric, loader: Iterable[PairBatch], epoch: int) -> Iterator[PairBatch]:
    """Iterate the batches that hold pairs; one may be empty, where all its items were left out.

    A process that waits for another in a loss or a gradient would wait for ever if that one has no batch. So several
    processes tell each other before each step whether they have one: the epoch ends where the first runs out, with a
    warning, and where one cannot read its next batch, all raise.

    Args:
        fabric: Of the processes.
        loader: Gives the batches of this process.
        epoch: Number of the epoch, for messages.

    Raises:
        TypeError: The loader gives something else than `PairBatch`.
        ValueError: The loader of another process raised an error.
    """
    batches = _non_empty(loader)
    if fabric.world_size == 1:
        yield from batches
        return
    step = 0
    while True:
        batch, failure = None, None
        try:
            batch = next(batches, None)
        except Exception as error:
            failure = error
        states = _exchange(fabric, _FAILED if failure is not None else _ENDED if batch is None else _MORE)
        if _FAILED in states:
            _raise_together(failure, f"epoch {epoch}, step {step}")
        if batch is None or _ENDED in states:
            if _MORE in states:
                _warn_of_rest(states, epoch, step)
            return
        yield batch
        step += 1


def _non_empty(loader: Iterable[PairBatch]) -> Iterator[PairBatch]:
    for batch in loader:
        if not isinstance(batch, PairBatch):
            raise TypeError(
                f"the loader gave a {type(batch).__name__}, not a PairBatch: use sampler.loader(dataset, ...), or "
                "sampler.wrap_loader(loader) around a loader of items"
            )
        if len(batch):
            yield batch


def _exchange(fabric: Fabric, state: int) -> list[int]:
    mine = torch.tensor([state], device=fabric.device)
    states = [torch.empty_like(mine) for _ in range(fabric.world_size)]
    dist.all_gather(states, mine)
    return [int(each) for each in torch.cat(states).tolist()]


def _raise_together(failure: Exception | None, where: str) -> None:
    messages: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(messages, None if failure is None else f"{type(failure).__name__}: {failure}")
    if failure is not None:
        raise failure
    rank, message = next((rank, message) for rank, message in enumerate(messages) if message is not None)
    raise ValueError(f"{where}: the process of rank {rank} cannot read its next batch: {message}")


def _warn_of_rest(states: list[int], epoch: int, step: int) -> None:
    ended, others = ([rank for rank, each in enumerate(states) if each == state] for state in (_ENDED, _MORE))
    warnings.warn(
        f"epoch {epoch} ends after {step} steps on all processes: those of ranks {ended} have no more batches with "
        f"pairs, and what those of ranks {others} had left was not read. Give all equally many items that can be "
        'read; on_error="raise" names those that cannot',
        stacklevel=2,
    )
