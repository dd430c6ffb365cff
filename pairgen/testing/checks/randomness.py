"""Promise 1: a view is a function of its key, and of nothing else that is random."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pairgen.random import Stream
from pairgen.testing.check import check
from pairgen.testing.compare import difference, parts_of, same
from pairgen.testing.global_state import NAMES, draw_all, kept, seed_all, states
from pairgen.testing.subject import CheckFailure, Example, ItemGroup, NotServedError, Subject

__all__ = [
    "ignores_the_global_rng",
    "leaves_the_global_rng_alone",
    "other_item_other_draw",
    "other_seed_other_view",
    "same_seed_same_view",
]

_KEYS = 8


def _fixed(subject: Subject) -> str | None:
    return None if subject.tags.random else "its tags say that it is not random"


def bare(augmentation: Any) -> Any:
    """An adapted transform as its library runs it, without the seeding of the adapter; others as they are."""
    return getattr(augmentation, "unseeded", augmentation)


@check()
def same_seed_same_view(example: Example) -> None:
    """The same item under the same key gives the same view."""
    first = parts_of(example.view())  # a copy: the view may be the item, which the second call changes
    found = difference(first, example.augmentation(example.item, example.stream()))
    if found:
        raise CheckFailure(f"two calls with the same key differ: {found}")


@check(over="group", share=0.2, unfit=_fixed, somewhere=True)
def other_seed_other_view(group: ItemGroup) -> None:
    """Another seed gives another view, of some item at least."""
    _varies(group, lambda example, key: Stream(group.seed + key, index=example.index), "seeds")


@check(over="group", share=0.2, unfit=_fixed, somewhere=True)
def other_item_other_draw(group: ItemGroup) -> None:
    """Equal items of different index get different views: an augmentation drawn once would serve them all alike."""
    _varies(group, lambda example, key: Stream(group.seed, index=key), "indices")


def _varies(group: ItemGroup, stream: Callable[[Example, int], Stream], what: str) -> None:
    for example in group.served():
        first = parts_of(example.augmentation(example.item, stream(example, 0)))
        for key in range(1, _KEYS):
            if not same(first, example.augmentation(example.item, stream(example, key))):
                return
    raise CheckFailure(
        f"{_KEYS} {what} gave the same view of each of {len(group.items)} items; if it is not random, say so in its "
        "tags: Tags(random=False)"
    )


@check()
def ignores_the_global_rng(example: Example) -> None:
    """The view does not depend on the global random state of Python, NumPy or torch."""
    augmentation = bare(example.augmentation)
    views = []
    with kept():
        for seed in (1, 2, 1):
            seed_all(seed)
            views.append(parts_of(_view_of(augmentation, example)))
    found = difference(views[0], views[1])
    # What differs under equal states too is random from elsewhere; same_seed_same_view names that.
    if found and same(views[0], views[2]):
        raise CheckFailure(f"the view changed with the global random state: {found}; draw from the stream instead")


@check()
def leaves_the_global_rng_alone(example: Example) -> None:
    """The global random states of Python, NumPy and torch are afterwards as they were."""
    augmentation = bare(example.augmentation)
    with kept():
        draw_all()
        before = states()
        _view_of(augmentation, example)
        after = states()
    moved = [name for name, a, b in zip(NAMES, before, after, strict=True) if a != b]
    if moved:
        raise CheckFailure(f"the global random state of {', '.join(moved)} moved; draw from the stream instead")


def _view_of(augmentation: Any, example: Example) -> Any:
    try:
        return augmentation(example.item, example.stream())
    except Exception as error:
        raise NotServedError(str(error)) from error
