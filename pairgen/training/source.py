"""What a trainer needs to know of a loader, whoever built it."""

from __future__ import annotations

import json
from typing import Any, cast

from pairgen.pairs import PairSampler

__all__ = ["as_json", "number_of_batches", "pair_sampler", "sampler_spec", "set_epoch"]


def pair_sampler(loader: Any) -> PairSampler | None:
    """Return the `PairSampler` behind a loader, or None.

    It is the loader's own `sampler`, or that of its dataset (`sampler.over`) or of its `collate_fn`.
    """
    candidates = (
        getattr(loader, "sampler", None),
        getattr(getattr(loader, "dataset", None), "maker", None),
        getattr(getattr(loader, "collate_fn", None), "__self__", None),
    )
    return next((c for c in candidates if isinstance(c, PairSampler)), None)


def sampler_spec(loader: Any) -> dict[str, Any] | None:
    """Return what rebuilds the loader's sampler, or None."""
    sampler = pair_sampler(loader)
    return None if sampler is None else as_json(sampler.spec)


def as_json(spec: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a spec as it will come back from config.json: tuples as lists, paths as strings."""
    return cast("dict[str, Any] | None", json.loads(json.dumps(spec, default=str)))


def set_epoch(loader: Any, epoch: int) -> None:
    """Tell the loader, its index sampler and its pair sampler which epoch begins."""
    told = [loader, getattr(loader, "sampler", None), pair_sampler(loader)]
    for one in {id(one): one for one in told if hasattr(one, "set_epoch")}.values():
        one.set_epoch(epoch)


def number_of_batches(loader: Any) -> int | None:
    """Return the number of batches of an epoch, or None if the loader cannot know it.

    Raises ValueError for 0.
    """
    try:
        count = len(loader)
    except TypeError:
        return None
    if count == 0:
        raise ValueError(
            "the loader has no batches: its data set is empty, or smaller than the batch size with drop_last=True; "
            "lower the batch size or give it more items"
        )
    return count
