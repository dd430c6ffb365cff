"""Keyed pairs: a function of (seed, epoch, index), however a loader runs, before and after a resume."""

from __future__ import annotations

import pickle
import warnings
from functools import partial
from typing import Any

import numpy as np

from pairgen.batch import take, unbatch
from pairgen.pairs import PairLoader, PairSampler
from pairgen.pairs.pair import DecodedItem
from pairgen.testing.checks._registry import check
from pairgen.testing.compare import equal, find_difference, to_parts
from pairgen.testing.examples import CheckFailure, NotAcceptedError, SamplerExample, pairs_by_index
from pairgen.testing.global_state import NAMES, draw_all, get_states, preserve_states, seed_all
from pairgen.testing.targets import SamplerTarget

__all__ = [
    "a_batch_of_pairs_is_its_pairs",
    "an_empty_batch_has_no_pairs",
    "invalid_items_are_named",
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


def _not_random(target: SamplerTarget) -> str | None:
    return None if target.random else "its recipe is not random"


def _recipe_without_name(target: SamplerTarget) -> str | None:
    return None if target.sampler.spec["recipe"] is not None else "its recipe has no name"


@check(scope="sampler")
def same_key_same_pair(example: SamplerExample) -> None:
    """The same (seed, epoch, index) gives the same pair."""
    for i, item in enumerate(example.items):
        _check_equal(
            example.sampler(item, i, example.epoch), example.sampler(item, i, example.epoch), f"item {i} twice"
        )


@check(scope="sampler", ratio=0.2, skip_reason=_not_random)
def other_key_other_pair(example: SamplerExample) -> None:
    """Another epoch, another index, and the other view of the pair differ, for some item at least."""
    sampler, epoch = example.sampler, example.epoch
    views = slice(None, 1 if len(sampler.members) == 1 else None)  # of two members one alone may be random
    differing = {"the two views": False, "another epoch": False, "another index": False}
    for i, item in enumerate(example.items):
        for turn in range(4):
            pair = sampler(item, i + 100 * turn, epoch)
            differing["the two views"] |= not equal(pair.first, pair.second)
            for name, other in (
                ("another epoch", sampler(item, i + 100 * turn, epoch + 1)),
                ("another index", sampler(item, i + 100 * turn + 1, epoch)),
            ):
                differing[name] |= not equal(pair.views[views], other.views[views])
    alike = [name for name, differs in differing.items() if not differs]
    if alike:
        raise CheckFailure(f"{' and '.join(alike)} made no difference; if the recipe is not random, say random=False")


@check(scope="sampler")
def pairs_leave_items_alone(example: SamplerExample) -> None:
    """The items are unchanged."""
    before = to_parts(example.items)
    for i, item in enumerate(example.items):
        example.sampler(item, i, example.epoch)
    _check_equal(before, example.items, "an item was changed")


@check(scope="sampler")
def pairs_keep_type(example: SamplerExample) -> None:
    """The views of an item have its type; encoded items give decoded views."""
    for i, item in enumerate(example.items):
        pair = example.sampler(item, i, example.epoch)
        origins = [item] * len(pair.views) if len(example.sampler.members) == 1 else item
        for origin, view in zip(origins, (*pair.views, *pair.negatives), strict=True):
            encoded = isinstance(origin, (bytes, str)) and not isinstance(view, type(origin))
            if not encoded and not isinstance(view, type(origin)):
                raise CheckFailure(f"{type(origin).__name__} in, {type(view).__name__} out")


@check(scope="sampler", ratio=0.5)
def pairs_leave_the_global_rng_alone(example: SamplerExample) -> None:
    """Pairs neither read nor write the global random states of Python, NumPy and torch."""
    passes = []
    with preserve_states():
        for seed in (1, 2):
            seed_all(seed)
            draw_all()
            before = get_states()
            passes.append([to_parts(example.sampler(item, i, example.epoch)) for i, item in enumerate(example.items)])
            changed = [name for name, a, b in zip(NAMES, before, get_states(), strict=True) if a != b]
            if changed:
                raise CheckFailure(f"the global random state of {', '.join(changed)} changed")
    _check_equal(passes[0], passes[1], "pairs under two global seeds")


@check(scope="sampler")
def a_batch_of_pairs_is_its_pairs(example: SamplerExample) -> None:
    """Pairs made of a collated batch are those made of its items."""
    sampler, count = example.sampler, len(example.items)
    batch = _collate_decoded(example)
    together = pairs_by_index([sampler.augment(batch, np.arange(count), example.epoch)])
    sampler.set_epoch(example.epoch)
    alone = pairs_by_index([sampler.collate_items([(i, item)]) for i, item in enumerate(example.items)])
    difference = find_difference(alone, together, example.target.check_spec.tolerance)
    if difference:
        raise CheckFailure(f"pairs one by one against pairs of the batch: {difference}")


@check(scope="sampler", ratio=0.2)
def an_empty_batch_has_no_pairs(example: SamplerExample) -> None:
    """A batch without items goes the whole way, through the views to the encoder's input, and gives no pairs."""
    sampler, no_rows = example.sampler, np.array([], dtype=np.int64)
    batch = _collate_decoded(example)
    try:
        full = sampler.augment(batch, np.arange(len(example.items)), example.epoch)
    except ValueError as error:
        raise NotAcceptedError(str(error)) from error
    try:
        one = len(sampler.members) == 1
        no_items = take(batch, no_rows) if one else (take(batch.first, no_rows), take(batch.second, no_rows))
        empty = sampler.augment(no_items, no_rows, example.epoch)
        count = sum(1 for view in empty.views for _ in unbatch(view))
    except Exception as error:
        raise CheckFailure(f"an empty batch raised {type(error).__name__}: {error}") from error
    if count or len(empty.index):
        raise CheckFailure(f"an empty batch gave {count} views and {len(empty.index)} indices")
    for view, whole in zip(empty.views, full.views, strict=True):
        if type(view) is not type(whole) or getattr(view, "dtype", None) != getattr(whole, "dtype", None):
            raise CheckFailure(f"an empty batch gave {type(view).__name__} {getattr(view, 'dtype', '')}")


@check(scope="sampler", ratio=0.05)
def loaders_agree(example: SamplerExample) -> None:
    """Workers, batch size and order do not change a pair."""
    expected = _load_pairs(example, batch_size=2)
    settings: dict[str, dict[str, Any]] = {
        "batches of one": {"batch_size": 1},
        "shuffled": {"batch_size": 2, "shuffle": True},
        "two workers": {"batch_size": 2, "num_workers": 2},
    }
    for name, options in settings.items():
        _check_equal(expected, _load_pairs(example, **options), f"plain loading against {name}")


@check(scope="sampler", ratio=0.1)
def resumes_at_every_batch(example: SamplerExample) -> None:
    """A loader that resumes after any batch yields exactly the batches that were still to come."""

    def make_loader() -> PairLoader:
        loader = example.sampler.loader(example.dataset, batch_size=1, shuffle=True)
        loader.set_epoch(example.epoch)
        return loader

    whole = [pairs_by_index([batch]) for batch in make_loader()]
    for done in range(1, len(whole)):
        interrupted, resumed = make_loader(), make_loader()
        for _, _batch in zip(range(done), interrupted, strict=False):
            state = interrupted.state_dict()
        resumed.load_state_dict(pickle.loads(pickle.dumps(state)))
        _check_equal(whole[done:], [pairs_by_index([batch]) for batch in resumed], f"resumed after {done} batches")


@check(scope="sampler", ratio=0.2)
def sampler_pickles(example: SamplerExample) -> None:
    """The sampler pickles, and its copy makes the same pairs."""
    try:
        copy = pickle.loads(pickle.dumps(example.sampler))
    except Exception as error:
        raise CheckFailure(f"it does not pickle: {type(error).__name__}: {error}") from error
    for i, item in enumerate(example.items):
        _check_equal(example.sampler(item, i, example.epoch), copy(item, i, example.epoch), "the copy")


@check(scope="sampler", ratio=0.2, skip_reason=_recipe_without_name)
def spec_rebuilds_the_sampler(example: SamplerExample) -> None:
    """A sampler made from `spec`, as checkpoints do, makes the same pairs."""
    modalities = [member.modality for member in example.sampler.members]
    again = PairSampler.from_spec(example.sampler.spec, modalities)
    for i, item in enumerate(example.items):
        _check_equal(example.sampler(item, i, example.epoch), again(item, i, example.epoch), "the rebuilt sampler")


@check(scope="sampler", ratio=0.05)
def invalid_items_are_named(example: SamplerExample) -> None:
    """An invalid item raises an error that names its index, or with on_error="skip" is left out and listed."""
    sampler = pickle.loads(pickle.dumps(example.sampler))
    for name, item in example.target.invalid_items(example.items[0]).items():
        batch_items = [(0, example.items[0]), (1, item)]
        sampler.on_error = "raise"
        try:
            sampler.collate_items(batch_items)
        except (ValueError, TypeError) as error:
            if "item" not in str(error):
                raise CheckFailure(f"the error of {name!r} does not say which item it was: {error}") from error
        except Exception as error:
            raise CheckFailure(f"{name!r} raised {type(error).__name__}: {error}, not a ValueError") from error
        else:
            raise CheckFailure(f"{name!r} became a pair")
        sampler.on_error = "skip"
        batch = sampler.collate_items(batch_items)
        if len(batch) != 1 or len(batch.skipped) != 1:
            raise CheckFailure(f'with on_error="skip", {name!r} was not left out and listed: {batch.skipped}')


def _collate_decoded(example: SamplerExample) -> Any:
    """The items as a batch for `augment`; NotAcceptedError if they do not fit into one."""
    sampler = example.sampler
    parse = sampler.columns().parse
    try:
        decoded = [sampler.decode(partial(parse, (i, item)), None, 0) for i, item in enumerate(example.items)]
        return sampler.collate_decoded([item for item in decoded if isinstance(item, DecodedItem)])
    except ValueError as error:
        raise NotAcceptedError(str(error)) from error


def _load_pairs(example: SamplerExample, **options: Any) -> dict[int, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loader = example.sampler.loader(example.dataset, **options)
        loader.set_epoch(example.epoch)
        return pairs_by_index(loader)


def _check_equal(first: object, second: object, what: str) -> None:
    difference = find_difference(first, second)
    if difference:
        raise CheckFailure(f"{what}: {difference}")
