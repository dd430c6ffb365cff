"""What the testing kit does not check: units, padding, channels, one-hour clips."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import pairgen
from pairgen.augmentation import OneOf, RandomApply, one, select
from pairgen.batch import unbatch
from pairgen.modalities.audio import (
    BackgroundNoise,
    Clipping,
    FrequencyMask,
    Gain,
    GaussianNoise,
    HighPass,
    LowPass,
    MuLaw,
    PitchShift,
    PolarityInversion,
    RandomCrop,
    Reverberation,
    TimeMask,
    TimeShift,
    TimeStretch,
)
from pairgen.random import Stream
from pairgen.testing.modalities.audio import batches

ALL = [
    TimeShift(0.01),
    TimeShift(0.5, unit="fraction", fill="zeros"),
    RandomCrop(0.01),
    TimeMask((0.1, 0.5)),
    PitchShift(7.0),
    TimeStretch((0.5, 2.0)),
    TimeStretch((0.5, 2.0), keep_length=True),
    Gain(12.0),
    PolarityInversion(),
    Clipping(),
    MuLaw((2, 10)),
    GaussianNoise((0.0, 30.0)),
    Reverberation((0.01, 0.05)),
    LowPass((500.0, 4000.0)),
    HighPass((100.0, 2000.0)),
    FrequencyMask((0.1, 0.5)),
    RandomApply(PitchShift(3.0), p=0.5),
    RandomApply(TimeStretch(2.0), p=0.5),
    OneOf([LowPass(), Clipping(), TimeMask()]),
]


def ids(augmentation: Any) -> str:
    return augmentation.name


def test_the_list_above_holds_every_augmentation_but_that_which_needs_a_folder():
    tested = {type(augmentation).__name__ for augmentation in ALL}
    assert set(pairgen.get_modality("audio").augmentations) - tested == {"BackgroundNoise"}


@pytest.mark.parametrize("augmentation", ALL, ids=ids)
@settings(max_examples=8)
@given(batch=batches(max_samples=1500), seed=st.integers(0, 1000))
def test_a_batch_is_its_items_and_padding_stays_silent(augmentation, batch, seed):
    before = batch.values.clone()
    index = np.arange(len(batch)) * 7 + 3
    views, params = augmentation.sample_batch(batch, Stream(seed, index=index))
    assert torch.equal(batch.values, before)
    assert views.values.dtype == batch.values.dtype
    assert not views.values.masked_select(~views.mask()[:, None]).any()
    assert views.sample_rate == batch.sample_rate
    for i, (key, clip) in enumerate(zip(index, unbatch(batch), strict=True)):
        alone, _ = augmentation.sample(clip, Stream(seed, index=int(key)))
        assert alone.sample_rate == clip.sample_rate
        tolerance = 1e-4 * float(clip.values.abs().max()) + 1e-7
        torch.testing.assert_close(views.item(i), alone.values, atol=tolerance, rtol=0)
        again = augmentation.apply(clip, one(params, i))
        torch.testing.assert_close(again.values, alone.values, atol=tolerance, rtol=0)


@pytest.mark.parametrize("augmentation", ALL, ids=ids)
def test_augmentations_and_params_pickle_and_apply_to_some_rows(augmentation):
    batch = pairgen.get_modality("audio").collate([torch.rand(n) - 0.5 for n in (900, 400, 700)])
    views, params = augmentation.sample_batch(batch, Stream(1, index=np.arange(3)))
    copy, drawn = pickle.loads(pickle.dumps((augmentation, params)))
    assert copy == augmentation
    rows = np.array([2, 0])
    part = copy.apply_batch(pairgen.get_modality("audio").collate([batch.item(2), batch.item(0)]), select(drawn, rows))
    for got, i in zip(part, rows, strict=True):
        torch.testing.assert_close(got, views.item(int(i)), atol=1e-5, rtol=0)


@pytest.mark.parametrize("augmentation", ALL, ids=ids)
def test_silence_and_a_single_sample_are_augmented(augmentation):
    for item in (np.zeros(500, np.float32), np.ones(1, np.float32), torch.ones(2, 1)):
        view = augmentation(item, Stream(0, index=5))
        assert np.isfinite(np.asarray(view)).all()
        assert view.shape[-1] >= 1
    assert not augmentation(np.zeros(500, np.float32), Stream(0)).any()


@pytest.mark.parametrize("augmentation", [PitchShift(5.0), TimeShift(0.01), Reverberation(0.05), LowPass()], ids=ids)
def test_three_channels_are_treated_alike(augmentation):
    mono = np.random.default_rng(0).normal(size=2000).astype(np.float32)
    view = augmentation(np.stack([mono, 0.5 * mono, -mono]), Stream(3))
    np.testing.assert_allclose(view[1], 0.5 * view[0], atol=1e-5)
    np.testing.assert_allclose(view[2], -view[0], atol=1e-5)


def test_shifts_are_in_seconds_of_the_items_own_rate():
    item = {"array": np.arange(8000, dtype=np.float32), "sampling_rate": 8000}
    later = TimeShift((0.1, 0.1))
    assert later(item, Stream(0))["array"][800] == 0
    assert later(item["array"], Stream(0))[1600] == 0
    assert TimeShift((0.25, 0.25), unit="fraction")(item["array"], Stream(0))[2000] == 0
    silent = TimeShift((0.1, 0.1), fill="zeros", sample_rate=8000)(item["array"] + 1, Stream(0))
    assert not silent[:800].any()
    assert silent[800] == 1
    earlier = TimeShift((-0.1, -0.1), fill="zeros", sample_rate=8000)(item["array"] + 1, Stream(0))
    assert earlier[0] == 801
    assert not earlier[-800:].any()


def test_a_shift_rolls_by_the_length_of_each_clip():
    batch = pairgen.get_modality("audio").collate([torch.arange(1.0, 6.0), torch.arange(1.0, 4.0)])
    view = TimeShift((2 / 16_000, 2 / 16_000)).sample_batch(batch, Stream(0, index=[0, 1]))[0]
    assert view.values.tolist() == [[[4, 5, 1, 2, 3]], [[2, 3, 1, 0, 0]]]


def test_decibels_are_decibels():
    x = np.random.default_rng(0).normal(size=4000).astype(np.float32)
    np.testing.assert_allclose(Gain((20.0, 20.0))(x, Stream(0)), 10 * x, rtol=1e-5)
    for snr in (0.0, 20.0):
        noise = GaussianNoise((snr, snr))(x, Stream(0)) - x
        assert abs(10 * np.log10(np.square(x).mean() / np.square(noise).mean()) - snr) < 0.01


def test_white_noise_is_white_normal_and_keyed():
    x = np.ones(20_000, np.float32)
    noise = GaussianNoise((0.0, 0.0))(x, Stream(0, index=1)) - x
    assert abs(noise.mean()) < 0.03
    assert abs(np.mean(noise**4) - 3) < 0.2
    assert abs(np.mean(noise[1:] * noise[:-1])) < 0.03
    other = GaussianNoise((0.0, 0.0))(x, Stream(0, index=2)) - x
    assert abs(np.mean(noise * other)) < 0.03


def test_background_noise_comes_from_the_folder_at_the_clips_rate(tmp_path):
    tone = np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000)
    soundfile.write(tmp_path / "hum.wav", np.stack([tone, tone], axis=1), 8000)
    (tmp_path / "notes.txt").write_text("not audio")
    x = np.random.default_rng(0).normal(size=32_000).astype(np.float32)  # longer than the noise
    noise = BackgroundNoise(tmp_path, snr=(10.0, 10.0))(x, Stream(0)) - x
    assert abs(10 * np.log10(np.square(x).mean() / np.square(noise).mean()) - 10) < 0.01
    assert np.abs(np.fft.rfft(noise)).argmax() == 2000  # 1000 Hz in two seconds
    starts = {BackgroundNoise(tmp_path).draw(x, Stream(0, index=i)).start for i in range(8)}
    assert len(starts) == 8


def test_a_folder_without_audio_is_refused(tmp_path):
    for build in (BackgroundNoise, lambda folder: Reverberation(folder=folder)):
        with pytest.raises(ValueError, match="is empty; put audio files into it"):
            build(str(tmp_path))
        with pytest.raises(ValueError, match="there is no folder"):
            build(str(tmp_path / "none"))


def test_a_recorded_response_is_used_from_its_peak_on(tmp_path):
    response = np.zeros(400)
    response[100], response[140] = 0.8, -0.6
    soundfile.write(tmp_path / "hall.wav", response, 16_000, subtype="FLOAT")
    x = np.zeros(1000, np.float32)
    x[10] = 1
    view = Reverberation(folder=str(tmp_path))(x, Stream(0))
    expected = np.zeros(1000)
    expected[10], expected[50] = 0.8, -0.6
    np.testing.assert_allclose(view, expected, atol=1e-6)


def test_reverberation_keeps_the_level_about_and_decays_by_60_decibels():
    x = np.zeros(16_000, np.float32)
    x[0] = 1
    view = Reverberation((0.5, 0.5), wet=(0.5, 0.5))(x, Stream(0))
    assert abs(np.square(view).sum() - 1) < 1e-3
    assert abs(view[0] ** 2 - 0.5) < 1e-3
    early, late = np.square(view[1:800]).mean(), np.square(view[7200:8000]).mean()
    assert -62 < 10 * np.log10(late / early) < -48
    assert np.abs(view[8001:]).max() < 1e-6  # what is left is the rounding of the FFT


def test_clipping_and_mu_law_do_what_they_say():
    x = np.linspace(-1, 1, 2001, dtype=np.float32)
    assert np.abs(Clipping((0.4, 0.4))(x, Stream(0))).max() == pytest.approx(0.4)
    assert len(np.unique(MuLaw(4)(x, Stream(0)))) == 15
    assert np.abs(MuLaw(8)(x, Stream(0)) - x).max() < 0.03
    assert np.abs(MuLaw(16)(x, Stream(0)) - x).max() < 2e-4
    assert MuLaw(8)(2 * x, Stream(0)).max() == pytest.approx(1)


@pytest.mark.parametrize(
    ("augmentation", "kept", "gone"),
    [
        (LowPass((1000.0, 1000.0)), 500, 2000),
        (HighPass((1000.0, 1000.0)), 2000, 500),
        (LowPass((1000.0, 1000.0), sample_rate=8000), 500, 2000),
    ],
)
def test_filters_keep_and_remove_the_right_frequencies_and_move_nothing(augmentation, kept, gone):
    time = np.arange(8000) / augmentation.sample_rate
    low, high = (np.sin(2 * np.pi * f * time).astype(np.float32) for f in (kept, gone))
    view = augmentation(low + high, Stream(0))
    np.testing.assert_allclose(view[600:-600], low[600:-600], atol=2e-3)


def test_a_frequency_mask_takes_its_band_and_nothing_else():
    x = np.random.default_rng(0).normal(size=16_000).astype(np.float32)
    mask = FrequencyMask((0.25, 0.25))
    view, (low, high) = mask.sample(x, Stream(0, index=2))
    assert high - low == pytest.approx(2000)
    spectrum, frequency = np.abs(np.fft.rfft(view)), np.fft.rfftfreq(16_000, 1 / 16_000)
    inside = (frequency > low + 100) & (frequency < high - 100)
    outside = (frequency < low - 100) | (frequency > high + 100)
    assert np.square(spectrum[inside]).mean() < 1e-4 * np.square(spectrum[outside]).mean()


def test_a_crop_is_anywhere_in_the_clip_and_a_shorter_clip_stays():
    x = np.arange(1000, dtype=np.float32)
    firsts = {int(RandomCrop(0.0125)(x, Stream(0, index=i))[0]) for i in range(300)}
    assert min(firsts) < 30
    assert max(firsts) > 770
    assert np.array_equal(RandomCrop(1.0)(x, Stream(0)), x)


@pytest.mark.slow
def test_an_hour_is_augmented_in_blocks():
    item = np.zeros(3600 * 8000, np.float32)
    item[-8000:] = np.random.default_rng(0).normal(size=8000)
    view = PitchShift((2.0, 2.0), sample_rate=8000)(item, Stream(0))
    assert view.shape == item.shape
    assert np.abs(view[-8000:]).max() > 0.5


@pytest.mark.gpu
@pytest.mark.parametrize("augmentation", ALL, ids=ids)
def test_a_batch_has_the_same_views_on_cuda(augmentation):
    batch = pairgen.get_modality("audio").collate([torch.rand(n) - 0.5 for n in (900, 400, 1700)])
    here = augmentation.sample_batch(batch, Stream(0, index=np.arange(3)))[0]
    there = augmentation.sample_batch(batch.to("cuda"), Stream(0, index=np.arange(3)))[0]
    assert there.values.is_cuda
    torch.testing.assert_close(there.values.cpu(), here.values, atol=1e-4, rtol=0)
