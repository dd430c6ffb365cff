"""The records that travel: a pair, a batch of pairs, and an item that was left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch

__all__ = ["DecodedItem", "Pair", "PairBatch", "SampleKey", "Skipped"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two views of one item. index: the item's own; label: as the dataset gave it, or None."""

    first: Any
    second: Any
    index: int
    label: Any = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """An item that was left out under `on_error="skip"`. error: what was wrong, with the remedy."""

    index: int | str
    error: str


@dataclass(frozen=True, slots=True)
class DecodedItem:
    """An item read, decoded and checked, on its way to a pair."""

    epoch: int
    index: int
    item: Any
    label: Any


@dataclass(frozen=True, slots=True)
class SampleKey:
    """What a loader of pairgen's asks of a dataset: the epoch travels with the index, into any worker."""

    epoch: int
    index: int


@dataclass(frozen=True)
class PairBatch:
    """A batch of pairs.

    first, second: batches of views, ready for the encoder; for images float32 (B, C, H, W).
    index: int64 (B,). label: int64 (B,) for integer labels, float for numbers, else a list; None without labels.
    skipped: items that were left out of this batch.
    """

    first: Any
    second: Any
    index: torch.Tensor
    label: Any = None
    skipped: tuple[Skipped, ...] = ()

    def __len__(self) -> int:
        return len(self.index)

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> PairBatch:
        """This batch on a device."""
        moved = {name: _moved(value, device, non_blocking) for name, value in self._tensors().items()}
        return replace(self, **moved)

    def pin_memory(self) -> PairBatch:
        """This batch in page-locked memory; `DataLoader(pin_memory=True)` calls it."""
        pinned = {n: v.pin_memory() if hasattr(v, "pin_memory") else v for n, v in self._tensors().items()}
        return replace(self, **pinned)

    def _tensors(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("first", "second", "index", "label")}


def _moved(value: Any, device: torch.device | str, non_blocking: bool) -> Any:
    return value.to(device, non_blocking=non_blocking) if hasattr(value, "to") else value
