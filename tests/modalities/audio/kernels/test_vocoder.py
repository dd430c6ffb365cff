"""Pitch and tempo: exact in pitch and length, in step with a slow oracle, the same for batches."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pairgen.batch import pad
from pairgen.modalities.audio._kernels.vocoder import OVERLAP, Plan, pitch_shift, vocode, vocode_batch
from pairgen.modalities.audio._kernels.vocoder import plan_frames as plan
from pairgen.modalities.audio.batch import ClipBatch
from pairgen.testing.modalities.audio import waves


def harmonic(f0: float, rate: int, seconds: float = 1.0) -> np.ndarray:
    time = np.arange(round(seconds * rate)) / rate
    partials = range(1, int(0.45 * rate / f0) + 1)
    return 0.2 * sum(np.sin(2 * np.pi * f0 * k * time + k) / k for k in partials).astype(np.float32)


def fundamental(wave: np.ndarray, rate: int, near: float) -> float:
    """The frequency in Hz of the strongest line within a semitone of `near`, by a parabola through its logarithms."""
    middle = wave[rate // 6 : -rate // 6]
    count = 16 * len(middle)
    level = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), count))
    frequency = np.fft.rfftfreq(count, 1 / rate)
    inside = np.flatnonzero((frequency > near / 1.06) & (frequency < near * 1.06))
    k = inside[level[inside].argmax()]
    a, b, c = np.log(level[k - 1 : k + 2])
    return (k + 0.5 * (a - c) / (a - 2 * b + c)) * rate / count


def cents(wave: np.ndarray, rate: int, wanted: float) -> float:
    return 1200 * np.log2(fundamental(wave, rate, wanted) / wanted)


def shift(wave: np.ndarray, semitones: float, rate: int) -> np.ndarray:
    return vocode(wave[None], plan(len(wave), rate, ratio=2 ** (semitones / 12)))[0]


@pytest.mark.parametrize("rate", [8000, 16_000])
@pytest.mark.parametrize("f0", [80.0, 113.7, 220.0, 800.0])
@pytest.mark.parametrize("semitones", [-12.0, -7.3, -0.05, 0.04, 2.0, 12.0])
def test_the_fundamental_lands_within_two_cents(rate, f0, semitones):
    view = shift(harmonic(f0, rate), semitones, rate)
    assert abs(cents(view, rate, f0 * 2 ** (semitones / 12))) < 2


def test_the_measure_of_cents_can_fail():
    assert abs(cents(harmonic(220.0, 8000), 8000, 220 * 2 ** (5 / 1200)) + 5) < 0.2


@settings(max_examples=20)
@given(
    wave=waves(max_samples=3000, channels=(1, 2)),
    semitones=st.floats(-24, 24),
    speed=st.floats(0.25, 4),
    rate=st.sampled_from([8000, 16_000, 44_100]),
)
def test_length_is_what_was_planned_and_all_is_finite(wave, semitones, speed, rate):
    one = plan(wave.shape[1], rate, 2 ** (semitones / 12), speed)
    view = vocode(wave, one)
    assert view.shape == (len(wave), max(1, round(wave.shape[1] / speed)))
    assert np.isfinite(view).all()


@pytest.mark.parametrize("semitones", [-12, -5, 3, 12])
def test_nothing_lies_outside_the_band(semitones):
    """White noise: shifted down, nothing is above its own highest frequency; shifted up, nothing folds back."""
    rate = 16_000
    noise = np.random.default_rng(0).normal(size=2 * rate).astype(np.float32)
    view = shift(noise, semitones, rate)
    level, frequency = np.abs(np.fft.rfft(view)) ** 2, np.fft.rfftfreq(len(view), 1 / rate)
    top = rate / 2 * 2 ** (semitones / 12)
    if semitones < 0:
        assert level[frequency > top + 100].sum() < 1e-3 * level.sum()
    tone = np.sin(2 * np.pi * 7000 * np.arange(2 * rate) / rate).astype(np.float32)
    if semitones > 3:  # 7 kHz moves beyond the band
        assert np.square(shift(tone, semitones, rate)).mean() < 1e-4 * np.square(tone).mean()


@pytest.mark.parametrize("speed", [0.5, 0.83, 1.7])
def test_a_stretched_tone_keeps_its_pitch_and_level(speed):
    wave = harmonic(150.0, 16_000)
    view = vocode(wave[None], plan(len(wave), 16_000, speed=speed))[0]
    assert len(view) == round(len(wave) / speed)
    assert abs(cents(view, 16_000, 150.0)) < 2
    assert np.std(view) == pytest.approx(np.std(wave), rel=0.06)


def test_a_shift_of_nothing_gives_the_clip_itself():
    wave = np.random.default_rng(0).normal(size=5000).astype(np.float32)
    np.testing.assert_allclose(shift(wave, 0.0, 16_000), wave, atol=2e-5)


def test_an_impulse_stays_where_it_is():
    wave = np.zeros(8000, np.float32)
    wave[3000] = 1
    for semitones in (-3.0, 2.0):
        assert abs(int(np.abs(shift(wave, semitones, 16_000)).argmax()) - 3000) < 40


# -- the oracle --------------------------------------------------------------------------------------------------


def oracle(
    wave: np.ndarray,
    plan: Plan,
    neighbors: int = 2,
    lag_error: int = 0,
    onset: float = 0.03,
    floor: float = 3e-5,
    least: float = 0.001,
) -> np.ndarray:
    """The definition, frame by frame in complex128, for one channel: no blocks, no compiled loops.

    A product of spectra z counts as itself above the limit d = onset * (power of both) + (floor * N / 4) ** 2 at a peak
    of 1, and as d below it, with a weight between them of 1 / (1 + (d / |z|) ** 2). Frames are multiplied by the sum
    over neighbors over its size, unless that is below `least` of the sum of limits.
    """
    peak = float(np.abs(wave).max())
    wave = wave.astype(np.float64) / peak
    silent = 8 * plan.synthesis + 8 * plan.analysis + plan.length
    padded = np.concatenate((np.zeros(silent), wave, np.zeros(8 * silent)))
    towards = np.hanning(plan.analysis + 1)[:-1]
    back = np.hanning(plan.synthesis + 1)[:-1]

    def spectrum(center: int) -> np.ndarray:
        start = silent + center - plan.analysis // 2
        return np.fft.rfft(padded[start : start + plan.analysis] * towards)[: plan.bins]

    kernel = np.arange(1, neighbors + 2)
    kernel = np.concatenate((kernel, kernel[-2::-1]))
    out = np.zeros((plan.frames + OVERLAP) * plan.hop + plan.synthesis)
    turned = None
    for t in range(plan.frames):
        center = round((t - 1) * plan.hop * plan.speed)
        now = spectrum(center)
        if turned is not None:
            before = spectrum(center - plan.lag - lag_error)
            cross = turned * before.conj() * plan.turn()
            limit = onset * (np.abs(turned) ** 2 + np.abs(before) ** 2) + (floor * plan.analysis / 4) ** 2
            weight = 1 / (1 + (limit / np.abs(cross).clip(1e-30)) ** 2)
            cross = weight * cross + (1 - weight) * limit
            cross, limit = (np.convolve(values, kernel, mode="same") for values in (cross, limit))
            now = now * cross / (np.abs(cross) ** 4 + (least * limit) ** 4) ** 0.25
        turned = now
        frame = np.fft.irfft(now, n=plan.synthesis) * back * plan.synthesis / plan.analysis / 1.5
        out[t * plan.hop : t * plan.hop + plan.synthesis] += frame
    return peak * out[plan.synthesis // 2 + plan.hop :][: plan.length]


def speech_like(samples: int = 4000) -> np.ndarray:
    rng = np.random.default_rng(0)
    return (harmonic(130.0, 16_000)[:samples] * rng.uniform(0.5, 1, samples) + 0.01 * rng.normal(size=samples)).astype(
        np.float32
    )


@pytest.mark.parametrize(("ratio", "speed"), [(1.12, 1.0), (0.8, 1.0), (1.0, 1.3), (2.0, 0.7)])
def test_the_vocoder_is_its_definition(ratio, speed):
    wave = speech_like()
    one = plan(len(wave), 16_000, ratio, speed)
    np.testing.assert_allclose(vocode(wave[None], one)[0], oracle(wave, one), atol=1e-4)


@pytest.mark.parametrize("wrong", [{"neighbors": 0}, {"lag_error": 1}, {"onset": 0.5}])
def test_the_oracle_can_fail(wrong):
    wave = speech_like()
    one = plan(len(wave), 16_000, 1.12)
    assert np.abs(vocode(wave[None], one)[0] - oracle(wave, one, **wrong)).max() > 0.02


def test_blocks_leave_no_seam():
    """More frames than a block has, against the oracle that knows no blocks."""
    wave = np.tile(speech_like(), 10)
    one = plan(len(wave), 16_000, 1.06)
    assert one.frames > 200
    np.testing.assert_allclose(vocode(wave[None], one)[0], oracle(wave, one), atol=1e-3)


@settings(max_examples=15)
@given(
    made=st.lists(waves(max_samples=2500, channels=(2,)), min_size=1, max_size=3),
    shifts=st.lists(st.floats(-12, 12), min_size=3, max_size=3),
)
def test_the_kernel_for_devices_gives_what_the_one_for_the_cpu_gives(made, shifts):
    batch = pad([torch.from_numpy(wave) for wave in made], axis=-1)
    plans = [plan(n, 16_000, 2 ** (s / 12)) for n, s in zip(batch.lengths.tolist(), shifts, strict=False)]
    views = vocode_batch(batch.values, plans)
    for view, wave, one in zip(views, made, plans, strict=True):
        alone = vocode(wave, one)
        np.testing.assert_allclose(view[:, : one.length], alone, atol=1e-4 * np.abs(wave).max() + 1e-7)
        assert not view[:, one.length :].any()


def test_both_kernels_give_the_same_for_an_impulse_whose_neighbors_cancel_each_other():
    random = np.random.default_rng(0)
    for _ in range(40):
        samples = int(random.integers(500, 2500))
        wave = np.zeros((1, samples), dtype=np.float32)
        wave[:, samples // 2] = 1
        one = plan(samples, 16_000, 2 ** random.uniform(-1, 1))
        view = vocode_batch(torch.from_numpy(wave[None]), [one])[0]
        np.testing.assert_allclose(view, vocode(wave, one), atol=2e-4)


def test_double_precision_is_kept():
    wave = speech_like().astype(np.float64)
    one = plan(len(wave), 16_000, 1.12)
    view = vocode(wave[None], one)
    assert view.dtype == np.float64
    np.testing.assert_allclose(view[0], oracle(wave, one), atol=1e-9)


@pytest.mark.parametrize("rate", [1000, 8000, 16_000, 22_050, 44_100, 48_000])
def test_frames_have_nearly_the_ratio_and_phases_have_it_exactly(rate):
    for ratio in 2.0 ** np.linspace(-2, 2, 101):
        one = plan(rate, rate, float(ratio))
        assert (one.lag + one.fraction) / one.hop == pytest.approx(ratio, rel=1e-12)
        if rate >= 8000:
            assert abs(1200 * np.log2(one.analysis / one.synthesis / ratio)) < 15


def test_an_empty_batch_stays_empty():
    empty = ClipBatch(torch.zeros(0, 1, 100), torch.zeros(0, dtype=torch.int64))
    assert pitch_shift(empty, np.zeros(0), 16_000).values.shape == (0, 1, 100)
