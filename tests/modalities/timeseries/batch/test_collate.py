"""From series to batches, and the last step before the encoder."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pairgen.batch import PaddedBatch
from pairgen.modalities.timeseries import Segment, Segments, ToModelInput
from pairgen.modalities.timeseries.batch.collate import check_batch, collate


def test_series_of_mixed_lengths_are_padded_with_zeros():
    batch = collate([np.ones(2), np.ones((3, 1)), Segment(torch.ones(1, 1, dtype=torch.float64), start=7)])
    assert batch.values.shape == (3, 3, 1)
    assert batch.lengths.tolist() == [2, 3, 1]
    assert batch.starts.tolist() == [0, 0, 7]
    assert batch.values.sum() == 6


def test_series_of_different_channels_are_refused():
    with pytest.raises(ValueError, match=r"1 channels torch\.float64 on cpu, 2 channels"):
        collate([np.ones((3, 1)), np.ones((3, 2))])
    with pytest.raises(ValueError, match="empty batch"):
        collate([])


def test_batches_of_every_form_become_segments():
    for batch in (np.ones((2, 5, 3)), torch.ones(2, 5, 3), PaddedBatch(torch.ones(2, 5, 3), torch.tensor([5, 5]))):
        actual = check_batch(batch)
        assert isinstance(actual, Segments)
        assert actual.starts.tolist() == [0, 0]
    assert check_batch(np.ones((4, 6), np.int64)).values.shape == (4, 6, 1)


def test_what_lies_beyond_a_length_is_made_zero_and_the_batch_is_not_changed():
    values = torch.ones(1, 4, 1)
    actual = check_batch(PaddedBatch(values, torch.tensor([2])))
    assert actual.values[0, :, 0].tolist() == [1, 1, 0, 0]
    assert values.sum() == 4


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (np.ones((2, 3, 4, 5)), r"\(N, T, C\)"),
        ("series", "PaddedBatch of such values"),
        (PaddedBatch(torch.ones(2, 3, 4), torch.tensor([4, 4]), axis=2), r"\(N, T, C\)"),
        (PaddedBatch(torch.ones(1, 3, 1), torch.tensor([0])), "leave empty series out"),
        (np.stack([np.ones((3, 1)), np.full((3, 1), np.nan)]), "series 1 of the batch holds missing"),
        (np.stack([np.ones((3, 1)), np.full((3, 1), np.inf)]), "series 1 of the batch has infinite"),
        (np.ones((2, 3, 1), dtype=bool), "real numbers"),
    ],
)
def test_an_invalid_batch_is_refused_with_the_series_named(batch, message):
    with pytest.raises((ValueError, TypeError), match=message):
        check_batch(batch)


def test_the_input_of_the_encoder_is_standardized_and_padding_stays_zero():
    batch = collate([np.array([[1.0, 10.0], [3.0, np.nan]]), np.array([[5.0, 10.0]])])
    actual = ToModelInput(mean=(1.0, 10.0), std=(2.0, 1.0))(batch)
    assert actual.values.dtype == torch.float32
    torch.testing.assert_close(
        actual.values, torch.tensor([[[0.0, 0], [1, torch.nan]], [[2, 0], [0, 0]]]), equal_nan=True
    )
    assert torch.equal(actual.starts, batch.starts)


def test_statistics_of_other_channels_are_refused():
    with pytest.raises(ValueError, match="mean has 3 channels, the series have 1"):
        ToModelInput(mean=(1.0, 2.0, 3.0))(collate([np.ones(3)]))
    with pytest.raises(ValueError, match="std must be above 0"):
        ToModelInput(std=(1.0, 0.0))


def test_statistics_given_as_the_lists_of_json_are_the_same():
    assert ToModelInput([1.0], [2.0]) == ToModelInput((1.0,), (2.0,))
