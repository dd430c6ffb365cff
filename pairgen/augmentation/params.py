"""Parameters of an augmentation: a frozen value for one item, or one whose leaves have a leading axis for a batch.

Params are numbers, strings, None, arrays, `RandomArray`s, and tuples, dicts and dataclasses of these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np

from pairgen.random import RandomArray

__all__ = ["ItemParams", "MaskedParams", "Params", "Rows", "batch_of_one", "one", "select"]

Params = Any
"""A tree of params: its type is the augmentation's own, the second type parameter of `Augmentation`."""

Rows = np.ndarray | slice
"""Rows of a batch: int64 indices, a bool mask (B,), or a slice."""

Leaf = TypeVar("Leaf")


@dataclass(frozen=True)
class ItemParams:
    """Batched params of an augmentation that draws item by item.

    Args:
        items: The params of each item.
    """

    items: tuple[Params, ...]


@dataclass(frozen=True)
class MaskedParams:
    """Batched params of an augmentation that changes only some items of a batch.

    Args:
        where: bool (B,), True for the items that are changed.
        params: Batched params of those items, in order.
    """

    where: np.ndarray
    params: Params

    def select(self, rows: Rows) -> MaskedParams:
        """Return the params of some items of the batch."""
        where = self.where[rows]
        position = (np.cumsum(self.where) - 1)[rows]
        return MaskedParams(where, select(self.params, position[where]))

    def one(self, i: int) -> Params:
        """Return the params of item i; None where it is not changed."""
        return one(self.params, int(np.count_nonzero(self.where[:i]))) if self.where[i] else None


def select(params: Params, rows: Rows) -> Params:
    """Select rows of batched params.

    Args:
        params: Batched params of B items.
        rows: int64 indices, a bool mask (B,), or a slice.

    Returns:
        Batched params of the selected items.
    """
    if isinstance(params, ItemParams):
        positions = np.arange(len(params.items))[rows]
        return ItemParams(tuple(params.items[i] for i in positions))
    if isinstance(params, MaskedParams):
        return params.select(rows)
    return _map(params, lambda leaf: leaf[rows], inner=lambda part: select(part, rows))


def one(params: Params, i: int) -> Params:
    """Select row i of batched params as the params of one item, with Python numbers for scalars.

    Args:
        params: Batched params of B items.
        i: Position of the item.

    Returns:
        Params that `apply` takes for item i.
    """
    if isinstance(params, ItemParams):
        return params.items[i]
    if isinstance(params, MaskedParams):
        return params.one(i)
    return _map(params, lambda leaf: _to_scalar(leaf[i]), inner=lambda part: one(part, i))


def batch_of_one(params: Params) -> Params:
    """Return the params drawn for one item as batched params of a batch that holds this item alone."""
    return _map(params, _add_axis)


def _to_scalar(value: Leaf | np.generic) -> Leaf:
    scalar: Leaf = value.item() if isinstance(value, np.generic) else value
    return scalar


def _add_axis(leaf: object) -> RandomArray | np.ndarray:
    return leaf.batch_of_one() if isinstance(leaf, RandomArray) else np.asarray(leaf)[None]


def _map(params: Params, leaf: Callable[[Any], object], inner: Callable[[Any], object] | None = None) -> Params:
    """Replace each leaf of `params`; structure, None and strings stay."""
    inner = inner or (lambda part: _map(part, leaf))
    if params is None or isinstance(params, str):
        return params
    if isinstance(params, (ItemParams, MaskedParams)):
        return inner(params)
    if isinstance(params, tuple):
        parts = [_map(part, leaf, inner) for part in params]
        return type(params)(*parts) if hasattr(params, "_fields") else tuple(parts)
    if isinstance(params, dict):
        return {name: _map(part, leaf, inner) for name, part in params.items()}
    if is_dataclass(params) and not isinstance(params, (RandomArray, type)):
        changed = {f.name: _map(getattr(params, f.name), leaf, inner) for f in fields(params)}
        return replace(params, **changed)
    return leaf(params)
