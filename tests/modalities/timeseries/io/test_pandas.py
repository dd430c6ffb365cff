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


@pytest.mark.parametrize("gap", [False, True])
@pytest.mark.parametrize(
    "dtype", ["Float32", "Float64", "Int16", "UInt8", "Int64", "float[pyarrow]", "double[pyarrow]", "int32[pyarrow]"]
)
def test_nullable_and_arrow_dtypes_come_back_as_they_were(dtype, gap):
    column = pd.Series(pd.array([5, 1, 4, 2, 3], dtype=dtype), name="level")
    if gap:
        column[2] = pd.NA
    table = pd.DataFrame({"a": column, "b": np.linspace(0, 1, 5)})
    for item, restored in ((i, restore_series(decode_series(i), i)) for i in (column, table)):
        (pd.testing.assert_series_equal if item is column else pd.testing.assert_frame_equal)(restored, item)
    for item in (column, table):
        view = pairgen.PairSampler("timeseries", "jitter-scale")(item, index=0).first
        assert (view.dtype == dtype) if item is column else (view.dtypes["a"] == dtype)
        assert (view.isna() == item.isna()).to_numpy().all()


@pytest.mark.parametrize("dtype", ["Float32", "float[pyarrow]"])
def test_extension_columns_of_single_precision_are_augmented_in_it(dtype):
    assert str(decode_series(pd.Series(pd.array([1.5, 2.5], dtype=dtype))).values.dtype) == "torch.float32"


def test_a_nullable_integer_column_keeps_new_gaps_as_missing():
    item = pd.Series(pd.array([1, 2, 3], dtype="Int64"))
    values = decode_series(item).values.clone()
    values[1] = np.nan
    pd.testing.assert_series_equal(restore_series(Segment(values), item), pd.Series(pd.array([1, None, 3], "Int64")))


def test_a_sparse_column_stays_sparse():
    item = pd.Series(pd.arrays.SparseArray([0.0, np.nan, 2.0]))
    pd.testing.assert_series_equal(restore_series(decode_series(item), item), item)


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
