from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

import pairgen
from pairgen.batch import pad
from pairgen.modalities.audio.encoders.log_mel_cnn import LogMel

CASES: list[tuple[str, dict[str, Any]]] = [
    ("log-mel-cnn", {"channels": (8, 12), "out_features": 24}),
    ("log-mel-cnn", {"sample_rate": 8000, "n_mels": 40, "channels": (8,), "out_features": 16}),
    ("cpc-wave", {"out_features": 16}),
    ("cpc-wave", {"out_features": 16, "strides": (5, 4, 2, 2)}),
]


def clips() -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [0.1 * torch.randn(1, n, generator=generator) for n in (3200, 801, 1, 2500)]


@pytest.mark.parametrize(("name", "options"), CASES)
def test_features_do_not_depend_on_the_padding(name: str, options: dict[str, Any]) -> None:
    encoder = pairgen.create_encoder("audio", name, **options).eval()
    batch = pad(clips(), axis=-1)
    with torch.no_grad():
        features, steps = encoder(batch), encoder.steps(batch)
        assert features.shape == (4, encoder.out_features)
        assert steps.features.shape == (4, int(steps.lengths.max()), encoder.out_features)
        for i, clip in enumerate(clips()):
            torch.testing.assert_close(encoder(clip)[0], features[i], atol=1e-4, rtol=1e-4)
            alone = encoder.steps(clip[None])
            assert int(alone.lengths) == int(steps.lengths[i]) == alone.features.shape[1]
            torch.testing.assert_close(alone.features[0], steps.features[i, : alone.lengths], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("strides", "total"), [((5, 4, 2, 2, 2), 160), ((5, 4, 2, 2), 80), ((3,), 3)])
def test_a_step_of_the_wave_encoder_is_the_product_of_its_strides(strides: tuple[int, ...], total: int) -> None:
    encoder = pairgen.get_modality("audio").encoders.get("cpc-wave")(out_features=8, strides=strides)
    assert encoder.downsampling == total
    assert encoder.steps(torch.randn(2, 10 * total)).features.shape == (2, 10, 8)
    assert encoder.steps(torch.randn(2, 10 * total + 1)).lengths.tolist() == [11, 11]


def test_log_mel_spectrograms_are_librosas() -> None:
    import librosa
    import numpy as np

    wave = torch.randn(8000, generator=torch.Generator().manual_seed(0))
    front = LogMel(8000, 40)
    made, frames = front(wave[None], torch.tensor([8000]))
    power = librosa.feature.melspectrogram(
        y=wave.numpy(), sr=8000, n_fft=256, hop_length=80, win_length=200, n_mels=40, fmin=20.0, pad_mode="constant"
    )
    expected = np.log(power + 1e-8)
    expected = (expected - expected.mean()) / expected.std()
    assert int(frames) == expected.shape[1]
    np.testing.assert_allclose(made[0].numpy(), expected, atol=1e-3)


def test_the_level_of_a_clip_does_not_matter_and_silence_has_features() -> None:
    encoder = pairgen.get_modality("audio").encoders.get("log-mel-cnn")(channels=(4,), out_features=8).eval()
    wave = 0.1 * torch.randn(1, 4000)
    torch.testing.assert_close(encoder(wave), encoder(0.5 * wave), atol=1e-2, rtol=1e-2)
    assert encoder(torch.zeros(1, 4000)).isfinite().all()


@pytest.mark.parametrize(("name", "options"), CASES)
def test_gradients_reach_every_parameter(name: str, options: dict[str, Any]) -> None:
    encoder = pairgen.create_encoder("audio", name, **options)
    encoder(pad(clips(), axis=-1)).square().sum().backward()
    for parameter in encoder.parameters():
        assert parameter.grad is not None
        assert parameter.grad.isfinite().all()


@pytest.mark.parametrize(("name", "options"), CASES)
def test_an_encoder_can_be_rebuilt_from_its_spec(name: str, options: dict[str, Any]) -> None:
    import json

    encoder = pairgen.create_encoder("audio", name, **options)
    spec = json.loads(json.dumps(encoder.spec))
    again = pairgen.create_encoder(spec["modality"], spec["name"], **spec["options"])
    again.load_state_dict(encoder.state_dict())
    torch.testing.assert_close(again.eval()(clips()[0]), encoder.eval()(clips()[0]))


def test_waveforms_of_the_wrong_kind_are_refused() -> None:
    encoder = pairgen.get_modality("audio").encoders.get("cpc-wave")(out_features=8)
    with pytest.raises(ValueError, match="channels=1"):
        encoder(torch.randn(2, 2, 800))
    with pytest.raises(ValueError, match="no samples"):
        encoder(torch.randn(2, 0))
    with pytest.raises(TypeError, match="floating-point"):
        encoder(torch.zeros(2, 800, dtype=torch.int16))
    with pytest.raises(TypeError, match="PaddedBatch or a tensor"):
        encoder([torch.zeros(800)])


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("log-mel-cnn", {"sample_rate": 100}, "sample_rate"),
        ("log-mel-cnn", {"n_mels": 0}, "n_mels"),
        ("log-mel-cnn", {"channels": ()}, "at least one block"),
        ("log-mel-cnn", {"out_features": 1.5}, "out_features"),
        ("cpc-wave", {"strides": ()}, "at least one layer"),
        ("cpc-wave", {"strides": (5, 0)}, "strides"),
    ],
)
def test_options_out_of_range_are_refused(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        pairgen.get_modality("audio").encoders.get(name)(**options)


def test_simclr_trains_on_ragged_clips() -> None:
    from pairgen.methods import SimCLR

    data = [clip.numpy()[0].repeat(4) for clip in clips()] * 2
    sampler = pairgen.PairSampler("audio", "speech", sample_rate=16_000)
    batch = next(iter(sampler.loader(data, 8)))
    encoder = pairgen.create_encoder("audio", "log-mel-cnn", channels=(8,), out_features=16)
    loss = SimCLR(encoder, projection_dim=8).loss(batch)
    loss.backward()
    assert loss.isfinite()
