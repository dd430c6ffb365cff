from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import soundfile
import torch
from hypothesis import given
from hypothesis import strategies as st

import pairgen
from pairgen.modalities.audio import AudioCodec, Clip, Gain
from pairgen.modalities.audio.io.codec import CODEC
from pairgen.random import Stream
from pairgen.testing.modalities.audio import KINDS, as_kind, clips, waves

TONE = (0.5 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)).astype(np.float32)


def wav_bytes(wave: np.ndarray = TONE, rate: int = 8000, kind: str = "WAV", subtype: str | None = None) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, wave.T if wave.ndim == 2 else wave, rate, format=kind, subtype=subtype)
    return buffer.getvalue()


@given(item=clips())
def test_what_is_decoded_and_restored_is_what_it_was(item):
    clip = CODEC.decode(item)
    assert clip.values.dtype in (np.float32, np.float64, torch.float32, torch.float64)
    assert clip.sample_rate == (16_000 if isinstance(item, (dict, Clip)) else None)
    restored = CODEC.restore(clip, item)
    assert type(restored) is type(item)
    before, after = (
        value["array"] if isinstance(value, dict) else value.values if isinstance(value, Clip) else value
        for value in (item, restored)
    )
    assert type(after) is type(before)
    assert after.dtype == before.dtype
    assert after.shape == before.shape
    assert np.array_equal(
        np.asarray(after.float() if after.dtype == torch.bfloat16 else after),
        np.asarray(before.float() if before.dtype == torch.bfloat16 else before),
    )


@given(
    wave=waves(channels=(2, 3), min_samples=30), kind=st.sampled_from([k for k in KINDS if k not in ("dict", "clip")])
)
def test_layout_says_which_axis_is_time(wave, kind):
    item = as_kind(wave, kind)
    turned = item.T
    codec = AudioCodec(layout="TC")
    clip = codec.decode(turned)
    assert clip.values.shape == wave.shape
    assert codec.restore(clip, turned).shape == turned.shape
    assert np.array_equal(np.asarray(clip.values), np.asarray(CODEC.decode(item).values))


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_files_of_every_format_are_read_and_resampled(tmp_path, kind):
    path = tmp_path / f"tone.{kind.lower()}"
    path.write_bytes(wav_bytes(kind=kind))
    for item in (path, str(path), path.read_bytes(), bytearray(path.read_bytes()), {"path": str(path), "bytes": None}):
        clip = CODEC.decode(item)
        assert clip.sample_rate == CODEC.restore(clip, item)["sampling_rate"] == 8000
        wave = AudioCodec(16_000).decode(item).values
        assert wave.dtype == np.float32
        assert abs(len(wave) - 16_000) <= 4000  # MP3 pads
        middle = wave[4000:12_000]
        spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
        assert abs(spectrum.argmax() * 16_000 / len(middle) - 440) < 3


def test_files_with_channels_are_channels_first():
    stereo = np.stack([TONE, 0 * TONE])
    assert np.array_equal(CODEC.decode(wav_bytes(stereo, subtype="FLOAT")).values, stereo)


def test_resampling_keeps_duration_and_removes_what_does_not_fit():
    high = np.sin(2 * np.pi * 6000 * np.arange(16_000) / 16_000).astype(np.float32)
    down = AudioCodec(8000).decode({"array": high, "sampling_rate": 16_000}).values
    assert len(down) == 8000
    assert np.abs(down[100:-100]).max() < 1e-3


def test_a_dict_says_the_rate_its_view_has():
    item = {"array": TONE, "sampling_rate": 8000, "path": "a.wav"}
    sampler = pairgen.PairSampler("audio", "time-pitch", sample_rate=16_000)
    view = sampler(item, 0).first
    assert view["sampling_rate"] == 16_000
    assert view["path"] == "a.wav"
    assert len(view["array"]) == 16_000
    assert item["array"] is TONE


def test_a_path_gives_a_dict_with_its_rate(tmp_path):
    path = tmp_path / "tone.wav"
    path.write_bytes(wav_bytes())
    view = pairgen.PairSampler("audio", "eval", sample_rate=8000)(path, 0).first
    assert view["path"] == str(path)
    assert view["sampling_rate"] == 8000
    np.testing.assert_allclose(view["array"], TONE, atol=1e-4)


def test_an_hugging_face_row_without_an_index_is_keyed_by_its_content():
    sampler = pairgen.PairSampler("audio", "time-pitch", sample_rate=8000)
    rows = [{"audio": {"array": TONE * level, "sampling_rate": 8000, "path": None}, "label": 1} for level in (1, 0.5)]
    first, second = sampler.collate_items(rows), sampler.collate_items(rows[::-1])
    assert first.index.tolist() == second.index.tolist()[::-1]
    assert len(set(first.index.tolist())) == 2


def test_a_clip_is_an_item_whose_views_are_clips():
    clip = Clip(TONE, 8000)
    sampler = pairgen.PairSampler("audio", "time-pitch", sample_rate=16_000)
    view = sampler(clip, 0).first
    assert isinstance(view, Clip)
    assert view.sample_rate == 16_000
    assert np.array_equal(view.values, sampler({"array": TONE, "sampling_rate": 8000}, 0).first["array"])
    assert sampler.collate_items([clip]).index != sampler.collate_items([Clip(TONE, 4000)]).index


def test_a_batch_of_another_rate_than_the_codecs_is_refused():
    codec = AudioCodec(16_000)
    assert codec.check_batch(torch.zeros(2, 100)).sample_rate == 16_000
    assert CODEC.check_batch(torch.zeros(2, 100)).sample_rate is None
    batch = pairgen.get_modality("audio").collate([Clip(TONE, 8000)])
    assert CODEC.check_batch(batch) is batch
    with pytest.raises(ValueError, match=r"the batch has 8,000 Hz, the recipe 16,000 Hz; pass .*sample_rate=8000"):
        codec.check_batch(batch)


def test_a_view_that_is_no_clip_is_an_error_that_says_what_to_write():
    with pytest.raises(TypeError, match=r"returns a Clip, got ndarray; write dataclasses\.replace"):
        CODEC.restore(TONE, TONE)


def test_int16_saturates_and_floats_do_not():
    loud = np.full(100, 30_000, np.int16)
    louder = Gain((6.0, 6.0))
    assert louder(loud, Stream(0)).max() == 32_767
    assert louder(loud / np.float32(32_768), Stream(0)).max() > 1.5


# -- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (np.zeros(0, np.float32), "holds no samples"),
        (torch.zeros(2, 0), "holds no samples"),
        (np.array([0.0, np.nan], np.float32), "NaN or infinite"),
        (torch.tensor([0.0, float("inf")]), "NaN or infinite"),
        (np.zeros((100, 2), np.float32), 'layout="TC"'),
        ({"array": TONE, "sampling_rate": 0}, "whole number of Hz, at least 1, got 0"),
        ({"array": TONE, "sampling_rate": -8000}, "at least 1, got -"),
        (Clip(np.zeros(0, np.float32), 8000), "holds no samples"),
        (Clip(torch.tensor([0.0, float("nan")]), 8000), "NaN or infinite"),
        (Clip(TONE, 0), "at least 1, got 0"),
        (b"", "zero bytes"),
        (b"not an audio file", "not an audio file that libsndfile can read"),
        ("there-is-no-such.wav", "check the path"),
    ],
)
def test_a_bad_item_is_refused_with_the_remedy(item, message):
    with pytest.raises(ValueError, match=message):
        CODEC.decode(item)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (np.zeros((1, 2, 3), np.float32), "sampler.augment"),
        (np.zeros(10, np.int64), "full scale at 1, int16"),
        (torch.zeros(10, dtype=torch.int8), "full scale at 1, int16"),
        ({"array": TONE}, "whole number of Hz"),
        ({"array": TONE, "sampling_rate": 8000.5}, "whole number of Hz"),
        (object(), "an audio item is"),
        ({"samples": TONE}, "an audio item is"),
    ],
)
def test_what_is_no_clip_is_a_type_error(item, message):
    with pytest.raises(TypeError, match=message):
        CODEC.decode(item)


def test_a_wav_whose_header_lies_about_its_length_is_refused():
    data = wav_bytes()
    with pytest.raises(ValueError, match=r"truncated: its header states 1,000 bytes more"):
        CODEC.decode(data[:-1000])


def test_a_wav_that_was_written_to_a_pipe_is_read_to_its_end():
    data = bytearray(wav_bytes())
    place = data.index(b"data") + 4
    data[place : place + 4] = struct.pack("<I", 0xFFFFFFFF)
    assert len(CODEC.decode(bytes(data)).values) == len(TONE)


def test_a_wav_with_more_behind_its_samples_is_read_as_its_header_says():
    assert len(CODEC.decode(wav_bytes() + b"LIST\x04\x00\x00\x00INFO").values) == len(TONE)


def test_a_corrupt_flac_is_refused():
    data = bytearray(wav_bytes(kind="FLAC"))
    data[60 : len(data) // 2] = bytes(len(data) // 2 - 60)
    with pytest.raises(ValueError, match=r"libsndfile|no samples"):
        CODEC.decode(bytes(data))


def test_a_header_with_a_sample_rate_of_0_is_refused():
    data = bytearray(wav_bytes())
    data[24:28] = struct.pack("<I", 0)
    with pytest.raises(ValueError, match=r"Hz|libsndfile"):
        CODEC.decode(bytes(data))


def test_a_wrong_layout_is_named():
    with pytest.raises(ValueError, match="layout"):
        AudioCodec(layout="CTX")
    with pytest.raises(ValueError, match="layout"):
        pairgen.PairSampler("audio", "eval", layout="time")


@pytest.mark.parametrize("rate", [0, -1])
def test_a_recipe_refuses_a_sample_rate_below_1(rate):
    with pytest.raises(ValueError, match="whole number of Hz, at least 1"):
        pairgen.PairSampler("audio", "time-pitch", sample_rate=rate)
