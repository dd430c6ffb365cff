"""Encoders: the features of a series depend on its own values, not on padding, and, if causal, not on the future."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import pairgen
from pairgen.batch import PaddedBatch
from pairgen.methods import SimCLR
from pairgen.modalities.timeseries.batch.collate import collate

SMALL = {
    "dilated-cnn": {"in_channels": 2, "out_features": 12, "hidden": 8, "depth": 3},
    "lstm": {"in_channels": 2, "hidden": 8, "out_features": 6},
}


def small_encoder(name, **options):
    torch.manual_seed(0)
    return pairgen.create_encoder("timeseries", name, **(SMALL[name] | options)).eval()


def series(*lengths, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(n, 2)).astype(np.float32) for n in lengths]


@pytest.mark.parametrize("name", SMALL)
@settings(max_examples=10)
@given(lengths=st.lists(st.integers(1, 20), min_size=1, max_size=4), gaps=st.booleans())
def test_features_do_not_depend_on_padding(name, lengths, gaps):
    encoder = small_encoder(name)
    rows = series(*lengths)
    if gaps:
        for row in rows:
            row[::3, 0] = np.nan
            row[1::4] = np.nan
    batch = collate(rows)
    together, steps = encoder(batch), encoder.steps(batch)
    assert steps.lengths.tolist() == lengths
    for i, row in enumerate(rows):
        alone = torch.from_numpy(row)[None]
        torch.testing.assert_close(encoder(alone)[0], together[i], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(
            encoder.steps(alone).features[0], steps.features[i, : len(row)], rtol=1e-4, atol=1e-5
        )


@pytest.mark.parametrize("name", SMALL)
def test_shapes_are_as_promised_and_gradients_flow(name):
    encoder = small_encoder(name)
    features = encoder(torch.randn(3, 9, 2))
    assert features.shape == (3, encoder.out_features)
    assert encoder.steps(torch.randn(3, 9, 2)).features.shape == (3, 9, encoder.out_features)
    features.sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in encoder.parameters())


@pytest.mark.parametrize(("name", "options"), [("dilated-cnn", {"causal": True}), ("lstm", {})])
def test_a_causal_step_does_not_see_the_future(name, options):
    encoder = small_encoder(name, **options)
    views = torch.randn(1, 20, 2)
    changed = views.clone()
    changed[0, 12:] += 5
    before, after = encoder.steps(views).features, encoder.steps(changed).features
    torch.testing.assert_close(before[:, :12], after[:, :12])
    assert not torch.allclose(before[:, 12:], after[:, 12:])


def test_the_other_convolutions_see_both_sides():
    encoder = small_encoder("dilated-cnn")
    views = torch.randn(1, 20, 2)
    changed = views.clone()
    changed[0, -1] += 5
    assert not torch.allclose(encoder.steps(views).features[:, 8], encoder.steps(changed).features[:, 8])


def test_a_convolution_wider_than_the_series_is_the_whole_one():
    encoder = small_encoder("dilated-cnn", depth=5)
    views = torch.randn(2, 7, 2)
    quick = encoder.steps(views).features
    padded = PaddedBatch(torch.nn.functional.pad(views, (0, 0, 0, 60)), torch.tensor([7, 7]))
    torch.testing.assert_close(encoder.steps(padded).features[:, :7], quick, rtol=1e-4, atol=1e-5)


def test_a_missing_step_is_not_a_step_of_zeros():
    for name in SMALL:
        encoder = small_encoder(name)
        zeros = torch.zeros(1, 6, 2)
        gaps = zeros.clone()
        gaps[0, 2:4] = torch.nan
        assert encoder(gaps).isfinite().all()
        assert not torch.allclose(encoder(gaps), encoder(zeros)), name


def test_a_view_of_missing_values_only_has_finite_features_and_gradients():
    for name in SMALL:
        encoder = small_encoder(name)
        encoder(torch.full((2, 5, 2), torch.nan)).sum().backward()
        assert all(p.grad is None or p.grad.isfinite().all() for p in encoder.parameters())


def test_pooling_leaves_padding_out():
    batch = collate(series(3, 9))
    for pooling, pool in (("max", lambda f: f.amax(dim=0)), ("mean", lambda f: f.mean(dim=0))):
        encoder = small_encoder("dilated-cnn", pooling=pooling)
        features = encoder.steps(batch).features
        torch.testing.assert_close(encoder(batch)[0], pool(features[0, :3]))


def test_the_lstm_has_64_and_32_units():
    encoder = pairgen.create_encoder("timeseries", "lstm")
    layers = [layer.hidden_size for layer in encoder.modules() if isinstance(layer, nn.LSTM)]
    assert layers == [64, 32]
    assert encoder(torch.randn(2, 50)).shape == (2, 32)


@pytest.mark.parametrize(
    ("views", "error", "message"),
    [
        (torch.zeros(2, 5, 3), ValueError, "in_channels=3"),
        (torch.zeros(2, 5, 2, 1), ValueError, r"takes series \(B, T, 2\)"),
        (torch.zeros(2, 5, 2, dtype=torch.int64), TypeError, "floating-point"),
        (torch.zeros(2, 0, 2), ValueError, "no steps"),
        ([1.0], TypeError, "PaddedBatch or a tensor"),
    ],
)
def test_views_that_do_not_fit_are_refused(views, error, message):
    for name in SMALL:
        with pytest.raises(error, match=message):
            small_encoder(name)(views)


def test_options_that_make_no_network_are_refused():
    with pytest.raises(ValueError, match="pooling is one of"):
        small_encoder("dilated-cnn", pooling="sum")
    with pytest.raises(ValueError, match="hidden is a whole number"):
        small_encoder("lstm", hidden=0)


@pytest.mark.parametrize("name", SMALL)
def test_an_encoder_is_rebuilt_from_its_checkpoint(name, tmp_path):
    encoder = pairgen.create_encoder("timeseries", name, **SMALL[name])
    sampler = pairgen.PairSampler("timeseries", recipe="ts-tcc")
    trainer = pairgen.Trainer(SimCLR(encoder, 8), epochs=1, run_dir=tmp_path, progress=False, device="cpu")
    trainer.fit(sampler.loader(series(8, 9, 10, 11), 4))
    again = pairgen.load_encoder(tmp_path)
    views = torch.randn(2, 9, 2)
    torch.testing.assert_close(again(views), encoder.eval()(views))
    json.dumps(again.spec)


@pytest.mark.parametrize("name", SMALL)
def test_the_options_of_an_encoder_follow_from_the_views(name):
    modality = pairgen.get_modality("timeseries")
    dataset = modality.read([np.zeros((9, 3)), np.zeros((7, 3))])
    batch = next(iter(pairgen.PairSampler("timeseries", recipe="eval").loader(dataset, 1)))
    options = modality.encoder_options(name, dataset, batch.first)
    assert options == {"in_channels": 3}
    assert len(pairgen.create_encoder("timeseries", name, **options)(batch.first)) == 1
