"""Promise 2: a batch is its items. Also of none and of one; and what is padding stays padding."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pairgen.augmentation.params import one, select
from pairgen.batch import PaddedBatch, take, unbatch
from pairgen.random import Stream
from pairgen.testing.check import check, unbatched
from pairgen.testing.compare import difference, parts_of
from pairgen.testing.examples import batches_of, example_of
from pairgen.testing.subject import BatchExample, CheckFailure, NotServedError, Subject

__all__ = [
    "batch_equals_items",
    "leaves_padding_silent",
    "params_serve_their_rows",
    "serves_a_batch_of_one",
    "serves_an_empty_batch",
]


@check(over="batch", unfit=unbatched)
def batch_equals_items(example: BatchExample) -> None:
    """Augmenting a batch gives what augmenting its items one by one gives, by the same draws."""
    views, params = example.sample()
    _compare(example, views, params)


@check(over="batch", share=0.5, unfit=unbatched)
def serves_a_batch_of_one(example: BatchExample) -> None:
    """A batch of one item gives that item's view."""
    example.sample()  # a batch that it does not serve at all is no matter of one item
    single = replace(example, batch=take(example.batch, np.array([0])))
    try:
        views, params = single.augmentation.sample_batch(single.batch, single.stream())
    except Exception as error:
        raise CheckFailure(f"a batch of one item raised {type(error).__name__}: {error}") from error
    _compare(single, views, params)


@check(over="batch", share=0.25, unfit=unbatched)
def serves_an_empty_batch(example: BatchExample) -> None:
    """A batch of no items gives a batch of no views, of the same dtype."""
    full, _ = example.sample()
    nothing = take(example.batch, np.array([], dtype=np.int64))
    try:
        views, _ = example.augmentation.sample_batch(nothing, Stream(example.seed, index=np.array([], dtype=np.int64)))
    except Exception as error:
        raise CheckFailure(f"an empty batch raised {type(error).__name__}: {error}") from error
    count = sum(1 for _ in unbatch(views))
    if count:
        raise CheckFailure(f"an empty batch became one of {count} views")
    if type(views) is not type(full) or getattr(views, "dtype", None) != getattr(full, "dtype", None):
        raise CheckFailure(f"an empty batch became {type(views).__name__} {getattr(views, 'dtype', '')}")


@check(over="batch", share=0.5, unfit=unbatched)
def params_serve_their_rows(example: BatchExample) -> None:
    """Some rows of batched params make those rows of the views."""
    views, params = example.sample()
    where = example.index > example.first
    part, drawn = take(example.batch, where), select(params, where)
    try:
        made = list(unbatch(example.augmentation.apply_batch(part, drawn)))
    except Exception as error:
        raise CheckFailure(f"rows of the params do not apply to those rows: {type(error).__name__}: {error}") from error
    wanted = [view for view, kept in zip(unbatch(views), where, strict=True) if kept]
    if len(made) != len(wanted):
        raise NotServedError("the views of this batch have no rows")
    tolerance = example.subject.tags.tolerance or example.subject.check_spec.tolerance
    for i, (row, other) in enumerate(zip(made, wanted, strict=True)):
        found = difference(row, other, tolerance)
        if found:
            raise CheckFailure(f"row {i} of the selected params made another view: {found}")


def _unpadded(subject: Subject) -> str | None:
    return unbatched(subject) or (None if _ever(batches_of(subject), PaddedBatch) else "its batches have no padding")


@check(over="batch", unfit=_unpadded)
def leaves_padding_silent(example: BatchExample) -> None:
    """What lies beyond an item's length is zero in the views too."""
    if not isinstance(example.batch, PaddedBatch):
        raise NotServedError("this batch has no padding")
    views, _ = example.sample()
    axis = views.axis % views.values.ndim
    time_last = views.values.movedim(axis, -1)
    beyond = ~views.mask().reshape(len(views), *(1,) * (time_last.ndim - 2), time_last.shape[-1])
    loud = (time_last != 0) & beyond
    if bool(loud.any()):
        raise CheckFailure(f"{int(loud.sum())} values beyond the lengths are not zero, first at {_first(loud)}")


def _ever(strategy: Any, kind: type) -> bool:
    """Whether a strategy makes something of that kind."""
    try:
        return example_of(strategy, lambda one: isinstance(one, kind)) is not None
    except LookupError:
        return False


def _first(where: Any) -> tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(where.cpu().numpy())[0])


def _compare(example: BatchExample, views: Any, params: Any) -> None:
    found = list(unbatch(views))
    if len(found) != len(example.index):
        raise CheckFailure(f"{len(example.index)} items gave {len(found)} views")
    tolerance = example.subject.tags.tolerance or example.subject.check_spec.tolerance
    for i, item in enumerate(unbatch(example.batch)):
        alone, _ = example.augmentation.sample(item, Stream(example.seed, index=int(example.index[i])))
        apart = difference(parts_of(alone), found[i], tolerance)
        if apart:
            raise CheckFailure(f"item {i} alone against the same in the batch: {apart}")
        replayed = difference(example.augmentation.apply(item, one(params, i)), found[i], tolerance)
        if replayed:
            raise CheckFailure(f"item {i} by its row of the batched params against the batch: {replayed}")
