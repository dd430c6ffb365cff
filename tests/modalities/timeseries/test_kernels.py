"""The kernels compared to slow ones written step by step, and a planted error that the comparison detects."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import BSpline, CubicSpline

from pairgen.modalities.timeseries import _kernels
from pairgen.modalities.timeseries._kernels import time as time_kernels
from pairgen.modalities.timeseries._kernels import values as value_kernels
from pairgen.modalities.timeseries.augmentations import FrequencyPerturbation
from pairgen.modalities.timeseries.batch.collate import ToModelInput
from pairgen.modalities.timeseries.batch.segments import Segments
from pairgen.random import Stream
from pairgen.testing.modalities.timeseries import batches

few = settings(max_examples=25)


def close(actual, expected, tolerance=1e-5):
    torch.testing.assert_close(actual, expected, rtol=tolerance, atol=tolerance, equal_nan=True)


def rows_of(batch: Segments):
    """The series of a batch as float64 arrays (T, C), without padding."""
    return [batch.item(i).double().numpy() for i in range(len(batch))]


def same_rows(actual: Segments, expected: list[np.ndarray], tolerance: float = 2e-4) -> None:
    assert actual.lengths.tolist() == [len(row) for row in expected]
    for i, row in enumerate(expected):
        scale = max(1.0, float(np.nanmax(np.abs(row), initial=0)))
        np.testing.assert_allclose(actual.item(i).double().numpy() / scale, row / scale, atol=tolerance)
    beyond = actual.values.masked_select(~actual.step_mask().expand_as(actual.values))
    assert (beyond == 0).all()


@few
@given(batch=batches(min_count=1))
def test_mean_and_scale_are_numpys_over_the_values_that_are_there(batch):
    mean, spread = _kernels.mean_and_scale(batch)
    for i, row in enumerate(rows_of(batch)):
        for c, column in enumerate(row.T):
            there = column[~np.isnan(column)]
            expected = (there.mean(), there.std()) if len(there) else (0, 0)
            np.testing.assert_allclose([mean[i, 0, c], spread[i, 0, c]], expected, rtol=1e-4, atol=2e-4)


@pytest.mark.parametrize("level", [0.0, 1.0, 0.1, 1e4, -3e7])
def test_a_constant_channel_has_no_scale_whatever_its_level(level):
    batch = Segments(torch.full((2, 7, 1), level), torch.tensor([7, 7]))
    assert _kernels.mean_and_scale(batch)[1].tolist() == [[[0]], [[0]]]


def test_the_scale_of_small_changes_on_a_high_level_keeps_its_digits():
    values = 1000 + torch.sin(torch.arange(200.0))[None, :, None]
    batch = Segments(values, torch.tensor([200]))
    assert float(_kernels.mean_and_scale(batch)[1]) == pytest.approx(float(values.double().std(correction=0)), rel=1e-3)


HARD_RANGES = {
    "an offset a million times the spread": (5e6, 4.2, "float32"),
    "three neighboring numbers": (1e7, 1.0, "float32"),
    "a pressure": (101_325, 0.07, "float32"),
    "squares below the range": (0, 1e-23, "float32"),
    "squares above the range": (0, 1e20, "float32"),
    "subnormal numbers": (0, 1e-39, "float32"),
    "an offset in float64": (4e11, 3.0, "float64"),
    "squares below the range of float64": (0, 1e-200, "float64"),
    "squares above the range of float64": (0, 1e200, "float64"),
}


@pytest.mark.parametrize("case", HARD_RANGES)
@pytest.mark.parametrize("gap", [False, True])
def test_series_of_any_offset_and_size_have_their_scale_in_torch_and_in_the_loop(case, gap):
    offset, size, dtype = HARD_RANGES[case]
    item = (offset + size * np.sin(np.arange(300) / 7)).astype(dtype)
    expected = item.astype(np.longdouble)[:, None] - item.astype(np.longdouble).mean()
    values = torch.from_numpy(item)[None, :, None]
    if gap:  # steps that are padding, and one that is missing
        values = torch.nn.functional.pad(values, (0, 0, 0, 3))
        values[0, 20] = torch.nan
        expected = np.delete(expected, 20, axis=0)
        expected -= expected.mean()
    batch = Segments(values, torch.tensor([300]))
    scale = np.sqrt(((expected / np.abs(expected).max()) ** 2).mean()) * np.abs(expected).max()
    assert float(_kernels.mean_and_scale(batch)[1]) == pytest.approx(float(scale), rel=1e-5)
    view = _kernels.normalize(batch).values[0, :300].numpy()
    assert view.dtype == item.dtype
    np.testing.assert_allclose(np.delete(view, 20, axis=0) if gap else view, expected / scale, atol=2e-5)
    for noisy in (_kernels.add_noise(batch, [1e3], [3]), value_kernels._add_noise_in_torch(batch, [1e3], [3])):
        change = (noisy.values - values).double()[0, :300]
        assert float(change[~change.isnan()].div(float(scale)).std()) == pytest.approx(1e3, rel=0.2)


def slow_warp(row: np.ndarray, speeds: np.ndarray) -> np.ndarray:
    """Read a series at places between its steps, one after the other: the integral of the speed says where."""
    last, degree = len(row) - 1, min(3, len(speeds) - 1)
    pieces = len(speeds) - degree
    speed = BSpline([0.0] * degree + list(range(pieces + 1)) + [float(pieces)] * degree, speeds, degree)
    way = [float(speed.integrate(0, pieces * step / max(last, 1))) for step in range(last + 1)]
    return np.array([slow_read(row, min(last * part / speed.integrate(0, pieces), last)) for part in way])


def slow_read(row: np.ndarray, place: float) -> list[float]:
    low = min(int(place), max(len(row) - 2, 0))
    high = min(low + 1, len(row) - 1)
    weight = place - low
    read = []
    for before, after in zip(row[low], row[high], strict=True):
        near = before if weight < 0.5 else after
        read.append(near if math.isnan(before) or math.isnan(after) else before + weight * (after - before))
    return read


def speeds_for(count: int, seed: int, knots: int = 6) -> np.ndarray:
    return np.exp(np.random.default_rng(seed).normal(0, 0.3, (count, knots)))


@few
@given(
    batch=batches(min_count=1, patterns=("wave", "walk", "constant")), seed=st.integers(0, 99), knots=st.integers(2, 9)
)
def test_a_time_warp_is_the_slow_one(batch, seed, knots):
    speeds = speeds_for(len(batch), seed, knots)
    expected = [slow_warp(row, speed) for row, speed in zip(rows_of(batch), speeds, strict=True)]
    same_rows(_kernels.warp_time(batch, speeds), expected)


def test_a_warp_that_runs_backwards_would_be_caught(monkeypatch):
    batch = Segments(torch.arange(30.0)[None, :, None].repeat(2, 1, 1), torch.tensor([30, 30]))
    speeds = speeds_for(2, 0)
    expected = [slow_warp(row, speed) for row, speed in zip(rows_of(batch), speeds, strict=True)]
    right = time_kernels._interpolate
    monkeypatch.setattr(time_kernels, "_interpolate", lambda batch, position: right(batch, position.flip(1)))
    with pytest.raises(AssertionError):
        same_rows(_kernels.warp_time(batch, speeds), expected)


def test_a_warp_keeps_both_ends_and_its_order():
    rising = Segments(torch.arange(50.0)[None, :, None], torch.tensor([50]))
    actual = _kernels.warp_time(rising, np.array([[1.0, 9.0, 0.1, 3.0, 0.01]])).values[0, :, 0]
    assert actual[0] == 0
    assert actual[-1] == pytest.approx(49)
    assert (actual.diff() > 0).all()


def test_a_value_read_next_to_a_gap_is_missing_where_the_gap_is_nearer():
    batch = Segments(torch.tensor([0.0, 1.0, torch.nan, 3.0])[None, :, None], torch.tensor([4]))
    actual = _kernels.stretch(batch, np.array([1.0]), np.array([3]))  # places 1, 1 2/3, 2 1/3, 3
    assert actual.values[0, :, 0].isnan().tolist() == [False, True, True, False]


@few
@given(batch=batches(min_count=1), seed=st.integers(0, 99))
def test_a_slice_is_numpys_interpolation(batch, seed):
    rng = np.random.default_rng(seed)
    lengths = batch.lengths.numpy()
    size = rng.integers(1, lengths + 1)
    start = rng.integers(0, lengths - size + 1)
    expected = []
    for row, s, n in zip(rows_of(batch), start, size, strict=True):
        places = np.linspace(s, s + n - 1, len(row)) if len(row) > 1 else [s]
        expected.append(np.array([slow_read(row, float(place)) for place in places]))
    if not any(np.isnan(row).any() for row in expected):  # halfway between a value and a gap, rounding decides
        same_rows(_kernels.stretch(batch, start, size), expected)


@few
@given(batch=batches(min_count=1), seed=st.integers(0, 99))
def test_a_crop_is_a_slice(batch, seed):
    rng = np.random.default_rng(seed)
    lengths = batch.lengths.numpy()
    size = rng.integers(1, lengths + 1)
    start = rng.integers(0, lengths - size + 1)
    actual = _kernels.crop(batch, start, size)
    same_rows(actual, [row[s : s + n] for row, s, n in zip(rows_of(batch), start, size, strict=True)], 0)
    assert actual.starts.tolist() == (batch.starts.numpy() + start).tolist()


@few
@given(batch=batches(min_count=1), seed=st.integers(0, 99))
def test_a_permutation_is_numpys_split_and_concatenate(batch, seed):
    rng = np.random.default_rng(seed)
    cuts = np.array([[0, *np.sort(rng.integers(0, n + 1, 3)), n] for n in batch.lengths.tolist()])
    order = np.array([rng.permutation(4) for _ in range(len(batch))])
    expected = [
        np.concatenate([np.split(row, c[1:-1])[piece] for piece in o])
        for row, c, o in zip(rows_of(batch), cuts, order, strict=True)
    ]
    same_rows(_kernels.permute(batch, cuts, order), expected, 0)


@few
@given(batch=batches(min_count=1, patterns=("wave", "gaps")), seed=st.integers(0, 99))
def test_a_magnitude_warp_is_scipys_spline(batch, seed):
    heights = 1 + np.random.default_rng(seed).normal(0, 0.2, (len(batch), 5, batch.values.shape[2]))
    expected = []
    for row, height in zip(rows_of(batch), heights, strict=True):
        knots = np.linspace(0, max(len(row) - 1, 1), 5)
        expected.append(row * CubicSpline(knots, height)(np.arange(len(row))))
    same_rows(_kernels.warp_magnitude(batch, heights), expected)


def slow_perturbation(row: np.ndarray, remove_p: float, add_p: float, strength: float, words: np.ndarray) -> np.ndarray:
    actual = np.empty_like(row)
    for c, column in enumerate(row.T):
        spectrum = np.fft.rfft(column)
        largest = max((abs(spectrum[k]) for k in range(1, len(spectrum))), default=0.0)
        for k in range(1, len(spectrum)):
            word = int(words[k, c])
            remove, add, size, turn = (((word >> (16 * part)) & 0xFFFF) / 65536 for part in range(4))
            spectrum[k] = 0 if remove < remove_p else spectrum[k]
            if add < add_p:
                spectrum[k] += strength * size * largest * np.exp(2j * np.pi * turn)
        actual[:, c] = np.fft.irfft(spectrum, len(column))
    return actual


@few
@given(batch=batches(min_count=1, patterns=("wave", "walk")), remove_p=st.sampled_from([0.0, 0.5]))
def test_a_perturbation_of_frequencies_is_the_slow_one(batch, remove_p):
    seeds = np.arange(len(batch)) * 977 + 5
    expected = []
    for row, seed in zip(rows_of(batch), seeds, strict=True):
        count = len(row) // 2 + 1
        words = value_kernels.random_words([seed], count * row.shape[1], torch.device("cpu")).reshape(count, -1)
        expected.append(slow_perturbation(row, remove_p, 0.4, 0.3, words.numpy()))
    actual = _kernels.perturb_frequencies(batch, remove_p, 0.4, 0.3, seeds)
    same_rows(actual, expected, 1e-3 if batch.values.dtype == torch.float32 else 1e-6)


def test_the_noise_is_normal_and_the_same_for_every_length():
    like = torch.empty(3, 1, 2, dtype=torch.float64)
    long = value_kernels.normal_numbers(np.array([1, 2, 3]), 40_000, like)
    short = value_kernels.normal_numbers(np.array([1, 2, 3]), 7, like)
    assert torch.equal(long[:, :7], short)
    flat = long.flatten()
    assert float(flat.mean()) == pytest.approx(0, abs=0.01)
    assert float(flat.std()) == pytest.approx(1, abs=0.01)
    assert float((flat.abs() < 1.96).double().mean()) == pytest.approx(0.95, abs=0.003)
    assert float((flat**4).mean()) == pytest.approx(3, abs=0.1)
    assert abs(float(torch.corrcoef(torch.stack([long[0].flatten(), long[1].flatten()]))[0, 1])) < 0.02
    assert abs(float(torch.corrcoef(torch.stack([flat[1:], flat[:-1]]))[0, 1])) < 0.01


@pytest.mark.gpu
def test_the_noise_is_the_same_on_a_gpu_to_the_bit():
    like = torch.empty(2, 1, 3)
    there = value_kernels.normal_numbers(np.array([1, 2]), 101, like.cuda()).cpu()
    assert torch.equal(there, value_kernels.normal_numbers(np.array([1, 2]), 101, like))


def test_half_of_the_steps_are_masked_with_probability_a_half():
    batch = Segments(torch.zeros(2, 20_000, 1), torch.tensor([20_000, 10_000]))
    actual = _kernels.mask_timestamps(batch, np.array([0.5, 0.1]), np.array([3, 4])).values
    assert float(actual[0].isnan().double().mean()) == pytest.approx(0.5, abs=0.02)
    assert float(actual[1, :10_000].isnan().double().mean()) == pytest.approx(0.1, abs=0.01)
    assert not actual[1, 10_000:].isnan().any()


@few
@given(batch=batches(min_count=1), seed=st.integers(0, 2**32 - 1))
def test_the_compiled_noise_is_that_of_torch(batch, seed):
    rng = np.random.default_rng(seed)
    sigma, seeds = rng.uniform(0, 2, len(batch)), rng.integers(-(2**63), 2**63 - 1, len(batch))
    in_torch = value_kernels._add_noise_in_torch(batch, sigma, seeds)
    same_rows(_kernels.add_noise(batch, sigma, seeds), rows_of(in_torch), 2e-5)


@few
@given(batch=batches(min_count=1), seed=st.integers(0, 2**32 - 1))
def test_the_compiled_interpolation_is_that_of_torch(batch, seed):
    places = np.random.default_rng(seed).uniform(0, 1, batch.values.shape[:2]) * (batch.lengths.numpy()[:, None] - 1)
    places = torch.from_numpy(places) * time_kernels._BELOW
    in_torch = time_kernels._interpolate_in_torch(batch, places.clone())
    same_rows(time_kernels._interpolate(batch, places.clone()), rows_of(in_torch), 2e-5)


def test_gradients_pass_through_noise_and_warps():
    batch = Segments(torch.randn(2, 9, 1, requires_grad=True), torch.tensor([9, 9]))
    warped = _kernels.warp_time(_kernels.add_noise(batch, np.ones(2), np.array([1, 2])), np.ones((2, 4)))
    warped.values.sum().backward()
    assert batch.values.grad is not None


def test_frequencies_of_series_far_from_zero_are_perturbed_as_near_it():
    small = np.random.default_rng(0).normal(size=(64, 2)) * 3
    far, near = ((small + offset).astype(np.float32) for offset in (5e6, 0.0))
    near = (far.astype(np.float64) - 5e6).astype(np.float32)
    perturb = FrequencyPerturbation(0.3, 0.3, 0.5)
    view, expected = (perturb(item, Stream(3)).astype(np.float64) for item in (far, near))
    np.testing.assert_allclose(view - 5e6, expected, atol=0.6)  # float32 has steps of 0.5 there


def test_statistics_of_a_recipe_far_from_zero_are_taken_in_double_precision():
    values = torch.tensor([[[5e6 + 1.0], [5e6 + 2.0]]])
    batch = ToModelInput(mean=5e6 + 1.25, std=0.5)(Segments(values, torch.tensor([2])))
    assert batch.values.dtype == torch.float32
    assert batch.values.flatten().tolist() == [-0.5, 1.5]
