"""How much an augmentation changes: nothing at zero strength, and never more than is documented."""

from __future__ import annotations

import dataclasses
from typing import Any

from pairgen.augmentation import Augmentation
from pairgen.testing.check import check
from pairgen.testing.compare import difference
from pairgen.testing.subject import CheckFailure, Example, NotServedError, Subject

__all__ = ["identity_at_zero_strength", "stays_within_its_bounds"]


def _no_zero(subject: Subject) -> str | None:
    return None if subject.tags.identity_params is not None else "its tags name no parameters of zero strength"


def _no_bounds(subject: Subject) -> str | None:
    return None if subject.tags.check_bounds is not None else "its tags state no bounds"


def at_zero(augmentation: Any, still: Any) -> Augmentation:
    """The augmentation with the fields of zero strength, or that which the tags give."""
    if isinstance(still, Augmentation):
        return still
    changed: Augmentation = dataclasses.replace(augmentation, **still)
    return changed


@check(unfit=_no_zero)
def identity_at_zero_strength(example: Example) -> None:
    """At zero strength the view is the item, to float tolerance."""
    still = dataclasses.replace(
        example, augmentation=at_zero(example.augmentation, example.subject.tags.identity_params)
    )
    tags, check_spec = example.subject.tags, example.subject.check_spec
    comparable = check_spec.comparable or (lambda item: item)
    found = difference(comparable(still.view()), comparable(example.item), tags.tolerance or check_spec.tolerance)
    if found:
        raise CheckFailure(f"{still.augmentation!r} changed the item: {found}")


@check(unfit=_no_bounds)
def stays_within_its_bounds(example: Example) -> None:
    """What is drawn and done lies in the documented bounds."""
    view, params = example.sample()
    bounds = example.subject.tags.check_bounds
    if bounds is None:
        raise NotServedError("no bounds")
    found = bounds(example.augmentation, example.item, params, view)
    if found:
        raise CheckFailure(found)
