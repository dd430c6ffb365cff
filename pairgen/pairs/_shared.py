"""Numbers that a process shares with its workers: the epoch of a sampler, and the passes over a dataset."""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from multiprocessing.context import get_spawning_popen
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from pairgen._validation import check_int

__all__ = ["PassCounter", "SharedEpoch"]

_GENERATION = 1 << 32  # stamps are generation * 2**32 + epoch, so that a later `set_epoch` outdates earlier stamps


class _SharedIntegers:
    """int64 zeros in memory that forked and spawned workers share; any other copy has memory of its own.

    The memory is anonymous, so it takes no file handle; only the start of a spawned worker makes it a file.
    """

    def __init__(self, count: int) -> None:
        self.values: npt.NDArray[np.int64] = np.frombuffer(mmap.mmap(-1, 8 * count), dtype=np.int64)
        self._tensor: torch.Tensor | None = None
        self._forked: npt.NDArray[np.int64] | None = None  # the memory of workers forked before any were spawned

    def set(self, position: int, value: int) -> None:
        """Set an integer for the workers of either kind."""
        self.values[position] = value
        if self._forked is not None:
            self._forked[position] = value

    def __reduce__(self) -> tuple[Any, ...]:
        if get_spawning_popen() is None:
            return _copy_integers, (self.values.tobytes(),)
        if self._tensor is None:
            self._tensor = torch.from_numpy(self.values.copy())
            self._tensor.untyped_storage().share_memory_()
            self._forked, self.values = self.values, self._tensor.numpy()
        return _attach_integers, (self._tensor,)


def _copy_integers(content: bytes) -> _SharedIntegers:
    integers = _SharedIntegers(len(content) // 8)
    integers.values[:] = np.frombuffer(content, dtype=np.int64)
    return integers


def _attach_integers(tensor: torch.Tensor) -> _SharedIntegers:
    integers = _SharedIntegers.__new__(_SharedIntegers)
    integers._tensor, integers._forked, integers.values = tensor, None, tensor.numpy()
    return integers


class SharedEpoch:
    """An epoch in memory that worker processes share, for the ways into a loader in which no index carries it.

    So a change reaches workers that live on (`persistent_workers`), under `fork` and `spawn` alike.

    Args:
        epoch: The epoch at first.
    """

    def __init__(self, epoch: int = 0) -> None:
        self._integers = _SharedIntegers(2)
        self.value = epoch

    @property
    def value(self) -> int:
        """The current epoch, at least 0."""
        return int(self._integers.values[0])

    @value.setter
    def value(self, epoch: int) -> None:
        self._integers.set(0, check_int("epoch", epoch, low=0))
        self._integers.set(1, int(self._integers.values[1]) + 1)

    @property
    def stamp(self) -> int:
        """A number that is larger after each change: its last 32 bits are the epoch."""
        epoch, generation = self._integers.values.tolist()
        return int(generation * _GENERATION + epoch)


class PassCounter:
    """Finds the epoch of a batch where nobody sets it: a position that was read before begins the next pass.

    The first pass after `set_epoch` has that epoch, as if each further one were set to the next.

    Args:
        count: Number of positions that are told apart: items of a dataset, or workers that read a stream.
    """

    def __init__(self, count: int) -> None:
        self._stamps = _SharedIntegers(count + 1)  # the last one is that of the newest pass

    def epoch_of(self, positions: Sequence[int], start: int) -> int:
        """Return the epoch of a batch of positions, and note that they were read.

        Args:
            positions: Positions in [0, count).
            start: `SharedEpoch.stamp` of the sampler.
        """
        stamps = self._stamps.values
        current = max(int(stamps[-1]), start)
        newest = int(stamps[positions].max(initial=0))
        if newest >= current:
            current = newest + 1
        stamps[positions] = stamps[-1] = current
        return current % _GENERATION

    def next_pass(self, worker: int, start: int) -> int:
        """Return the epoch of the pass that a worker begins.

        Args:
            worker: Number of the worker, in [0, count).
            start: `SharedEpoch.stamp` of the sampler.
        """
        stamps = self._stamps.values
        stamps[worker] = max(int(stamps[worker]) + 1, start)
        return int(stamps[worker]) % _GENERATION
