"""The user's data, as the commands need it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch.utils.data import Dataset

    from pairgen.pairs import PairSampler, Skipped

__all__ = ["class_name", "count", "describe_passed", "describe_unreadable", "is_in_memory", "name_item", "name_skipped"]


def count(dataset: Dataset[Any]) -> int:
    """Return the number of items of a map-style dataset."""
    length: int = dataset.__len__()  # type: ignore[attr-defined]  # torch declares none, readers give one
    return length


def is_in_memory(dataset: Dataset[Any]) -> bool:
    """Return whether the items lie in memory; whole batches are augmented at once then, by this process."""
    return bool(getattr(dataset, "in_memory", False))


def describe_passed(dataset: Dataset[Any]) -> str:
    """Return what the reader passed over, in one line; empty if nothing."""
    from pairgen.data import PairedDataset
    from pairgen.data.files import describe_ignored
    from pairgen.data.paired_dataset import describe_passed_over

    ignored = getattr(dataset, "ignored", ())
    if not ignored:
        return ""
    return describe_passed_over(ignored) if isinstance(dataset, PairedDataset) else describe_ignored(ignored)


def name_item(dataset: Dataset[Any], index: int) -> str:
    """Return the path of an item, or its position."""
    if hasattr(dataset, "name_item"):
        return str(dataset.name_item(index))
    if "pair_name" in getattr(dataset, "columns", {}):  # a side of pairs
        return str(dataset.columns["pair_name"][index])  # type: ignore[attr-defined]
    items = getattr(dataset, "items", None)
    item = None if items is None else items[index]
    return os.fspath(item) if isinstance(item, os.PathLike) else f"item {index}"


def name_skipped(dataset: Dataset[Any], skipped: Iterable[Skipped]) -> list[tuple[str, str]]:
    """Return (name, error) of items that a loader left out."""
    return [(name_item(dataset, int(record.index)), record.error) for record in skipped]


def class_name(classes: list[str] | None, label: int) -> str:
    """Return the name of a class, or its number where it has none."""
    return str(label) if classes is None or not 0 <= label < len(classes) else str(classes[label])


def describe_unreadable(dataset: Dataset[Any], sampler: PairSampler, kept: Iterable[int]) -> list[tuple[str, str]]:
    """Return (name, error) of the items that are not among those kept, by reading them once more."""
    missing = sorted(set(range(count(dataset))) - {int(index) for index in kept})
    errors = []
    for index in missing:
        try:
            element = dataset[index]
            sampler(element[0] if isinstance(element, tuple) else element, index)
        except Exception as error:  # whatever a decoder raises, as the sampler's on_error="skip" takes it
            errors.append((name_item(dataset, index), f"{type(error).__name__}: {error}"))
        else:
            errors.append((name_item(dataset, index), "it could not be read before, and can be now"))
    return errors
