"""How much an augmentation changes: nothing at zero strength, and never more than is documented."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from pairgen.augmentation import Augmentation
from pairgen.testing.checks._registry import check
from pairgen.testing.compare import find_difference
from pairgen.testing.examples import CheckFailure, Example, NotAcceptedError
from pairgen.testing.targets import Target

__all__ = ["identity_at_zero_strength", "stays_within_its_bounds"]


def _no_identity_params(target: Target) -> str | None:
    return None if target.tags.identity_params is not None else "its tags name no parameters of zero strength"


def _no_bounds(target: Target) -> str | None:
    return None if target.tags.check_bounds is not None else "its tags state no bounds"


@check(skip_reason=_no_identity_params)
def identity_at_zero_strength(example: Example) -> None:
    """At zero strength the view is the item, to float tolerance."""
    tags, check_spec = example.target.tags, example.target.check_spec
    augmentation = _at_zero_strength(example.augmentation, tags.identity_params)
    view = dataclasses.replace(example, augmentation=augmentation).view()
    comparable = check_spec.comparable or (lambda item: item)
    difference = find_difference(comparable(view), comparable(example.item), tags.tolerance or check_spec.tolerance)
    if difference:
        raise CheckFailure(f"{augmentation!r} changed the item: {difference}")


@check(skip_reason=_no_bounds)
def stays_within_its_bounds(example: Example) -> None:
    """What is drawn and done lies within the documented bounds."""
    view, params = example.sample()
    check_bounds = example.target.tags.check_bounds
    if check_bounds is None:
        raise NotAcceptedError("no bounds")
    violation = check_bounds(example.augmentation, example.item, params, view)
    if violation:
        raise CheckFailure(violation)


def _at_zero_strength(augmentation: Augmentation, identity: Augmentation | Mapping[str, Any]) -> Augmentation:
    """The augmentation that the tags name, or this one with the fields that they name."""
    if isinstance(identity, Augmentation):
        return identity
    frozen: Any = augmentation  # a dataclass, like every augmentation that has fields
    changed: Augmentation = dataclasses.replace(frozen, **identity)
    return changed
