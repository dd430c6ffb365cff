from __future__ import annotations

import numpy as np
import pytest
import torch

import pairgen


@pytest.mark.parametrize("rate", [8000, 44_100])
@pytest.mark.parametrize("name", pairgen.get_modality("audio").encoders.names())
def test_every_encoder_fits_the_rate_of_the_recipe(name: str, rate: int) -> None:
    audio = pairgen.get_modality("audio")
    items = [(0, {"array": np.ones(1600, np.float32), "sampling_rate": 16_000})]
    views = pairgen.PairSampler("audio", "time-pitch", sample_rate=rate).collate_items(items).first
    options = audio.encoder_options(name, items, views)
    assert options == ({"sample_rate": rate} if name == "log-mel-cnn" else {})
    assert pairgen.create_encoder("audio", name, **options)(views).shape[0] == 1


def test_a_batch_without_a_rate_leaves_the_encoders_default() -> None:
    audio = pairgen.get_modality("audio")
    assert audio.encoder_options("log-mel-cnn", [], audio.collate([torch.ones(100)])) == {}
