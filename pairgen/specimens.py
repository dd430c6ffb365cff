"""What a modality shows the property-testing kit: examples of its items, and what each augmentation promises of them.

Strategies are Hypothesis's; they are typed `Any` so that pairgen imports without it (the extra `testing`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

__all__ = ["TOLERANCE", "Specimens", "Tags"]

Complaint = str | None

TOLERANCE: Mapping[str, float] = MappingProxyType(
    {"float64": 1e-6, "float32": 2e-5, "float16": 2e-3, "bfloat16": 2e-2, "complex64": 2e-5}
)
"""How far a batch may lie from its items, by dtype, floats in units of max(1, |value|); all else must be equal."""


@dataclass(frozen=True)
class Tags:
    """What an augmentation promises; the checks are chosen by it. The defaults suit most.

    parameters: a strategy of dicts of keyword arguments for its class, or None for the defaults alone.
    random: another seed gives another view of some items. False for one without randomness, such as a greyscale.
    keeps: of "type", "dtype", "device", "layout", "values", those of an item that its views have too; "values" means
        that a view is as good an item as the first (`Specimens.complaint`).
    still: fields at which it changes nothing (`{"degrees": 0.0}`), or such an augmentation; None if there are none.
    bounds: called with (augmentation, item, params, view); says what is out of the documented bounds, or None.
    refused: dicts of keyword arguments that its class must refuse with ValueError or TypeError.
    serves: called with (augmentation, item): whether this item is one it takes. Others it must refuse.
    serves_batch: the same for a batch.
    batched: whether it serves batches.
    tolerance: how far a batch may lie from its items, by dtype; None for the modality's.
    """

    parameters: Any = None
    random: bool = True
    keeps: frozenset[str] = frozenset({"type", "dtype", "device", "layout", "values"})
    still: Any = None
    bounds: Callable[[Any, Any, Any, Any], Complaint] | None = None
    refused: tuple[Mapping[str, Any], ...] = ()
    serves: Callable[[Any, Any], bool] | None = None
    serves_batch: Callable[[Any, Any], bool] | None = None
    batched: bool = True
    tolerance: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Specimens:
    """Strategies of a modality's items, and the tags of its augmentations.

    items: items of every kind that the augmentations take, from the most degenerate on; simple ones first, so that
        examples shrink to them.
    telling: items on which nearly every random augmentation shows; None for `items`.
    batches: batches of at least one item, of unequal lengths where there are such; None collates lists of `items`.
    bad: items by a name of their fault, each of which `Modality.open` must refuse. A function makes the item anew.
    complaint: called with (view, item); says why the view is no item of this modality any more, or None.
    layout: of an item, what its views must keep beside the number of axes (for images the number of channels).
    essence: of an item or view, what is compared where it must not have changed, without marks that every view bears
        (for graphs the numbers of the nodes); None for all of it.
    augmentations: tags by class name; a class that is not named has the default ones.
    recipes: options for the recipes by name, where the defaults are too large for a quick test.
    encodable: items that every recipe takes and that collate into one batch; None for `telling`.
    tolerance: how far a batch may lie from its items, by dtype; dtypes that are not named must be equal.
    """

    items: Any
    telling: Any = None
    batches: Any = None
    bad: Mapping[str, Any] = field(default_factory=dict)
    complaint: Callable[[Any, Any], Complaint] | None = None
    layout: Callable[[Any], Any] | None = None
    essence: Callable[[Any], Any] | None = None
    augmentations: Mapping[str, Tags] = field(default_factory=dict)
    recipes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    encodable: Any = None
    tolerance: Mapping[str, float] = field(default_factory=lambda: TOLERANCE)
