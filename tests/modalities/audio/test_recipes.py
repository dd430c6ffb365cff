from __future__ import annotations

import numpy as np
import pytest
import soundfile
import torch

import pairgen
from pairgen.modalities.audio import AudioCodec, PitchShift, TimeShift

CLIP = np.random.default_rng(0).normal(size=3000).astype(np.float32) * 0.1


def test_the_recipes_are_listed():
    recipes = sorted(pairgen.get_modality("audio").recipes.names())
    assert recipes == ["clmr", "cpc", "eval", "spectrogram", "speech", "time-pitch"]


def test_time_pitch_shifts_time_by_a_tenth_of_a_second_and_pitch_by_two_semitones():
    recipe = pairgen.get_modality("audio").recipes.get("time-pitch")(sample_rate=8000)
    assert [step for _, step in recipe.first.steps] == [TimeShift(0.1), PitchShift(2.0)]
    assert recipe.codec == AudioCodec(8000)


@pytest.mark.parametrize("recipe", pairgen.get_modality("audio").recipes.names())
def test_items_of_two_axes_keep_their_layout(recipe):
    stereo = np.stack([CLIP, -CLIP], axis=1)
    sampler = pairgen.PairSampler("audio", recipe, sample_rate=8000, layout="TC", channels=None)
    pair = sampler(stereo, 1)
    assert pair.first.shape[1] == 2
    batch = sampler.collate_items([(1, stereo)])
    np.testing.assert_allclose(batch.first.values[0].numpy(), pair.first.T, atol=1e-6)


def test_for_predictive_coding_only_the_past_is_augmented_and_both_views_show_the_same_stretch():
    sampler = pairgen.PairSampler("audio", "cpc", sample_rate=8000, seconds=0.1, semitones=(0.0, 0.0))
    ramp = np.linspace(-0.5, 0.5, 3000, dtype=np.float32)
    pair = sampler(ramp, 4)
    assert len(pair.first) == len(pair.second) == 800
    start = int(np.abs(ramp - pair.second[0]).argmin())
    assert np.array_equal(pair.second, ramp[start : start + 800])
    starts = {float(sampler(ramp, i).second[0]) for i in range(10)}
    assert len(starts) > 5
    batch = sampler.augment(torch.from_numpy(np.stack([ramp] * 5)), np.arange(5))
    for i in range(5):
        alone = sampler(ramp, i)
        np.testing.assert_allclose(batch.second.item(i)[0], alone.second, atol=1e-6)
        np.testing.assert_allclose(batch.first.item(i)[0], alone.first, atol=1e-4)


def test_two_recipes_make_asymmetric_views():
    pair = pairgen.PairSampler("audio", ("speech", "eval"), sample_rate=8000)(CLIP, 0)
    assert np.array_equal(pair.second, CLIP)
    assert not np.array_equal(pair.first, CLIP)


@pytest.mark.parametrize("recipe", ["time-pitch", "speech"])
def test_the_same_pairs_come_from_items_and_batches(recipe):
    data = [(CLIP[: 3000 - 100 * i], i % 2) for i in range(6)]
    sampler = pairgen.PairSampler("audio", recipe, sample_rate=8000, seed=3)
    by_item, by_batch = (next(iter(sampler.loader(data, 6, batched=batched))) for batched in (False, True))
    torch.testing.assert_close(by_item.first.values, by_batch.first.values, atol=1e-5, rtol=0)
    assert by_item.first.lengths.tolist() == by_batch.first.lengths.tolist()


def test_speech_takes_folders_of_noises_and_impulse_responses(tmp_path):
    response = np.zeros(100)
    response[0], response[50] = 0.8, 0.6
    for folder, wave in (("noise", np.random.default_rng(1).normal(size=4000) / 10), ("halls", response)):
        (tmp_path / folder).mkdir()
        soundfile.write(tmp_path / folder / "1.wav", wave, 8000, subtype="FLOAT")
    options = {"noise": str(tmp_path / "noise"), "impulse_responses": str(tmp_path / "halls")}
    for recipe in ("speech", "cpc"):
        sampler = pairgen.PairSampler("audio", recipe, sample_rate=8000, **options)
        assert all(np.isfinite(sampler(CLIP, i).first).all() for i in range(8))
        with pytest.raises(ValueError, match="there is no folder"):
            pairgen.PairSampler("audio", recipe, impulse_responses=str(tmp_path / "none"))


def test_options_that_a_recipe_does_not_know_are_named():
    with pytest.raises(TypeError, match="size"):
        pairgen.PairSampler("audio", "time-pitch", size=224)
