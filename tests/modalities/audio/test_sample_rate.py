"""The sample rate is the clip's own, from the file to the filter; an item is checked once on the way to a pair."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.signal
import soundfile
import torch
from torch.utils.data import DataLoader

import pairgen
from pairgen.augmentation import Compose, RandomApply
from pairgen.modalities.audio import AudioCodec, Clip, Gain, LowPass, PitchShift, TimeShift
from pairgen.modalities.audio.io import codec
from pairgen.modality import Recipe
from pairgen.random import Stream

RATE, CUTOFF = 44_100, 3000.0
NOISE = (0.1 * np.random.default_rng(0).normal(size=RATE)).astype(np.float32)
CUT = LowPass((CUTOFF, CUTOFF))


def oracle(rate: int = RATE) -> np.ndarray:
    """NOISE through the filter in float64, by SciPy: a windowed sinc that reaches 16 ms to either side."""
    reach = round(0.016 * rate)
    taps = scipy.signal.firwin(2 * reach + 1, CUTOFF, window="boxcar", scale=False, fs=rate)
    taps *= scipy.signal.windows.hann(2 * reach + 3)[1:-1]
    return scipy.signal.fftconvolve(NOISE.astype(np.float64), taps / taps.sum(), mode="same")


def response(view: np.ndarray, low: float, high: float) -> float:
    """Decibels by which a view lies below NOISE between two frequencies in Hz."""
    frequency = np.fft.rfftfreq(len(NOISE), 1 / RATE)
    inside = (frequency > low) & (frequency < high)
    before, after = (np.square(np.abs(np.fft.rfft(wave))[inside]).mean() for wave in (NOISE, view))
    return float(10 * np.log10(after / before))


def same(view: Any, expected: np.ndarray) -> None:
    np.testing.assert_allclose(np.asarray(view), expected, atol=1e-6)


@pytest.fixture
def items(tmp_path: Path) -> list[Any]:
    soundfile.write(tmp_path / "noise.wav", NOISE, RATE, subtype="FLOAT")
    return [
        {"array": NOISE, "sampling_rate": RATE},
        tmp_path / "noise.wav",
        (tmp_path / "noise.wav").read_bytes(),
        Clip(torch.from_numpy(NOISE), RATE),
    ]


SAMPLERS = {
    "an augmentation": CUT,
    "a pipeline": Compose([CUT]),
    "a recipe": Recipe(CUT, Compose([CUT])),
    "a recipe with a codec": Recipe(CUT, CUT, codec=AudioCodec(RATE)),
}


@pytest.mark.parametrize("recipe", SAMPLERS.values(), ids=SAMPLERS)
def test_an_item_is_filtered_at_its_own_rate_wherever_it_goes(recipe: Any, items: list[Any]) -> None:
    sampler = pairgen.PairSampler("audio", recipe)
    expected = oracle()
    for item in items:
        view = sampler(item, 0).first
        rate, values = (
            (view.sample_rate, view.values) if isinstance(view, Clip) else (view["sampling_rate"], view["array"])
        )
        assert rate == RATE
        same(values, expected)
    batch = pairgen.get_modality("audio").collate([AudioCodec().decode(item) for item in items])
    batches = [
        sampler.augment(batch, range(len(items))),
        *sampler.loader([{"audio": item} for item in items], len(items)),
        *sampler.loader([{"audio": item} for item in items], len(items), batched=True),
        *sampler.wrap_loader(DataLoader(items, len(items), collate_fn=list)),
        *sampler.wrap_loader([batch]),
    ]
    assert len(batches) == 5
    for pairs in batches:
        for views in (pairs.first, pairs.second):
            assert views.sample_rate == RATE
            assert views.values.shape == (len(items), 1, len(NOISE))
            for view in views:
                same(view[0], expected)


def test_the_oracle_has_the_frequency_response_that_the_docs_state() -> None:
    assert abs(response(oracle(), 200, CUTOFF - 100)) < 0.1
    assert response(oracle(), CUTOFF + 100, RATE / 2) < -40
    view = CUT({"array": NOISE, "sampling_rate": RATE}, Stream(0))["array"]
    assert abs(response(view, 200, CUTOFF - 100)) < 0.1
    assert response(view, CUTOFF + 100, RATE / 2) < -40


def test_the_oracle_can_fail() -> None:
    """A filter of 16 kHz on these samples, which lets everything pass up to 8.3 kHz."""
    assert abs(response(oracle(16_000), CUTOFF + 100, 8000)) < 0.1
    assert np.abs(oracle(16_000) - oracle()).max() > 0.05


def test_the_option_of_an_augmentation_is_for_bare_arrays_only() -> None:
    cut = LowPass((CUTOFF, CUTOFF), sample_rate=RATE)
    same(cut(NOISE, Stream(0)), oracle())
    same(pairgen.PairSampler("audio", cut)(NOISE, 0).first, oracle())
    batch = pairgen.PairSampler("audio", cut).augment(torch.from_numpy(NOISE)[None], [0])
    same(batch.first.item(0)[0], oracle())
    same(cut({"array": NOISE, "sampling_rate": 16_000}, Stream(0))["array"], oracle(16_000))
    same(cut(Clip(NOISE, 16_000), Stream(0)).values, oracle(16_000))


def test_a_bare_array_or_batch_has_the_rate_of_the_recipe() -> None:
    recipe = Recipe(CUT, CUT, codec=AudioCodec(RATE))
    sampler = pairgen.PairSampler("audio", recipe)
    same(sampler(NOISE, 0).first, oracle())
    same(sampler.augment(torch.from_numpy(NOISE)[None], [0]).first.item(0)[0], oracle())


def test_items_of_different_rates_in_one_batch_are_refused_or_resampled() -> None:
    items = [(0, {"array": NOISE, "sampling_rate": RATE}), (1, {"array": NOISE, "sampling_rate": 16_000})]
    with pytest.raises(ValueError, match=r"different sample rates \(16,000 Hz, 44,100 Hz\)"):
        pairgen.PairSampler("audio", CUT).collate_items(items)
    assert pairgen.PairSampler("audio", "eval", sample_rate=8000).collate_items(items).first.sample_rate == 8000


# -- one check an item -------------------------------------------------------------------------------------------


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The items that were checked."""
    seen: list[Any] = []
    check = codec._check

    def count(values: Any, *rest: Any) -> Any:
        seen.append(values)
        return check(values, *rest)

    monkeypatch.setattr(codec, "_check", count)
    return seen


PIPELINE = Compose([TimeShift(), PitchShift(), RandomApply(CUT, p=1.0), Gain()])


@pytest.mark.parametrize(
    "recipe",
    [PIPELINE, "time-pitch", "clmr", "speech", "spectrogram", "cpc", "eval"],
    ids=["steps", "time-pitch", "clmr", "speech", "spectrogram", "cpc", "eval"],
)
def test_an_item_is_checked_exactly_once_on_the_way_to_a_pair(recipe: Any, items: list[Any], checks: list[Any]) -> None:
    sampler = pairgen.PairSampler("audio", recipe)
    for item in items:
        sampler(item, 0)
        assert len(checks) == 1
        checks.clear()
    for batched in (False, True):
        next(iter(sampler.loader([{"audio": item} for item in items], len(items), batched=batched)))
        assert len(checks) == len(items)
        checks.clear()
    list(sampler.wrap_loader([items]))
    assert len(checks) == len(items)


def test_an_augmentation_called_directly_checks_an_item_once_and_a_clip_never(
    items: list[Any], checks: list[Any]
) -> None:
    for augmentation in (PitchShift(), TimeShift(), RandomApply(TimeShift(0.5, unit="fraction"), p=1.0)):
        for item in items[:3]:
            augmentation(item, Stream(0))
            assert len(checks) == 1
            checks.clear()
        PIPELINE(items[3], Stream(0))
        assert not checks


def test_collating_decoded_clips_checks_nothing(checks: list[Any]) -> None:
    pairgen.get_modality("audio").collate([Clip(NOISE, RATE)] * 3)
    assert not checks
