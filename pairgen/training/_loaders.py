"""What the trainer reads from a loader of pairs, whoever built it: its sampler, its length; and its epoch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sized
from typing import Any, Protocol, runtime_checkable

from pairgen.pairs import PairBatch, PairSampler

__all__ = [
    "as_json",
    "count_batches",
    "get_loader_settings",
    "get_sampler",
    "get_sampler_spec",
    "number_of_batches",
    "set_epoch",
]

Loader = Iterable[PairBatch]


@runtime_checkable
class _TakesEpoch(Protocol):
    def set_epoch(self, epoch: int) -> object: ...


def get_sampler(loader: Loader) -> PairSampler | None:
    """Return the `PairSampler` of a loader, or None.

    It is the loader's `sampler`, or that of its dataset (`sampler.wrap_dataset`) or of its `collate_fn`.
    """
    candidates = (
        getattr(loader, "sampler", None),
        getattr(getattr(loader, "dataset", None), "sampler", None),
        getattr(getattr(loader, "collate_fn", None), "__self__", None),
    )
    return next((c for c in candidates if isinstance(c, PairSampler)), None)


def get_sampler_spec(loader: Loader) -> dict[str, Any] | None:
    """Return what rebuilds the loader's sampler, or None."""
    sampler = get_sampler(loader)
    return None if sampler is None else as_json(sampler.spec)


def get_loader_settings(loader: Loader) -> dict[str, int]:
    """Return the numbers of a loader that change what a run sees, as far as it knows them."""
    dataset = getattr(loader, "dataset", None)
    try:
        items = len(dataset) if isinstance(dataset, Sized) else None
    except TypeError:  # an iterable dataset without a length
        items = None
    batch_size = getattr(loader, "batch_size", None)
    settings = {"batch_size": batch_size, "batches": number_of_batches(loader), "items": items}
    return {name: value for name, value in settings.items() if isinstance(value, int)}


def as_json(spec: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a spec as it is read back from config.json: tuples as lists, paths as strings."""
    value: dict[str, Any] | None = json.loads(json.dumps(spec, default=str))
    return value


def set_epoch(loader: Loader, epoch: int) -> None:
    """Set the epoch of the loader, of its index sampler and of its pair sampler, where they have one."""
    candidates = (loader, getattr(loader, "sampler", None), get_sampler(loader))
    for target in {id(candidate): candidate for candidate in candidates}.values():
        if isinstance(target, _TakesEpoch):
            target.set_epoch(epoch)


def count_batches(loader: Loader) -> int | None:
    """Return the number of batches of an epoch, or None if the loader does not know it."""
    try:
        return len(loader) if isinstance(loader, Sized) else None
    except TypeError:  # torch's DataLoader over an iterable dataset without a length
        return None


def number_of_batches(loader: Loader) -> int | None:
    """Return what `count_batches` does; ValueError for 0."""
    count = count_batches(loader)
    if count == 0:
        raise ValueError(
            "the loader has no batches: its data set is empty, or smaller than the batch size with drop_last=True; "
            "lower the batch size or give it more items"
        )
    return count
