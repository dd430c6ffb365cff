"""Streams: one key or many, the same values; uniform, independent, avalanching; never the global state."""

from __future__ import annotations

import pickle
import random

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pairgen.random import Stream, key_of
from tests.helpers.global_state import is_independent_of_global_state

SEED = st.integers(-(2**70), 2**70)
INDICES = st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=5)

DRAWS = {
    "uniform": lambda rng: rng.uniform(-2.0, 3.0),
    "uniform of a size": lambda rng: rng.uniform(size=(2, 3)),
    "uniform of many": lambda rng: rng.uniform(size=50),
    "normal": lambda rng: rng.normal(1.0, 2.0),
    "normal of an odd size": lambda rng: rng.normal(size=7),
    "integers": lambda rng: rng.integers(-5, 1000),
    "integers of a size": lambda rng: rng.integers(0, 2**32, size=3),
    "bernoulli": lambda rng: rng.bernoulli(0.3),
    "choice": lambda rng: rng.choice(("a", "b", "c")),
    "weighted choice": lambda rng: rng.choice(3, p=[0.2, 0.3, 0.5]),
    "permutation": lambda rng: rng.permutation(6),
    "array": lambda rng: rng.array().normal((2, 3), like=np.zeros(1, np.float32)),
    "a fold_in": lambda rng: rng.fold_in("crop").uniform(),
    "two draws": lambda rng: np.stack([rng.uniform(), rng.uniform()], axis=-1),
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
@given(seed=SEED, epoch=st.integers(0, 1000), indices=INDICES)
def test_one_key_and_many_give_the_same_values_to_the_bit(draw, seed, epoch, indices) -> None:
    together = draw(Stream(seed, epoch, indices, view=1))
    for row, index in enumerate(indices):
        assert np.array_equal(together[row], draw(Stream(seed, epoch, index, view=1)))


@given(seed=SEED, indices=INDICES)
def test_a_shorter_draw_is_the_beginning_of_a_longer_one(seed, indices) -> None:
    longer = Stream(seed, index=indices).uniform(size=9)
    assert np.array_equal(longer[:, :4], Stream(seed, index=indices).uniform(size=4))


@given(seed=SEED, indices=INDICES)
def test_some_of_many_keys_continue_where_the_whole_stream_was(seed, indices) -> None:
    whole = Stream(seed, index=indices)
    whole.uniform()
    parts = [whole[i] for i in range(len(indices))]
    expected = whole.uniform()
    assert [part.uniform() for part in parts] == expected.tolist()


def words_of(**names) -> np.ndarray:
    """float64 in [0, 1), one for each key: the first draw, over 20,000 values of one component of the key."""
    return np.array([Stream(**{"seed": 0, **key}).uniform() for key in names["keys"]])


@pytest.mark.parametrize(
    "keys",
    [
        [{"seed": s} for s in range(20_000)],
        [{"seed": 0, "epoch": e} for e in range(20_000)],
        [{"seed": 0, "index": i} for i in range(20_000)],
        [{"seed": 0, "index": i << 32} for i in range(20_000)],
        [{"seed": 0, "view": v} for v in range(20_000)],
    ],
    ids=["seed", "epoch", "index", "high index", "view"],
)
def test_first_draws_across_keys_are_uniform_and_independent(keys) -> None:
    u = words_of(keys=keys)
    assert stats.kstest(u, "uniform").pvalue > 1e-4
    counts, _, _ = np.histogram2d(u[:-1], u[1:], bins=16, range=[[0, 1], [0, 1]])
    assert stats.chisquare(counts.ravel()).pvalue > 1e-4


def test_operations_have_independent_streams() -> None:
    index = np.arange(20_000)
    crop = Stream(0, index=index).fold_in("crop").uniform()
    flip = Stream(0, index=index).fold_in("flip").uniform()
    counts, _, _ = np.histogram2d(crop, flip, bins=16, range=[[0, 1], [0, 1]])
    assert stats.chisquare(counts.ravel()).pvalue > 1e-4


def test_a_weak_hash_would_fail_the_independence_test() -> None:
    weak = (np.arange(20_000) * 0.6180339887498949) % 1  # Weyl's sequence: uniform, not independent
    counts, _, _ = np.histogram2d(weak[:-1], weak[1:], bins=16, range=[[0, 1], [0, 1]])
    assert stats.kstest(weak, "uniform").pvalue > 1e-4
    assert stats.chisquare(counts.ravel()).pvalue < 1e-4


@pytest.mark.parametrize("bit", [0, 7, 31, 32, 62])
def test_flipping_one_bit_of_the_index_flips_half_of_the_output(bit) -> None:
    index = np.arange(2_000, dtype=np.int64) * 7919
    draw = lambda i: Stream(0, index=i).integers(0, 2**32, size=4).astype(np.uint64)  # noqa: E731
    changed = np.bitwise_count(draw(index) ^ draw(index ^ (1 << bit)))
    ratio = changed.mean() / 32
    assert abs(ratio - 0.5) < 0.01


@pytest.mark.parametrize("component", ["seed", "epoch", "view"])
def test_the_next_seed_epoch_or_view_flips_half_of_the_key(component) -> None:
    flipped = []
    for value in range(2_000):
        here = key_of(**{"seed": 0, "epoch": 0, "view": 0, "operation": "/crop", component: value})
        there = key_of(**{"seed": 0, "epoch": 0, "view": 0, "operation": "/crop", component: value + 1})
        flipped.append(sum((a ^ b).bit_count() for a, b in zip(here, there, strict=True)))
    assert abs(np.mean(flipped) / 64 - 0.5) < 0.01


def test_values_follow_their_distributions() -> None:
    index = np.arange(30_000)
    assert stats.kstest(Stream(1, index=index).normal(2.0, 3.0), "norm", args=(2.0, 3.0)).pvalue > 1e-4
    assert stats.chisquare(np.bincount(Stream(2, index=index).integers(0, 7), minlength=7)).pvalue > 1e-4
    assert stats.binomtest(int(Stream(3, index=index).bernoulli(0.2).sum()), len(index), 0.2).pvalue > 1e-4
    drawn = np.bincount(Stream(4, index=index).choice(3, p=[0.2, 0.3, 0.5]), minlength=3)
    assert stats.chisquare(drawn, len(index) * np.array([0.2, 0.3, 0.5])).pvalue > 1e-4
    orders = Stream(5, index=index).permutation(3) @ np.array([9, 3, 1])
    assert stats.chisquare(np.unique(orders, return_counts=True)[1]).pvalue > 1e-4


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16])
def test_a_random_array_is_the_same_in_numpy_and_torch(dtype) -> None:
    array = Stream(0, index=[3, 5]).array()
    here = np.zeros(1, np.float64 if dtype is torch.float64 else np.float32)
    there = torch.zeros(1, dtype=dtype)
    for name in ("uniform", "normal"):
        by_numpy = getattr(array, name)((3, 5, 7), like=here)
        by_torch = getattr(array, name)((3, 5, 7), like=there)
        assert by_numpy.shape == (2, 3, 5, 7)
        np.testing.assert_allclose(by_torch.numpy(), by_numpy, atol=2e-6)
        assert np.array_equal(getattr(array[1], name)((3, 5, 7), like=here), by_numpy[1])
        assert np.array_equal(getattr(array[1].batch_of_one(), name)((3, 5, 7), like=here)[0], by_numpy[1])


@pytest.mark.gpu
def test_a_random_array_is_the_same_on_cuda() -> None:
    array = Stream(0, index=np.arange(8)).array()
    here, there = torch.zeros(1), torch.zeros(1, device="cuda")
    assert torch.equal(array.uniform((64, 64), like=there).cpu(), array.uniform((64, 64), like=here))
    torch.testing.assert_close(array.normal((64, 64), like=there).cpu(), array.normal((64, 64), like=here))


def test_a_random_array_is_normal_and_uniform() -> None:
    array = Stream(0).array()
    like = np.zeros(1, np.float32)
    assert stats.kstest(array.normal((20_000,), like=like), "norm").pvalue > 1e-4
    assert stats.kstest(array.uniform((20_000,), like=like), "uniform").pvalue > 1e-4


def test_global_random_state_is_neither_read_nor_written() -> None:
    def draw() -> torch.Tensor:
        rng = Stream(0, index=np.arange(4))
        values = [*rng.uniform(), *rng.normal(), rng[0].generator().random()]
        return torch.cat([torch.tensor(values), rng.array().normal((3,), like=torch.zeros(1)).flatten()])

    assert is_independent_of_global_state(draw)


def test_reading_or_writing_the_global_state_would_be_seen() -> None:
    assert not is_independent_of_global_state(lambda: torch.rand(1))
    assert not is_independent_of_global_state(lambda: torch.tensor(random.random()))
    assert not is_independent_of_global_state(lambda: torch.tensor(np.random.rand()))  # noqa: NPY002


def test_a_stream_and_a_random_array_pickle_with_their_position() -> None:
    rng = Stream(3, 1, [4, 5], view=1).fold_in("noise")
    rng.uniform()
    array = rng.array()
    copy, array_copy = pickle.loads(pickle.dumps((rng, array)))
    assert np.array_equal(copy.uniform(), rng.uniform())
    like = np.zeros(1, np.float32)
    assert np.array_equal(array_copy.uniform((2,), like=like), array.uniform((2,), like=like))


def test_a_keyed_generator_repeats_and_differs_by_key_and_draw() -> None:
    rng = Stream(0, index=1)
    a, b = rng.generator().random(), rng.generator().random()
    assert Stream(0, index=1).generator().random() == a
    assert len({a, b, Stream(0, index=2).generator().random(), Stream(1, index=1).generator().random()}) == 4


def test_no_keys_give_empty_draws() -> None:
    rng = Stream(0, index=[])
    assert rng.uniform().shape == (0,)
    assert rng.normal(size=3).shape == (0, 3)
    assert rng.permutation(4).shape == (0, 4)
    assert rng.array().normal((2,), like=torch.zeros(1)).shape == (0, 2)


def test_extreme_probabilities_are_certain() -> None:
    index = np.arange(10_000)
    assert not Stream(0, index=index).bernoulli(0.0).any()
    assert Stream(0, index=index).bernoulli(1.0).all()


def test_a_parameter_for_each_item_is_used_for_that_item() -> None:
    rng = Stream(0, index=[1, 2])
    drawn = rng.uniform(np.array([0.0, 10.0]), np.array([1.0, 11.0]), size=5)
    assert ((drawn >= [[0], [10]]) & (drawn < [[1], [11]])).all()
    assert (Stream(0, index=[1, 2]).integers(0, np.array([1, 1])) == 0).all()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Stream(0.5), TypeError, "seed is a whole number, got 0.5"),
        (lambda: Stream(True), TypeError, "seed is a whole number"),
        (lambda: Stream(0, index=1.5), TypeError, "index must be an integer"),
        (lambda: Stream(0, index=[[1]]), TypeError, "1-D array"),
        (lambda: Stream(0, index=2**63), ValueError, "64 bits"),
        (lambda: Stream(0, index=np.array([2**63], np.uint64)), ValueError, "64 bits"),
        (lambda: Stream(0).fold_in("a/b"), ValueError, "'a/b'"),
        (lambda: Stream(0).fold_in(""), ValueError, "non-empty"),
        (lambda: Stream(0).bernoulli(1.5), ValueError, "1.5"),
        (lambda: Stream(0).bernoulli(float("nan")), ValueError, "nan"),
        (lambda: Stream(0).integers(3, 3), ValueError, "low=3"),
        (lambda: Stream(0).choice([]), ValueError, "at least one"),
        (lambda: Stream(0).choice(2, p=[0.5, 0.6]), ValueError, "sum to 1"),
        (lambda: Stream(0).uniform(size=-1), ValueError, "-1"),
        (lambda: len(Stream(0)), TypeError, "one key"),
        (lambda: Stream(0)[0], TypeError, "one key"),
        (lambda: Stream(0, index=[1]).generator(), TypeError, "one key"),
        (lambda: Stream.from_generator(np.random), TypeError, "default_rng"),
    ],
)
def test_misuse_is_named(call, error, message) -> None:
    with pytest.raises(error, match=message.replace("(", r"\(").replace("[", r"\[")):
        call()


def test_both_views_share_a_stream_of_their_own_and_no_two_operations_do():
    first, second = (Stream(3, epoch=1, index=7, view=view).fold_in("crop").shared() for view in (0, 1))
    assert first.uniform() == second.uniform()
    others = [Stream(3, 1, 7, view).fold_in("crop") for view in (-1, 0, 1)] + [Stream(3, 1, 7).fold_in("mask").shared()]
    assert len({stream.uniform() for stream in (*others, Stream(3, 1, 7).fold_in("crop").shared())}) == 5
    many = Stream(3, 1, [5, 7], view=1).fold_in("crop").shared()
    assert many.uniform()[1] == Stream(3, 1, 7).fold_in("crop").shared().uniform()
