"""Describe a modality to the property-testing kit: examples of its items, and what each augmentation preserves.

Strategies are Hypothesis's; they are typed `Any` so that pairgen imports without it (the extra `testing`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

__all__ = ["TOLERANCE", "CheckSpec", "Forms", "Marker", "Tags"]

TOLERANCE: Mapping[str, float] = MappingProxyType(
    {"float64": 1e-6, "float32": 2e-5, "float16": 2e-3, "bfloat16": 2e-2, "complex64": 2e-5}
)
"""How far a batch may lie from its items, by dtype, floats in units of max(1, |value|); all else must be equal."""


@dataclass(frozen=True)
class Tags:
    """State what an augmentation guarantees; the checks are chosen by it. The defaults suit most.

    Args:
        parameters: Strategy of dicts of keyword arguments for the class; None for the defaults alone.
        random: Whether another seed gives another view of some items. False for one without randomness, such as a
            grayscale.
        shared: Whether all its draws are those of `rng.shared()`, so that both views of a pair are alike.
        preserves: Of "type", "dtype", "device", "layout", "values", "center", those of an item that its views have
            too; "values" means that a view is as valid an item as the original (`CheckSpec.find_invalid`), "center"
            that what is at the center stays there on the average (`CheckSpec.marker`).
        identity_params: Fields at which nothing changes (`{"degrees": 0.0}`), or such an augmentation; None if there
            are none.
        check_bounds: Called with (augmentation, item, params, view); says what is out of the documented bounds, or
            None.
        invalid_params: Dicts of keyword arguments that the class must reject with ValueError or TypeError.
        accepts: Called with (augmentation, item): whether it takes this item. Others it must reject.
        accepts_batch: The same for a batch.
        batched: Whether it takes batches.
        tolerance: How far a batch may lie from its items, by dtype; None for the modality's.
    """

    parameters: Any = None
    random: bool = True
    shared: bool = False
    preserves: frozenset[str] = frozenset({"type", "dtype", "device", "layout", "values", "center"})
    identity_params: Any = None
    check_bounds: Callable[[Any, Any, Any, Any], str | None] | None = None
    invalid_params: tuple[Mapping[str, Any], ...] = ()
    accepts: Callable[[Any, Any], bool] | None = None
    accepts_batch: Callable[[Any, Any], bool] | None = None
    batched: bool = True
    tolerance: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Forms:
    """The types in which a modality takes one and the same item, and how views of them compare.

    Args:
        convert: Of an item, the same item in each of the types, by a name of the type.
        to_values: Of an item or view of any of them, its values as a float array of one layout and scale, or several
            by the names of its parts.
        tolerance: How far values may lie apart, in units of max(1, |value|): what rounding to 8 bits may make.
        outliers: Ratio of values that may lie further apart, for operations with steps.
    """

    convert: Callable[[Any], Mapping[str, Any]]
    to_values: Callable[[Any], Any]
    tolerance: float
    outliers: float = 0.0


@dataclass(frozen=True)
class Marker:
    """An item with a mark at its center, by which a displacement shows that is the same in all forms of an item.

    Args:
        item: The item.
        locate: Of a view, how far its mark lies from its center along each axis, in pixels, as a sequence of floats;
            None where it shows no mark.
    """

    item: Any
    locate: Callable[[Any], Any]


@dataclass(frozen=True)
class CheckSpec:
    """Hold the strategies of a modality's items and the tags of its augmentations.

    Args:
        items: Items of every kind that the augmentations take, from the most degenerate on; simple ones first, so that
            examples shrink to them.
        informative_items: Items on which nearly every random augmentation shows; None for `items`.
        batches: Batches of at least one item, of unequal lengths where there are such; None collates lists of `items`.
        invalid_items: Items by a name of their fault, each of which `Modality.decode` must reject. A function makes
            the item anew.
        find_invalid: Called with (view, item); says why the view is no item of this modality any more, or None.
        layout: Of an item, what its views must keep beside the number of axes (for images the number of channels).
        comparable: Of an item or view, what is compared where it must not have changed, without marks that every view
            bears (for graphs the numbers of the nodes); None for all of it.
        forms: The types in which it takes one and the same item; None for one type alone.
        marker: An item with a mark at its center; None where items have no geometry.
        augmentations: Tags by class name; a class that is not named has the default ones.
        recipes: Options for the recipes by name, where the defaults are too large for a quick test.
        model_items: Items that every recipe takes and that collate into one batch; None for `informative_items`.
        tolerance: How far a batch may lie from its items, by dtype; dtypes that are not named must be equal.
    """

    items: Any
    informative_items: Any = None
    batches: Any = None
    invalid_items: Mapping[str, Any] = field(default_factory=dict)
    find_invalid: Callable[[Any, Any], str | None] | None = None
    layout: Callable[[Any], Any] | None = None
    comparable: Callable[[Any], Any] | None = None
    forms: Forms | None = None
    marker: Marker | None = None
    augmentations: Mapping[str, Tags] = field(default_factory=dict)
    recipes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    model_items: Any = None
    tolerance: Mapping[str, float] = field(default_factory=lambda: TOLERANCE)
