"""What a modality is: a plugin that knows one kind of item, and the registry of those installed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pairgen.augmentation import Augmentation
from pairgen.registry import Registry
from pairgen.specimens import Specimens

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Door", "Modality", "Recipe", "encoder", "modalities", "modality", "register_modality"]


class Door(Protocol):
    """How an item is opened to be augmented, and a view given back in the item's type. A `Modality` is one."""

    def open(self, item: Any) -> Any:
        """The item in the form in which it is augmented; see `Modality.open`."""
        ...

    def close(self, view: Any, item: Any) -> Any:
        """The view in the type of the item; see `Modality.close`."""
        ...


@dataclass(frozen=True)
class Recipe:
    """How the two views of a pair are made.

    first, second: the augmentations of the two views; the same one twice for a symmetric recipe.
    finish: turns a collated batch of views, on any device, into what the encoder takes (for images: float32,
    normalised). A module-level function or a frozen dataclass, so that it pickles. None leaves the batch as it is.
    door: opens items and closes views instead of the modality, where that depends on options of the recipe (for audio:
    the sample rate). A frozen dataclass, so that it pickles.
    common: what happens to an item once, before its two views are made of it (for CPC: the crop that both share).
    """

    first: Augmentation
    second: Augmentation
    finish: Callable[[Any], Any] | None = None
    door: Door | None = None
    common: Augmentation | None = None


class Modality(ABC):
    """A kind of item. A plugin subclasses this and offers an instance under the entry-point group
    `pairgen.modalities`, or hands it to `register_modality`.

    name: how users call it. evaluation_recipe: the recipe under which an item is embedded, without randomness.
    """

    name: str
    evaluation_recipe: str = "none"

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

    def open(self, item: Any) -> Any:
        """The item in the form in which it is augmented: decoded, checked.

        Raises ValueError or TypeError that names the item and the remedy. Never changes the item.
        """
        return item

    def close(self, view: Any, item: Any) -> Any:
        """The view in the type of the item that was opened."""
        return view

    @abstractmethod
    def collate(self, views: Sequence[Any]) -> Any:
        """Opened items or views as one batch. ValueError, with the shapes, where they do not fit together."""

    def check_batch(self, batch: Any) -> Any:
        """The batch, if it is one that `collate` could have made; else ValueError or TypeError."""
        return batch

    def read(self, source: Any, **options: Any) -> Any:
        """A map-style dataset of items or (item, label), with `classes`, from files of this modality's formats."""
        raise ValueError(f"the modality {self.name!r} has no reader; build a torch Dataset from {source!r} yourself")

    def draw(self, pairs: Sequence[Any], **options: Any) -> Any:
        """A matplotlib Figure of pairs."""
        raise ValueError(f"the modality {self.name!r} has no drawing of its pairs")

    @property
    def specimens(self) -> Specimens:
        """Hypothesis strategies of its items, for `pairgen.testing`: by them its augmentations enrol."""
        raise ValueError(
            f"the modality {self.name!r} shows no specimens of its items; give it a property `specimens`, or give the "
            "check a strategy of items"
        )


_MODALITIES: Registry[Modality] = Registry("modality", entry_points="pairgen.modalities")


def modalities() -> list[str]:
    """The names of all modalities, built in and installed."""
    return _MODALITIES.names()


def modality(name: str | Modality) -> Modality:
    """The modality of that name; a Modality is returned as it is. UnknownNameError suggests the nearest name."""
    return name if isinstance(name, Modality) else _MODALITIES.get(name)


def register_modality(plugin: Modality) -> Modality:
    """Add a modality of your own for this process. ValueError if its name is taken."""
    if not isinstance(plugin, Modality):
        raise TypeError(f"register_modality takes an instance of pairgen.plugin.Modality, got {plugin!r}")
    return _MODALITIES.register(plugin.name, plugin)


def encoder(modality_name: str | Modality, name: str, **options: Any) -> nn.Module:
    """An encoder of a modality by name: `encoder("image", "resnet18", in_channels=3, image_size=32)`.

    Its `out_features` is the width of its features; its `spec` rebuilds it (checkpoints keep it).
    """
    plugin = modality(modality_name)
    module = plugin.encoders.get(name)(**options)
    module.spec = {"modality": plugin.name, "name": name, "options": options}  # type: ignore[assignment]
    return module
