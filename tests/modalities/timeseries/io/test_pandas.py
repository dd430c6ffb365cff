"""pandas' frames as items: their time stamps, columns and dtypes."""

from __future__ import annotations

import numpy as np
import pytest

import pairgen
from pairgen.modalities.timeseries import Jitter, RandomCrop, Segment
from pairgen.modalities.timeseries.io.codec import decode_series, restore_series
from pairgen.random import Stream

pd = pytest.importorskip("pandas")


def frame(rows=6):
    stamps = pd.date_range("2026-01-01", periods=rows, freq="h")
    return pd.DataFrame({"count": np.arange(rows), "level": np.linspace(0, 1, rows)}, index=stamps)


def test_a_frame_comes_back_with_its_columns_dtypes_and_time_stamps():
    item = frame()
    restored = restore_series(decode_series(item), item)
    pd.testing.assert_frame_equal(restored, item, check_freq=False)


def test_a_crop_keeps_the_time_stamps_of_its_steps():
    item = frame()
    view, params = RandomCrop(3).sample(item, Stream(0, index=4))
    assert list(view.index) == list(item.index[params.start : params.start + 3])
    assert view["count"].tolist() == item["count"].tolist()[params.start : params.start + 3]


def test_the_overlap_of_two_crops_is_that_of_their_time_stamps():
    item = frame(40)
    pair = pairgen.PairSampler("timeseries", recipe="ts2vec")(item, index=1)
    assert len(pair.first.index.intersection(pair.second.index)) >= 2


def test_a_pandas_series_is_one_channel():
    item = pd.Series([1.0, np.nan, 3.0], name="level")
    decoded = decode_series(item)
    assert decoded.values.shape == (3, 1)
    pd.testing.assert_series_equal(restore_series(decoded, item), item)


def test_a_nullable_column_holds_missing_values():
    item = pd.DataFrame({"a": pd.array([1, None, 3], dtype="Int64")})
    assert decode_series(item).values.isnan().any()


def test_a_column_of_integers_with_new_gaps_becomes_one_of_floats():
    item = frame(2)
    values = decode_series(item).values.clone()
    values[0] = np.nan
    restored = restore_series(Segment(values), item)
    assert restored["count"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("stamps", "what"),
    [([3, 1, 2], "row 1 has 1 after 3"), ([1, 2, 2], "row 2 has 2 after 2")],
)
def test_time_stamps_that_do_not_increase_are_named(stamps, what):
    with pytest.raises(ValueError, match=f"begins at {stamps[0]} do not increase: {what}.*sort_index"):
        decode_series(pd.DataFrame({"a": [0.0, 1.0, 2.0]}, index=stamps))


def test_unsorted_dates_are_refused_with_the_item_named_in_a_loader():
    loader = pairgen.PairSampler("timeseries", recipe="ts-tcc").loader([frame(), frame()[::-1]], batch_size=2)
    with pytest.raises(ValueError, match="item 1: the time stamps"):
        next(iter(loader))


def test_a_frame_without_an_index_is_keyed_by_its_content():
    sampler = pairgen.PairSampler("timeseries", recipe="ts-tcc")
    first, again, other = (sampler.collate_items([item]) for item in (frame(), frame(), frame() + 1))
    assert first.index == again.index != other.index


def test_several_series_in_one_frame_are_refused():
    item = frame().set_index("count", append=True)
    with pytest.raises(ValueError, match="groupby"):
        decode_series(item)


def test_columns_of_text_are_named():
    with pytest.raises(TypeError, match=r"'place'.*set_index"):
        decode_series(frame().assign(place="here"))


def test_augmentations_take_frames_directly():
    item = frame()
    view = Jitter(0.5)(item, Stream(3))
    assert view.columns.tolist() == ["count", "level"]
    assert (view["level"] != item["level"]).all()
