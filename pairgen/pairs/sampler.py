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
from pairgen.pairs._identity import collate_identities, identity_of
from pairgen.pairs._numerics import default_numerics
from pairgen.pairs._shared import PassCounter, SharedEpoch
from pairgen.pairs.datasets import HFTransform, PairDataset, PairStream, is_map_style
from pairgen.pairs.loader import LoaderOptions, PairLoader
from pairgen.pairs.pair import DecodedItem, Pair, PairBatch, Skipped
from pairgen.pairs.sample import ColumnNames, Sample, index_of, key_of, parse_sample
from pairgen.pairs.wrapped_loader import WrappedLoader
from pairgen.random import Stream

__all__ = ["PairSampler", "RecipeLike"]

_MOST_WORKERS = 1024
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
        with default_numerics():
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
        with default_numerics():
            decoded = self._decode(item, label, index_of(index, item), epoch)
            pair = self._augment_twice(decoded)
            restore = self._codec.restore
            return replace(pair, first=restore(pair.first, item), second=restore(pair.second, item))

    def _decode(self, item: Any, label: object, index: int, epoch: int, repeat: int = 0) -> DecodedItem:
        decoded = self._codec.decode(item)
        return DecodedItem(epoch, index, decoded, label, repeat, identity_of(index, decoded))

    def _augment_twice(self, decoded: DecodedItem) -> Pair:
        epoch, item = decoded.epoch, decoded.item
        key = key_of(decoded.index, decoded.repeat)
        if self.recipe.shared is not None:
            item = self.recipe.shared(item, Stream(self.seed, epoch, key, view=_SHARED_VIEW))
        first = self.recipe.first(item, Stream(self.seed, epoch, key, view=0))
        second = self.recipe.second(item, Stream(self.seed, epoch, key, view=1))
        return Pair(first, second, decoded.index, decoded.label, identity=decoded.identity)

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
        numbers = np.asarray(index.cpu() if isinstance(index, torch.Tensor) else index)
        return self.augment_keyed(batch, numbers, numbers, epoch, label, skipped)

    def augment_keyed(
        self,
        batch: object,
        index: np.ndarray,
        keys: np.ndarray,
        epoch: int,
        label: Labels,
        skipped: tuple[Skipped, ...],
    ) -> PairBatch:
        """Return the pairs of a batch as `augment` does, with the views of other keys than the indices."""
        items: Any = getattr(self._codec, "check_batch", self.modality.check_batch)(batch)
        if index.shape != (len(items),):
            raise ValueError(f"a batch of {len(items)} items needs {len(items)} indices, got shape {index.shape}")
        views = []
        with torch.no_grad(), default_numerics(getattr(items, "device", torch.device("cpu"))):
            if self.recipe.shared is not None:
                items = self.recipe.shared.sample_batch(items, Stream(self.seed, epoch, keys, view=_SHARED_VIEW))[0]
            for view, augmentation in enumerate((self.recipe.first, self.recipe.second)):
                stream = Stream(self.seed, epoch, keys, view=view)
                views.append(self._to_model_input(augmentation.sample_batch(items, stream)[0]))
        first, second = views
        return PairBatch(first, second, torch.from_numpy(index.astype(np.int64)), collate_labels(label), skipped)

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

    @property
    def epoch_stamp(self) -> int:
        """A number that is larger after each `set_epoch`; what counts passes starts anew where it changes."""
        return self._epoch.stamp

    def set_epoch(self, epoch: int) -> None:
        """Set that epoch, as with a `DistributedSampler`.

        Each pass of a `DataLoader` over `wrap_dataset` is the next epoch by itself; the views of `collate_items` and
        `hf_transform` stay the same until it is set.

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
        sharded: bool | None = None,
    ) -> PairDataset | PairStream:
        """Return a dataset of pairs over a dataset of items, for a loader with `collate_fn=sampler.collate`.

        Args:
            dataset: Map-style (sample i has the index i) or iterable. Samples are item, (item, label), (index, item),
                (index, item, label), or dicts.
            item: Column of the item in dicts; the modality's name if None.
            label: Column of the label; None for no labels.
            index: Column of the index; None for the position.
            sharded: Whether an iterable dataset gives each process of a group other samples by itself; None finds out,
                see `PairStream`.
        """
        columns = ColumnNames(item or self.modality.name, label, index, self.is_item)
        if is_map_style(dataset):
            return PairDataset(self, dataset, columns, PassCounter(len(dataset)))
        return PairStream(self, dataset, columns, PassCounter(_MOST_WORKERS), sharded)

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
        with default_numerics():
            return self._collate(pairs)

    def _collate(self, pairs: Sequence[Pair | Skipped | Mapping[str, Pair | Skipped]]) -> PairBatch:
        listed = [pair["pair"] if isinstance(pair, Mapping) else pair for pair in pairs]
        skipped = tuple(pair for pair in listed if isinstance(pair, Skipped))
        kept = [pair for pair in listed if not isinstance(pair, Skipped)]
        index = torch.tensor([pair.index for pair in kept], dtype=torch.int64)
        if not kept:
            return PairBatch(torch.empty(0), torch.empty(0), index, None, skipped)
        first = self._to_model_input(self.modality.collate([pair.first for pair in kept]))
        second = self._to_model_input(self.modality.collate([pair.second for pair in kept]))
        labels = collate_labels([pair.label for pair in kept])
        return PairBatch(first, second, index, labels, skipped, identity=collate_identities(kept))

    def collate_items(self, samples: Sequence[object]) -> PairBatch:
        """Collate samples of a dataset to one batch of pairs: `collate_fn` of a loader over the dataset itself.

        Args:
            samples: (index, item), (index, item, label), (item, label), items or dicts. Those without an index are
                keyed by their content, so that neither workers nor order change a pair.
        """
        columns = ColumnNames(self.modality.name, is_item=self.is_item)
        epoch = self.epoch
        return self.collate([self.process(partial(parse_sample, sample, columns), None, epoch) for sample in samples])

    def loader(self, dataset: Any, batch_size: int | None = None, **options: Unpack[LoaderOptions]) -> PairLoader:
        """Return a loader of pairs over a dataset.

        Args:
            dataset: Map-style or iterable; its samples as in `wrap_dataset`.
            batch_size: Items a batch, at least 1; None with a `batch_sampler`.
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

    def process(
        self,
        read: Callable[[], Sample],
        position: int | str | None,
        epoch: int,
        repeat: int = 0,
        where: int | str | None = None,
    ) -> Pair | Skipped:
        """Return the pair of a sample still to be read, with decoded views, or why it is left out.

        Args:
            read: Reads the sample.
            position: Its index where it has none of its own; None for that of its content.
            epoch: Epoch of the pair.
            repeat: How often the pass read the item before.
            where: What names the sample in messages where neither it nor the position does.
        """
        return self._guard(read, position, epoch, repeat, where, self._augment_twice)

    def decode(
        self,
        read: Callable[[], Sample],
        position: int | str | None,
        epoch: int,
        repeat: int = 0,
        where: int | str | None = None,
    ) -> DecodedItem | Skipped:
        """Return a sample still to be read, decoded but not augmented, or why it is left out; see `process`."""
        return self._guard(read, position, epoch, repeat, where, lambda decoded: decoded)

    def resolve_batch(self, batch: object, labels: Any) -> tuple[Any, Any]:
        """Return a batch of a loader and its labels as the modality understands them."""
        resolved: tuple[Any, Any] = getattr(self._codec, "resolve_batch", self.modality.resolve_batch)(batch, labels)
        return resolved

    def _resolve_sample(self, sample: Sample) -> Sample:
        """The sample as the modality understands it: for audio, (wave, 44100) is a clip with its rate."""
        if sample.is_named:
            return sample
        resolved: Sample = getattr(self._codec, "resolve_sample", self.modality.resolve_sample)(sample)
        return resolved

    def _guard(
        self,
        read: Callable[[], Sample],
        position: int | str | None,
        epoch: int,
        repeat: int,
        where: int | str | None,
        finish: Callable[[DecodedItem], T],
    ) -> T | Skipped:
        name = where if position is None else position
        try:
            sample = self._resolve_sample(read())
            if position is None and sample.index is not None:
                name = sample.index
            index = index_of(position if sample.index is None else sample.index, sample.item)
            with default_numerics():
                return finish(self._decode(sample.item, sample.label, index, epoch, repeat))
        except Exception as error:
            if self.on_error == "skip":
                return Skipped(-1 if name is None else name, f"{type(error).__name__}: {error}")
            described = "an item" if name is None else f"item {name}"
            if type(error) in (ValueError, TypeError):
                raise type(error)(f"{described}: {error}") from error
            error.add_note(f"while pairgen made the pair of {described}")
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
        return recipe if recipe.codec is not None else replace(recipe, codec=_codec_of(recipe))
    if isinstance(recipe, Augmentation):
        evaluation = modality.recipes.get(modality.evaluation_recipe)()
        recipe = replace(evaluation, first=recipe, second=recipe, codec=None)
        return replace(recipe, codec=_codec_of(recipe))
    raise TypeError(f"a recipe is a name, an Augmentation, a Recipe or a pair of these, got {recipe!r}")


def _codec_of(recipe: Recipe) -> Codec | None:
    """The codec that the augmentations of a recipe decode items by when they are called directly; None without one."""
    codecs: list[Codec] = []
    pending: list[object] = [recipe.first, recipe.second, recipe.shared]
    while pending:
        part = pending.pop()
        if isinstance(part, (tuple, list)):
            pending += part
        elif isinstance(part, Augmentation):
            codec = getattr(part, "codec", None)
            if codec is not None and codec not in codecs:
                codecs.append(codec)
            pending += vars(part).values() if hasattr(part, "__dict__") else ()
    if len(codecs) > 1:
        raise ValueError(
            f"the augmentations of the recipe decode items in different ways, by {codecs[0]} and by {codecs[1]}; give "
            "them the same options, or the Recipe a codec"
        )
    return codecs[0] if codecs else None


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
