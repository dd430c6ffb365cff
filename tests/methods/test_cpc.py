"""CPC against loops over sequences and steps; contexts that do not see the future."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import pairgen
from pairgen.batch import PaddedBatch, SequenceFeatures
from pairgen.methods import CPC, ContextEncoder
from pairgen.pairs import PairBatch
from pairgen.training import Trainer
from tests.helpers.method_toys import Strided, linear, pairs, sequences

TEMPERATURE = 0.2


def cpc(steps_ahead: int = 3, **options: object) -> CPC:
    encoder = Strided()
    torch.manual_seed(1)
    return CPC(encoder, steps_ahead, context_dim=5, temperature=TEMPERATURE, **options).double()


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def contexts_of(gru: nn.GRU, latents: np.ndarray) -> np.ndarray:
    """A GRU, step by step (Cho et al. 2014): latents (L, D) -> (L, C)."""
    w_in, w_state, b_in, b_state = (p.detach().numpy() for p in gru.parameters())
    state, contexts = np.zeros(gru.hidden_size), []
    for latent in latents:
        r_in, z_in, n_in = np.split(w_in @ latent + b_in, 3)
        r_state, z_state, n_state = np.split(w_state @ state + b_state, 3)
        reset, update = sigmoid(r_in + r_state), sigmoid(z_in + z_state)
        new = np.tanh(n_in + reset * n_state)
        state = (1 - update) * new + update * state
        contexts.append(state)
    return np.array(contexts)


def oracle(method: CPC, batch: PairBatch, forget_lengths: bool = False) -> float:
    """Equation 4 of the paper for each k, by loops, with cosines over a temperature; sequence by sequence, unpadded."""

    def latents(views: PaddedBatch) -> list[np.ndarray]:
        if forget_lengths:
            return list(method.encoder.encoder.steps(views).features.detach().numpy())
        alone = [PaddedBatch(views.item(i)[None], views.lengths[i : i + 1]) for i in range(len(views))]
        return [method.encoder.encoder.steps(one).features[0].detach().numpy() for one in alone]

    before = latents(batch.first)
    after = before if method.target == "first" else latents(batch.second)
    contexts = [contexts_of(method.encoder.gru, z) for z in before]
    losses = []
    for k, predictor in enumerate(method.predictors, start=1):
        weight = predictor.weight.detach().numpy()
        pairs = [(weight @ c[t], z[t + k]) for c, z in zip(contexts, after, strict=True) for t in range(len(z) - k)]
        if not pairs:
            break
        terms = []
        for i, (prediction, _) in enumerate(pairs):
            scores = [
                np.exp(prediction @ z / np.linalg.norm(prediction) / np.linalg.norm(z) / TEMPERATURE) for _, z in pairs
            ]
            terms.append(-np.log(scores[i] / sum(scores)))
        losses.append(np.mean(terms))
    return float(np.mean(losses))


@given(
    lengths=st.lists(st.integers(4, 16), min_size=1, max_size=4).filter(lambda found: max(found) >= 6),
    target=st.sampled_from(["first", "second"]),
    steps_ahead=st.integers(1, 8),
)
@settings(max_examples=20)
def test_the_loss_is_that_of_the_loops(lengths: list[int], target: str, steps_ahead: int) -> None:
    method, batch = cpc(steps_ahead, target=target), sequences(tuple(lengths))
    assert method.loss(batch).item() == pytest.approx(oracle(method, batch), abs=1e-10)


def test_an_oracle_that_takes_padding_for_steps_would_be_noticed() -> None:
    method, batch = cpc(), sequences((12, 20, 9))
    assert method.loss(batch).item() == pytest.approx(oracle(method, batch), abs=1e-10)
    assert method.loss(batch).item() != pytest.approx(oracle(method, batch, forget_lengths=True), abs=1e-4)


def contexts(encoder: ContextEncoder, values: Tensor) -> Tensor:
    return encoder.steps(PaddedBatch(values, torch.full((len(values),), values.shape[1]))).features


@given(step=st.integers(0, 8))
@settings(max_examples=9)
def test_the_future_does_not_change_the_context(step: int) -> None:
    encoder, values = cpc().encoder, torch.randn(2, 20, dtype=torch.float64)
    changed = values.clone()
    changed[:, 2 * step + 4 :] += 1  # beyond the window of that step
    before, after = contexts(encoder, values), contexts(encoder, changed)
    assert torch.equal(before[:, : step + 1], after[:, : step + 1])
    assert step == 8 or not torch.equal(before[:, step + 1 :], after[:, step + 1 :])


def test_a_context_that_sees_the_future_would_be_noticed() -> None:
    encoder = cpc().encoder
    encoder.gru = nn.GRU(6, 5, batch_first=True, bidirectional=True).double()
    values = torch.randn(2, 20, dtype=torch.float64)
    changed = values.clone()
    changed[:, 16:] += 1
    assert not torch.equal(contexts(encoder, values)[:, :3], contexts(encoder, changed)[:, :3])


def test_each_step_ahead_has_a_past_to_learn_from() -> None:
    """The context of a step is made of that step and all before it."""
    encoder, values = cpc().encoder, torch.randn(1, 20, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(contexts(encoder, values)[0, 5].sum(), values)
    assert torch.equal(gradient[0] != 0, torch.arange(20) < 14)


def test_features_are_mean_contexts_whatever_the_padding() -> None:
    encoder, batch = cpc().encoder, sequences((12, 20, 9))
    features = encoder(batch.first)
    assert features.shape == (3, encoder.out_features)
    for i in range(3):
        alone = PaddedBatch(batch.first.item(i)[None], batch.first.lengths[i : i + 1])
        torch.testing.assert_close(features[i : i + 1], encoder.steps(alone).features.mean(1))
        torch.testing.assert_close(features[i : i + 1], encoder(alone))


def test_a_batch_of_one_learns_from_the_steps_of_its_sequence() -> None:
    loss = cpc().loss(sequences((20,)))
    assert loss > 0
    loss.backward()


def test_sequences_too_short_to_predict_take_no_part() -> None:
    method, long = cpc(), sequences((12, 20))
    first, second = sequences((12, 20, 4)).first, sequences((12, 20, 4)).second
    torch.testing.assert_close(method.loss(PairBatch(first, second, torch.arange(3))), method.loss(long))
    with pytest.raises(ValueError, match="no sequence has more than 1 step"):
        method.loss(sequences((4, 5)))


def test_views_of_another_timing_are_no_targets() -> None:
    batch = replace(sequences((12, 20)), second=sequences((20, 12)).second)
    assert cpc().loss(batch) > 0
    with pytest.raises(ValueError, match=r"\[5, 9\] steps, the second \[9, 5\]"):
        cpc(target="second").loss(batch)


def test_the_second_view_is_looked_at_only_as_a_target() -> None:
    batch = sequences()
    other = replace(batch, second=PaddedBatch(batch.second.values + 1, batch.second.lengths))
    assert cpc().loss(batch) == cpc().loss(other)
    assert cpc(target="second").loss(batch) != cpc(target="second").loss(other)


def test_features_that_are_not_finite_are_an_error() -> None:
    batch = sequences()
    batch.first.values[0, 3] = torch.nan
    with pytest.raises(ValueError, match="NaN or infinite"):
        cpc().loss(batch)


class Wrong(Strided):
    def steps(self, views: PaddedBatch) -> object:
        features, lengths = super().steps(views)
        return (features, lengths) if self.tuple else SequenceFeatures(features.mean(1), lengths)


@pytest.mark.parametrize(("as_tuple", "error"), [(True, TypeError), (False, ValueError)])
def test_steps_of_another_form_are_refused(as_tuple: bool, error: type[Exception]) -> None:
    encoder = Wrong()
    encoder.tuple = as_tuple
    with pytest.raises(error, match=r"Wrong\.steps gave"):
        CPC(encoder).double().loss(sequences())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps_ahead": 0}, "steps_ahead is a whole number, at least 1, got 0"),
        ({"context_dim": 0}, "context_dim is a whole number, at least 1, got 0"),
        ({"layers": 0}, "layers"),
        ({"target": "third"}, "target is one of .*'third'"),
        ({"temperature": -1.0}, "temperature"),
    ],
)
def test_settings_out_of_range_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CPC(Strided(), **options)


def test_an_encoder_without_steps_or_width_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Linear has no steps\(views\)"):
        CPC(linear())
    with pytest.raises(ValueError, match="out_features"):
        CPC(nn.Sequential())
    with pytest.raises(TypeError, match=r"not a torch\.nn\.Module"):
        CPC("cpc-wave")  # type: ignore[arg-type]
    assert pairs().first.ndim == 2  # rows without time: what the linear encoder is for


def test_a_run_gives_the_encoder_with_its_context_back(tmp_path: Path) -> None:
    batch = sequences()
    batch = replace(batch, first=replace(batch.first, values=batch.first.values.float()), second=batch.second)
    trainer = Trainer(CPC(Strided(), 3, context_dim=5), epochs=1, device="cpu", progress=False, run_dir=tmp_path)
    trainer.fit([batch])
    loaded = pairgen.load_encoder(tmp_path, encoder=ContextEncoder(Strided(), 5))
    torch.testing.assert_close(loaded(batch.first), trainer.method.encoder(batch.first))


def test_an_encoder_of_pairgen_is_rebuilt_with_its_context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.helpers.toy import Series

    plugin = Series()
    encoders = plugin.encoders
    encoders.register("strided", Strided)
    monkeypatch.setattr(Series, "encoders", encoders)
    monkeypatch.setattr("pairgen.modality.get_modality", lambda name: plugin)
    batch = sequences()
    batch = replace(batch, first=replace(batch.first, values=batch.first.values.float()))
    method = CPC(pairgen.create_encoder(plugin, "strided", out_features=7), 3, context_dim=5, layers=2)
    Trainer(method, epochs=1, device="cpu", progress=False, run_dir=tmp_path).fit([batch])
    loaded = pairgen.load_encoder(tmp_path)
    assert loaded.spec == {
        "modality": "series",
        "name": "strided",
        "options": {"out_features": 7},
        "context": {"context_dim": 5, "layers": 2},
    }
    torch.testing.assert_close(loaded(batch.first), method.encoder(batch.first))
