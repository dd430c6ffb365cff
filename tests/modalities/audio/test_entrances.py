"""An item means the same wherever it enters: alone, in a batch, in each of the loaders."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from torch.utils.data import DataLoader

import pairgen
from pairgen.augmentation import Compose
from pairgen.modalities.audio import AudioCodec, Clip, Gain, PolarityInversion
from pairgen.modality import Recipe
from pairgen.random import Stream

WAVE = (0.3 * np.random.default_rng(0).standard_normal(2205)).astype(np.float32)


@dataclass
class Samples:
    data: torch.Tensor
    sample_rate: int


@dataclass
class Decoder:
    """The interface of torchcodec's `AudioDecoder` that is used."""

    samples: Samples

    def get_all_samples(self) -> Samples:
        return self.samples


def decoder(wave: np.ndarray = WAVE, rate: int = 22_050) -> Any:
    return Decoder(Samples(torch.from_numpy(np.atleast_2d(wave)), rate))


def torchcodec_decoder() -> Any:
    decoders = pytest.importorskip("torchcodec.decoders", exc_type=(ImportError, RuntimeError))
    buffer = io.BytesIO()
    soundfile.write(buffer, WAVE, 22_050, format="WAV", subtype="FLOAT")
    return decoders.AudioDecoder(buffer.getvalue())


def batches(sampler: pairgen.PairSampler, sample: Any) -> dict[str, Any]:
    """The batch of one sample by every entrance."""
    data = [sample]
    return {
        "loader": next(iter(sampler.loader(data, 1))),
        "batched loader": next(iter(sampler.loader(data, 1, batched=True))),
        "wrapped dataset": sampler.collate([sampler.wrap_dataset(data)[0]]),
        "collated items": sampler.collate_items(data),
        "wrapped loader": next(iter(sampler.wrap_loader(DataLoader(data, 1, collate_fn=list)))),
    }


@pytest.mark.parametrize("make", [decoder, torchcodec_decoder])
def test_an_audio_decoder_is_an_item_at_every_entrance(make):
    sampler = pairgen.PairSampler("audio", "eval", sample_rate=22_050)
    view = sampler(make(), index=0).first
    assert view["sampling_rate"] == 22_050
    assert np.array_equal(view["array"], WAVE)
    for sample in (make(), {"audio": make()}, (make(), 3), (7, make(), 3)):
        if isinstance(sample, dict):
            found = {"loader": next(iter(sampler.loader([sample], 1))), "items": sampler.collate_items([sample])}
        else:
            found = batches(sampler, sample)
        for batch in found.values():
            assert batch.first.sample_rate == 22_050
            assert np.array_equal(batch.first.values[0, 0], WAVE)
            assert batch.label is None or batch.label.tolist() == [3]
    assert sampler.hf_transform()({"audio": [make()]})["pair"][0].first.sample_rate == 22_050
    assert Gain(0.0)(make(), Stream(0))["array"].shape == WAVE.shape


def test_decoded_samples_and_channels_of_torchcodec_are_items():
    stereo = np.stack([WAVE, -WAVE])
    codec = AudioCodec(22_050)
    assert np.array_equal(codec.decode(decoder(stereo)).values, stereo)
    assert np.array_equal(codec.decode(Samples(torch.from_numpy(stereo), 22_050)).values, stereo)


def test_a_decoder_that_fails_is_a_value_error():
    class Broken:
        def get_all_samples(self) -> Samples:
            raise RuntimeError("no stream")

    with pytest.raises(ValueError, match=r"the Broken cannot decode its audio \(no stream\)"):
        AudioCodec().decode(Broken())


@pytest.mark.parametrize("rate", [44_100, np.int64(44_100), 44_100.0, torch.tensor(44_100)])
def test_a_wave_and_its_rate_are_a_clip_at_every_entrance(rate):
    sampler = pairgen.PairSampler("audio", "eval", sample_rate=22_050)
    expected = sampler(Clip(WAVE, 44_100), index=0).first.values
    for sample in ((WAVE, rate), (torch.from_numpy(WAVE), rate)):
        for batch in batches(sampler, sample).values():
            assert batch.label is None
            assert np.array_equal(batch.first.values[0, 0], expected)
    for sample in ((WAVE, rate, 3), ((WAVE, 44_100), 3)):
        batch = next(iter(sampler.loader([sample], 1)))
        assert batch.label.tolist() == [3]
        assert np.array_equal(batch.first.values[0, 0], expected)
    batch = next(iter(sampler.loader([(9, WAVE, rate)], 1)))
    assert batch.index.tolist() == [9]
    assert np.array_equal(batch.first.values[0, 0], expected)


def test_a_wave_and_its_rate_given_alone_are_one_item_of_any_rate():
    view, rate = pairgen.PairSampler("audio", "eval", sample_rate=5000)((WAVE, 10_000), index=0).first
    assert rate == 5000
    assert view.shape == (1102,) or view.shape == (1103,)
    view, rate = Gain(0.0)((np.int16(WAVE * 32767), 10_000), Stream(0))
    assert (view.dtype, rate) == (np.int16, 10_000)


def test_small_numbers_and_named_columns_stay_labels():
    sampler = pairgen.PairSampler("audio", "eval", sample_rate=22_050)
    for label in (0, 1, 7, 440, 7999, 44_101):
        for batch in batches(sampler, (WAVE, label)).values():
            assert batch.label.tolist() == [label]
            assert batch.first.values.shape[-1] == len(WAVE)
    named = next(iter(sampler.loader([{"audio": WAVE, "label": 44_100}], 1)))
    assert named.label.tolist() == [44_100]
    assert sampler(WAVE, index=0, label=44_100).label == 44_100


def test_a_collated_batch_of_waves_and_rates_has_that_rate_or_is_refused():
    loader = DataLoader([(WAVE, 44_100)] * 2, 2)
    batch = next(iter(pairgen.PairSampler("audio", "eval", sample_rate=44_100).wrap_loader(loader)))
    assert batch.label is None
    assert batch.first.sample_rate == 44_100
    with pytest.raises(ValueError, match=r"the batch has 44,100 Hz, the recipe 16,000 Hz"):
        next(iter(pairgen.PairSampler("audio", "eval", sample_rate=16_000).wrap_loader(loader)))
    mixed = pairgen.PairSampler("audio", "eval").wrap_loader(DataLoader([(WAVE, 44_100), (WAVE, 16_000)], 2))
    with pytest.raises(ValueError, match=r"different sample rates \(16000, 44100 Hz\)"):
        next(iter(mixed))


# -- layout ------------------------------------------------------------------------------------------------------

STEREO = np.stack([WAVE, WAVE[::-1]], axis=1)  # (T, C)
TIME_FIRST = {
    "a named recipe": ("eval", {"layout": "TC", "channels": None}),
    "an augmentation": (Gain(0.0, layout="TC"), {}),
    "a pipeline": (Compose([Gain(0.0, layout="TC"), PolarityInversion(0.0, layout="TC")]), {}),
    "a recipe": (Recipe(Gain(0.0, layout="TC"), Gain(0.0, layout="TC")), {}),
    "a recipe with a codec": (Recipe(Compose([]), Compose([]), codec=AudioCodec(layout="TC")), {}),
}


@pytest.mark.parametrize("length", [3, 2205])
@pytest.mark.parametrize(("recipe", "options"), TIME_FIRST.values(), ids=TIME_FIRST)
def test_the_layout_is_that_of_items_and_of_batches(recipe, options, length):
    sampler = pairgen.PairSampler("audio", recipe, **options)
    item = np.ascontiguousarray(STEREO[:length])
    assert np.array_equal(sampler(item, index=0).first, item)
    found = {
        "array": sampler.augment(item[None], [0]),
        "tensor": sampler.augment(torch.from_numpy(item)[None], [0]),
        "wrapped": next(iter(sampler.wrap_loader([torch.from_numpy(item)[None]]))),
        "listed": next(iter(sampler.wrap_loader([[item]]))),
        "loader": next(iter(sampler.loader([item], 1))),
        "batched": next(iter(sampler.loader([item], 1, batched=True))),
    }
    expected = item.T if found["loader"].first.values.shape[1] == 2 else item.T.mean(0, keepdims=True)
    for batch in found.values():
        np.testing.assert_allclose(batch.first.values[0], expected, atol=1e-6)


def test_a_batch_whose_axes_are_swapped_is_refused():
    for sampler, batch in (
        (pairgen.PairSampler("audio", Gain()), STEREO[None]),
        (pairgen.PairSampler("audio", "eval"), torch.from_numpy(STEREO)[None]),
        (pairgen.PairSampler("audio", "eval", layout="TC"), torch.from_numpy(STEREO.T.copy())[None]),
    ):
        with pytest.raises(ValueError, match="layout="):
            sampler.augment(batch, [0])


def test_augmentations_of_different_layouts_in_one_recipe_are_refused():
    with pytest.raises(ValueError, match="decode items in different ways"):
        pairgen.PairSampler("audio", Compose([Gain(layout="TC"), Gain()]))


# -- dtypes ------------------------------------------------------------------------------------------------------

SHORT = np.rint(WAVE / np.abs(WAVE).max() * 30_000).astype(np.int16)


@pytest.mark.parametrize(
    "array",
    [SHORT.tolist(), tuple(SHORT.tolist()), list(SHORT), SHORT.astype(">i2"), torch.from_numpy(SHORT)],
    ids=["list", "tuple", "list of scalars", "big-endian", "tensor"],
)
def test_integers_of_16_bits_have_their_values_in_every_form(array):
    expected = SHORT / np.float32(32_768)
    clip = AudioCodec().decode({"array": array, "sampling_rate": 8000})
    assert np.array_equal(clip.values, expected)
    batch = pairgen.PairSampler("audio", "eval", sample_rate=8000).collate_items(
        [{"audio": {"array": array, "sampling_rate": 8000}}]
    )
    assert np.array_equal(batch.first.values[0, 0], expected)


def test_arrays_of_the_other_byte_order_are_augmented_and_restored():
    for dtype in (">i2", ">f4", ">f8", ">f2"):
        item = SHORT.astype(dtype) if dtype == ">i2" else WAVE.astype(dtype)
        view = Gain(0.0)(item, Stream(0))
        assert view.dtype == item.dtype
        assert np.array_equal(view, item)
    louder = Gain((6.0, 6.0))(SHORT.astype(">i2"), Stream(0))
    assert louder.max() == 32_767
    batch = pairgen.PairSampler("audio", Gain(0.0)).augment(SHORT.astype(">i2")[None], [0])
    assert np.array_equal(batch.first.values[0, 0], SHORT / np.float32(32_768))


@pytest.mark.parametrize(
    "array",
    [
        [0, 40_000],
        [0, -40_000, 2**40],
        [True, False],
        ["a", "b"],
        SHORT.astype(np.int64),
        SHORT.astype(np.uint16),
        SHORT.astype(np.int8),
    ],
    ids=str,
)
def test_other_integers_are_refused(array):
    with pytest.raises(TypeError, match=r"16 bits|full scale at 1"):
        AudioCodec().decode({"array": array, "sampling_rate": 8000})


def test_a_clip_of_a_list_or_a_ragged_list_is_refused():
    with pytest.raises(TypeError, match="the values of a Clip are an array or a tensor, got list"):
        AudioCodec().decode(Clip([0.0, 1.0], 8000))
    with pytest.raises(ValueError, match="no array of samples"):
        AudioCodec().decode({"array": [[0.0, 1.0], [0.0]], "sampling_rate": 8000})


INTEGERS = {
    "<i2": SHORT,
    ">i2": SHORT,
    "<i4": SHORT.astype(np.int64) * 65536,
    ">i4": SHORT.astype(np.int64) * 65536,
    "u1": SHORT // 256 + 128,
}


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_of_wav_files_are_the_same_samples_in_every_entrance(dtype):
    wave = INTEGERS[dtype].astype(dtype)
    expected = (SHORT // 256 / 128 if dtype == "u1" else SHORT / 32768).astype(np.float32)
    items = [wave, (wave, 8000), {"array": wave, "sampling_rate": 8000}, Clip(wave, 8000)]
    native = torch.from_numpy(wave.astype(wave.dtype.newbyteorder("=")))
    for item in [*items, native]:
        values = np.asarray(AudioCodec(8000).decode(item).values)
        assert values.dtype == np.float32
        np.testing.assert_array_equal(values, expected)
    checked = AudioCodec(8000).check_batch(torch.stack([native, native])[:, None])
    np.testing.assert_array_equal(checked.values[1, 0].numpy(), expected)
    view = Gain((0.0, 0.0))(wave, Stream(0))
    assert view.dtype == wave.dtype
    np.testing.assert_array_equal(view, wave)
    loud = Gain((40.0, 40.0))(native, Stream(0))
    assert loud.dtype == native.dtype
    info = torch.iinfo(native.dtype)
    assert {int(loud.min()), int(loud.max())} == {info.min, info.max}
