"""The user's data, as the commands need it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from pairgen.pairs import PairSampler, Skipped

__all__ = ["in_memory", "name_of", "names_of", "unreadable"]


def in_memory(dataset: Any) -> bool:
    """Whether the items lie in memory; whole batches are augmented at once then, by this process."""
    return isinstance(getattr(dataset, "items", None), np.ndarray) or bool(getattr(dataset, "in_memory", False))


def name_of(dataset: Any, index: int) -> str:
    """The path of an item, or its place."""
    items = getattr(dataset, "items", None)
    item = None if items is None else items[index]
    return str(item) if isinstance(item, str | os.PathLike) else f"item {index}"


def names_of(dataset: Any, skipped: Iterable[Skipped]) -> list[tuple[str, str]]:
    """(name, error) of items that a loader left out."""
    return [(name_of(dataset, int(one.index)), one.error) for one in skipped]


def unreadable(dataset: Any, sampler: PairSampler, kept: Iterable[Any]) -> list[tuple[str, str]]:
    """(name, error) of the items that are not among those kept."""
    found = []
    for index in sorted(set(range(len(dataset))) - {int(i) for i in kept}):
        try:
            sampler(dataset[index][0] if isinstance(dataset[index], tuple) else dataset[index], index)
        except (ValueError, TypeError, OSError) as error:
            found.append((name_of(dataset, index), str(error)))
    return found
