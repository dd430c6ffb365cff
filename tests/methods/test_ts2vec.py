"""TS2Vec against its paper's algorithm in loops, and what it asks of its pairs."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import pairgen
from pairgen.methods import METHODS, TS2Vec
from pairgen.methods.ts2vec import hierarchical_contrast
from pairgen.pairs import PairBatch

SERIES = [np.random.default_rng(i).normal(size=(12 + i, 2)).astype(np.float32) for i in range(8)]


def small_encoder():
    torch.manual_seed(0)
    return pairgen.create_encoder("timeseries", "dilated-cnn", in_channels=2, out_features=6, hidden=5, depth=2)


def pairs(recipe="ts2vec", **options):
    sampler = pairgen.PairSampler("timeseries", recipe=recipe, seed=0, **options)
    return next(iter(sampler.loader(SERIES, len(SERIES), batched=True)))


# -- the paper, one dot product at a time ------------------------------------------------------------------------------


def slow_contrast(first, second, lengths, weight=0.5):
    """Algorithm 1 of the paper over series of several lengths: lists of float64 (T_i, D)."""
    a = [x[:n] for x, n in zip(first, lengths, strict=True)]
    b = [x[:n] for x, n in zip(second, lengths, strict=True)]
    losses = []
    while max(len(x) for x in a):
        loss = weight * between_series(a, b)
        if max(len(x) for x in a) > 1:
            loss += (1 - weight) * between_timestamps(a, b)
        losses.append(loss)
        if max(len(x) for x in a) == 1:
            break
        a, b = [halved(x) for x in a], [halved(x) for x in b]
    return float(np.mean(losses))


def halved(x):
    return np.array([np.maximum(x[2 * t], x[2 * t + 1]) for t in range(len(x) // 2)]).reshape(-1, x.shape[1])


def nll(anchor, positive, others):
    scores = np.array([anchor @ positive, *[anchor @ other for other in others]])
    return -(scores[0] - scores.max() - np.log(np.exp(scores - scores.max()).sum()))


def between_series(a, b):
    """Equation 2: r_it and r'_it against r_jt and r'_jt of all j, but itself."""
    terms = []
    for t in range(max(len(x) for x in a)):
        there = [i for i in range(len(a)) if len(a[i]) > t]
        if len(there) < 2:
            continue
        for i in there:
            for x, y in ((a, b), (b, a)):
                others = [x[j][t] for j in there if j != i] + [y[j][t] for j in there if j != i]
                terms.append(nll(x[i][t], y[i][t], others))
    return np.mean(terms) if terms else 0.0


def between_timestamps(a, b):
    """Equation 1: r_it and r'_it against r_is and r'_is of all s, but itself."""
    terms = []
    for x0, y0 in zip(a, b, strict=True):
        if len(x0) < 2:
            continue
        for t in range(len(x0)):
            for x, y in ((x0, y0), (y0, x0)):
                others = [x[s] for s in range(len(x)) if s != t] + [y[s] for s in range(len(y)) if s != t]
                terms.append(nll(x[t], y[t], others))
    return np.mean(terms) if terms else 0.0


def features(lengths, seed=0, width=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(2, len(lengths), max(lengths), width))


@settings(max_examples=25)
@given(
    lengths=st.lists(st.integers(0, 9), min_size=1, max_size=4).filter(lambda found: max(found) > 0),
    seed=st.integers(0, 99),
    weight=st.sampled_from([0.0, 0.3, 0.5, 1.0]),
)
def test_the_loss_is_the_papers_over_series_of_any_lengths(lengths, seed, weight):
    first, second = features(lengths, seed)
    made = hierarchical_contrast(
        torch.from_numpy(first), torch.from_numpy(second), torch.tensor(lengths), instance_weight=weight
    )
    assert float(made) == pytest.approx(slow_contrast(first, second, lengths, weight), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("lengths", [[40, 3, 37, 50, 1, 33, 0], [36, 36], [34]])
def test_long_series_that_are_compared_run_by_run_give_the_papers_loss_too(lengths):
    first, second = features(lengths, width=2)
    made = hierarchical_contrast(torch.from_numpy(first), torch.from_numpy(second), torch.tensor(lengths))
    assert float(made) == pytest.approx(slow_contrast(first, second, lengths), rel=1e-9)


def test_an_oracle_that_lets_a_timestamp_be_its_own_negative_would_be_detected(monkeypatch):
    lengths = [6, 4]
    first, second = features(lengths)
    made = float(hierarchical_contrast(torch.from_numpy(first), torch.from_numpy(second), torch.tensor(lengths)))
    right = nll
    monkeypatch.setitem(globals(), "nll", lambda anchor, positive, others: right(anchor, positive, [*others, anchor]))
    assert abs(made - slow_contrast(first, second, lengths)) > 1e-3


def test_gradients_are_those_of_differences():
    lengths = torch.tensor([3, 5, 1])
    first, second = (torch.from_numpy(x).requires_grad_() for x in features(lengths.tolist()))
    assert torch.autograd.gradcheck(lambda a, b: hierarchical_contrast(a, b, lengths), (first, second))


def test_padding_takes_no_part():
    first, second = (torch.from_numpy(x) for x in features([5, 2, 5]))
    lengths = torch.tensor([5, 2, 5])
    before = hierarchical_contrast(first, second, lengths)
    first[1, 2:], second[1, 2:] = 1e6, -1e6
    torch.testing.assert_close(hierarchical_contrast(first, second, lengths), before)


# -- on pairs ----------------------------------------------------------------------------------------------------------


def test_only_what_both_views_show_is_compared():
    method = TS2Vec(small_encoder()).eval()
    batch = pairs(mask_p=0.0)
    first, second = (method.encoder.steps(views) for views in (batch.first, batch.second))
    parts, lengths = ([], []), []
    for i in range(len(batch)):
        begin = max(int(batch.first.starts[i]), int(batch.second.starts[i]))
        ends = (int(batch.first.starts[i] + first.lengths[i]), int(batch.second.starts[i] + second.lengths[i]))
        lengths.append(min(ends) - begin)
        for part, steps, views in zip(parts, (first, second), (batch.first, batch.second), strict=True):
            offset = begin - int(views.starts[i])
            part.append(steps.features[i, offset : offset + lengths[-1]].detach().double().numpy())
    assert float(method.loss(batch).detach()) == pytest.approx(slow_contrast(*parts, lengths), rel=1e-4)


def test_it_learns_and_its_encoder_is_kept(tmp_path):
    method, fixed = METHODS.get("ts2vec")(small_encoder()), pairs()
    before = float(method.eval().loss(fixed).detach())
    loader = pairgen.PairSampler("timeseries", recipe="ts2vec", seed=1).loader(
        SERIES * 4, 8, shuffle=True, batched=True
    )
    pairgen.Trainer(method, epochs=8, learning_rate=1e-2, run_dir=tmp_path, progress=False).fit(loader)
    assert float(method.eval().loss(fixed).detach()) < before
    assert pairgen.load_encoder(tmp_path)(torch.randn(1, 9, 2)).shape == (1, 6)


def test_views_that_do_not_say_where_they_begin_are_refused():
    plain = torch.randn(4, 9, 2)
    with pytest.raises(ValueError, match=r"do not say where they begin.*ts2vec"):
        TS2Vec(small_encoder()).loss(PairBatch(plain, plain, torch.arange(4)))


def test_views_that_do_not_overlap_are_refused():
    batch = pairs("eval")
    apart = PairBatch(batch.first, type(batch.second)(
        batch.second.values, batch.second.lengths, starts=batch.second.starts + 1000
    ), batch.index)  # fmt: skip
    with pytest.raises(ValueError, match="no pair overlap"):
        TS2Vec(small_encoder()).loss(apart)


def test_an_encoder_without_steps_is_refused():
    with pytest.raises(ValueError, match="no steps"):
        TS2Vec(torch.nn.Linear(2, 3))
    with pytest.raises(ValueError, match="instance_weight"):
        TS2Vec(small_encoder(), instance_weight=2)


def test_series_of_one_step_give_a_finite_loss():
    items = [np.full((1, 2), float(i), dtype=np.float32) for i in range(4)]
    batch = next(iter(pairgen.PairSampler("timeseries", recipe="ts2vec", mask_p=0.0).loader(items, 4)))
    loss = TS2Vec(small_encoder()).loss(batch)
    loss.backward()
    assert loss.isfinite()


def test_cpc_and_simclr_take_the_same_encoders():
    batch = pairs("jitter-scale")
    for name, options in (("cpc", {"steps_ahead": 2, "context_dim": 8}), ("simclr", {"projection_dim": 4})):
        assert METHODS.get(name)(small_encoder(), **options).loss(batch).isfinite(), name
