"""How much an augmentation changes: nothing at zero strength, and never more than is documented."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from pairgen.augmentation import Augmentation
from pairgen.testing.checks._registry import check, not_preserved
from pairgen.testing.compare import find_difference
from pairgen.testing.examples import CheckFailure, Example, NotAcceptedError
from pairgen.testing.formatting import format_short
from pairgen.testing.search import draw_examples
from pairgen.testing.targets import Target

__all__ = ["identity_at_zero_strength", "keeps_the_center", "stays_within_its_bounds"]

_AUGMENTATIONS, _DRAWS = 4, 96
_ERRORS, _LEAST = 4.5, 0.2
"""Standard errors of the mean displacement, and pixels, by which a mark may be displaced."""


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


def _no_marker(target: Target) -> str | None:
    return not_preserved("center")(target) or (
        None if target.check_spec.marker is not None else "its items have no center"
    )


@check(scope="class", skip_reason=_no_marker)
def keeps_the_center(target: Target) -> None:
    """A mark at the center stays there on the average of many draws: no geometry is off by a pixel."""
    for augmentation in draw_examples(target.augmentations)[:_AUGMENTATIONS]:
        offsets = _offsets(target, augmentation)
        if len(offsets) < _DRAWS // 2:
            continue
        found = np.asarray(offsets, dtype=np.float64)
        mean, errors = found.mean(axis=0), found.std(axis=0) / np.sqrt(len(found))
        if (np.abs(mean) > np.maximum(_LEAST, _ERRORS * errors)).any():
            at = ", ".join(f"{value:+.2f}" for value in mean)
            raise CheckFailure(
                f"{format_short(augmentation)}: a mark at the center lies ({at}) pixels from it, on the average of "
                f"{len(found)} draws; look for a geometry that is off by a pixel or half of one; if it moves things "
                'on purpose, say so in its tags: Tags(preserves=...) without "center"'
            )


def _offsets(target: Target, augmentation: Augmentation) -> list[Any]:
    """Where the mark lies in many views, of the first form of the item that the augmentation takes."""
    marker, forms = target.check_spec.marker, target.check_spec.forms
    if marker is None:
        return []
    for item in [marker.item] if forms is None else forms.convert(marker.item).values():
        with suppress(NotAcceptedError, ValueError, TypeError):  # other checks report what is refused or no item
            views = [Example(target, augmentation, item, index=index).view() for index in range(_DRAWS)]
            return [offset for offset in map(marker.locate, views) if offset is not None]
    return []


def _at_zero_strength(augmentation: Augmentation, identity: Augmentation | Mapping[str, Any]) -> Augmentation:
    """The augmentation that the tags name, or this one with the fields that they name."""
    if isinstance(identity, Augmentation):
        return identity
    frozen: Any = augmentation  # a dataclass, like every augmentation that has fields
    changed: Augmentation = dataclasses.replace(frozen, **identity)
    return changed
