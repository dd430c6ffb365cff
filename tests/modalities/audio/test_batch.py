from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given

import pairgen
from pairgen.batch import PaddedBatch, concat, put, stack, take, unbatch
from pairgen.modalities.audio import Clip, ClipBatch, ToModelInput
from pairgen.modalities.audio.batch import check_batch, collate
from pairgen.testing.modalities.audio import batches


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
        ([], "cannot collate an empty batch"),
        ([torch.zeros(2, 5), torch.zeros(3, 5)], "2 channels, .*3 channels"),
        ([torch.zeros(5), torch.zeros(5, dtype=torch.float64)], "float32, cpu, .*float64"),
    ],
)
def test_clips_that_do_not_fit_together_are_refused(views, message):
    with pytest.raises(ValueError, match=message):
        collate(views)


def test_clips_of_one_rate_become_a_batch_of_that_rate():
    batch = collate([Clip(torch.ones(4), 8000), Clip(np.ones(3, np.float32), 8000)])
    assert isinstance(batch, ClipBatch)
    assert batch.sample_rate == 8000
    assert collate([np.ones(3, np.float32)]).sample_rate is None
    assert collate([{"array": np.ones(3, np.float32), "sampling_rate": 44_100}]).sample_rate == 44_100


@pytest.mark.parametrize(
    ("rates", "message"), [((8000, 16_000), "8,000 Hz, 16,000 Hz"), ((None, 8000), "unknown, 8,000")]
)
def test_clips_of_different_rates_are_refused_with_the_remedy(rates, message):
    with pytest.raises(ValueError, match=rf"different sample rates \({message}.*sample_rate.*AudioCodec"):
        collate([Clip(torch.ones(4), rate) for rate in rates])


def test_the_rate_survives_every_operation_on_a_batch():
    batch = collate([Clip(torch.full((n,), float(n)), 8000) for n in (3, 5, 4)])
    part = take(batch, np.array([True, False, True]))
    assert isinstance(part, ClipBatch)
    assert (part.sample_rate, part.lengths.tolist()) == (8000, [3, 4])
    back = put(batch, np.array([True, False, True]), part)
    assert back.sample_rate == 8000
    assert torch.equal(back.values, batch.values)
    clips = list(unbatch(batch))
    assert [(clip.sample_rate, clip.values.shape) for clip in clips] == [(8000, (1, 3)), (8000, (1, 5)), (8000, (1, 4))]
    stacked = stack(batch, clips)
    assert stacked.sample_rate == 8000
    assert torch.equal(stacked.values, batch.values)
    assert stack(take(batch, np.zeros(3, bool)), []).sample_rate == 8000
    joined = concat(batch, part)
    assert (joined.sample_rate, joined.lengths.tolist()) == (8000, [3, 5, 4, 3, 4])
    assert batch.to("cpu").sample_rate == pickle.loads(pickle.dumps(batch)).sample_rate == 8000
    assert ToModelInput(1)(batch).sample_rate == 8000


def test_batches_of_different_rates_do_not_fit_together():
    first, second = (collate([Clip(torch.ones(4), rate)]) for rate in (8000, 16_000))
    assert concat(first, second) is None
    assert concat(first, PaddedBatch(second.values, second.lengths, 2)) is None
    with pytest.raises(ValueError, match="8,000 Hz became 16,000 Hz"):
        put(first, np.array([True]), second)


@pytest.mark.parametrize("batch", [torch.rand(3, 50), torch.rand(3, 1, 50), np.ones((3, 50))])
def test_a_batch_without_padding_may_be_a_tensor_or_array(batch):
    checked = check_batch(batch)
    assert checked.values.shape == (3, 1, 50)
    assert checked.lengths.tolist() == [50, 50, 50]


def test_int16_batches_become_float_and_noise_behind_a_clip_is_silenced():
    checked = check_batch(PaddedBatch(torch.full((2, 4), 16_384, dtype=torch.int16), torch.tensor([2, 4])))
    assert checked.values.tolist() == [[[0.5, 0.5, 0, 0]], [[0.5, 0.5, 0.5, 0.5]]]


@given(batch=batches())
def test_a_clip_batch_is_returned_and_a_padded_batch_has_its_values(batch):
    assert check_batch(batch) is batch
    checked = check_batch(PaddedBatch(batch.values, batch.lengths, 2))
    assert torch.equal(checked.values, batch.values)
    assert checked.sample_rate is None


@pytest.mark.parametrize(
    ("batch", "error", "message"),
    [
        (torch.zeros(2, 1, 1, 4), TypeError, "time last"),
        (torch.zeros(4), TypeError, "time last"),
        (torch.zeros(2, 4, dtype=torch.int64), TypeError, "int16"),
        ([torch.zeros(4)], TypeError, "collate the items first"),
        (torch.full((2, 4), float("nan")), ValueError, "NaN"),
        (PaddedBatch(torch.full((2, 4), float("nan")), torch.tensor([4, 4])), ValueError, "NaN"),
        (PaddedBatch(torch.zeros(2, 4), torch.tensor([0, 4])), ValueError, "lengths from 0"),
        (PaddedBatch(torch.zeros(2, 4), torch.tensor([1, 5])), ValueError, "1 to 4 samples"),
        (PaddedBatch(torch.zeros(2, 4, 3), torch.tensor([1, 4]), 1), TypeError, "time last"),
    ],
)
def test_what_is_no_batch_of_clips_is_refused(batch, error, message):
    with pytest.raises(error, match=message):
        check_batch(batch)


def test_model_input_is_mixed_or_repeated_to_the_channels_asked_for():
    stereo = collate([torch.tensor([[1.0, 1.0], [0.0, 0.5]])])
    assert ToModelInput(1)(stereo).values.tolist() == [[[0.5, 0.75]]]
    assert ToModelInput(None)(stereo).values.shape == (1, 2, 2)
    mono = collate([torch.ones(1, 3, dtype=torch.float64)])
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
