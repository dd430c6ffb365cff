"""`PairSampler`: the one interface through which items of any modality become pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import numpy as np
import torch
from typing_extensions import Unpack

from pairgen._validation import check_choice
from pairgen.augmentation import Augmentation
from pairgen.modality import Codec, Modality, Recipe, get_modality
from pairgen.pairs.datasets import (
    HFTransform,
    PairDataset,
    PairStream,
    SharedEpoch,
    is_map_style,
)
from pairgen.pairs.loader import LoaderOptions, PairLoader
from pairgen.pairs.pair import DecodedItem, Pair, PairBatch, Skipped
from pairgen.pairs.sample import ColumnNames, Sample, index_of, parse_sample
from pairgen.pairs.wrapped_loader import WrappedLoader
from pairgen.random import Stream

__all__ = ["PairSampler", "RecipeLike"]

_SHARED_VIEW = -1  # the view whose stream draws what both views share

RecipeLike = str | Augmentation | Recipe
"""A recipe's name, an augmentation for both views, or a recipe."""

Labels = Sequence[Any] | torch.Tensor | np.ndarray | None
"""Labels of a batch: B of them, or None."""

T = TypeVar("T")


class PairSampler:
    """Makes positive pairs of the items of one modality.

    A pair is a pure function of (seed, epoch, index): no global random state is read or written.

    Args:
        modality: A name (see `pairgen.list_modalities()`), or a `Modality`.
        recipe: A recipe's name, an augmentation for both views, a `Recipe`, or a pair (a, b) of these: the first view
            by a, the second by b, and codec, shared augmentation and model input as in a. With an augmentation, these
            are those of the modality's evaluation recipe (for images: float32, three channels, ImageNet's statistics).
        seed: Any integer.
        on_error: "raise", or "skip" to leave bad items out and list them.
        options: Keyword options of the named recipes, such as `size`.

    Raises:
        UnknownNameError: No modality or recipe has that name.
        TypeError: A recipe does not take the options, or is none; the seed is no integer.
        ValueError: on_error is something else, or not two recipes are given for two views.

    Example:
        ```python
        sampler = PairSampler("image", recipe="simclr", size=224, seed=0)
        pair = sampler(image, index=7, epoch=0)
        ```
    """

    def __init__(
        self,
        modality: str | Modality,
        recipe: RecipeLike | tuple[RecipeLike, RecipeLike],
        *,
        seed: int = 0,
        on_error: str = "raise",
        **options: object,
    ) -> None:
        self.on_error = check_choice("on_error", on_error, ("raise", "skip"))
        self.modality = get_modality(modality)
        self.recipe = _resolve(self.modality, recipe, options)
        self.seed = Stream(seed).seed
        self._given = (recipe, options)
        self._epoch = SharedEpoch()

    @property
    def spec(self) -> dict[str, Any]:
        """The arguments that rebuild this sampler, fit for JSON; recipe is None if it was given as an object."""
        recipe, options = self._given
        parts = recipe if isinstance(recipe, tuple) else (recipe,)
        names = list(parts) if len(parts) > 1 else parts[0]
        named = all(isinstance(part, str) for part in parts)
        return {
            "modality": self.modality.name,
            "recipe": names if named else None,
            "options": dict(options),
            "seed": self.seed,
        }

    def __repr__(self) -> str:
        recipe, options = self._given
        more = "".join(f", {name}={value!r}" for name, value in options.items())
        return f"PairSampler({self.modality.name!r}, recipe={recipe!r}, seed={self.seed}{more})"

    # -- one item ------------------------------------------------------------------------------------------------

    def __call__(self, item: object, index: int | str, epoch: int = 0, label: object = None) -> Pair:
        """Return the pair of one item.

        Args:
            item: The item, in any form that the modality decodes.
            index: Its index, or a string key, which is hashed.
            epoch: Any integer.
            label: Passed on to the pair.

        Returns:
            Two views in the item's own type (decoded, if it came as bytes or a path).

        Raises:
            TypeError: The item is of another type, or the index neither an integer nor a string.
            ValueError: The item is corrupt or empty; the message says what is wrong with it.
        """
        decoded = DecodedItem(epoch, index_of(index, item), self._codec.decode(item), label)
        pair = self._augment_twice(decoded)
        restore = self._codec.restore
        return Pair(restore(pair.first, item), restore(pair.second, item), pair.index, pair.label)

    def _augment_twice(self, decoded: DecodedItem) -> Pair:
        epoch, index, item = decoded.epoch, decoded.index, decoded.item
        if self.recipe.shared is not None:
            item = self.recipe.shared(item, Stream(self.seed, epoch, index, view=_SHARED_VIEW))
        first = self.recipe.first(item, Stream(self.seed, epoch, index, view=0))
        second = self.recipe.second(item, Stream(self.seed, epoch, index, view=1))
        return Pair(first, second, index, decoded.label)

    # -- a batch -------------------------------------------------------------------------------------------------

    def augment(
        self,
        batch: object,
        index: Sequence[int] | np.ndarray | torch.Tensor,
        epoch: int = 0,
        label: Labels = None,
        skipped: tuple[Skipped, ...] = (),
    ) -> PairBatch:
        """Return the pairs of a collated batch of items, computed on its device: those of its items one by one.

        Args:
            batch: B items as the modality's `collate` makes them; for images (B, C, H, W).
            index: B integers.
            epoch: Any integer.
            label: B labels; None without labels.
            skipped: Items that did not make it into the batch, for the record.

        Raises:
            TypeError: The batch is of another type.
            ValueError: The batch has wrong values, or not one index for each item.
        """
        items: Any = getattr(self._codec, "check_batch", self.modality.check_batch)(batch)
        keys = np.asarray(index.cpu() if isinstance(index, torch.Tensor) else index)
        if keys.shape != (len(items),):
            raise ValueError(f"a batch of {len(items)} items needs {len(items)} indices, got shape {keys.shape}")
        views = []
        with torch.no_grad():
            if self.recipe.shared is not None:
                items = self.recipe.shared.sample_batch(items, Stream(self.seed, epoch, keys, view=_SHARED_VIEW))[0]
            for view, augmentation in enumerate((self.recipe.first, self.recipe.second)):
                stream = Stream(self.seed, epoch, keys, view=view)
                views.append(self._to_model_input(augmentation.sample_batch(items, stream)[0]))
        first, second = views
        return PairBatch(first, second, torch.from_numpy(keys.astype(np.int64)), collate_labels(label), skipped)

    @property
    def _codec(self) -> Codec:
        return self.recipe.codec or self.modality

    @property
    def is_item(self) -> Callable[[object], bool] | None:
        """Whether a tuple or list of a dataset is an item in itself, as the codec says it; None if none is."""
        check: Callable[[object], bool] | None = getattr(self._codec, "is_item", None)
        return check

    def _to_model_input(self, batch: Any) -> Any:
        return batch if self.recipe.to_model_input is None else self.recipe.to_model_input(batch)

    # -- into loaders --------------------------------------------------------------------------------------------

    @property
    def epoch(self) -> int:
        """The epoch of `wrap_dataset`, `collate_items` and `hf_transform`; worker processes see it too."""
        return self._epoch.value

    def set_epoch(self, epoch: int) -> None:
        """Set that epoch before each pass, as with a `DistributedSampler`; else the views stay the same.

        Args:
            epoch: At least 0.
        """
        self._epoch.value = epoch

    def wrap_dataset(
        self,
        dataset: Any,
        *,
        item: str | None = None,
        label: str | None = "label",
        index: str | None = None,
    ) -> PairDataset | PairStream:
        """Return a dataset of pairs over a dataset of items, for a loader with `collate_fn=sampler.collate`.

        Args:
            dataset: Map-style (sample i has the index i) or iterable. Samples are item, (item, label), (index, item),
                (index, item, label), or dicts.
            item: Column of the item in dicts; the modality's name if None.
            label: Column of the label; None for no labels.
            index: Column of the index; None for the position.
        """
        columns = ColumnNames(item or self.modality.name, label, index, self.is_item)
        return (PairDataset if is_map_style(dataset) else PairStream)(self, dataset, columns)

    def hf_transform(
        self, item: str | None = None, label: str | None = "label", index: str | None = None
    ) -> HFTransform:
        """Return a transform for Hugging Face's `with_transform`, with `collate_fn=sampler.collate`.

        Args:
            item: Column of the item; the modality's name if None.
            label: Column of the label; None for no labels.
            index: Column of the index; rows without one are keyed by the content of their item.
        """
        return HFTransform(self, ColumnNames(item or self.modality.name, label, index))

    def collate(self, pairs: Sequence[Pair | Skipped | Mapping[str, Pair | Skipped]]) -> PairBatch:
        """Collate pairs to one batch: `collate_fn` of a loader over `wrap_dataset(...)` or `hf_transform(...)`.

        Args:
            pairs: Pairs and left-out items of `wrap_dataset`, or dicts {"pair": ...} of `hf_transform`.

        Returns:
            A batch of the pairs, of length 0 if all items were left out.
        """
        listed = [pair["pair"] if isinstance(pair, Mapping) else pair for pair in pairs]
        skipped = tuple(pair for pair in listed if isinstance(pair, Skipped))
        kept = [pair for pair in listed if not isinstance(pair, Skipped)]
        index = torch.tensor([pair.index for pair in kept], dtype=torch.int64)
        if not kept:
            return PairBatch(torch.empty(0), torch.empty(0), index, None, skipped)
        first = self._to_model_input(self.modality.collate([pair.first for pair in kept]))
        second = self._to_model_input(self.modality.collate([pair.second for pair in kept]))
        return PairBatch(first, second, index, collate_labels([pair.label for pair in kept]), skipped)

    def collate_items(self, samples: Sequence[object]) -> PairBatch:
        """Collate samples of a dataset to one batch of pairs: `collate_fn` of a loader over the dataset itself.

        Args:
            samples: (index, item), (index, item, label), (item, label), items or dicts. Those without an index are
                keyed by their content, so that neither workers nor order change a pair.
        """
        columns = ColumnNames(self.modality.name, is_item=self.is_item)
        epoch = self.epoch
        return self.collate([self.process(partial(parse_sample, sample, columns), None, epoch) for sample in samples])

    def loader(self, dataset: Any, batch_size: int, **options: Unpack[LoaderOptions]) -> PairLoader:
        """Return a loader of pairs over a dataset.

        Args:
            dataset: Map-style or iterable; its samples as in `wrap_dataset`.
            batch_size: Items a batch, at least 1.
            options: Options of `PairLoader`, such as `shuffle` and `num_workers`.
        """
        return PairLoader(self, dataset, batch_size, **options)

    def wrap_loader(self, loader: Iterable[Any]) -> WrappedLoader:
        """Return the batches of a loader that someone else built, each turned into a `PairBatch`.

        Args:
            loader: Yields batches of items, with or without labels and indices; see `WrappedLoader`.
        """
        return WrappedLoader(self, loader)

    # -- samples that may be bad ---------------------------------------------------------------------------------

    def process(self, read: Callable[[], Sample], position: int | str | None, epoch: int) -> Pair | Skipped:
        """Return the pair of a sample still to be read, with decoded views, or why it is left out."""
        return self._guard(lambda: self._augment_twice(self._decode(read, position, epoch)), position)

    def decode(self, read: Callable[[], Sample], position: int | str | None, epoch: int) -> DecodedItem | Skipped:
        """Return a sample still to be read, decoded but not augmented, or why it is left out."""
        return self._guard(lambda: self._decode(read, position, epoch), position)

    def _decode(self, read: Callable[[], Sample], position: int | str | None, epoch: int) -> DecodedItem:
        sample = read()
        index = index_of(position if sample.index is None else sample.index, sample.item)
        return DecodedItem(epoch, index, self._codec.decode(sample.item), sample.label)

    def _guard(self, work: Callable[[], T], position: int | str | None) -> T | Skipped:
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


def _resolve(modality: Modality, recipe: object, options: Mapping[str, object]) -> Recipe:
    if isinstance(recipe, (tuple, list)):
        if len(recipe) != 2:
            raise ValueError(f"two views need two recipes, got {len(recipe)}: {recipe!r}")
        first, second = (_resolve(modality, part, options) for part in recipe)
        return replace(first, second=second.second)
    if isinstance(recipe, str):
        factory = modality.recipes.get(recipe)
        try:
            return factory(**options)
        except TypeError as error:
            raise TypeError(f"recipe {recipe!r} with options {dict(options)}: {error}") from error
    if options:
        raise TypeError(f"options {sorted(options)} belong to a named recipe; set them in the recipe object instead")
    if isinstance(recipe, Recipe):
        return recipe
    if isinstance(recipe, Augmentation):
        evaluation = modality.recipes.get(modality.evaluation_recipe)()
        return replace(evaluation, first=recipe, second=recipe, codec=None)
    raise TypeError(f"a recipe is a name, an Augmentation, a Recipe or a pair of these, got {recipe!r}")


def collate_labels(labels: Labels) -> torch.Tensor | list[Any] | None:
    """Return labels as a tensor if they are numbers: int64 for integers, float32 for floats; else as a list."""
    if labels is None or isinstance(labels, torch.Tensor):
        return labels
    labels = list(labels)
    if all(label is None for label in labels):
        return None
    dtypes = {np.asarray(label).dtype.kind if np.ndim(label) == 0 else "O" for label in labels}
    if dtypes <= set("iub"):
        return torch.tensor([int(label) for label in labels], dtype=torch.int64)
    return torch.tensor([float(label) for label in labels]) if dtypes <= set("iubf") else labels
