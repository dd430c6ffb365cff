"""Several views of one item: how a `PairSampler` of one modality makes, restores and collates them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from pairgen._numerics import default_numerics
from pairgen.augmentation import Augmentation
from pairgen.pairs.member import SHARED_VIEW, Member, device_of
from pairgen.pairs.pair import DecodedItem, Pair
from pairgen.pairs.sample import ColumnNames, Sample, key_of
from pairgen.random import Stream

__all__ = ["ItemViews"]


@dataclass(frozen=True)
class ItemViews:
    """Two or more views of each item of one modality.

    Args:
        member: The modality, and the recipe whose codec, shared augmentation and model input all views have.
        augmentations: What makes each view; view v has the stream of view v.
    """

    member: Member
    augmentations: tuple[Augmentation, ...]

    @property
    def members(self) -> tuple[Member, ...]:
        """The one member."""
        return (self.member,)

    def columns(self, item: str | tuple[str, str] | None, label: str | None, index: str | None) -> ColumnNames:
        """Return the names of the columns of samples that are dicts."""
        if item is not None and not isinstance(item, str):
            raise TypeError(f"one modality has one column of items, a str, got {item!r}")
        return ColumnNames(item or self.member.modality.name, label, index, self.member.tells_items)

    @cached_property
    def resolve(self) -> Callable[[Sample], Sample]:
        """Returns a sample as the modality understands it."""
        return self.member.resolve_sample

    @cached_property
    def decode(self) -> Callable[[Any], Any]:
        """Returns an item decoded."""
        return self.member.codec.decode

    def content(self, item: object, decoded: Any) -> Any:
        """Return what tells the item from others of its index: the decoded item."""
        return decoded

    def augment(self, decoded: DecodedItem, seed: int) -> Pair:
        """Return the views of a decoded item."""
        epoch, item = decoded.epoch, decoded.item
        key = key_of(decoded.index, decoded.repeat)
        if self.member.recipe.shared is not None:
            item = self.member.recipe.shared(item, Stream(seed, epoch, key, view=SHARED_VIEW))
        first = self.augmentations[0](item, Stream(seed, epoch, key, 0))
        second = self.augmentations[1](item, Stream(seed, epoch, key, 1))
        if len(self.augmentations) == 2:  # the usual case takes a tenth less time without a list of views
            return Pair(first, second, decoded.index, decoded.label, identity=decoded.identity)
        further = enumerate(self.augmentations[2:], 2)
        more = tuple(augmentation(item, Stream(seed, epoch, key, view)) for view, augmentation in further)
        return Pair(first, second, decoded.index, decoded.label, more, identity=decoded.identity)

    def restore(self, pair: Pair, item: Any) -> Pair:
        """Return the pair with its views in the type of the item."""
        restore, more = self.member.codec.restore, pair.more
        first, second = restore(pair.first, item), restore(pair.second, item)
        if more:
            more = tuple(restore(view, item) for view in more)
        return Pair(first, second, pair.index, pair.label, more, identity=pair.identity)

    def collate(self, pairs: Sequence[Pair]) -> dict[str, Any]:
        """Return the views of pairs as batches, by the fields of a `PairBatch`."""
        views = [self.member.collate(views) for views in zip(*(pair.views for pair in pairs), strict=True)]
        return _name_views(views)

    def collate_decoded(self, items: Sequence[DecodedItem]) -> Any:
        """Return decoded items as a batch that `augment_batch` takes."""
        return self.member.modality.collate([item.item for item in items])

    def augment_batch(self, batch: object, keys: np.ndarray, epoch: int, seed: int) -> dict[str, Any]:
        """Return the views of a batch of items, by the fields of a `PairBatch`."""
        items: Any = self.member.check_batch(batch)
        if keys.shape != (len(items),):
            raise ValueError(f"a batch of {len(items)} items needs {len(items)} indices, got shape {keys.shape}")
        views = []
        with torch.no_grad(), default_numerics(device_of(items)):
            if self.member.recipe.shared is not None:
                items = self.member.recipe.shared.sample_batch(items, Stream(seed, epoch, keys, view=SHARED_VIEW))[0]
            for view, augmentation in enumerate(self.augmentations):
                made = augmentation.sample_batch(items, Stream(seed, epoch, keys, view=view))[0]
                views.append(self.member.to_model_input(made))
        return _name_views(views)


def _name_views(views: Sequence[Any]) -> dict[str, Any]:
    return {"first": views[0], "second": views[1], "more": tuple(views[2:])}
