"""Batches of graphs: collated, checked, taken apart, joined, and turned into model input."""

from __future__ import annotations

import pickle

import networkx as nx
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch_geometric.data import Batch, Data
from torch_geometric.loader import DataLoader

import pairgen
from pairgen.batch import concat, put, stack, take, unbatch
from pairgen.modalities.graph import ToModelInput
from pairgen.modalities.graph.batch.collate import check_batch, collate
from pairgen.modalities.graph.io.codec import decode_graph
from pairgen.pairs import PairBatch
from pairgen.testing.modalities.graph import batches, data

EDGE = torch.tensor([[0, 1], [1, 0]])


def same(a: Data, b: Data) -> bool:
    return set(a.keys()) == set(b.keys()) and all(torch.equal(a[key], b[key]) for key in a.keys())  # noqa: SIM118


# -- batches -----------------------------------------------------------------------------------------------------


@given(batches())
def test_a_batch_has_its_items(batch) -> None:
    graphs = list(unbatch(batch))
    assert len(graphs) == len(batch)
    assert same(stack(batch, graphs), batch)
    assert all(same(a, b) for a, b in zip(graphs, batch.to_data_list(), strict=True))


@given(batches(), st.data())
def test_rows_of_a_batch_are_those_items(batch, drawing) -> None:
    which = np.array(drawing.draw(st.lists(st.integers(0, len(batch) - 1), max_size=4)), dtype=np.int64)
    taken = take(batch, which)
    assert len(taken) == len(which)
    for i, row in enumerate(which):
        assert same(taken.get_example(i), batch.get_example(int(row)))
    if len(which):
        assert same(taken, Batch.from_data_list([batch.get_example(int(row)) for row in which]))
    mask = np.array(drawing.draw(st.lists(st.booleans(), min_size=len(batch), max_size=len(batch))))
    assert same(take(batch, mask), take(batch, np.flatnonzero(mask)))


@given(batches(features=True))
def test_joined_and_replaced_batches_hold_the_items_of_both(batch) -> None:
    both = concat(batch, batch)
    assert same(both, Batch.from_data_list([*unbatch(batch), *unbatch(batch)]))
    mirrored = take(batch, np.arange(len(batch))[::-1].copy())
    where = np.arange(len(batch)) % 2 == 0
    changed = put(batch, where, take(mirrored, where))
    for i, replaced in enumerate(where):
        assert same(changed.get_example(i), (mirrored if replaced else batch).get_example(i))
    assert len(take(batch, np.zeros(len(batch), dtype=bool))) == 0


def test_batches_that_do_not_fit_are_not_joined_and_not_mixed() -> None:
    plain = collate([Data(edge_index=EDGE, num_nodes=2)])
    rich = collate([Data(edge_index=EDGE, x=torch.ones(2, 3))])
    assert concat(plain, rich) is None
    assert concat(rich, collate([Data(edge_index=EDGE, x=torch.ones(2, 4))])) is None
    with pytest.raises(ValueError, match="must keep their attributes"):
        put(plain, np.array([True]), rich)


def test_lists_of_whole_graphs_travel_with_them() -> None:
    batch = collate([Data(edge_index=EDGE, num_nodes=2, name=f"g{i}") for i in range(3)])
    assert take(batch, np.array([2, 0])).name == ["g2", "g0"]
    assert concat(batch, batch).name == ["g0", "g1", "g2"] * 2


@given(st.lists(data(features=True, undirected=None), min_size=1, max_size=4))
def test_a_batch_of_a_user_is_decoded_like_its_items(graphs) -> None:
    for graph in graphs:
        for name in ("edge_attr", "y"):
            graph.__dict__["_store"].pop(name, None)
    checked = check_batch(Batch.from_data_list(graphs))
    for mine, other in zip(unbatch(checked), graphs, strict=True):
        assert same(mine, decode_graph(other))


def test_batches_that_are_none_are_refused() -> None:
    one = Data(edge_index=EDGE, x=torch.ones(2, 1))
    with pytest.raises(TypeError, match=r"Batch\.from_data_list"):
        check_batch([one])
    with pytest.raises(TypeError, match=r"from_data_list\(\[data\]\)"):
        check_batch(one)
    with pytest.raises(ValueError, match="does not know where its graphs begin"):
        check_batch(Batch(x=torch.ones(2, 1), edge_index=EDGE, batch=torch.zeros(2).long()))
    empty = Data(edge_index=torch.empty(2, 0).long(), x=torch.ones(0, 1))
    with pytest.raises(ValueError, match=r"graph 1 of .* has no nodes"):
        check_batch(Batch.from_data_list([one, empty, one]))
    astray = Data(edge_index=torch.tensor([[0], [3]]), x=torch.ones(2, 1))
    with pytest.raises(ValueError, match=r"edge 2 of .* joins the nodes \[2, 5\]"):
        check_batch(Batch.from_data_list([one, astray, one]))
    with pytest.raises(ValueError, match="'x' holds NaN"):
        check_batch(Batch.from_data_list([one, Data(edge_index=EDGE, x=torch.full((2, 1), torch.nan))]))


def test_graphs_that_do_not_collate_are_refused_with_the_difference() -> None:
    with pytest.raises(ValueError, match="cannot collate an empty batch"):
        collate([])
    with pytest.raises(ValueError, match=r"only some have \['x'\]"):
        collate([Data(edge_index=EDGE, x=torch.ones(2, 1)), Data(edge_index=EDGE, num_nodes=2)])
    with pytest.raises(ValueError, match="attributes must agree"):
        collate([Data(edge_index=EDGE, x=torch.ones(2, k)) for k in (1, 2)])


# -- model input --------------------------------------------------------------------------------------------------


def test_model_input_makes_x_of_the_features_asked_for() -> None:
    graph = nx.path_graph(3)
    nx.set_node_attributes(graph, {0: 1, 1: 2, 2: 3}, "age")
    nx.set_node_attributes(graph, {i: [0.5, i] for i in range(3)}, "place")
    nx.set_edge_attributes(graph, 0.1, "weight")
    batch = ToModelInput(("age", "place"))(collate([graph, graph]))
    assert batch.x.tolist() == [[1, 0.5, 0], [2, 0.5, 1], [3, 0.5, 2]] * 2
    assert (batch.x.dtype, batch.edge_weight.dtype) == (torch.float32, torch.float32)
    assert same(batch.get_example(1), ToModelInput(("age", "place"))(collate([graph])).get_example(0))
    assert "x" not in ToModelInput()(collate([graph]))
    with pytest.raises(ValueError, match="no node attribute 'height'"):
        ToModelInput(("height",))(collate([graph]))
    with pytest.raises(ValueError, match="tuple of node attributes"):
        ToModelInput("age")


def test_pairs_of_batches_move_pickle_and_join() -> None:
    sampler = pairgen.PairSampler("graph", "graphcl")
    graphs = [(i, nx.gnm_random_graph(8, 12, seed=i)) for i in range(6)]
    batch = sampler.collate_items(graphs)
    assert isinstance(batch, PairBatch)
    moved = batch.to("cpu", non_blocking=True)
    assert same(moved.first, batch.first)
    assert same(pickle.loads(pickle.dumps(batch)).second, batch.second)
    assert concat(batch.first, batch.second).num_graphs == 12


def test_a_loader_of_pyg_is_wrapped_as_it_is() -> None:
    graphs = [decode_graph(nx.gnm_random_graph(8, 12, seed=i)) for i in range(5)]
    sampler = pairgen.PairSampler("graph", "drop-perturb", seed=1)
    wrapped = list(sampler.wrap_loader(DataLoader(graphs, batch_size=2)))
    direct = list(sampler.loader(graphs, 2))
    assert [batch.index.tolist() for batch in wrapped] == [[0, 1], [2, 3], [4]]
    assert all(same(a.first, b.first) and same(a.second, b.second) for a, b in zip(wrapped, direct, strict=True))


@pytest.mark.parametrize("batched", [False, True])
def test_workers_make_the_same_pairs(batched) -> None:
    graphs = [nx.gnm_random_graph(12, 20, seed=i) for i in range(7)]
    sampler = pairgen.PairSampler("graph", "graphcl", seed=3)
    here = list(sampler.loader(graphs, 3))
    there = list(sampler.loader(graphs, 3, num_workers=2, batched=batched))
    assert all(same(a.first, b.first) and same(a.second, b.second) for a, b in zip(here, there, strict=True))


@pytest.mark.gpu
def test_batches_pin_and_move_to_cuda() -> None:
    batch = pairgen.PairSampler("graph", "drop-perturb").collate_items([(0, nx.path_graph(5))])
    assert batch.pin_memory().first.edge_index.is_pinned()
    assert batch.to("cuda").first.n_id.is_cuda
