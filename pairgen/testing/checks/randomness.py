"""Keyed: a view is a function of its key, and of nothing else that is random."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pairgen.augmentation import Augmentation
from pairgen.random import Stream
from pairgen.testing.checks._registry import check
from pairgen.testing.compare import equal, find_difference, to_parts
from pairgen.testing.examples import CheckFailure, Example, ItemGroup, NotAcceptedError
from pairgen.testing.global_state import NAMES, draw_all, get_states, preserve_states, seed_all
from pairgen.testing.targets import Target

__all__ = [
    "ignores_the_global_rng",
    "leaves_the_global_rng_alone",
    "other_epoch_other_draw",
    "other_item_other_draw",
    "other_seed_other_view",
    "other_view_other_draw",
    "same_seed_same_view",
]

_KEYS = 8


def _not_random(target: Target) -> str | None:
    return None if target.tags.random else "its tags say that it is not random"


def without_seeding(augmentation: Augmentation) -> Augmentation:
    """Return an adapted transform as its library runs it, without the adapter's seeding; any other as it is."""
    unseeded: Augmentation = getattr(augmentation, "unseeded", augmentation)
    return unseeded


@check()
def same_seed_same_view(example: Example) -> None:
    """The same item under the same key gives the same view."""
    first = to_parts(example.view())  # a copy: the view may be the item, which the second call changes
    difference = find_difference(first, example.augmentation(example.item, example.stream()))
    if difference:
        raise CheckFailure(f"two calls with the same key differ: {difference}; {_find_cause(example)}")


def _find_cause(example: Example) -> str:
    """What makes views of one key differ: the global random state, what is kept between calls, or neither."""

    def differ(prepare: Callable[[], Augmentation]) -> bool:
        views = []
        for _ in range(3):
            views.append(to_parts(prepare()(example.item, example.stream())))
            time.sleep(1e-3)  # a coarse clock shows too
        return not all(equal(views[0], view) for view in views[1:])

    def seeded() -> Augmentation:
        seed_all(0)
        return example.augmentation

    def copied() -> Augmentation:
        return copy.deepcopy(example.augmentation)

    with preserve_states():
        if not differ(seeded):
            return "the cause is the global random state: draw from the stream"
        with _stopped_clock():
            if not differ(seeded):
                return "the cause is the clock: draw from the stream"
        if not differ(copied):
            return "the cause is what the augmentation keeps between calls, such as a counter or a cache"
    return "the cause is a source of its own, such as a generator, a counter of its module, or os.urandom"


@contextmanager
def _stopped_clock() -> Iterator[None]:
    names = ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns")
    kept = {name: getattr(time, name) for name in names}
    try:
        for name in names:
            setattr(time, name, lambda: 1)
        yield
    finally:
        for name, function in kept.items():
            setattr(time, name, function)


@check(scope="group", ratio=0.2, skip_reason=_not_random, any_example=True)
def other_seed_other_view(group: ItemGroup) -> None:
    """Another seed gives another view, of some item at least."""
    _check_varies(group, lambda example, key: Stream(group.seed + key, index=example.index), "seeds")


@check(scope="group", ratio=0.2, skip_reason=_not_random, any_example=True)
def other_item_other_draw(group: ItemGroup) -> None:
    """Equal items of different index get different views: what is drawn is not drawn once for all."""
    _check_varies(group, lambda example, key: Stream(group.seed, index=key), "indices")


def _views_alike(target: Target) -> str | None:
    return "its tags say that both views share its draws" if target.tags.shared else _not_random(target)


@check(scope="group", ratio=0.2, skip_reason=_views_alike, any_example=True)
def other_view_other_draw(group: ItemGroup) -> None:
    """The two views of an item differ: the draw depends on the key of the view too."""
    _check_varies(group, lambda example, key: Stream(group.seed + key // 2, 0, example.index, key % 2), "views", 2)


@check(scope="group", ratio=0.2, skip_reason=_not_random, any_example=True)
def other_epoch_other_draw(group: ItemGroup) -> None:
    """Another epoch gives another view: the draw depends on the epoch too."""
    _check_varies(group, lambda example, key: Stream(group.seed, key, example.index), "epochs")


@check()
def ignores_the_global_rng(example: Example) -> None:
    """The view does not depend on the global random state of Python, NumPy or torch."""
    augmentation = without_seeding(example.augmentation)
    views = []
    with preserve_states():
        for seed in (1, 2, 1):
            seed_all(seed)
            views.append(to_parts(_view(augmentation, example)))
    difference = find_difference(views[0], views[1])
    # What differs under equal states too is random from elsewhere; same_seed_same_view reports that.
    if difference and equal(views[0], views[2]):
        raise CheckFailure(f"the view changed with the global random state: {difference}; draw from the stream instead")


@check()
def leaves_the_global_rng_alone(example: Example) -> None:
    """The global random states of Python, NumPy and torch are unchanged."""
    augmentation = without_seeding(example.augmentation)
    with preserve_states():
        draw_all()
        before = get_states()
        _view(augmentation, example)
        after = get_states()
    changed = [name for name, a, b in zip(NAMES, before, after, strict=True) if a != b]
    if changed:
        raise CheckFailure(f"the global random state of {', '.join(changed)} changed; draw from the stream instead")


def _check_varies(group: ItemGroup, stream: Callable[[Example, int], Stream], what: str, together: int = _KEYS) -> None:
    """Raise if views of no item differ among the keys that belong together, `together` in a row of all keys."""
    for example in group.accepted():
        for start in range(0, _KEYS, together):
            first = to_parts(example.augmentation(example.item, stream(example, start)))
            for key in range(start + 1, start + together):
                if not equal(first, example.augmentation(example.item, stream(example, key))):
                    return
    same = "both views are alike" if what == "views" else f"{_KEYS} {what} gave the same view"
    raise CheckFailure(
        f"one draw for all: {same} of each of {len(group.items)} items; draw from the "
        "stream in `draw`, and keep nothing that was drawn; if it is not random, say so in its "
        "tags: Tags(random=False)"
    )


def _view(augmentation: Augmentation, example: Example) -> object:
    try:
        return augmentation(example.item, example.stream())
    except Exception as error:
        raise NotAcceptedError(str(error)) from error
