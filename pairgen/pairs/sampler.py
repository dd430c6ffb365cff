"""`PairSampler`: the one interface through which items of any modality become pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn, TypeVar

import numpy as np
import torch
from typing_extensions import Unpack

from pairgen._numerics import default_numerics
from pairgen._validation import check_choice
from pairgen.modality import Modality
from pairgen.pairs._identity import collate_identities, identity_of
from pairgen.pairs._member_views import MemberViews
from pairgen.pairs._shared import PassCounter, SharedEpoch
from pairgen.pairs.datasets import HFTransform, PairDataset, PairStream, is_map_style
from pairgen.pairs.loader import LoaderOptions, PairLoader
from pairgen.pairs.member import MemberError
from pairgen.pairs.pair import DecodedItem, Pair, PairBatch, Skipped
from pairgen.pairs.pair_sample import PairColumnNames
from pairgen.pairs.recipes import GivenRecipes, Options, RecipeLike
from pairgen.pairs.sample import ColumnNames, Labels, Sample, collate_labels, index_of, key_of
from pairgen.pairs.wrapped_loader import WrappedLoader
from pairgen.random import Stream

__all__ = ["PairSampler", "RecipeLike"]

_MOST_WORKERS = 1024

T = TypeVar("T")


class PairSampler:
    """Makes positive pairs: of two views or more of each item of one modality, or of two items that belong together.

    A pair is a pure function of (seed, epoch, index): no global random state is read or written.

    With two modalities, the samples of a dataset are (first, second), also with negatives of the second's modality, a
    score and a label behind them; see `PairColumnNames.parse`. Where a member is a list of candidates, such as several
    captions of an image, one is drawn by the key.

    Args:
        modality: A name (see `pairgen.list_modalities()`), or a `Modality`; or a tuple of two, which may be equal, for
            pairs that exist.
        recipe: A recipe's name, an augmentation for both views, a `Recipe`, or a pair (a, b) of these: the first view
            by a, the second by b, and codec, shared augmentation and model input as in a. With an augmentation, these
            are those of the modality's evaluation recipe (for images: float32, three channels, ImageNet's statistics).
            With two modalities a pair (a, b) has the recipe of each, whose first augmentation serves the first member
            and whose second one serves the second; None is the evaluation recipe, without augmentation.
        seed: Any integer.
        on_error: "raise", or "skip" to leave bad items out and list them.
        views: Two recipes or more, instead of `recipe`, for as many views of each item: the first two as with
            `recipe=(a, b)`, further ones by the first and second augmentation of their recipes in turn.
        recipe_options: The keyword options of each of several recipes, instead of `options` for all of them.
        options: Keyword options of the named recipes, such as `size`.

    Attributes:
        members: The one or two `Member`s: modality, recipe and codec of each.
        modality: The modality of the first member.
        recipe: The recipe of the first member.

    Raises:
        UnknownNameError: No modality or recipe has that name.
        TypeError: A recipe does not take the options, or is none; the seed is no integer; no recipe is given.
        ValueError: on_error is something else, not two recipes are given for two views or two modalities, or there are
            more than two modalities.

    Example:
        ```python
        sampler = PairSampler("image", recipe="simclr", size=224, seed=0)
        pair = sampler(image, index=7, epoch=0)
        captioned = PairSampler(("image", "text"), recipe=("simclr-small", "synonyms"))
        pair = captioned((image, "a dog on a beach"), index=7, epoch=0)
        ```
    """

    def __init__(
        self,
        modality: str | Modality | tuple[str | Modality, str | Modality],
        recipe: RecipeLike | tuple[RecipeLike | None, RecipeLike | None] | None = None,
        *,
        seed: int = 0,
        on_error: str = "raise",
        views: Sequence[RecipeLike] | None = None,
        recipe_options: Sequence[Options] | None = None,
        **options: object,
    ) -> None:
        self.on_error = check_choice("on_error", on_error, ("raise", "skip"))
        self._given = GivenRecipes.check(modality, recipe, views, recipe_options, options)
        with default_numerics():
            self._views = self._given.make_views()
        self.members = self._views.members
        self.modality, self.recipe = self.members[0].modality, self.members[0].recipe
        self.seed = Stream(seed).seed
        self._epoch = SharedEpoch()

    @classmethod
    def from_spec(cls, spec: Mapping[str, Any], modality: Modality | Sequence[Modality] | None = None) -> PairSampler:
        """Return the sampler that has this `spec`.

        Args:
            spec: `spec` of a sampler of named recipes.
            modality: The modality or modalities instead of their names, where they are not registered.

        Raises:
            ValueError: The spec names no recipe.
        """
        if spec["recipe"] is None:
            raise ValueError("the recipe of this sampler was given as an object, which its spec does not hold")
        return cls(seed=spec["seed"], **GivenRecipes.arguments_of(spec, modality))

    @property
    def modalities(self) -> tuple[str, ...]:
        """The name of each member's modality."""
        return tuple(member.modality.name for member in self.members)

    @property
    def spec(self) -> dict[str, Any]:
        """The arguments that rebuild this sampler, fit for JSON; recipe is None if one was given as an object.

        Of two modalities and of several recipes there are lists; options are a list where each recipe has its own.
        """
        return {**self._given.spec, "seed": self.seed}

    def __repr__(self) -> str:
        return f"PairSampler({self._given.describe(self.seed)})"

    # -- one item ------------------------------------------------------------------------------------------------

    def __call__(self, item: object, index: int | str, epoch: int = 0, label: object = None) -> Pair:
        """Return the pair of one item.

        Args:
            item: The item, in any form that the modality decodes; with two modalities (first, second), with what
                belongs to it, or a dict of columns.
            index: Its index, or a string key, which is hashed.
            epoch: Any integer.
            label: Passed on to the pair.

        Returns:
            Two views in the item's own type (decoded, if it came as bytes or a path).

        Raises:
            TypeError: The item is of another type, or the index neither an integer nor a string.
            ValueError: The item is corrupt or empty; the message says what is wrong with it.
        """
        views, number = self._views, index_of(index, item)
        try:
            with default_numerics():
                chosen: Any = item
                if isinstance(views, MemberViews):
                    sample = views.to_sample(item, label)
                    chosen, label = views.choose(sample.item, (self.seed, epoch, number)), sample.label
                decoded = DecodedItem(epoch, number, views.decode(chosen), label)
                return views.restore(self._augment_decoded(decoded), chosen)
        except MemberError as error:
            _raise_described(error.error, error.part)

    def _augment_decoded(self, decoded: DecodedItem) -> Pair:
        return self._views.augment(decoded, self.seed)

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
            batch: B items as the modality's `collate` makes them; for images (B, C, H, W). With two modalities a tuple
                (first, second) of such batches, or (first, second, negatives, negative_of): M items of the second's
                modality, and the row of each, int64 (M,).
            index: B integers.
            epoch: Any integer.
            label: B labels; None without labels.
            skipped: Items that did not make it into the batch, for the record.

        Raises:
            TypeError: The batch is of another type.
            ValueError: The batch has wrong values, or not one index for each item.
        """
        numbers = np.asarray(index.cpu() if isinstance(index, torch.Tensor) else index)
        return self._augment_keyed(batch, numbers, numbers, epoch, label, skipped)

    def collate_decoded(self, items: Sequence[DecodedItem]) -> Any:
        """Return decoded items as a batch that `augment` takes; with two modalities an object that holds both."""
        return self._views.collate_decoded(items)

    def augment_decoded(self, items: Sequence[DecodedItem], skipped: tuple[Skipped, ...] = ()) -> PairBatch:
        """Return the pairs of decoded items of one epoch, at least one, augmented as one batch.

        Args:
            items: What `decode` returned.
            skipped: Items that did not make it into the batch, for the record.
        """
        batch = self.collate_decoded(items)
        index = np.array([item.index for item in items], dtype=np.int64)
        keys = np.array([key_of(item.index, item.repeat) for item in items], dtype=np.int64)
        labels = [item.label for item in items]
        pairs = self._augment_keyed(batch, index, keys, items[0].epoch, labels, skipped)
        return replace(pairs, identity=collate_identities(items))

    def _augment_keyed(
        self,
        batch: object,
        index: np.ndarray,
        keys: np.ndarray,
        epoch: int,
        label: Labels,
        skipped: tuple[Skipped, ...],
    ) -> PairBatch:
        """The pairs of a batch, with the views of other keys than the indices."""
        try:
            fields = self._views.augment_batch(batch, keys, epoch, self.seed)
        except MemberError as error:
            _raise_described(error.error, error.part)
        numbers = torch.from_numpy(index.astype(np.int64))
        return PairBatch(index=numbers, label=collate_labels(label), skipped=skipped, **fields)

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
        item: str | tuple[str, str] | None = None,
        label: str | None = "label",
        index: str | None = None,
        sharded: bool | None = None,
    ) -> PairDataset | PairStream:
        """Return a dataset of pairs over a dataset of items, for a loader with `collate_fn=sampler.collate`.

        Args:
            dataset: Map-style (sample i has the index i) or iterable. Samples are item, (item, label), (index, item),
                (index, item, label), or dicts; with two modalities as `PairColumnNames.parse` takes them.
            item: Column of the item in dicts; the modality's name if None. With two modalities the columns of both;
                None for their names (also "caption" for a text), or "anchor" and "positive" if they are equal.
            label: Column of the label; None for no labels.
            index: Column of the index; None for the position.
            sharded: Whether an iterable dataset gives each process of a group other samples by itself; None finds out,
                see `PairStream`.
        """
        columns = self.columns(item, label, index)
        if is_map_style(dataset):
            return PairDataset(self, dataset, columns, PassCounter(len(dataset)))
        return PairStream(self, dataset, columns, PassCounter(_MOST_WORKERS), sharded)

    def columns(
        self, item: str | tuple[str, str] | None = None, label: str | None = "label", index: str | None = None
    ) -> ColumnNames | PairColumnNames:
        """Return how the samples of datasets are read; the arguments are those of `wrap_dataset`."""
        return self._views.columns(item, label, index)

    def hf_transform(
        self, item: str | tuple[str, str] | None = None, label: str | None = "label", index: str | None = None
    ) -> HFTransform:
        """Return a transform for Hugging Face's `with_transform`, with `collate_fn=sampler.collate`.

        Args:
            item: Column of the item; the modality's name if None. With two modalities as in `wrap_dataset`.
            label: Column of the label; None for no labels.
            index: Column of the index; rows without one are keyed by the content of their item.
        """
        return HFTransform(self, self.columns(item, label, index))

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
        label = collate_labels([pair.label for pair in kept])
        fields = self._views.collate(kept)
        return PairBatch(index=index, label=label, skipped=skipped, identity=collate_identities(kept), **fields)

    def collate_items(self, samples: Sequence[object]) -> PairBatch:
        """Collate samples of a dataset to one batch of pairs: `collate_fn` of a loader over the dataset itself.

        Args:
            samples: (index, item), (index, item, label), (item, label), items or dicts. Those without an index are
                keyed by their content, so that neither workers nor order change a pair. With two modalities as in
                `wrap_dataset`.
        """
        columns, epoch = self.columns(), self.epoch
        return self.collate([self.process(partial(columns.parse, sample), None, epoch) for sample in samples])

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
        unique: bool = False,
    ) -> Pair | Skipped:
        """Return the pair of a sample still to be read, with decoded views, or why it is left out.

        Args:
            read: Reads the sample.
            position: Its index where it has none of its own; None for that of its content.
            epoch: Epoch of the pair.
            repeat: How often the pass read the item before.
            where: What names the sample in messages where neither it nor the position does.
            unique: Whether no other item is met with this position, so that it tells the item from all others.
        """
        return self._guard(read, position, epoch, repeat, where, unique, self._augment_decoded)

    def decode(
        self,
        read: Callable[[], Sample],
        position: int | str | None,
        epoch: int,
        repeat: int = 0,
        where: int | str | None = None,
        unique: bool = False,
    ) -> DecodedItem | Skipped:
        """Return a sample still to be read, decoded but not augmented, or why it is left out; see `process`."""
        return self._guard(read, position, epoch, repeat, where, unique, lambda decoded: decoded)

    def _guard(
        self,
        read: Callable[[], Sample],
        position: int | str | None,
        epoch: int,
        repeat: int,
        where: int | str | None,
        unique: bool,
        finish: Callable[[DecodedItem], T],
    ) -> T | Skipped:
        name = where if position is None else position
        try:
            views, sample = self._views, read()
            if not sample.is_named:
                sample = views.resolve(sample)
            if position is None and sample.index is not None:
                name = sample.index
            index = index_of(position if sample.index is None else sample.index, sample.item)
            with default_numerics():
                chosen = sample.item
                if isinstance(views, MemberViews):
                    chosen = views.choose(sample.item, (self.seed, epoch, key_of(index, repeat)))
                decoded, identity = views.decode(chosen), None
                # A unique position tells an item from all others, and so does an index that is a hash of its content.
                if sample.index is not None or (position is not None and not unique):
                    identity = identity_of(index, views.content(sample.item, decoded))
                return finish(DecodedItem(epoch, index, decoded, sample.label, repeat, identity))
        except Exception as error:
            cause, part = (error.error, error.part) if isinstance(error, MemberError) else (error, "")
            if self.on_error == "skip":
                message = f"{type(cause).__name__}: {part}: {cause}" if part else f"{type(cause).__name__}: {cause}"
                return Skipped(-1 if name is None else name, message)
            _raise_described(cause, ", ".join(filter(None, ("an item" if name is None else f"item {name}", part))))


def _raise_described(error: Exception, described: str) -> NoReturn:
    """Raise the error with the name of what it is about in front of its message."""
    if type(error) in (ValueError, TypeError):
        raise type(error)(f"{described}: {error}") from error
    error.add_note(f"while pairgen made the pair of {described}")
    raise error
