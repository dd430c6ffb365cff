"""Promise 3: the same type, dtype, device and layout out as in; and a view is as good an item as the first."""

from __future__ import annotations

from typing import Any

import torch

from pairgen.testing.check import check, untagged
from pairgen.testing.compare import is_picture
from pairgen.testing.signature import Signature, signature_of
from pairgen.testing.subject import CheckFailure, Example, NotServedError

__all__ = ["keeps_device", "keeps_dtype", "keeps_layout", "keeps_type", "keeps_values"]


def same_type(view: Any, item: Any) -> bool:
    """Whether both are of one class; of a PIL image, which class its file gave it does not matter."""
    return type(view) is type(item) or (is_picture(item) and is_picture(view))


@check(unfit=untagged("type"))
def keeps_type(example: Example) -> None:
    """The view has the type of the item."""
    view = example.view()
    if not same_type(view, example.item):
        raise CheckFailure(f"{type(example.item).__name__} in, {type(view).__name__} out")


@check(unfit=untagged("dtype"))
def keeps_dtype(example: Example) -> None:
    """The view has the dtype of the item (the mode, of a PIL image)."""
    before, after = _forms(example.item, example.view())
    _compare(before.dtype, after.dtype, "dtype")


@check(unfit=untagged("layout"))
def keeps_layout(example: Example) -> None:
    """The view has as many axes as the item, and what else of its layout the modality keeps."""
    view = example.view()
    before, after = _forms(example.item, view)
    _compare(before.axes, after.axes, "number of axes")
    layout = example.subject.check_spec.layout
    if layout is not None and layout(example.item) != layout(view):
        raise CheckFailure(f"layout {layout(example.item)!r} in, {layout(view)!r} out")


@check(unfit=untagged("device"))
def keeps_device(example: Example) -> None:
    """The view is on the device of the item; on a GPU too, where there is one."""
    before, after = _forms(example.item, example.view())
    _compare(before.device, after.device, "device")
    if torch.cuda.is_available() and hasattr(example.item, "to"):
        there = example.item.to("cuda")
        view = example.augmentation(there, example.stream())
        _compare(signature_of(there).device, signature_of(view).device, "device")


@check(unfit=untagged("values"))
def keeps_values(example: Example) -> None:
    """The view is as good an item as the first: in range, finite, not empty, well-formed."""
    view = example.view()
    if not same_type(view, example.item):
        raise NotServedError("another type; keeps_type names that")
    find_invalid = example.subject.check_spec.find_invalid
    found = None if find_invalid is None else find_invalid(view, example.item)
    if found:
        raise CheckFailure(found)
    if example.subject.modality is not None:
        _opens(example.subject.modality, view)


def _opens(modality: Any, view: Any) -> None:
    try:
        modality.decode(view)
    except (ValueError, TypeError) as error:
        raise CheckFailure(f"the view is no item of {modality.name!r} any more: {error}") from error


def _forms(item: Any, view: Any) -> tuple[Signature, Signature]:
    before, after = signature_of(item), signature_of(view)
    if before.type != after.type:
        raise NotServedError("another type; keeps_type names that")
    return before, after


def _compare(before: dict[str, Any], after: dict[str, Any], what: str) -> None:
    for name, value in before.items():
        if name in after and after[name] != value:
            raise CheckFailure(f"{what} {value} in, {after[name]} out{f' at {name}' if name else ''}")
