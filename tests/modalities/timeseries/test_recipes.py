"""The named pipelines."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

import pairgen
from pairgen.evaluation import evaluation_sampler

ITEMS = [np.random.default_rng(i).normal(50, 5, (20 + 3 * i, 2)).astype(np.float32) for i in range(6)]
RECIPES = pairgen.get_modality("timeseries").recipes.names()


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_batch_of_pairs_is_its_pairs(recipe):
    sampler = pairgen.PairSampler("timeseries", recipe=recipe, seed=1, normalize=True)
    together = next(iter(sampler.loader(ITEMS, 6, batched=True)))
    one_by_one = next(iter(sampler.loader(ITEMS, 6)))
    for a, b in ((together.first, one_by_one.first), (together.second, one_by_one.second)):
        torch.testing.assert_close(a.values, b.values, equal_nan=True, rtol=1e-4, atol=1e-4)
        assert torch.equal(a.lengths, b.lengths)
        assert torch.equal(a.starts, b.starts)
        assert a.values.dtype == torch.float32


def test_the_views_of_ts2vec_overlap_and_half_of_each_is_masked():
    batch = next(iter(pairgen.PairSampler("timeseries", recipe="ts2vec").loader(ITEMS * 20, 120)))
    begin = torch.maximum(batch.first.starts, batch.second.starts)
    end = torch.minimum(batch.first.starts + batch.first.lengths, batch.second.starts + batch.second.lengths)
    assert (end - begin >= 2).all()
    masked = torch.cat([segment.values.isnan().all(dim=1) for segment in map(batch.first.segment, range(120))])
    assert float(masked.double().mean()) == pytest.approx(0.5, abs=0.05)


def test_long_series_are_cut_to_one_stretch_for_both_views():
    items = [np.arange(1000.0) for _ in range(8)]
    batch = next(iter(pairgen.PairSampler("timeseries", recipe="jitter-scale", length=30).loader(items, 8)))
    assert batch.first.lengths.tolist() == [30] * 8
    assert torch.equal(batch.first.starts, batch.second.starts)
    assert len(set(batch.first.starts.tolist())) > 1


def test_one_view_of_ts_tcc_is_weak_and_the_other_is_in_another_order():
    item = np.arange(200.0)
    pair = pairgen.PairSampler("timeseries", recipe="ts-tcc", jitter=0.0, scaling=0.0)(item, index=1)
    assert np.array_equal(pair.first, item)
    assert not np.array_equal(pair.second, item)
    assert np.array_equal(np.sort(pair.second), item)


def test_evaluation_takes_layout_and_statistics_of_training_but_whole_series():
    trained = pairgen.PairSampler(
        "timeseries", recipe="ts-tcc", layout="CT", length=10, mean=(1.0, 2.0), std=(3.0, 4.0)
    )
    sampler = evaluation_sampler(json.loads(json.dumps(trained.spec)))
    item = np.arange(60.0).reshape(2, 30)
    batch = next(iter(sampler.loader([item], 1)))
    expected = (item.T - [1, 2]) / [3, 4]
    np.testing.assert_allclose(batch.first.values[0], expected, rtol=1e-6)


def test_pairs_are_the_same_whatever_the_workers():
    sampler = pairgen.PairSampler("timeseries", recipe="ts2vec", seed=5)
    alone, shared = (list(sampler.loader(ITEMS, 2, shuffle=True, num_workers=n)) for n in (0, 2))
    for a, b in zip(alone, shared, strict=True):
        torch.testing.assert_close(a.first.values, b.first.values, equal_nan=True)
        assert torch.equal(a.second.starts, b.second.starts)
