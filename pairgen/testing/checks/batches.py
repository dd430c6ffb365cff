"""A batch is its items: also an empty batch and a batch of one; and padding stays zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pairgen.augmentation import Params, one, select
from pairgen.batch import PaddedBatch, take, unbatch
from pairgen.random import Stream
from pairgen.testing.checks._registry import check, no_batches
from pairgen.testing.compare import find_difference, to_parts
from pairgen.testing.examples import BatchExample, CheckFailure, NotAcceptedError, batch_strategy
from pairgen.testing.search import find_example
from pairgen.testing.targets import Target

__all__ = [
    "accepts_a_batch_of_one",
    "accepts_an_empty_batch",
    "batch_equals_items",
    "keeps_padding_zero",
    "large_batch_equals_items",
    "params_select_rows",
]

_LARGE = 40  # items of a large batch: more than the 8, 16 or 32 that code handles at a time


@check(scope="batch", skip_reason=no_batches)
def batch_equals_items(example: BatchExample) -> None:
    """Augmenting a batch gives what augmenting its items one by one gives, with the same draws."""
    _compare_with_items(example, *example.sample())


@check(scope="batch", ratio=0.1, skip_reason=no_batches)
def large_batch_equals_items(example: BatchExample) -> None:
    """A batch of 40 items gives what its items one by one give: no chunk, block or narrow index ends before."""
    count = len(example.index)
    if not count:
        raise NotAcceptedError("no items")
    large = replace(example, batch=take(example.batch, np.arange(_LARGE) % count))
    _compare_with_items(large, *large.sample())


@check(scope="batch", ratio=0.5, skip_reason=no_batches)
def accepts_a_batch_of_one(example: BatchExample) -> None:
    """A batch of one item gives that item's view."""
    example.sample()  # a batch that is not accepted at all says nothing about one of its items
    single = replace(example, batch=take(example.batch, np.array([0])))
    try:
        views, params = single.augmentation.sample_batch(single.batch, single.stream())
    except Exception as error:
        raise CheckFailure(f"a batch of one item raised {type(error).__name__}: {error}") from error
    _compare_with_items(single, views, params)


@check(scope="batch", ratio=0.25, skip_reason=no_batches)
def accepts_an_empty_batch(example: BatchExample) -> None:
    """A batch without items gives a batch without views, of the same dtype."""
    full, _ = example.sample()
    no_rows = np.array([], dtype=np.int64)
    try:
        views, _ = example.augmentation.sample_batch(take(example.batch, no_rows), Stream(example.seed, index=no_rows))
    except Exception as error:
        raise CheckFailure(f"an empty batch raised {type(error).__name__}: {error}") from error
    count = sum(1 for _ in unbatch(views))
    if count:
        raise CheckFailure(f"an empty batch gave {count} views")
    if type(views) is not type(full) or getattr(views, "dtype", None) != getattr(full, "dtype", None):
        raise CheckFailure(f"an empty batch gave {type(views).__name__} {getattr(views, 'dtype', '')}")


@check(scope="batch", ratio=0.5, skip_reason=no_batches)
def params_select_rows(example: BatchExample) -> None:
    """Some rows of batched params make those rows of the views."""
    views, params = example.sample()
    rows = example.index > example.first
    try:
        selected = example.augmentation.apply_batch(take(example.batch, rows), select(params, rows))
        actual = list(unbatch(selected))
    except Exception as error:
        raise CheckFailure(f"rows of the params do not apply to those rows: {type(error).__name__}: {error}") from error
    expected = [view for view, is_selected in zip(unbatch(views), rows, strict=True) if is_selected]
    if len(actual) != len(expected):
        raise NotAcceptedError("the views of this batch have no rows")
    tolerance = example.target.tags.tolerance or example.target.check_spec.tolerance
    for i, (view, other) in enumerate(zip(actual, expected, strict=True)):
        difference = find_difference(view, other, tolerance)
        if difference:
            raise CheckFailure(f"row {i} of the selected params made another view: {difference}")


def _no_padding(target: Target) -> str | None:
    reason = no_batches(target)
    if reason:
        return reason
    try:
        find_example(batch_strategy(target), lambda batch: isinstance(batch, PaddedBatch))
    except LookupError:
        return "its batches have no padding"
    return None


@check(scope="batch", skip_reason=_no_padding)
def keeps_padding_zero(example: BatchExample) -> None:
    """What lies beyond an item's length is zero in the views too."""
    if not isinstance(example.batch, PaddedBatch):
        raise NotAcceptedError("this batch has no padding")
    views, _ = example.sample()
    axis = views.axis % views.values.ndim
    time_last = views.values.movedim(axis, -1)
    beyond = ~views.mask().reshape(len(views), *(1,) * (time_last.ndim - 2), time_last.shape[-1])
    nonzero = (time_last != 0) & beyond
    if bool(nonzero.any()):
        first = tuple(int(i) for i in np.argwhere(nonzero.cpu().numpy())[0])
        raise CheckFailure(f"{int(nonzero.sum())} values beyond the lengths are not zero, first at {first}")


def _compare_with_items(example: BatchExample, batch: Any, params: Params) -> None:
    views: Sequence[object] = list(unbatch(batch))
    if len(views) != len(example.index):
        raise CheckFailure(f"{len(example.index)} items gave {len(views)} views")
    tolerance = example.target.tags.tolerance or example.target.check_spec.tolerance
    for i, item in enumerate(unbatch(example.batch)):
        alone, _ = example.augmentation.sample(item, Stream(example.seed, index=int(example.index[i])))
        difference = find_difference(to_parts(alone), views[i], tolerance)
        if difference:
            raise CheckFailure(f"item {i} alone and in the batch gave different views: {difference}")
        difference = find_difference(example.augmentation.apply(item, one(params, i)), views[i], tolerance)
        if difference:
            raise CheckFailure(f"item {i} by its row of the batched params and in the batch differ: {difference}")
