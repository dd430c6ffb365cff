"""`draw`, then `apply`: `apply` is pure, nothing is changed, nothing is remembered."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
import tracemalloc
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from pairgen.random import Stream
from pairgen.testing.checks._registry import check, no_batches
from pairgen.testing.compare import find_difference, to_parts
from pairgen.testing.examples import BatchExample, CheckFailure, Example, ItemGroup
from pairgen.testing.formatting import format_short

__all__ = [
    "keeps_no_state",
    "leaves_the_batch_alone",
    "leaves_the_item_alone",
    "leaves_the_params_alone",
    "memory_stays_flat",
    "replays_from_params",
]

_WARM_UP, _ROUNDS, _CALLS = 20, 8, 24  # together more than the 128 entries that a cache of functools has by default
_MIN_BYTES = 320  # a call: an entry of a cache with key and value; the interpreter itself holds and frees less


@check()
def leaves_the_item_alone(example: Example) -> None:
    """The item is unchanged."""
    before = to_parts(example.item)
    try:
        example.view()
    finally:
        _raise_if_changed(before, example.item, "the item was changed", "copy it before you write into it")


@check(scope="batch", skip_reason=no_batches)
def leaves_the_batch_alone(example: BatchExample) -> None:
    """The batch is unchanged."""
    before = to_parts(example.batch)
    try:
        example.sample()
    finally:
        _raise_if_changed(before, example.batch, "the batch was changed", "copy it before you write into it")


@check()
def replays_from_params(example: Example) -> None:
    """`apply(item, params)` makes the view again, also from params that were pickled."""
    first, params = example.sample()
    view = to_parts(first)
    for name, replayed in (("params", params), ("pickled params", pickle.loads(pickle.dumps(params)))):
        again = example.augmentation.apply(example.item, replayed)
        _raise_if_changed(view, again, f"apply(item, params) with the {name} gave another view", "draw all in `draw`")


@check()
def leaves_the_params_alone(example: Example) -> None:
    """`apply` leaves its params unchanged: they may be applied to several items."""
    _, params = example.sample()
    before = to_parts(params)
    example.augmentation.apply(example.item, params)
    _raise_if_changed(before, params, "apply changed its params", "copy them before you write into them")


@check(scope="group", ratio=0.2)
def keeps_no_state(group: ItemGroup) -> None:
    """A view does not depend on the items before it, and the augmentation stays unchanged."""
    before = to_parts(group.augmentation)
    forward, backward = copy.deepcopy(group.augmentation), copy.deepcopy(group.augmentation)
    examples = group.accepted()
    views = {example.index: to_parts(forward(example.item, example.stream())) for example in examples}
    for example in reversed(examples):
        difference = find_difference(views[example.index], backward(example.item, example.stream()))
        if difference:
            raise CheckFailure(f"item {example.index} got another view when the order of items changed: {difference}")
    _raise_if_changed(before, forward, "the augmentation was changed by its calls", "keep what is drawn in the params")


@check(ratio=0.04)
def memory_stays_flat(example: Example) -> None:
    """Many calls with one item leave no more memory in use than a few, and no longer list, dict or set."""
    example.view()
    _check_containers(example)
    with _traced_memory():
        _call(example, range(_WARM_UP))
        used = _memory_in_use()
        for turn in range(_ROUNDS):
            _call(example, range((turn + 1) * 1000, (turn + 1) * 1000 + _CALLS))
            before, used = used, _memory_in_use()
            if used - before < _MIN_BYTES * _CALLS:
                return
    raise CheckFailure(
        f"each of {_ROUNDS} rounds of {_CALLS} calls left {_MIN_BYTES * _CALLS:,} bytes or more in use, the last "
        f"{used - before:,}; look for a cache or list that grows with every call"
    )


def _check_containers(example: Example) -> None:
    """A container that is longer by an element a call after every round is a cache or a log, whatever it holds."""
    _call(example, range(_WARM_UP))
    lengths = {id(found): len(found) for found in _containers()}
    for turn in range(_ROUNDS):
        _call(example, range((turn + 1) * 1000, (turn + 1) * 1000 + _CALLS))
        grown = [found for found in _containers() if len(found) >= lengths.get(id(found), len(found)) + _CALLS]
        lengths = {id(found): len(found) for found in grown}
        if not grown:
            return
    container = grown[0]
    last = list(container)[-1] if not isinstance(container, (set, frozenset)) else next(iter(container))
    raise CheckFailure(
        f"a cache or a log: {_name_of(container, example)} of {len(container):,} elements, such as "
        f"{format_short(last, 60)}, grows with every call; keep nothing between calls"
    )


def _containers() -> list[list[object] | dict[object, object] | set[object] | deque[object]]:
    return [found for found in gc.get_objects() if type(found) in (list, dict, set, deque, OrderedDict, defaultdict)]


def _name_of(container: object, example: Example) -> str:
    """Where a container is held: an attribute of the augmentation or its class, or a variable of its module."""
    cls = type(example.augmentation)
    holders = [("self", getattr(example.augmentation, "__dict__", {})), *((c.__name__, vars(c)) for c in cls.__mro__)]
    holders.append((cls.__module__, vars(sys.modules.get(cls.__module__, sys))))
    for holder, members in holders:
        for name, value in members.items():
            if value is container:
                return f"the {type(container).__name__} {holder}.{name}"
    return f"a {type(container).__name__}"


def _raise_if_changed(before: object, after: object, message: str, remedy: str) -> None:
    difference = find_difference(before, after)
    if difference:
        raise CheckFailure(f"{message}: {difference}; {remedy}")


def _call(example: Example, indices: range) -> None:
    for index in indices:
        example.augmentation(example.item, Stream(example.seed, index=index))


@contextmanager
def _traced_memory() -> Iterator[None]:
    """Trace Python's allocations, and exclude the tensors that exist already."""
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


def _memory_in_use() -> int:
    """Bytes of Python and NumPy, and of tensors made since the tracing began."""
    gc.collect()
    tensors = [value for value in gc.get_objects() if issubclass(type(value), torch.Tensor)]
    storages: dict[int, int] = {s.data_ptr(): s.nbytes() for s in (tensor.untyped_storage() for tensor in tensors)}
    return tracemalloc.get_traced_memory()[0] + sum(storages.values())
