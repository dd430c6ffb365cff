"""Recipes: what their views are, and that they go through a loader."""

from __future__ import annotations

import networkx as nx
import pytest
import torch

import pairgen
from pairgen.modalities.graph.io.codec import decode_graph

GRAPHS = [nx.gnm_random_graph(20, 40, seed=i) for i in range(8)]


def with_features() -> list:
    graphs = [decode_graph(graph) for graph in GRAPHS]
    for graph in graphs:
        graph.x = torch.rand(20, 5, dtype=torch.float64)
    return graphs


@pytest.mark.parametrize("recipe", ["drop-perturb", "graphcl", "eval"])
def test_recipes_make_batches_item_by_item_and_at_once(recipe) -> None:
    sampler = pairgen.PairSampler("graph", recipe, seed=2)
    single, batched = (next(iter(sampler.loader(GRAPHS, 8, batched=flag))) for flag in (False, True))
    for a, b in ((single.first, batched.first), (single.second, batched.second)):
        assert torch.equal(a.edge_index, b.edge_index)
        assert torch.equal(a.n_id, b.n_id)


def test_drop_perturb_drops_a_tenth_of_the_nodes_and_exchanges_a_tenth_of_the_edges() -> None:
    pair = pairgen.PairSampler("graph", "drop-perturb", seed=0)(GRAPHS[0], 0)
    for view in (pair.first, pair.second):
        assert len(view) == 18
        left = GRAPHS[0].subgraph(view)
        assert view.number_of_edges() == left.number_of_edges()
        assert len(set(view.edges) - set(left.edges)) == int(0.1 * left.number_of_edges() + 0.5)


def test_graphcl_uses_each_of_its_choices() -> None:
    sampler = pairgen.PairSampler("graph", "graphcl", seed=0, ratio=0.5)
    outcomes = set()
    for i in range(30):
        view = sampler(GRAPHS[0], i).first
        outcomes.add((len(view), view.number_of_edges() == 40, nx.utils.graphs_equal(view, GRAPHS[0])))
    assert (20, True, True) in outcomes
    assert (20, True, False) in outcomes
    assert any(outcome[0] == 10 for outcome in outcomes)
    with pytest.raises(ValueError, match="identity'; got 'cut'"):
        pairgen.PairSampler("graph", "graphcl", choices=("cut",))


def test_graphcl_masks_features_where_asked_to() -> None:
    sampler = pairgen.PairSampler("graph", "graphcl", ratio=0.5, choices=("attribute-mask",))
    batch = next(iter(sampler.loader(with_features(), 8)))
    assert 0.2 < float((batch.first.x == 0).all(dim=1).float().mean()) < 0.8


def test_grace_keeps_all_nodes_and_changes_the_second_view_more() -> None:
    sampler = pairgen.PairSampler("graph", "grace", edges=(0.1, 0.6), masks=(0.0, 0.5))
    batch = next(iter(sampler.loader(with_features(), 8)))
    assert batch.first.x.dtype == torch.float32
    assert batch.first.n_id.tolist() == list(range(20)) * 8
    assert batch.first.edge_index.shape[1] > 1.5 * batch.second.edge_index.shape[1]
    assert not (batch.first.x == 0).any()
    assert (batch.second.x == 0).any()


def test_eval_is_the_graph_itself() -> None:
    pair = pairgen.PairSampler("graph", "eval")(GRAPHS[1], 0)
    assert nx.utils.graphs_equal(pair.first, GRAPHS[1])
