"""Augmentations and their combinations: two halves, keyed by name, a batch being its items."""

from __future__ import annotations

import pickle
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pairgen.augmentation import Augmentation, Compose, OneOf, RandomApply, batch_of_one, one, select
from pairgen.random import Stream
from tests.helpers.toy import Jitter, Scale, Shift

AUGMENTATIONS = {
    "batched": Scale(),
    "item by item": Shift(),
    "random array": Jitter(),
    "compose": Compose([Scale(), Shift(), Jitter()]),
    "random apply": RandomApply(Scale(), p=0.4),
    "random apply, item by item": RandomApply(Shift(), p=0.4),
    "one of": OneOf([Scale(), Shift(), Jitter()], weights=[1, 2, 3]),
    "nested": Compose([RandomApply(Compose([Scale(), Shift()]), 0.5), OneOf([RandomApply(Jitter(), 0.5), Scale()])]),
}
EACH = pytest.mark.parametrize("augmentation", AUGMENTATIONS.values(), ids=AUGMENTATIONS)
ITEM = torch.arange(4, dtype=torch.float64) + 1
BATCH = torch.arange(24, dtype=torch.float64).reshape(6, 4) + 1


@EACH
@given(seed=st.integers(0, 2**64), index=st.integers(0, 2**62))
def test_the_call_is_apply_after_draw(augmentation, seed, index) -> None:
    view = augmentation(ITEM, Stream(seed, index=index))
    params = augmentation.draw(ITEM, Stream(seed, index=index))
    assert torch.equal(view, augmentation.apply(ITEM, params))


@EACH
@given(seed=st.integers(0, 2**64))
def test_a_batch_is_its_items(augmentation, seed) -> None:
    keys = np.arange(6) * 3
    views, params = augmentation.sample_batch(BATCH, Stream(seed, index=keys))
    alone = torch.stack([augmentation(item, Stream(seed, index=int(k))) for item, k in zip(BATCH, keys, strict=True)])
    torch.testing.assert_close(views, alone, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(augmentation.apply_batch(BATCH, params), views, rtol=0, atol=0)


@EACH
def test_rows_of_batched_params_replay_their_items(augmentation) -> None:
    views, params = augmentation.sample_batch(BATCH, Stream(0, index=np.arange(6)))
    for i in range(6):
        torch.testing.assert_close(augmentation.apply(BATCH[i], one(params, i)), views[i], rtol=1e-12, atol=1e-12)
    for rows in (np.array([4, 1]), np.array([True, False, True, False, False, True]), slice(2, 5)):
        part = augmentation.apply_batch(BATCH[rows], select(params, rows))
        torch.testing.assert_close(part, views[rows], rtol=1e-12, atol=1e-12)


@EACH
def test_an_empty_batch_stays_empty(augmentation) -> None:
    empty = torch.empty(0, 4, dtype=torch.float64)
    assert augmentation.sample_batch(empty, Stream(0, index=[]))[0].shape == (0, 4)


@EACH
def test_it_pickles_and_compares_and_changes_nothing(augmentation) -> None:
    before = BATCH.clone()
    copy = pickle.loads(pickle.dumps(augmentation))
    assert copy == augmentation
    views = copy.sample_batch(BATCH, Stream(5, index=np.arange(6)))[0]
    assert torch.equal(views, augmentation.sample_batch(BATCH, Stream(5, index=np.arange(6)))[0])
    assert torch.equal(BATCH, before)


def draws(pipeline: Compose, name: str) -> object:
    params = pipeline.sample(ITEM, Stream(7, index=3))[1]
    return params[[step[0] for step in pipeline.steps].index(name)]


@pytest.mark.parametrize(
    "longer",
    [
        [Shift(), Scale(), RandomApply(Jitter(), 0.5)],
        [Scale(), RandomApply(Jitter(), 0.5), Shift()],
        [RandomApply(Jitter(), 0.5), Scale(), ("again", Scale())],
    ],
)
def test_adding_or_moving_an_operation_leaves_the_draws_of_the_others_alone(longer) -> None:
    short = Compose([Scale(), RandomApply(Jitter(), 0.5)])
    assert draws(Compose(longer), "scale") == draws(short, "scale")
    assert draws(Compose(longer), "jitter").applied == draws(short, "jitter").applied


def test_names_come_from_classes_with_numbers_for_repetitions() -> None:
    names = [n for n, _ in Compose([Scale(), Scale(), ("scale_2", Shift()), RandomApply(Shift())]).steps]
    assert names == ["scale", "scale_3", "scale_2", "shift"]


def test_a_class_name_becomes_snake_case() -> None:
    class RGBShift2D(Scale):
        pass

    assert RGBShift2D().name == "rgb_shift2_d"
    assert Scale().name == "scale"


def test_repeated_operations_draw_differently() -> None:
    (_, first), (_, second) = Compose([Scale(), Scale()]).steps
    params = Compose([first, second]).sample(ITEM, Stream(0))[1]
    assert params[0] != params[1]


def test_random_apply_happens_as_often_as_it_says() -> None:
    keys = np.arange(4_000)
    batch = torch.ones(len(keys), 1, dtype=torch.float64)
    for p in (0.0, 0.25, 1.0):
        views = RandomApply(Scale(2.0, 3.0), p).sample_batch(batch, Stream(0, index=keys))[0]
        ratio = (views[:, 0] != 1).double().mean().item()
        assert abs(ratio - p) < 0.03
        assert ratio in (0.0, 1.0) or 0 < p < 1


def test_one_of_follows_its_weights() -> None:
    keys = np.arange(4_000)
    which = (
        OneOf([Scale(), Shift(), Jitter()], weights=[1, 0, 3]).draw(torch.ones(4_000, 1), Stream(0, index=keys)).which
    )
    assert abs((which == 0).mean() - 0.25) < 0.03
    assert not (which == 1).any()


def test_a_numpy_generator_serves_as_rng() -> None:
    view = Scale()(ITEM, np.random.default_rng(0))
    assert torch.equal(view, Scale()(ITEM, np.random.default_rng(0)))
    assert not torch.equal(view, Scale()(ITEM, np.random.default_rng(1)))


def test_batches_of_arrays_and_lists_are_supported_too() -> None:
    @dataclass(frozen=True)
    class Add(Augmentation):
        def draw(self, item, rng):
            return rng.integers(1, 100)

        def apply(self, item, params):
            return item + params

    keys = np.arange(5)
    array = np.zeros((5, 2))
    pipeline = RandomApply(Add(), 0.5)
    views = pipeline.sample_batch(array, Stream(0, index=keys))[0]
    listed = pipeline.sample_batch(list(array), Stream(0, index=keys))[0]
    assert isinstance(listed, list)
    assert np.array_equal(np.stack(listed), views)
    assert not array.any()


def test_params_of_one_item_become_a_batch_of_one() -> None:
    params = Scale().draw(ITEM, Stream(0))
    assert torch.equal(Scale().apply_batch(ITEM[None], batch_of_one(params))[0], Scale().apply(ITEM, params))
    noise = Jitter().draw(ITEM, Stream(0))
    assert torch.equal(Jitter().apply_batch(ITEM[None], batch_of_one(noise))[0], Jitter().apply(ITEM, noise))


class Halve(Scale):
    """Changes the shape, which some items of a batch cannot do alone."""

    def apply_batch(self, batch, params):
        return batch[:, ::2]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: RandomApply(Scale(), p=1.5), ValueError, "1.5"),
        (lambda: RandomApply(print), TypeError, "Augmentation"),
        (lambda: OneOf([]), ValueError, "at least one"),
        (lambda: OneOf([Scale()], weights=[0.0]), ValueError, "not all zero"),
        (lambda: OneOf([Scale()], weights=[1, 2]), ValueError, "1 non-negative"),
        (lambda: OneOf([Scale()], weights=[]), ValueError, "1 non-negative"),
        (lambda: OneOf([Scale()], weights=[float("nan")]), ValueError, "1 non-negative"),
        (lambda: RandomApply(Scale(), p="often"), TypeError, "often"),
        (lambda: Compose([("a", Scale()), ("a", Shift())]), ValueError, "'a'"),
        (lambda: Compose([len]), TypeError, "Compose takes augmentations"),
        (lambda: Scale()(ITEM, 0), TypeError, "Stream"),
        (
            lambda: RandomApply(Halve()).sample_batch(BATCH, Stream(0, index=np.arange(6))),
            ValueError,
            "keep their shape",
        ),
    ],
)
def test_misuse_is_named(call, error, message) -> None:
    with pytest.raises(error, match=message):
        call()
