"""What each augmentation does to a series; the property-testing kit checks batches against items, in tests/testing."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pairgen
from pairgen.augmentation import Compose, OneOf, RandomApply, one
from pairgen.modalities.timeseries import (
    ChannelDropout,
    FrequencyPerturbation,
    Jitter,
    MagnitudeWarp,
    Normalize,
    OverlapCrop,
    Permutation,
    RandomCrop,
    Scaling,
    Segment,
    TimeMask,
    TimestampMask,
    TimeWarp,
    WindowSlice,
    overlap,
)
from pairgen.modality import Recipe
from pairgen.random import Stream
from pairgen.testing.modalities.timeseries import batches, series

ALL = [kind() for kind in pairgen.get_modality("timeseries").augmentations.values()]
SAME_LENGTH = [a for a in ALL if not isinstance(a, (OverlapCrop, RandomCrop))]
KEEPS_GAPS = [Jitter(), Scaling(), MagnitudeWarp(), Normalize(), FrequencyPerturbation(), TimeMask(), ChannelDropout()]
MIXED = [
    Compose([RandomCrop(), TimeWarp(), Jitter()]),
    RandomApply(Compose([OneOf([TimeWarp(), Permutation()]), Scaling()]), p=0.5),
    RandomApply(RandomCrop(0.5), p=0.5),
]


def ids(augmentation):
    return augmentation.name


@pytest.mark.parametrize("augmentation", MIXED, ids=ids)
@given(batch=batches(min_count=1), seed=st.integers(0, 50))
def test_pipelines_of_batches_are_pipelines_of_items(augmentation, batch, seed):
    index = np.arange(len(batch)) * 5 + 2
    views, params = augmentation.sample_batch(batch, Stream(seed, index=index))
    for i, key in enumerate(index):
        item = batch.segment(i)
        for alone in (augmentation(item, Stream(seed, index=int(key))), augmentation.apply(item, one(params, i))):
            torch.testing.assert_close(alone.values, views.item(i), equal_nan=True, rtol=1e-4, atol=2e-4)
            assert alone.start == int(views.starts[i])


@pytest.mark.parametrize("augmentation", KEEPS_GAPS, ids=ids)
@given(values=series(min_steps=2, patterns=("gaps",)))
def test_missing_values_stay_missing_and_no_others_go(augmentation, values):
    assert np.array_equal(np.isnan(augmentation(values, Stream(0, index=3))), np.isnan(values))


@pytest.mark.parametrize("augmentation", SAME_LENGTH, ids=ids)
@given(values=series())
def test_the_length_is_kept(augmentation, values):
    assert augmentation(values, Stream(1, index=2)).shape == values.shape


@pytest.mark.parametrize("augmentation", ALL, ids=ids)
def test_one_step_and_constant_series_are_augmented(augmentation):
    rng = Stream(0, index=9)
    assert augmentation(np.array([2.5]), rng).shape == (1,)
    if not isinstance(augmentation, (TimestampMask, Normalize, Scaling, MagnitudeWarp)):
        assert np.allclose(augmentation(np.full((12, 2), 2.5), rng), 2.5)


@pytest.mark.parametrize("augmentation", [*ALL, *MIXED], ids=ids)
def test_augmentations_and_params_pickle_and_replay(augmentation):
    item = torch.randn(12, 2)
    view, params = augmentation.sample(item, Stream(1, index=5))
    copy, drawn = pickle.loads(pickle.dumps((augmentation, params)))
    assert copy == augmentation
    torch.testing.assert_close(copy.apply(item, drawn), view, equal_nan=True)


def test_the_layout_is_kept():
    item = np.random.default_rng(0).normal(size=(2, 30))
    view = TimeWarp(layout="CT")(item, Stream(0))
    assert view.shape == (2, 30)
    assert np.allclose(view.T, TimeWarp()(np.ascontiguousarray(item.T), Stream(0)))
    with pytest.raises(ValueError, match="layout is one of 'TC'"):
        Jitter(layout="NTC")


def test_jitter_is_in_units_of_each_channels_scale():
    steps = np.arange(4000)
    item = np.stack([np.sin(steps), 1000 * np.sin(steps) + 1e5], axis=1)
    noise = Jitter(0.2)(item, Stream(0)) - item
    np.testing.assert_allclose(noise.std(axis=0) / item.std(axis=0), 0.2, rtol=0.05)


def test_every_channel_is_scaled_by_its_own_factor_about_one():
    item = np.ones((3, 500))
    factors = Scaling(0.1)(item, Stream(0))[0]
    assert factors.mean() == pytest.approx(1, abs=0.02)
    assert factors.std() == pytest.approx(0.1, abs=0.02)


def test_normalize_gives_mean_0_and_standard_deviation_1_and_makes_constant_channels_0():
    item = np.stack([np.random.default_rng(0).normal(5, 3, 100), np.full(100, 0.1)], axis=1)
    view = Normalize()(item, Stream(0))
    np.testing.assert_allclose(view.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(view.std(axis=0), [1, 0], atol=1e-12)


@given(steps=st.integers(2, 60), index=st.integers(0, 10_000))
def test_time_is_permuted_the_same_way_in_all_channels(steps, index):
    item = np.arange(steps)[:, None] + np.array([0.0, 1000.0])
    view = Permutation((2, 6))(item, Stream(0, index=index))
    assert sorted(view[:, 0].tolist()) == item[:, 0].tolist()
    assert np.array_equal(view[:, 1] - view[:, 0], np.full(steps, 1000.0))


def test_permutation_cuts_into_as_many_pieces_as_drawn():
    item = np.arange(1000.0)
    counts = {1 + int((np.diff(Permutation((3, 4))(item, Stream(0, index=i))) != 1).sum()) for i in range(60)}
    assert counts <= {1, 2, 3, 4}
    assert {3, 4} <= counts


def test_a_dropped_channel_shows_its_mean_or_nothing_and_one_always_stays():
    item = np.random.default_rng(0).normal(3, 1, (50, 4))
    for index in range(40):
        view = ChannelDropout(0.9)(item, Stream(0, index=index))
        kept = (view == item).all(axis=0)
        assert kept.any()
        np.testing.assert_allclose(view[:, ~kept], np.broadcast_to(item.mean(axis=0), item.shape)[:, ~kept])
    assert np.isnan(ChannelDropout(1.0, fill="missing")(item, Stream(0))).all(axis=0).sum() == 3
    assert np.array_equal(ChannelDropout(1.0)(item[:, :1], Stream(0)), item[:, :1])


def test_a_time_mask_hides_consecutive_steps_of_the_ratio():
    item = np.arange(100.0)
    hidden = np.isnan(TimeMask(0.2, fill="missing")(item, Stream(0, index=5)))
    assert hidden.sum() == 20
    assert np.flatnonzero(hidden)[-1] - np.flatnonzero(hidden)[0] == 19


def test_a_perturbation_of_frequencies_keeps_the_mean():
    item = np.random.default_rng(0).normal(7, 1, (64, 2))
    view = FrequencyPerturbation(0.3, 0.3, 0.5)(item, Stream(0))
    np.testing.assert_allclose(view.mean(axis=0), item.mean(axis=0))
    assert np.abs(view - item).max() > 0.1


def test_a_crop_of_so_many_steps_leaves_shorter_series_whole():
    assert len(RandomCrop(5)(np.arange(9.0), Stream(0))) == 5
    assert RandomCrop(5)(np.arange(3.0), Stream(0)).tolist() == [0, 1, 2]


@given(steps=st.integers(1, 50), index=st.integers(0, 1000), min_overlap=st.integers(1, 6))
def test_two_crops_overlap_and_say_where(steps, index, min_overlap):
    item = Segment(torch.arange(float(steps))[:, None])
    recipe = Recipe(OverlapCrop("first", min_overlap), OverlapCrop("second", min_overlap))
    pair = pairgen.PairSampler("timeseries", recipe=recipe, seed=3)(item, index=index)
    begin, end = overlap(pair.first, pair.second)
    assert end - begin >= min(min_overlap, steps)
    for view in (pair.first, pair.second):
        assert view.values[:, 0].tolist() == list(range(view.start, view.start + len(view)))


def test_the_params_of_both_crops_tell_the_same_overlap():
    item = np.arange(100.0)
    first, second = (OverlapCrop(v).draw(item, Stream(0, index=4, view=i)) for i, v in enumerate(("first", "second")))
    assert first.overlap == second.overlap
    assert first.crop.start + first.crop.size == first.overlap.start + first.overlap.size
    assert second.crop.start == second.overlap.start
    assert first.crop != second.crop


def test_crops_of_crops_say_where_they_are_in_the_whole():
    item = Segment(torch.arange(100.0)[:, None], start=1000)
    view = Compose([RandomCrop(50), RandomCrop(10)])(item, Stream(0, index=2))
    assert float(view.values[0]) == view.start - 1000


def test_a_slice_is_stretched_to_the_whole_length():
    view, params = WindowSlice(0.5).sample(np.arange(100.0), Stream(0, index=1))
    assert view[0] == params.start
    assert view[-1] == pytest.approx(params.start + params.size - 1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Jitter(-1), "sigma is a number in"),
        (lambda: Jitter((0.1, 0.2, 0.3)), "sigma is a number or a pair"),
        (lambda: RandomCrop(0), "size is a whole number of steps, at least 1"),
        (lambda: RandomCrop((0.0, 0.5)), "above 0"),
        (lambda: WindowSlice(1.5), "ratio is a number in"),
        (lambda: OverlapCrop("third"), "one of 'first', 'second'"),
        (lambda: OverlapCrop("first", 0), "at least 1"),
        (lambda: Permutation((2.5, 3)), "whole numbers"),
        (lambda: TimeMask(0.5, fill="zero"), "'mean', 'missing'"),
        (lambda: TimeWarp(3.0), "sigma is a number in"),
        (lambda: FrequencyPerturbation(strength=5), "strength is a number in"),
    ],
)
def test_options_out_of_range_are_refused(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()


@pytest.mark.parametrize("mask", [TimestampMask(0.0), TimeMask(fill="missing"), ChannelDropout(fill="missing")])
def test_integers_that_could_not_hold_a_gap_are_refused_whatever_is_drawn(mask):
    with pytest.raises(ValueError, match="a series of int64 cannot hold"):
        mask(np.arange(5), Stream(0))
