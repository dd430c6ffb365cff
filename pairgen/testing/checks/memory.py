"""Memory stays flat: nothing is kept of the items that have passed."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from pairgen.random import Stream
from pairgen.testing.check import check
from pairgen.testing.subject import CheckFailure, Example

__all__ = ["memory_stays_flat"]

_WARM_UP, _ROUNDS, _CALLS = 20, 8, 24  # together more than the 128 entries that a cache of functools has by default
_LEAST = (
    320  # bytes a call: an entry of a cache, its key and its value; less than that comes and goes in the interpreter
)


@check(share=0.04)
def memory_stays_flat(example: Example) -> None:
    """Many calls with one item leave no more memory in use than a few."""
    example.view()
    with _measured():
        _call(example, range(_WARM_UP))
        held = _held()
        for turn in range(_ROUNDS):
            _call(example, range((turn + 1) * 1000, (turn + 1) * 1000 + _CALLS))
            before, held = held, _held()
            if held - before < _LEAST * _CALLS:
                return
    raise CheckFailure(
        f"each of {_ROUNDS} rounds of {_CALLS} calls left {_LEAST * _CALLS:,} bytes or more behind, the last "
        f"{held - before:,}; what is it that keeps them?"
    )


def _call(example: Example, indices: range) -> None:
    for index in indices:
        example.augmentation(example.item, Stream(example.seed, index=index))


@contextmanager
def _measured() -> Iterator[None]:
    """Python's allocations are traced, and what there is already is left out of the count of tensors."""
    traced = tracemalloc.is_tracing()
    gc.collect()
    gc.freeze()
    if not traced:
        tracemalloc.start()
    try:
        yield
    finally:
        if not traced:
            tracemalloc.stop()
        gc.unfreeze()


def _held() -> int:
    """Bytes in Python's and NumPy's hands, and in tensors that came to be since."""
    gc.collect()
    tensors = [one for one in gc.get_objects() if issubclass(type(one), torch.Tensor)]
    storages: dict[int, int] = {s.data_ptr(): s.nbytes() for s in (one.untyped_storage() for one in tensors)}
    return tracemalloc.get_traced_memory()[0] + sum(storages.values())
