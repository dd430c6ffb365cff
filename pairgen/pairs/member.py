"""`Member`: one side of a pair, with the modality and the recipe that its items go through."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch

from pairgen.modality import Codec, Modality, Recipe
from pairgen.pairs.sample import Sample
from pairgen.random import Stream

__all__ = ["SHARED_VIEW", "Member", "MemberError", "device_of", "naming_member"]

SHARED_VIEW = -1  # the view whose stream draws what all views of one item share
_SHARED_OF_OTHERS = -10  # and, less the number of the view, that of each further member or negative


@dataclass(frozen=True)
class Member:
    """One side of a pair: the modality of its items, the recipe of its views, and the codec that both agree on.

    What a codec may do beside `decode` and `restore` is looked up here alone: that of the recipe where it has it, else
    the modality.

    Args:
        modality: Modality of its items.
        recipe: What makes its views.
        name: What messages call it: the modality's name, or "anchor" and "positive" where two members have one.
    """

    modality: Modality
    recipe: Recipe
    name: str = ""

    @cached_property
    def codec(self) -> Codec:
        """What decodes its items: the codec of the recipe, else the modality."""
        return self.recipe.codec or self.modality

    @property
    def tells_items(self) -> Callable[[object], bool] | None:
        """What tells that a tuple or list is an item in itself, such as numbers that are a series; None if none is."""
        check: Callable[[object], bool] | None = getattr(self.codec, "is_item", None)
        return check

    def is_item(self, value: object) -> bool:
        """Return whether a tuple or list is an item in itself, such as numbers that are a series or (wave, rate)."""
        if self.tells_items is not None and self.tells_items(value):
            return True
        if not isinstance(value, (tuple, list)) or len(value) != 2:
            return False
        resolved = self.resolve_sample(Sample(None, value[0], value[1]))
        return resolved.label is None and resolved.item is not value[0]

    def resolve_sample(self, sample: Sample) -> Sample:
        """Return the sample as the modality understands it: for audio, (wave, 44100) is a clip with its rate."""
        resolved: Sample = getattr(self.codec, "resolve_sample", self.modality.resolve_sample)(sample)
        return resolved

    def resolve_batch(self, batch: object, labels: object) -> tuple[Any, Any]:
        """Return a batch of a loader and its labels as the modality understands them."""
        resolved: tuple[Any, Any] = getattr(self.codec, "resolve_batch", self.modality.resolve_batch)(batch, labels)
        return resolved

    def check_batch(self, batch: object) -> Any:
        """Return the batch if the modality's `collate` could have made it; TypeError or ValueError if not."""
        return getattr(self.codec, "check_batch", self.modality.check_batch)(batch)

    def to_model_input(self, batch: Any) -> Any:
        """Return a batch of views as the encoder takes it."""
        return batch if self.recipe.to_model_input is None else self.recipe.to_model_input(batch)

    def collate(self, views: Sequence[Any]) -> Any:
        """Return views as one batch, as the encoder takes it."""
        return self.to_model_input(self.modality.collate(views))

    def view(self, item: Any, side: int, key: tuple[int, int, Any], view: int, batched: bool = False) -> Any:
        """Return one view of a decoded item, or of a batch of them.

        Args:
            item: The item; a batch if `batched`.
            side: Which of the recipe's augmentations makes it, 0 or 1.
            key: Seed, epoch, and the key of the item; an array of B keys for a batch.
            view: Number of the view, that keys its stream.
            batched: Whether item is a batch.
        """
        seed, epoch, keys = key
        shared_view = SHARED_VIEW if view == 0 else _SHARED_OF_OTHERS - view
        steps = [(self.recipe.shared, shared_view), (self.recipe.second if side else self.recipe.first, view)]
        for augmentation, number in steps:
            if augmentation is not None:
                stream = Stream(seed, epoch, keys, view=number)
                item = augmentation.sample_batch(item, stream)[0] if batched else augmentation(item, stream)
        return item


def device_of(batch: object) -> torch.device:
    """Return the device of a batch; the CPU for one that says none."""
    return getattr(batch, "device", torch.device("cpu"))


class MemberError(Exception):
    """What is wrong with one part of a sample.

    Args:
        part: The part: the name of a member, or which of the negatives.
        error: What is wrong with it.
    """

    def __init__(self, part: str, error: Exception) -> None:
        super().__init__(f"{part}: {error}")
        self.part = part
        self.error = error


@contextmanager
def naming_member(part: str) -> Iterator[None]:
    """Raise what goes wrong inside as a `MemberError` of that part."""
    try:
        yield
    except Exception as error:
        raise MemberError(part, error) from error
