"""Items of every type: decoded, checked once, and restored."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pairgen
from pairgen.modalities.timeseries import Jitter, Segment
from pairgen.modalities.timeseries.io import codec
from pairgen.modalities.timeseries.io.codec import decode_series, restore_series
from pairgen.random import Stream
from pairgen.testing.modalities.timeseries import check_spec, items

INVALID = check_spec().invalid_items


@given(item=items(), layout=st.sampled_from(["TC", "CT"]))
def test_a_decoded_item_is_restored_to_the_same_item(item, layout):
    before = pickle.loads(pickle.dumps(item))
    decoded = decode_series(item, layout)
    assert decoded.values.ndim == 2
    assert decoded.values.dtype in (torch.float32, torch.float64)
    restored = restore_series(decoded, item, layout)
    assert type(restored) is type(item)
    for actual, expected in ((restored, before), (item, before)):
        if isinstance(actual, Segment):
            assert actual.start == expected.start
            actual, expected = actual.values, expected.values
        np.testing.assert_array_equal(np.asarray(torch.as_tensor(actual).double()), torch.as_tensor(expected).double())


def test_the_layout_says_which_axis_is_time():
    array = np.arange(6.0).reshape(2, 3)
    assert decode_series(array).values.shape == (2, 3)
    assert decode_series(array, "CT").values.shape == (3, 2)
    assert restore_series(decode_series(array, "CT"), array, "CT").tolist() == array.tolist()


def test_missing_values_stay_missing_and_none_in_a_list_is_one():
    assert decode_series([1.0, None, 3.0]).values.isnan().tolist() == [[False], [True], [False]]


def test_integers_are_restored_by_rounding_and_never_wrap_around():
    item = np.array([100, 120], dtype=np.int8)
    view = Segment(torch.tensor([[99.6], [300.0]]))
    restored = restore_series(view, item)
    assert restored.dtype == np.int8
    assert restored.tolist() == [100, 127]


def test_integers_cannot_hold_a_gap():
    with pytest.raises(ValueError, match="cast the series to float"):
        restore_series(Segment(torch.tensor([[torch.nan]])), np.array([1]))


def test_counts_beyond_the_precision_of_float32_come_back_exactly():
    item = np.array([2**40 + 1, 3], dtype=np.int64)
    assert restore_series(decode_series(item), item).tolist() == item.tolist()


def test_read_only_reversed_and_foreign_arrays_are_decoded_and_restored():
    frozen = np.arange(5.0)
    frozen.flags.writeable = False
    for item in (frozen, np.arange(5.0)[::-1], np.arange(5.0).astype(">f4")):
        segment = decode_series(item)
        np.testing.assert_array_equal(segment.values[:, 0], item)
        restored = restore_series(segment, item)
        assert restored.dtype == item.dtype
        np.testing.assert_array_equal(restored, item)


@pytest.mark.parametrize("fault", INVALID)
def test_an_invalid_item_is_refused_with_the_remedy(fault):
    with pytest.raises((ValueError, TypeError), match=r"leave it out|got|correct|a list"):
        decode_series(INVALID[fault]())


def test_an_infinite_value_is_named_by_its_place():
    series = np.zeros((4, 2))
    series[2, 1] = -np.inf
    with pytest.raises(ValueError, match=r"shape \(4, 2\).*infinite at step 2, channel 1"):
        decode_series(series)


def test_a_batch_given_as_an_item_is_refused_with_a_hint():
    with pytest.raises(TypeError, match=r"\(N, T, C\) is a batch"):
        decode_series(np.zeros((2, 3, 1)))


def test_a_sum_beyond_the_range_of_the_dtype_is_accepted():
    big = torch.full((8,), 3e38)
    assert torch.equal(decode_series(big).values[:, 0], big)


def test_the_way_to_a_pair_checks_an_item_exactly_once(monkeypatch):
    checked = []
    check = codec._check
    monkeypatch.setattr(codec, "_check", lambda segment, name: (checked.append(name), check(segment, name)))
    items = [np.random.default_rng(i).normal(size=(30, 2)) for i in range(4)]
    for recipe in pairgen.get_modality("timeseries").recipes.names():
        sampler = pairgen.PairSampler("timeseries", recipe=recipe, normalize=True)
        sampler(items[0], index=3)
        assert len(checked) == 1, recipe
        for batched in (False, True):
            checked.clear()
            list(sampler.loader(items, 2, batched=batched))
            assert len(checked) == len(items), recipe
        checked.clear()


def test_a_check_in_an_augmentation_would_be_counted(monkeypatch):
    checked = []
    monkeypatch.setattr(codec, "_check", lambda segment, name: checked.append(name))
    Jitter()(np.zeros(5), Stream(0))
    assert len(checked) == 1
    decoded = decode_series(np.zeros(5))
    checked.clear()
    Jitter()(decoded, Stream(0))
    assert not checked


TWO_CHANNELS = [[1.0, 2.0, 3.0, 4.0], [10.0, 20.0, 30.0, 40.0]]


@pytest.mark.parametrize("form", [list, tuple])
@pytest.mark.parametrize(
    ("series", "layout", "shape"),
    [
        (TWO_CHANNELS, "CT", (4, 2)),
        (TWO_CHANNELS, "TC", (2, 4)),
        ([1.0, 2.0], "TC", (2, 1)),
        ([3, 5], "TC", (2, 1)),
        ([3, None, 5], "TC", (3, 1)),
        ([1.0, 2.0, 3.0, 4.0, 5.0], "TC", (5, 1)),
        ([[1], [2], [3]], "TC", (3, 1)),
    ],
)
def test_a_list_is_one_series_in_every_kind_of_loader(series, layout, shape, form):
    sampler = pairgen.PairSampler("timeseries", "jitter-scale", seed=0, layout=layout)
    items = [form(series)] * 3
    dataset = sampler.wrap_dataset(items)
    batches = [
        next(iter(sampler.loader(items, 3))),
        next(iter(sampler.loader(items, 3, batched=True))),
        sampler.collate([dataset[i] for i in range(3)]),
        sampler.collate_items(items),
    ]
    for batch in batches:
        assert tuple(batch.first.values.shape[1:]) == shape
        assert batch.label is None
    alone = sampler(series, index=1).first
    expected = np.array(alone, dtype=float).reshape(np.shape(series))
    expected = expected.T if layout == "CT" else expected.reshape(shape)
    np.testing.assert_allclose(batches[0].first.item(1), expected, rtol=1e-5)


def test_lists_with_labels_and_indices_keep_them():
    sampler = pairgen.PairSampler("timeseries", "eval")
    for sample in (([1.0, 2.0, 3.0], 4), [[1.0, 2.0, 3.0], 4], (7, [1.0, 2.0, 3.0], 4)):
        batch = sampler.collate_items([sample])
        assert batch.label.tolist() == [4]
        assert batch.first.lengths.tolist() == [3]
    assert sampler.collate_items([(7, [1.0, 2.0, 3.0])]).index.tolist() == [7]
