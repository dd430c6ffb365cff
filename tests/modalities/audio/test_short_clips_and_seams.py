"""Short clips keep sound, cuts do not click, and folders of recordings may hold files of no use."""

from __future__ import annotations

import copy
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

import pairgen
from pairgen.batch import pad
from pairgen.modalities.audio import BackgroundNoise, Clip, PitchShift, Reverberation, TimeMask, TimeShift
from pairgen.random import Stream

RATE = 16_000
NOISE = (0.3 * np.random.default_rng(0).standard_normal(RATE)).astype(np.float32)
TONE = np.cos(2 * np.pi * 100 * np.arange(RATE) / RATE).astype(np.float32)


@pytest.mark.parametrize("recipe", ["speech", "spectrogram", "time-pitch", "clmr", "cpc"])
@pytest.mark.parametrize("samples", [20, 160, 800, 3000])
def test_no_view_of_a_short_clip_is_silent(recipe, samples):
    sampler = pairgen.PairSampler("audio", recipe, sample_rate=RATE)
    clip = NOISE[:samples]
    batch = sampler.augment(torch.from_numpy(np.stack([clip] * 40)), range(40))
    for values in (batch.first.values, batch.second.values):
        assert bool((values.abs().amax(dim=(1, 2)) > 0).all())


def test_a_shift_into_silence_is_scaled_to_clips_that_are_too_short_for_it():
    shift = TimeShift(0.1, fill="zeros", sample_rate=RATE)
    drawn = np.array([shift.draw(NOISE[:800], Stream(0, index=i)) for i in range(200)])
    assert 380 <= np.abs(drawn).max() <= 400
    long = [shift.draw(NOISE, Stream(0, index=i)) for i in range(50)]
    assert long == [round(float(Stream(0, index=i).uniform(-0.1, 0.1)) * RATE) for i in range(50)]
    assert TimeShift((5.0, 5.0), fill="zeros", max_ratio=1.0, sample_rate=RATE).draw(NOISE, Stream(0)) == RATE
    with pytest.raises(ValueError, match="max_ratio"):
        TimeShift(max_ratio=1.5)


def steepest(wave: np.ndarray) -> float:
    return float(np.abs(np.diff(wave)).max())


def test_the_seam_of_a_roll_does_not_click():
    clip = TONE[: RATE - 80]  # ends at -1, begins at 1
    rolled = np.roll(clip, 4000)
    view = TimeShift((0.25, 0.25), sample_rate=RATE)(clip, Stream(0))
    assert steepest(rolled) > 1.5
    assert steepest(view) < 0.06
    away = np.r_[0:3920, 4080 : len(clip)]
    assert np.array_equal(view[away], rolled[away])
    assert np.array_equal(TimeShift(0.0, sample_rate=RATE)(clip, Stream(0)), clip)


def test_a_mask_of_time_fades_in_and_out_and_is_silent_within():
    for i in range(20):
        mask = TimeMask((0.2, 0.4), sample_rate=RATE)
        start, size = mask.draw(TONE, Stream(0, index=i))
        view = mask.apply(TONE, (start, size))
        assert not view[start : start + size].any()
        assert steepest(view) < 0.06
        assert np.array_equal(view[: max(0, start - 80)], TONE[: max(0, start - 80)])
        assert np.array_equal(view[start + size + 80 :], TONE[start + size + 80 :])


def test_seams_and_masks_of_a_batch_are_those_of_its_items():
    clips = [NOISE[:n] for n in (1, 2, 15, 40, 700, 5000)]
    batch = pairgen.get_modality("audio").collate([Clip(clip, RATE) for clip in clips])
    for augmentation in (TimeShift(0.9, unit="fraction"), TimeMask((0.0, 1.0)), TimeShift(0.1, fill="zeros")):
        keys = np.arange(len(clips))
        views, _ = augmentation.sample_batch(batch, Stream(0, index=keys))
        assert not views.values[~views.mask()[:, None]].any()
        for i, clip in enumerate(clips):
            assert np.array_equal(augmentation(Clip(clip, RATE), Stream(0, index=i)).values, views.item(i)[0])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    soundfile.write(tmp_path / "b.wav", NOISE, RATE)
    soundfile.write(tmp_path / "c.wav", np.zeros(RATE), RATE)
    (tmp_path / "d.wav").write_bytes(b"RIFF but broken")
    (tmp_path / "a.wav").write_bytes(b"")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "._b.wav").write_bytes(b"\0\5\x16\7" + bytes(200))
    (tmp_path / "._b.wav").write_bytes(b"\0\5\x16\7" + bytes(200))
    return tmp_path


def test_recordings_of_no_use_are_passed_over_with_a_warning(folder):
    noise, response = BackgroundNoise(folder, sample_rate=RATE), Reverberation(folder=folder, sample_rate=RATE)
    with pytest.warns(UserWarning, match="is passed over") as caught:
        views = [(noise(TONE, Stream(0, index=i)), response(TONE, Stream(0, index=i))) for i in range(40)]
    assert all(not np.array_equal(noisy, TONE) and echoing.any() for noisy, echoing in views)
    told = " ".join(str(warning.message) for warning in caught)
    assert "a.wav is passed over: the audio file" in told
    assert "c.wav is passed over: it holds only silence" in told
    assert "d.wav is passed over" in told
    assert "._b" not in told


@pytest.mark.filterwarnings("ignore:the recording")
def test_a_folder_without_a_recording_of_use_is_an_error(folder):
    (folder / "b.wav").unlink()
    noise = BackgroundNoise(folder)
    with pytest.raises(ValueError, match=r"none of the 3 recordings .* holds sound"):
        noise(TONE, Stream(0))


def test_a_stretch_of_silence_within_a_recording_is_not_taken(tmp_path):
    wave = np.zeros(RATE, np.float32)
    wave[9000:9100] = NOISE[:100]
    soundfile.write(tmp_path / "mostly-silent.wav", wave, RATE)
    noise = BackgroundNoise(tmp_path, sample_rate=RATE)
    for i in range(30):
        assert not np.array_equal(noise(TONE[:400], Stream(0, index=i)), TONE[:400])


def test_a_folder_is_listed_anew_by_a_new_augmentation_and_kept_by_copies(tmp_path):
    soundfile.write(tmp_path / "a.wav", NOISE, RATE)
    first = BackgroundNoise(tmp_path)
    soundfile.write(tmp_path / "b.wav", NOISE, RATE)
    second = BackgroundNoise(tmp_path)
    assert first == second
    assert {first.draw(TONE, Stream(0, index=i)).which for i in range(30)} == {0}
    assert {second.draw(TONE, Stream(0, index=i)).which for i in range(30)} == {0, 1}
    for twin in (pickle.loads(pickle.dumps(first)), copy.deepcopy(first)):
        assert {twin.draw(TONE, Stream(0, index=i)).which for i in range(30)} == {0}


def test_a_recording_that_changed_is_read_anew(tmp_path):
    soundfile.write(tmp_path / "a.wav", NOISE, RATE)
    noise = BackgroundNoise(tmp_path, snr=(0.0, 0.0), sample_rate=RATE)
    before = noise(TONE, Stream(0))
    soundfile.write(tmp_path / "a.wav", NOISE[::-1], RATE)
    os.utime(tmp_path / "a.wav", ns=(1, 1))
    assert not np.array_equal(noise(TONE, Stream(0)), before)


def uneven_clips() -> list[np.ndarray]:
    """Clips of different lengths: sound, silence, sound beside silence, a click, and sound that sets in late."""
    rng = np.random.default_rng(0)
    clips = []
    for i, kind in enumerate(("sound", "silent", "padded", "late", "click", "gap", "faint", "short")):
        n = 300 if kind == "short" else 6000 + 137 * i
        wave = 0.3 * np.sin(np.arange(n) * 0.09) + 0.02 * rng.normal(size=n)
        start, stop = {"padded": (n // 3, n), "late": (0, 2 * n // 3), "gap": (n // 4, n // 2)}.get(kind, (0, 0))
        wave[start:stop] = 0
        if kind in ("silent", "click"):
            wave[:] = 0
            wave[n // 2] = kind == "click"
        clips.append((wave * (1e-6 if kind == "faint" else 1)).astype(np.float32))
    return clips


@pytest.mark.parametrize("recipe", ["time-pitch", "clmr", "speech", "spectrogram", "cpc", "eval"])
def test_a_batch_of_uneven_clips_is_its_items(recipe):
    sampler = pairgen.PairSampler("audio", recipe, sample_rate=16_000, seed=0)
    clips = uneven_clips()
    batch = pad([torch.from_numpy(clip)[None] for clip in clips], axis=-1)
    for epoch in range(3):
        alone = sampler.collate([sampler(clip, index=i, epoch=epoch) for i, clip in enumerate(clips)])
        together = sampler.augment(batch, range(len(clips)), epoch=epoch)
        for one, other in ((alone.first, together.first), (alone.second, together.second)):
            torch.testing.assert_close(one.values, other.values, atol=1e-5, rtol=0)
            assert one.lengths.equal(other.lengths)


@pytest.mark.parametrize("semitones", [-4.0, 3.0])
def test_rounding_errors_before_an_onset_do_not_turn_its_phases(semitones):
    wave = uneven_clips()[3]
    shift = PitchShift((semitones, semitones), sample_rate=16_000)
    view = shift(wave, Stream(0))
    for seed in range(3):
        noise = 3e-8 * np.random.default_rng(seed).normal(size=wave.shape).astype(np.float32)
        np.testing.assert_allclose(shift(wave + noise, Stream(0)), view, atol=2e-4)
