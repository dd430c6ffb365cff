"""Promise 1 for pairs: a function of (seed, epoch, index), by every way through a loader, before and after a resume."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np

from pairgen.pairs import PairSampler
from pairgen.testing.check import check
from pairgen.testing.compare import difference, parts_of, same
from pairgen.testing.global_state import NAMES, draw_all, kept, seed_all, states
from pairgen.testing.sampler_subject import SamplerExample, SamplerSubject, pairs_of
from pairgen.testing.subject import CheckFailure, NotServedError

__all__ = [
    "a_batch_of_pairs_is_its_pairs",
    "bad_items_are_named",
    "loaders_agree",
    "other_key_other_pair",
    "pairs_keep_type",
    "pairs_leave_items_alone",
    "pairs_leave_the_global_rng_alone",
    "resumes_at_every_batch",
    "same_key_same_pair",
    "sampler_pickles",
    "spec_rebuilds_the_sampler",
]


def _still(subject: SamplerSubject) -> str | None:
    return None if subject.random else "its recipe is not random"


def _unnamed(subject: SamplerSubject) -> str | None:
    return None if subject.sampler.spec["recipe"] is not None else "its recipe has no name"


@check(over="sampler")
def same_key_same_pair(example: SamplerExample) -> None:
    """The same (seed, epoch, index) gives the same pair."""
    for i, item in enumerate(example.items):
        _equal(example.sampler(item, i, example.epoch), example.sampler(item, i, example.epoch), f"item {i} twice")


@check(over="sampler", share=0.2, unfit=_still)
def other_key_other_pair(example: SamplerExample) -> None:
    """Another epoch, another index, and the other view of the pair differ, for some item at least."""
    sampler, epoch = example.sampler, example.epoch
    differing = {"the two views": False, "another epoch": False, "another index": False}
    for i, item in enumerate(example.items):
        for turn in range(4):
            pair = sampler(item, i + 100 * turn, epoch)
            differing["the two views"] |= not same(pair.first, pair.second)
            differing["another epoch"] |= not same(pair.first, sampler(item, i + 100 * turn, epoch + 1).first)
            differing["another index"] |= not same(pair.first, sampler(item, i + 100 * turn + 1, epoch).first)
    alike = [name for name, differs in differing.items() if not differs]
    if alike:
        raise CheckFailure(f"{' and '.join(alike)} made no difference; if the recipe is not random, say random=False")


@check(over="sampler")
def pairs_leave_items_alone(example: SamplerExample) -> None:
    """The items are afterwards as they were."""
    before = parts_of(example.items)
    for i, item in enumerate(example.items):
        example.sampler(item, i, example.epoch)
    found = difference(before, example.items)
    if found:
        raise CheckFailure(f"an item was changed: {found}")


@check(over="sampler")
def pairs_keep_type(example: SamplerExample) -> None:
    """The views of an item have its type; what came encoded comes back decoded."""
    for i, item in enumerate(example.items):
        pair = example.sampler(item, i, example.epoch)
        encoded = isinstance(item, (bytes, str)) and not isinstance(pair.first, type(item))
        if not encoded and not (isinstance(pair.first, type(item)) and isinstance(pair.second, type(item))):
            raise CheckFailure(f"{type(item).__name__} in, {type(pair.first).__name__} out")


@check(over="sampler", share=0.5)
def pairs_leave_the_global_rng_alone(example: SamplerExample) -> None:
    """Pairs neither read nor write the global random states of Python, NumPy and torch."""
    made = []
    with kept():
        for seed in (1, 2):
            seed_all(seed)
            draw_all()
            before = states()
            made.append([parts_of(example.sampler(item, i, example.epoch)) for i, item in enumerate(example.items)])
            moved = [name for name, a, b in zip(NAMES, before, states(), strict=True) if a != b]
            if moved:
                raise CheckFailure(f"the global random state of {', '.join(moved)} moved")
    _equal(made[0], made[1], "pairs under two global seeds")


@check(over="sampler")
def a_batch_of_pairs_is_its_pairs(example: SamplerExample) -> None:
    """Pairs made of a collated batch are those made of its items."""
    sampler, count = example.sampler, len(example.items)
    codec = sampler.recipe.codec or sampler.modality
    try:
        batch = sampler.modality.collate([codec.decode(item) for item in example.items])
    except ValueError as error:
        raise NotServedError(str(error)) from error
    together = pairs_of([sampler.augment(batch, np.arange(count), example.epoch)])
    sampler.set_epoch(example.epoch)
    alone = pairs_of([sampler.collate_items([(i, item)]) for i, item in enumerate(example.items)])
    found = difference(alone, together, example.subject.check_spec.tolerance)
    if found:
        raise CheckFailure(f"pairs one by one against pairs of the batch: {found}")


@check(over="sampler", share=0.05)
def loaders_agree(example: SamplerExample) -> None:
    """Workers, batch size and order do not change a pair."""
    expected = _passed(example, batch_size=2)
    ways: dict[str, dict[str, Any]] = {
        "batches of one": {"batch_size": 1},
        "shuffled": {"batch_size": 2, "shuffle": True},
        "two workers": {"batch_size": 2, "num_workers": 2},
    }
    for name, options in ways.items():
        _equal(expected, _passed(example, **options), f"plain loading against {name}")


@check(over="sampler", share=0.1)
def resumes_at_every_batch(example: SamplerExample) -> None:
    """A loader that resumes after any batch yields exactly the batches that were still to come."""

    def loader() -> Any:
        made = example.sampler.loader(example.data, batch_size=1, shuffle=True)
        made.set_epoch(example.epoch)
        return made

    whole = [pairs_of([batch]) for batch in loader()]
    for done in range(1, len(whole)):
        interrupted, resumed = loader(), loader()
        for _, _batch in zip(range(done), interrupted, strict=False):
            state = interrupted.state_dict()
        resumed.load_state_dict(pickle.loads(pickle.dumps(state)))
        _equal(whole[done:], [pairs_of([batch]) for batch in resumed], f"resumed after {done} batches")


@check(over="sampler", share=0.2)
def sampler_pickles(example: SamplerExample) -> None:
    """The sampler pickles, and its copy makes the same pairs."""
    try:
        copy = pickle.loads(pickle.dumps(example.sampler))
    except Exception as error:
        raise CheckFailure(f"it does not pickle: {type(error).__name__}: {error}") from error
    for i, item in enumerate(example.items):
        _equal(example.sampler(item, i, example.epoch), copy(item, i, example.epoch), "the copy")


@check(over="sampler", share=0.2, unfit=_unnamed)
def spec_rebuilds_the_sampler(example: SamplerExample) -> None:
    """A sampler made from `spec`, as checkpoints do, makes the same pairs."""
    spec = example.sampler.spec
    recipe = tuple(spec["recipe"]) if isinstance(spec["recipe"], list) else spec["recipe"]
    again = PairSampler(example.sampler.modality, recipe, seed=spec["seed"], **spec["options"])
    for i, item in enumerate(example.items):
        _equal(example.sampler(item, i, example.epoch), again(item, i, example.epoch), "the rebuilt sampler")


@check(over="sampler", share=0.05)
def bad_items_are_named(example: SamplerExample) -> None:
    """A bad item raises a ValueError or TypeError with its place, or, with on_error="skip", is left out and listed."""
    sampler = pickle.loads(pickle.dumps(example.sampler))
    for name, bad in example.subject.check_spec.invalid_items.items():
        item = bad() if callable(bad) else bad
        data = [(0, example.items[0]), (1, item)]
        sampler.on_error = "raise"
        try:
            sampler.collate_items(data)
        except (ValueError, TypeError) as error:
            if "item" not in str(error):
                raise CheckFailure(f"the error of {name!r} does not say which item it was: {error}") from error
        except Exception as error:
            raise CheckFailure(f"{name!r} raised {type(error).__name__}: {error}, not a ValueError") from error
        else:
            raise CheckFailure(f"{name!r} became a pair")
        sampler.on_error = "skip"
        batch = sampler.collate_items(data)
        if len(batch) != 1 or len(batch.skipped) != 1:
            raise CheckFailure(f'with on_error="skip", {name!r} was not left out and listed: {batch.skipped}')


def _passed(example: SamplerExample, **options: Any) -> dict[int, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loader = example.sampler.loader(example.data, **options)
        loader.set_epoch(example.epoch)
        return pairs_of(loader)


def _equal(first: Any, second: Any, what: str) -> None:
    found = difference(first, second)
    if found:
        raise CheckFailure(f"{what}: {found}")
