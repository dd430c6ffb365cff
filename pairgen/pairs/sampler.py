"""`PairSampler`: the one interface through which items of any modality become pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch

from pairgen.augmentation import Augmentation
from pairgen.modality import Codec, Modality, Recipe, get_modality
from pairgen.pairs.datasets import (
    HFTransform,
    PairDataset,
    PairStream,
    SharedEpoch,
    is_map_style,
)
from pairgen.pairs.loader import PairLoader
from pairgen.pairs.pair import DecodedItem, Pair, PairBatch, Skipped
from pairgen.pairs.sample import ColumnNames, Sample, index_of, parse_sample
from pairgen.pairs.wrapped_loader import WrappedLoader
from pairgen.random import Stream

__all__ = ["PairSampler"]

_SHARED_VIEW = -1  # the view whose stream draws what both views share

RecipeLike = str | Augmentation | Recipe


class PairSampler:
    """Makes positive pairs of one modality.

        sampler = PairSampler("image", recipe="simclr", size=224, seed=0)
        pair = sampler(image, index=7, epoch=0)

    A pair is a pure function of (seed, epoch, index): no global random state is read or written.

    modality: a name (see `pairgen.list_modalities()`) or a Modality.
    recipe: a recipe's name, an augmentation for both views, a `Recipe`, or a pair (a, b) of these, the first view
        by a, the second by b; the rest (codec, common step, finish) is a's then. Batches of an augmentation are finished
        as the modality's evaluation recipe does (images: float32, three channels, ImageNet's statistics).
    seed: any integer. on_error: "raise", or "skip" to leave bad items out and list them.
    options: keyword options of the named recipes, such as `size`.

    Raises UnknownNameError for an unknown modality or recipe, TypeError for options that a recipe does not take.
    """

    def __init__(
        self,
        modality: str | Modality,
        recipe: RecipeLike | tuple[RecipeLike, RecipeLike],
        *,
        seed: int = 0,
        on_error: str = "raise",
        **options: Any,
    ) -> None:
        if on_error not in ("raise", "skip"):
            raise ValueError(f'on_error is "raise" or "skip", got {on_error!r}')
        self.modality = get_modality(modality)
        self.recipe = _resolve(self.modality, recipe, options)
        self.seed = Stream(seed).seed
        self.on_error = on_error
        self._asked = (recipe, options)
        self._epoch = SharedEpoch()

    @property
    def spec(self) -> dict[str, Any]:
        """What rebuilds this sampler, fit for JSON; recipe is None where it was given as an object."""
        recipe, options = self._asked
        parts = recipe if isinstance(recipe, tuple) else (recipe,)
        named = list(parts) if len(parts) > 1 else parts[0]
        known = all(isinstance(part, str) for part in parts)
        return {
            "modality": self.modality.name,
            "recipe": named if known else None,
            "options": dict(options),
            "seed": self.seed,
        }

    def __repr__(self) -> str:
        recipe, options = self._asked
        more = "".join(f", {name}={value!r}" for name, value in options.items())
        return f"PairSampler({self.modality.name!r}, recipe={recipe!r}, seed={self.seed}{more})"

    # -- one item ------------------------------------------------------------------------------------------------

    def __call__(self, item: Any, index: int | str, epoch: int = 0, label: Any = None) -> Pair:
        """The pair of one item, in the item's own type (decoded, where it came as bytes or a path)."""
        decoded = DecodedItem(epoch, index_of(index, item), self._codec.decode(item), label)
        pair = self._views(decoded)
        restore = self._codec.restore
        return Pair(restore(pair.first, item), restore(pair.second, item), pair.index, pair.label)

    def _views(self, decoded: DecodedItem) -> Pair:
        epoch, index, item = decoded.epoch, decoded.index, decoded.item
        if self.recipe.shared is not None:
            item = self.recipe.shared(item, Stream(self.seed, epoch, index, view=_SHARED_VIEW))
        first = self.recipe.first(item, Stream(self.seed, epoch, index, view=0))
        second = self.recipe.second(item, Stream(self.seed, epoch, index, view=1))
        return Pair(first, second, index, decoded.label)

    # -- a batch -------------------------------------------------------------------------------------------------

    def augment(
        self,
        batch: Any,
        index: Any,
        epoch: int = 0,
        label: Any = None,
        skipped: tuple[Skipped, ...] = (),
    ) -> PairBatch:
        """Pairs of an already collated batch of items, computed on its device: what item by item gives.

        batch: as `collate` of the modality makes it (images: (B, C, H, W)). index: B integers. label: B labels or
        None. skipped: items that did not make it into the batch, for the record.
        """
        batch = getattr(self._codec, "check_batch", self.modality.check_batch)(batch)
        keys = np.asarray(index.cpu() if isinstance(index, torch.Tensor) else index)
        if keys.shape != (len(batch),):
            raise ValueError(f"a batch of {len(batch)} items needs {len(batch)} indices, got shape {keys.shape}")
        views = []
        with torch.no_grad():
            if self.recipe.shared is not None:
                batch = self.recipe.shared.sample_batch(batch, Stream(self.seed, epoch, keys, view=_SHARED_VIEW))[0]
            for view, augmentation in enumerate((self.recipe.first, self.recipe.second)):
                stream = Stream(self.seed, epoch, keys, view=view)
                views.append(self._finished(augmentation.sample_batch(batch, stream)[0]))
        first, second = views
        return PairBatch(first, second, torch.from_numpy(keys.astype(np.int64)), labels_as_batch(label), skipped)

    @property
    def _codec(self) -> Codec:
        return self.recipe.codec or self.modality

    def _finished(self, batch: Any) -> Any:
        return batch if self.recipe.to_model_input is None else self.recipe.to_model_input(batch)

    # -- into loaders --------------------------------------------------------------------------------------------

    @property
    def epoch(self) -> int:
        """The epoch of `wrap_dataset`, `collate_items` and `columns`: it reaches worker processes, also persistent ones."""
        return self._epoch.value

    def set_epoch(self, epoch: int) -> None:
        """Set that epoch: call it before each pass, as with a `DistributedSampler`, else the views stay the same."""
        self._epoch.value = epoch

    def wrap_dataset(
        self,
        dataset: Any,
        *,
        item: str | None = None,
        label: str | None = "label",
        index: str | None = None,
    ) -> PairDataset | PairStream:
        """A dataset of pairs over a dataset of items, for a loader with `collate_fn=sampler.collate`.

        dataset: map-style (index i keys element i) or iterable. Elements are item, (item, label), (index, item) or
        (index, item, label), or dicts, read by the column names item (default: the modality's name), label and index.
        """
        columns = ColumnNames(item or self.modality.name, label, index)
        return (PairDataset if is_map_style(dataset) else PairStream)(self, dataset, columns)

    def hf_transform(
        self, item: str | None = None, label: str | None = "label", index: str | None = None
    ) -> HFTransform:
        """A transform for Hugging Face's `with_transform`, with `collate_fn=sampler.collate`.

        Rows without an index column are keyed by their item's content.
        """
        return HFTransform(self, ColumnNames(item or self.modality.name, label, index))

    def collate(self, pairs: Sequence[Any]) -> PairBatch:
        """Pairs as one batch; `collate_fn` of a loader over `sampler.wrap_dataset(dataset)` or `sampler.hf_transform(...)`."""
        made = [pair["pair"] if isinstance(pair, Mapping) else pair for pair in pairs]
        skipped = tuple(pair for pair in made if isinstance(pair, Skipped))
        kept = [pair for pair in made if not isinstance(pair, Skipped)]
        index = torch.tensor([pair.index for pair in kept], dtype=torch.int64)
        if not kept:
            return PairBatch(torch.empty(0), torch.empty(0), index, None, skipped)
        first = self._finished(self.modality.collate([pair.first for pair in kept]))
        second = self._finished(self.modality.collate([pair.second for pair in kept]))
        return PairBatch(first, second, index, labels_as_batch([pair.label for pair in kept]), skipped)

    def collate_items(self, elements: Sequence[Any]) -> PairBatch:
        """Elements of a dataset as one batch of pairs; `collate_fn` of a loader over the dataset itself.

        Elements are (index, item), (index, item, label), (item, label), items or dicts. Those without an index are
        keyed by their content, so that neither workers nor order change a pair.
        """
        columns = ColumnNames(self.modality.name)
        epoch = self.epoch
        return self.collate([self.make(partial(parse_sample, e, columns), None, epoch) for e in elements])

    def loader(self, dataset: Any, batch_size: int, **options: Any) -> PairLoader:
        """A loader of pairs over a dataset; see `PairLoader` for its options."""
        return PairLoader(self, dataset, batch_size, **options)

    def wrap_loader(self, loader: Iterable[Any]) -> WrappedLoader:
        """The batches of a loader that someone else built, each turned into a PairBatch."""
        return WrappedLoader(self, loader)

    # -- guarded -------------------------------------------------------------------------------------------------

    def make(self, read: Callable[[], Sample], position: int | str | None, epoch: int) -> Pair | Skipped:
        """The pair of an element still to be read, or why it is left out."""
        made: Pair | Skipped = self._guarded(lambda: self._views(self._decoded(read, position, epoch)), position)
        return made

    def decode(self, read: Callable[[], Sample], position: int | str | None, epoch: int) -> DecodedItem | Skipped:
        """An element read and decoded, but not augmented, or why it is left out."""
        decoded: DecodedItem | Skipped = self._guarded(lambda: self._decoded(read, position, epoch), position)
        return decoded

    def _decoded(self, read: Callable[[], Sample], position: int | str | None, epoch: int) -> DecodedItem:
        element = read()
        index = index_of(position if element.index is None else element.index, element.item)
        return DecodedItem(epoch, index, self._codec.decode(element.item), element.label)

    def _guarded(self, work: Callable[[], Any], position: int | str | None) -> Any:
        try:
            return work()
        except Exception as error:
            where = "an item" if position is None else f"item {position}"
            if self.on_error == "skip":
                return Skipped(-1 if position is None else position, f"{type(error).__name__}: {error}")
            if type(error) in (ValueError, TypeError):
                raise type(error)(f"{where}: {error}") from error
            error.add_note(f"while pairgen made the pair of {where}")
            raise


def _resolve(plugin: Modality, recipe: Any, options: Mapping[str, Any]) -> Recipe:
    if isinstance(recipe, (tuple, list)):
        if len(recipe) != 2:
            raise ValueError(f"two views need two recipes, got {len(recipe)}: {recipe!r}")
        first, second = (_resolve(plugin, part, options) for part in recipe)
        return replace(first, second=second.second)
    if isinstance(recipe, str):
        factory = plugin.recipes.get(recipe)
        try:
            return factory(**options)
        except TypeError as error:
            raise TypeError(f"recipe {recipe!r} with options {dict(options)}: {error}") from error
    if options:
        raise TypeError(f"options {sorted(options)} belong to a recipe's name; a recipe object carries its own")
    if isinstance(recipe, Recipe):
        return recipe
    if isinstance(recipe, Augmentation):
        return replace(plugin.recipes.get(plugin.evaluation_recipe)(), first=recipe, second=recipe, codec=None)
    raise TypeError(f"a recipe is a name, an Augmentation, a Recipe or a pair of these, got {recipe!r}")


def labels_as_batch(labels: Any) -> Any:
    """Labels as a tensor where they are numbers: int64 for integers, float32 for floats; a list for anything else."""
    if labels is None or isinstance(labels, torch.Tensor):
        return labels
    labels = list(labels)
    if all(label is None for label in labels):
        return None
    kinds = {np.asarray(label).dtype.kind if np.ndim(label) == 0 else "O" for label in labels}
    if kinds <= set("iub"):
        return torch.tensor([int(label) for label in labels], dtype=torch.int64)
    return torch.tensor([float(label) for label in labels]) if kinds <= set("iubf") else labels
