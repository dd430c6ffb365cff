"""Segments and their batches: rows, joining, stacking, and where they begin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given

from pairgen.batch import concat, put, stack, take, unbatch
from pairgen.modalities.timeseries import Segment, Segments, overlap
from pairgen.testing.modalities.timeseries import batches


@given(batch=batches(min_count=1))
def test_a_batch_stacked_of_its_segments_is_itself(batch):
    again = stack(batch, list(unbatch(batch)))
    assert torch.equal(again.lengths, batch.lengths)
    assert torch.equal(again.starts, batch.starts)
    torch.testing.assert_close(again.values, batch.values[:, : int(batch.lengths.max())], equal_nan=True)


@given(batch=batches(min_count=2))
def test_rows_and_their_return_keep_where_they_begin(batch):
    where = np.arange(len(batch)) % 2 == 0
    part = take(batch, where)
    assert part.starts.tolist() == batch.starts[torch.from_numpy(where)].tolist()
    back = put(batch, where, replace(part, starts=part.starts + 100))
    assert (back.starts >= 100).tolist() == where.tolist()


def test_joined_batches_are_padded_to_one_length():
    a = Segments(torch.ones(1, 2, 1), torch.tensor([2]), starts=torch.tensor([4]))
    b = Segments(torch.ones(1, 3, 1), torch.tensor([3]))
    both = concat(a, b)
    assert both.starts.tolist() == [4, 0]
    assert both.values[0, :, 0].tolist() == [1, 1, 0]
    assert concat(a, Segments(torch.ones(1, 3, 2), torch.tensor([3]))) is None


def test_the_overlap_of_segments_may_be_nothing():
    begin, end = overlap(Segment(torch.ones(2, 1), 0), Segment(torch.ones(2, 1), 5))
    assert end <= begin


def test_starts_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="one start for each segment"):
        Segments(torch.ones(2, 3, 1), torch.tensor([3, 3]), starts=torch.tensor([1]))


def test_a_batch_moves_to_a_device_with_its_starts():
    batch = Segments(torch.ones(1, 2, 1), torch.tensor([2])).to("meta")
    assert {batch.values.device.type, batch.lengths.device.type, batch.starts.device.type} == {"meta"}


def test_new_values_of_a_batch_are_zero_beyond_each_length():
    batch = Segments(torch.ones(2, 3, 1), torch.tensor([3, 1]), starts=torch.tensor([4, 5]))
    changed = batch.with_values(batch.values + 1)
    assert changed.values[..., 0].tolist() == [[2, 2, 2], [2, 0, 0]]
    assert changed.starts.tolist() == [4, 5]
