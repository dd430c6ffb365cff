from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given

import pairgen
from pairgen.batch import PaddedBatch, pad
from pairgen.modalities.audio.batch import ToModelInput, check_batch, collate
from pairgen.testing.modalities.audio_strategies import batches


def test_clips_of_unequal_length_are_padded_with_silence():
    batch = collate([np.ones(3, np.float32), np.ones(5, np.float32)])
    assert batch.values.tolist() == [[[1, 1, 1, 0, 0]], [[1, 1, 1, 1, 1]]]
    assert batch.lengths.tolist() == [3, 5]


def test_mono_clips_join_those_with_channels():
    batch = collate([torch.ones(4), torch.zeros(2, 3)])
    assert batch.values.shape == (2, 2, 4)
    assert torch.equal(batch.item(0), torch.ones(2, 4))


@pytest.mark.parametrize(
    ("views", "message"),
    [
        ([], "the batch is empty"),
        ([torch.zeros(2, 5), torch.zeros(3, 5)], "2 channels, .*3 channels"),
        ([torch.zeros(5), torch.zeros(5, dtype=torch.float64)], "float32, cpu, .*float64"),
    ],
)
def test_clips_that_do_not_fit_together_are_refused(views, message):
    with pytest.raises(ValueError, match=message):
        collate(views)


@pytest.mark.parametrize("batch", [torch.rand(3, 50), torch.rand(3, 1, 50), np.ones((3, 50))])
def test_a_batch_without_padding_may_be_a_tensor_or_array(batch):
    checked = check_batch(batch)
    assert checked.values.shape == (3, 1, 50)
    assert checked.lengths.tolist() == [50, 50, 50]


def test_int16_batches_become_float_and_noise_behind_a_clip_is_silenced():
    checked = check_batch(PaddedBatch(torch.full((2, 4), 16_384, dtype=torch.int16), torch.tensor([2, 4])))
    assert checked.values.tolist() == [[[0.5, 0.5, 0, 0]], [[0.5, 0.5, 0.5, 0.5]]]


@given(batch=batches())
def test_a_batch_that_is_as_it_should_be_is_returned(batch):
    assert torch.equal(check_batch(batch).values, batch.values)


@pytest.mark.parametrize(
    ("batch", "error", "message"),
    [
        (torch.zeros(2, 1, 1, 4), TypeError, "time last"),
        (torch.zeros(4), TypeError, "time last"),
        (torch.zeros(2, 4, dtype=torch.int32), TypeError, "int16"),
        ([torch.zeros(4)], TypeError, "collate the items first"),
        (torch.full((2, 4), float("nan")), ValueError, "NaN"),
        (PaddedBatch(torch.zeros(2, 4), torch.tensor([0, 4])), ValueError, "lengths from 0"),
        (PaddedBatch(torch.zeros(2, 4), torch.tensor([1, 5])), ValueError, "1 to 4 samples"),
        (PaddedBatch(torch.zeros(2, 4, 3), torch.tensor([1, 4]), 1), TypeError, "time last"),
    ],
)
def test_what_is_no_batch_of_clips_is_refused(batch, error, message):
    with pytest.raises(error, match=message):
        check_batch(batch)


def test_finish_mixes_or_repeats_channels():
    stereo = pad([torch.tensor([[1.0, 1.0], [0.0, 0.5]])], axis=-1)
    assert ToModelInput(1)(stereo).values.tolist() == [[[0.5, 0.75]]]
    assert ToModelInput(None)(stereo).values.shape == (1, 2, 2)
    mono = pad([torch.ones(1, 3, dtype=torch.float64)], axis=-1)
    assert ToModelInput(2)(mono).values.shape == (1, 2, 3)
    assert ToModelInput(2)(mono).values.dtype == torch.float32
    with pytest.raises(ValueError, match="cannot make 3 channels of 2"):
        ToModelInput(3)(stereo)
    with pytest.raises(ValueError, match="at least 1"):
        ToModelInput(0)


def test_a_batch_comes_out_of_a_loader_padded_and_mono():
    data = [np.random.default_rng(i).normal(size=(2, 500 + 40 * i)).astype(np.float32) for i in range(4)]
    batch = next(iter(pairgen.PairSampler("audio", "time-pitch").loader(data, 4)))
    assert batch.first.values.shape == (4, 1, 620)
    assert batch.first.lengths.tolist() == [500, 540, 580, 620]
