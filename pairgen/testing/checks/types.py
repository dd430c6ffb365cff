"""Type, dtype, device and layout out as in: views have those of their item, and are as valid an item as it is."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import numpy as np
import torch

from pairgen.modality import Modality
from pairgen.testing.checks._registry import check, not_preserved
from pairgen.testing.compare import Signature, get_signature, is_pil_image
from pairgen.testing.examples import CheckFailure, Example, ItemGroup, NotAcceptedError
from pairgen.testing.spec import Forms
from pairgen.testing.targets import Target

__all__ = ["keeps_device", "keeps_dtype", "keeps_layout", "keeps_type", "keeps_values", "same_in_every_form"]


@check(skip_reason=not_preserved("type"))
def keeps_type(example: Example) -> None:
    """The view has the type of the item."""
    view = example.view()
    if not _same_type(view, example.item):
        raise CheckFailure(f"{type(example.item).__name__} in, {type(view).__name__} out")


@check(skip_reason=not_preserved("dtype"))
def keeps_dtype(example: Example) -> None:
    """The view has the dtype of the item (the mode, of a PIL image)."""
    before, after = _signatures(example.item, example.view())
    _compare(before.dtype, after.dtype, "dtype")


@check(skip_reason=not_preserved("layout"))
def keeps_layout(example: Example) -> None:
    """The view has as many axes as the item, and what else the modality counts as its layout."""
    view = example.view()
    before, after = _signatures(example.item, view)
    _compare(before.axes, after.axes, "number of axes")
    layout = example.target.check_spec.layout
    if layout is not None and layout(example.item) != layout(view):
        raise CheckFailure(f"layout {layout(example.item)!r} in, {layout(view)!r} out")


@check(skip_reason=not_preserved("device"))
def keeps_device(example: Example) -> None:
    """The view is on the device of the item; tried on a GPU too, where there is one."""
    before, after = _signatures(example.item, example.view())
    _compare(before.device, after.device, "device")
    if torch.cuda.is_available() and hasattr(example.item, "to"):
        on_gpu = example.item.to("cuda")
        view = example.augmentation(on_gpu, example.stream())
        _compare(get_signature(on_gpu).device, get_signature(view).device, "device")


@check(skip_reason=not_preserved("values"))
def keeps_values(example: Example) -> None:
    """The view is as valid an item as the original: in range, finite, not empty, well-formed."""
    view = example.view()
    if not _same_type(view, example.item):
        raise NotAcceptedError("another type; keeps_type reports that")
    find_invalid = example.target.check_spec.find_invalid
    fault = None if find_invalid is None else find_invalid(view, example.item)
    if fault:
        raise CheckFailure(fault)
    if example.target.modality is not None:
        _decode(example.target.modality, view)


def _no_forms(target: Target) -> str | None:
    return None if target.check_spec.forms is not None else "its items have one form"


@check(scope="group", ratio=0.2, skip_reason=_no_forms)
def same_in_every_form(group: ItemGroup) -> None:
    """One item in every type that holds it (array, PIL image, tensor; 8 bits, float) gets one view."""
    forms = group.target.check_spec.forms
    if forms is None:
        raise NotAcceptedError("one form")
    for index, item in enumerate(group.items):
        views: dict[str, dict[str, np.ndarray]] = {}
        for name, form in forms.convert(item).items():
            example = Example(group.target, group.augmentation, form, group.seed, index)
            with suppress(NotAcceptedError, ValueError, TypeError):  # accepts_every_item and keeps_values report these
                views[name] = _parts_of(forms.to_values(example.view()))
        _compare_forms(views, index, forms)


def _compare_forms(views: Mapping[str, Mapping[str, np.ndarray]], index: int, forms: Forms) -> None:
    names = list(views)
    for name in names[1:]:
        for part, first in views[names[0]].items():
            message = f"item {index} as {names[0]} and as {name} gave different views{f', in its {part}' * bool(part)}"
            other = views[name].get(part)
            if other is None or first.shape != other.shape:
                raise CheckFailure(
                    f"{message}: shape {first.shape} against {None if other is None else other.shape} in one layout; "
                    "is an axis mistaken, or is something lost?"
                )
            _compare_values(first, other, forms, message)


def _compare_values(first: np.ndarray, other: np.ndarray, forms: Forms, message: str) -> None:
    gap = np.abs(first - other)
    apart = gap > forms.tolerance * np.maximum(1, np.maximum(np.abs(first), np.abs(other)))
    if gap.size and apart.mean() > forms.outliers:
        at = np.unravel_index(int(np.nanargmax(gap)), gap.shape)
        where = tuple(int(i) for i in at)
        raise CheckFailure(
            f"{message}: {first[at]:.4g} against {other[at]:.4g} at {where} on one scale, {int(apart.sum())} of "
            f"{apart.size} values; look for an overflow of integers, or for axes taken in another order"
        )


def _parts_of(values: object) -> dict[str, np.ndarray]:
    """The values of a view by the name of its parts, "" where it has one."""
    parts = values if isinstance(values, Mapping) else {"": values}
    return {name: np.asarray(part, dtype=np.float64) for name, part in parts.items()}


def _same_type(view: object, item: object) -> bool:
    """Whether both are of one class; PIL has a class for each file format, which count as one."""
    return type(view) is type(item) or (is_pil_image(item) and is_pil_image(view))


def _decode(modality: Modality, view: object) -> None:
    try:
        modality.decode(view)
    except (ValueError, TypeError) as error:
        raise CheckFailure(f"the view is not a valid item of {modality.name!r}: {error}") from error


def _signatures(item: object, view: object) -> tuple[Signature, Signature]:
    before, after = get_signature(item), get_signature(view)
    if before.type != after.type:
        raise NotAcceptedError("another type; keeps_type reports that")
    return before, after


def _compare(before: Mapping[str, object], after: Mapping[str, object], what: str) -> None:
    for name, value in before.items():
        if name in after and after[name] != value:
            raise CheckFailure(f"{what} {value} in, {after[name]} out{f' at {name}' if name else ''}")
