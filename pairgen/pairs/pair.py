"""The records of a pair on its way: keys, decoded items, pairs, batches of pairs, and items that were left out."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Generic

import torch
from typing_extensions import TypeVar

__all__ = ["DecodedItem", "Pair", "PairBatch", "SampleKey", "Skipped"]

View = TypeVar("View", default=Any)
Batch = TypeVar("Batch", default=Any)


@dataclass(frozen=True, slots=True)
class Pair(Generic[View]):
    """Two views of one item, or of two items that belong together; with more views and negatives where asked.

    Args:
        first: First view, of the item's type.
        second: Second view, of the item's type.
        index: Index of the item, or a hash of its key or content.
        label: Label as the dataset gave it, or None.
        more: Views behind the first two, where the sampler makes more.
        negatives: Views of the items that the sample names as negatives of the first one.
        score: How well first and second belong together, as the dataset gave it, or None.
        identity: A hash of index and content, which tells items of one index apart; None where the index alone tells
            which item it is.
    """

    first: View
    second: View
    index: int
    label: Any = None
    more: tuple[Any, ...] = ()
    negatives: tuple[Any, ...] = ()
    score: float | None = None
    identity: int | None = None

    @property
    def views(self) -> tuple[Any, ...]:
        """All views, the first two at the beginning."""
        return (self.first, self.second, *self.more)


@dataclass(frozen=True, slots=True)
class Skipped:
    """An item that was left out under `on_error="skip"`.

    Args:
        index: Index of the item; -1 if the dataset gave none.
        error: What is wrong with it, and the remedy.
    """

    index: int | str
    error: str


@dataclass(frozen=True, slots=True)
class DecodedItem:
    """An item read, decoded and checked, before augmentation.

    Args:
        epoch: Epoch of its pair.
        index: Index of the item.
        item: The item in the modality's internal type.
        label: Label as the dataset gave it, or None.
        repeat: How often the pass read this item before; each time it has views of its own.
        identity: A hash of index and content; None where the index alone tells which item it is.
    """

    epoch: int
    index: int
    item: Any
    label: Any
    repeat: int = 0
    identity: int | None = None


@dataclass(frozen=True, slots=True)
class SampleKey:
    """The key with which a `PairLoader` asks a dataset for a pair: the epoch travels with the index to any worker.

    Args:
        epoch: Epoch of the pair.
        index: Index of the item.
        repeat: How often the pass read this item before.
    """

    epoch: int
    index: int
    repeat: int = 0


@dataclass
class PairBatch(Generic[Batch]):
    """A batch of B pairs.

    Args:
        first: First views, ready for the encoder; for images float32 (B, C, H, W).
        second: Second views, as the first.
        index: int64 (B,), the indices of the items.
        label: int64 (B,) for integer labels, float32 (B,) for numbers, else a list; None without labels.
        skipped: Items that were left out of this batch.
        more: Batches of the views behind the first two, B rows each.
        negatives: One batch of the M negatives that the samples name, for the encoder of `second`; None if none does.
        negative_of: int64 (M,), the row of the batch that each negative belongs to; None without negatives.
        score: float32 (B,), how well first and second belong together; None without scores.
        identity: int64 (B,), see `item_id`; None where the indices are all that tells items apart.

    Labels and scores keep their dtype: where one of them is set to its cast, as Lightning's "bf16-true" does, it stays.
    """

    first: Batch
    second: Batch
    index: torch.Tensor
    label: Any = None
    skipped: tuple[Skipped, ...] = ()
    more: tuple[Any, ...] = ()
    negatives: Any = None
    negative_of: torch.Tensor | None = None
    score: torch.Tensor | None = None
    identity: torch.Tensor | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("label", "score") and _is_cast(value, vars(self).get(name)):
            return
        object.__setattr__(self, name, value)

    @property
    def item_id(self) -> torch.Tensor:
        """int64 (B,), equal for two rows, of any batches, if they are views of the same item.

        That is where index and content agree: items of two datasets whose indices both start at 0, or of a stream whose
        keys restart, have the same index, and yet are different items. Where only the indices are known it is those.
        Methods tell by it which rows are no negatives of each other.
        """
        return self.index if self.identity is None else self.identity

    @property
    def views(self) -> tuple[Any, ...]:
        """All batches of views, the first two at the beginning."""
        return (self.first, self.second, *self.more)

    def __len__(self) -> int:
        return len(self.index)

    def to(self, *args: Any, **kwargs: Any) -> PairBatch[Batch]:
        """Return this batch on a device, its views in a floating dtype; indices and labels keep theirs.

        Args:
            args: A device (or its name), a dtype, both, or a tensor that has both, as `torch.Tensor.to` takes them.
            kwargs: `device`, `dtype`, `non_blocking`.

        Raises:
            TypeError: The dtype is no floating one.
        """
        device, dtype, non_blocking, _ = torch._C._nn._parse_to(*args, **kwargs)
        if dtype is not None and not dtype.is_floating_point:
            raise TypeError(f"views are moved to a floating dtype, got {dtype}; convert batch.first and batch.second")

        def move(view: Any) -> Any:
            return _cast(_move(view, device, non_blocking), dtype, non_blocking)

        return self._map(move, lambda value: _move(value, device, non_blocking))

    def pin_memory(self) -> PairBatch[Batch]:
        """Return this batch in page-locked memory; `DataLoader(pin_memory=True)` calls it."""

        def pin(value: Any) -> Any:
            return value.pin_memory() if hasattr(value, "pin_memory") else value

        return self._map(pin, pin)

    def _map(self, of_views: Callable[[Any], Any], of_numbers: Callable[[Any], Any]) -> PairBatch[Batch]:
        """This batch with the views passed through one function, and what numbers its rows through another."""
        return replace(
            self,
            first=of_views(self.first),
            second=of_views(self.second),
            more=tuple(of_views(view) for view in self.more),
            negatives=of_views(self.negatives),
            **{
                name: of_numbers(getattr(self, name)) for name in ("index", "label", "negative_of", "score", "identity")
            },
        )


def _move(value: Any, device: torch.device | None, non_blocking: bool) -> Any:
    return value.to(device, non_blocking=non_blocking) if device is not None and hasattr(value, "to") else value


def _is_cast(value: object, before: object) -> bool:
    """Return whether a value is what was there before in another floating dtype."""
    return (
        isinstance(value, torch.Tensor)
        and isinstance(before, torch.Tensor)
        and value.is_floating_point()
        and before.is_floating_point()
        and value.dtype != before.dtype
        and value.shape == before.shape
        and torch.allclose(before.to(value.device, value.dtype), value, rtol=0, atol=0, equal_nan=True)
    )


def _cast(value: Any, dtype: torch.dtype | None, non_blocking: bool) -> Any:
    """The floating tensors of a batch of views in another dtype: a tensor, or a dataclass or PyG `Data` of them."""
    if dtype is None:
        return value
    if isinstance(value, torch.Tensor):
        return value.to(dtype, non_blocking=non_blocking) if value.is_floating_point() else value
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _cast(getattr(value, f.name), dtype, non_blocking) for f in fields(value)})
    if hasattr(value, "apply"):
        return copy(value).apply(lambda tensor: _cast(tensor, dtype, non_blocking))
    return value
