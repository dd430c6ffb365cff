"""Modalities: the interface of a plugin for one type of data, and the registry of those installed.

Importing this module, and listing modalities, recipes, encoders and augmentations, imports neither torch nor the
libraries of a modality.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, Protocol, cast

from typing_extensions import TypeVar

from pairgen.registry import Registry

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from torch import nn
    from torch.utils.data import Dataset

    from pairgen.augmentation import Augmentation
    from pairgen.pairs import Pair
    from pairgen.pairs.sample import Sample
    from pairgen.testing.spec import CheckSpec

__all__ = [
    "Codec",
    "LazyModality",
    "Modality",
    "Recipe",
    "create_encoder",
    "get_modality",
    "keyword_options",
    "list_modalities",
    "register_modality",
]

Item = TypeVar("Item", default=Any)
Decoded = TypeVar("Decoded", default=Any)
Batch = TypeVar("Batch", default=Any)


class Codec(Protocol[Item, Decoded]):
    """Decodes an item to a modality's internal type, and restores a view to the item's type. A `Modality` is one."""

    def decode(self, item: Item) -> Decoded:
        """Return the item in the internal type, checked; see `Modality.decode`."""
        ...

    def restore(self, view: Decoded, item: Item) -> Item:
        """Return the view in the type of the item; see `Modality.restore`."""
        ...


@dataclass(frozen=True)
class Recipe:
    """The augmentations that make the two views of a pair, and what surrounds them.

    Args:
        first: Augmentation of the first view.
        second: Augmentation of the second view; the same as `first` for a symmetric recipe.
        to_model_input: Turns a collated batch of views, on any device, into what the encoder takes (for images:
            float32, normalized). A module-level function or a frozen dataclass, so that it pickles. None leaves the
            batch as it is.
        codec: Decodes items and restores views instead of the modality, where that depends on options of the recipe
            (for audio: the sample rate). A frozen dataclass, so that it pickles. If it has a `check_batch`, that takes
            the place of the modality's.
        shared: Augmentation applied once, before the two views are made of its result (for CPC: the crop that both
            share); None for none.
    """

    first: Augmentation
    second: Augmentation
    to_model_input: Callable[[Any], Any] | None = None
    codec: Codec | None = None
    shared: Augmentation | None = None


class Modality(ABC, Generic[Item, Decoded, Batch]):
    """A modality: how items of one type are read, decoded, augmented, collated and encoded.

    A plugin subclasses it, and offers an instance under the entry-point group `pairgen.modalities` or passes it to
    `register_modality`. The type parameters are the type of users' items, the internal type that augmentations take,
    and the type of a batch.

    Attributes:
        name: Name of the modality, such as "audio".
        evaluation_recipe: Recipe under which an item is embedded, without randomness.
        default_recipe: Recipe that `pairgen train` takes if none is named.
        default_encoder: Encoder that `pairgen train` takes if none is named.
        source_help: What `read` takes, in one line, for `--help`.
    """

    name: str
    evaluation_recipe: str = "eval"
    default_recipe: str | None = None
    default_encoder: str | None = None
    source_help: str = "data that the modality's reader takes"

    @property
    @abstractmethod
    def augmentations(self) -> Mapping[str, type[Augmentation]]:
        """The augmentations of this modality by class name."""

    @property
    @abstractmethod
    def recipes(self) -> Registry[Callable[..., Recipe]]:
        """Factories of recipes; they take keyword options such as `size`."""

    @property
    @abstractmethod
    def encoders(self) -> Registry[Callable[..., nn.Module]]:
        """Factories of encoders; they take keyword options and return modules with `out_features`."""

    def decode(self, item: Item) -> Decoded:
        """Return the item in the internal type: decoded, and checked once.

        Args:
            item: An item in any type that the modality takes; not changed.

        Raises:
            ValueError: The item is corrupt, empty, or holds values out of range; names the item and the remedy.
            TypeError: The item is of another type, rank or dtype; names the item and the remedy.
        """
        return cast("Decoded", item)

    def restore(self, view: Decoded, item: Item) -> Item:
        """Return the view in the type, dtype, device and layout of the item that was decoded.

        Args:
            view: A view in the internal type.
            item: The item that it is a view of; one given as bytes or a path has a decoded view.
        """
        return cast("Item", view)

    @abstractmethod
    def collate(self, views: Sequence[Decoded]) -> Batch:
        """Return decoded items or views as one batch.

        Args:
            views: At least one.

        Raises:
            ValueError: There are none, or they do not fit together; the message has the shapes.
        """

    def check_batch(self, batch: Batch) -> Batch:
        """Return the batch if it is one that `collate` could have made.

        Raises:
            TypeError: It is of another type.
            ValueError: It has another shape, or values out of range.
        """
        return batch

    def resolve_sample(self, sample: Sample) -> Sample:
        """Return a sample of a dataset as this modality understands its members; (item, label) as it is.

        Args:
            sample: A sample whose parts were told by their position, such as (wave, 44100).
        """
        return sample

    def resolve_batch(self, batch: object, labels: object) -> tuple[object, object]:
        """Return a batch of a loader and its labels as this modality understands them; as they are.

        Args:
            batch: The items, collated by the loader.
            labels: What the loader gives beside them.
        """
        return batch, labels

    def read(self, source: Any, **options: object) -> Any:
        """Return a map-style dataset of items or (item, label), with `classes`, from files of this modality's formats.

        Args:
            source: A folder, file or sequence; see `source_help`.
            options: Options of the reader, such as `labels`.

        Raises:
            ValueError: The modality has no reader, or the source cannot be read; names the source and the remedy.
        """
        raise ValueError(f"the modality {self.name!r} has no reader; build a torch Dataset from {source!r} yourself")

    @property
    def reader_options(self) -> tuple[str, ...] | None:
        """The names of the options that `read` takes; None where its signature does not say."""
        return keyword_options(self.read)

    def plot_pairs(self, pairs: Sequence[Pair], items: Sequence[Item] | None = None, **options: object) -> Figure:
        """Return a matplotlib figure of pairs.

        Args:
            pairs: Pairs in the type of users' items.
            items: The items of the pairs, shown beside them; None to leave them out.
            options: Options of the plot.

        Raises:
            ValueError: The modality has no plots.
        """
        raise ValueError(f"the modality {self.name!r} cannot plot its pairs; override `plot_pairs`")

    def find_labels(self, items: object) -> Any:
        """Return the labels that a batch or list of items holds itself, one an item; None where it holds none."""
        return None

    def encoder_options(self, name: str, dataset: Dataset[Any], views: Batch) -> dict[str, Any]:
        """Return options with which an encoder fits the data, such as `in_channels`, for `pairgen train`.

        Args:
            name: Name of the encoder.
            dataset: The items, as `read` returned them.
            views: Views of the first item that can be read, as a batch that went through the recipe.
        """
        return {}

    def recipe_options(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return options of recipes that `pairgen train` sets beside those given; recipes without them are left alone.

        Args:
            given: Options that the user gave.
        """
        return {}

    @property
    def check_spec(self) -> CheckSpec:
        """Hypothesis strategies of its items, for `pairgen.testing`: what its augmentations are checked on."""
        raise ValueError(
            f"the modality {self.name!r} describes no items for the checks; give it a property `check_spec`, or pass "
            "the check a strategy of items"
        )


class LazyModality(Modality[Item, Decoded, Batch]):
    """A modality whose parts are modules of one package, each imported when it is first used.

    The modules are found by their names:

    | module | what it holds |
    |---|---|
    | `augmentations` | the augmentations, listed in `__all__` beside their base class `...Augmentation` |
    | `io.codec` | `CODEC`, the codec of items that no recipe decodes otherwise |
    | `batch` | `collate(views)` and `check_batch(batch)` |
    | `reader.read` | `read(source, **options)` |
    | `encoders.options` | `encoder_options(name, dataset, views)` |
    | `plotting` | `plot_pairs(pairs, items, **options)` |
    | `modality` | this object, as `MODALITY` |

    Args:
        name: Name of the modality.
        package: The package that holds the modules.
        recipes: "module:function" within the package by the recipe's name.
        encoders: "module:factory" within the package by the encoder's name.
        encoder_families: "module:function" within the package by the name of a family of encoders: "timm/NAME" calls
            the function of "timm" with NAME and the options.
        default_recipe: Recipe that `pairgen train` takes if none is named.
        default_encoder: Encoder that `pairgen train` takes if none is named.
        source_help: What `read` takes, in one line.
        check_spec: "module:function" that returns the `CheckSpec`.
    """

    def __init__(
        self,
        name: str,
        package: str,
        *,
        recipes: Mapping[str, str],
        encoders: Mapping[str, str],
        encoder_families: Mapping[str, str] | None = None,
        default_recipe: str,
        default_encoder: str,
        source_help: str,
        check_spec: str,
    ) -> None:
        self.name = name
        self.default_recipe = default_recipe
        self.default_encoder = default_encoder
        self.source_help = source_help
        self._package = package
        self._check_spec = check_spec
        self._loaded: dict[tuple[str, str], Any] = {}
        self._recipes: Registry[Callable[..., Recipe]] = _registry(f"{name} recipe", package, recipes)
        self._encoders: Registry[Callable[..., nn.Module]] = _registry(
            f"{name} encoder", package, encoders, encoder_families
        )

    def __reduce__(self) -> tuple[Callable[[str], Modality], tuple[str]]:
        return _load_modality, (self._package,)

    def _part(self, module: str, name: str) -> Any:
        key = module, name
        if key not in self._loaded:
            full_name = f"{self._package}.{module}"
            try:
                self._loaded[key] = getattr(import_module(full_name), name)
            except ModuleNotFoundError as error:
                if not f"{full_name}.".startswith(f"{error.name}."):
                    raise
                raise ValueError(f"the modality {self.name!r} has no module {full_name}, which holds {name}") from error
        return self._loaded[key]

    @property
    def augmentations(self) -> Mapping[str, type[Augmentation]]:
        """The augmentations of this modality by class name; a class is imported when it is looked up."""
        return _Augmentations(f"{self._package}.augmentations")

    @property
    def recipes(self) -> Registry[Callable[..., Recipe]]:
        """Factories of recipes by name."""
        return self._recipes

    @property
    def encoders(self) -> Registry[Callable[..., nn.Module]]:
        """Factories of encoders by name."""
        return self._encoders

    def decode(self, item: Item) -> Decoded:
        """Return the item in the internal type of `io.codec`."""
        decoded: Decoded = self._part("io.codec", "CODEC").decode(item)
        return decoded

    def restore(self, view: Decoded, item: Item) -> Item:
        """Return the view in the item's own type, as `io.codec` does it."""
        restored: Item = self._part("io.codec", "CODEC").restore(view, item)
        return restored

    @property
    def is_item(self) -> Callable[[object], bool] | None:
        """Whether a tuple or list is an item in itself, as `io.codec` says it; None if none is."""
        check: Callable[[object], bool] | None = getattr(self._part("io.codec", "CODEC"), "is_item", None)
        return check

    def collate(self, views: Sequence[Decoded]) -> Batch:
        """Return decoded items or views as one batch."""
        batch: Batch = self._part("batch", "collate")(views)
        return batch

    def check_batch(self, batch: Batch) -> Batch:
        """Return the batch in the form that `collate` makes; ValueError or TypeError for anything else."""
        checked: Batch = self._part("batch", "check_batch")(batch)
        return checked

    def resolve_sample(self, sample: Sample) -> Sample:
        """Return a sample as `io.codec` understands its members, if it has a method for that."""
        resolve = getattr(self._part("io.codec", "CODEC"), "resolve_sample", super().resolve_sample)
        resolved: Sample = resolve(sample)
        return resolved

    def resolve_batch(self, batch: object, labels: object) -> tuple[object, object]:
        """Return a batch and its labels as `io.codec` understands them, if it has a method for that."""
        resolve = getattr(self._part("io.codec", "CODEC"), "resolve_batch", super().resolve_batch)
        resolved: tuple[object, object] = resolve(batch, labels)
        return resolved

    def read(self, source: Any, **options: object) -> Any:
        """Return the dataset of a source; the options are those of `read` in the package's `reader.read`."""
        return self._part("reader.read", "read")(source, **options)

    @property
    def reader_options(self) -> tuple[str, ...] | None:
        """The names of the options that `read` of the package's `reader.read` takes."""
        return keyword_options(self._part("reader.read", "read"))

    def plot_pairs(self, pairs: Sequence[Pair], items: Sequence[Item] | None = None, **options: object) -> Figure:
        """Return a figure of pairs; the options are those of `plot_pairs` in the package's `plotting`."""
        figure: Figure = self._part("plotting", "plot_pairs")(pairs, items, **options)
        return figure

    def encoder_options(self, name: str, dataset: Dataset[Any], views: Batch) -> dict[str, Any]:
        """Return options with which the encoder `name` fits the data."""
        options: dict[str, Any] = self._part("encoders.options", "encoder_options")(name, dataset, views)
        return options

    @property
    def check_spec(self) -> CheckSpec:
        """Strategies of items, and the properties by which the augmentations are checked; needs Hypothesis."""
        module, function = self._check_spec.split(":")
        spec: CheckSpec = getattr(import_module(module), function)()
        return spec


class _Augmentations(Mapping[str, "type[Augmentation]"]):
    """The classes that a package lists in `__all__`, but for the base class; the names alone import nothing more."""

    def __init__(self, package: str) -> None:
        self._module = import_module(package)
        self._names = sorted(name for name in self._module.__all__ if not name.endswith("Augmentation"))

    def __getitem__(self, name: str) -> type[Augmentation]:
        if name not in self._names:
            raise KeyError(name)
        augmentation: type[Augmentation] = getattr(self._module, name)
        return augmentation

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def keyword_options(function: Callable[..., object], skip: int = 1) -> tuple[str, ...] | None:
    """Return the names of a function's parameters behind the first `skip`; None where it takes any keyword.

    Example:
        >>> keyword_options(create_encoder) is None, keyword_options(get_modality)
        (True, ())
    """
    parameters = list(inspect.signature(function).parameters.values())
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return tuple(parameter.name for parameter in parameters[skip:])


def _registry(
    noun: str, package: str, names: Mapping[str, str], families: Mapping[str, str] | None = None
) -> Registry[Any]:
    targets = {family: f"{package}.{target}" for family, target in (families or {}).items()}
    registry: Registry[Any] = Registry(noun, families=targets)
    for name, target in names.items():
        registry.register_lazy(name, f"{package}.{target}")
    return registry


def _load_modality(package: str) -> Modality:
    modality: Modality = import_module(f"{package}.modality").MODALITY
    return modality


_MODALITIES: Registry[Modality] = Registry("modality", entry_points="pairgen.modalities")


def list_modalities() -> list[str]:
    """Return the names of all modalities, built in and installed, sorted."""
    return _MODALITIES.names()


def get_modality(name: str | Modality) -> Modality:
    """Return the modality of that name; a `Modality` is returned as it is.

    Raises:
        UnknownNameError: There is none of that name; the message lists those there are and suggests the nearest.
    """
    return name if isinstance(name, Modality) else _MODALITIES.get(name)


def register_modality(modality: Modality) -> Modality:
    """Add a modality of your own for this process, and return it.

    Args:
        modality: An instance whose `name` is still free.

    Raises:
        TypeError: `modality` is no instance of `Modality`.
        ValueError: Its name is taken.
    """
    if not isinstance(modality, Modality):
        raise TypeError(f"register_modality takes an instance of pairgen.Modality, got {modality!r}")
    return _MODALITIES.register(modality.name, modality)


def create_encoder(modality: str | Modality, name: str, **options: object) -> nn.Module:
    """Return an encoder of a modality by name.

    Args:
        modality: Name of the modality, or the modality.
        name: Name of the encoder; see `get_modality(...).encoders`.
        options: Keyword options of the encoder.

    Returns:
        A module: batch of views -> features (B, D). Its `out_features` is D; its `spec` rebuilds it, and checkpoints
        keep it.

    Raises:
        UnknownNameError: No modality or encoder has that name.

    Example:
        ```python
        encoder = create_encoder("image", "resnet18", in_channels=3, image_size=32)
        ```
    """
    chosen = get_modality(modality)
    module = chosen.encoders.get(name)(**options)
    vars(module)["spec"] = {"modality": chosen.name, "name": name, "options": options}
    return module
