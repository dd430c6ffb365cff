"""What is a graph and what is not; decoded, restored, and checked once."""

from __future__ import annotations

import gc

import networkx as nx
import numpy as np
import pytest
import torch
from hypothesis import given
from torch_geometric.data import Batch, Data, HeteroData

import pairgen
from pairgen.modalities.graph.io import codec
from pairgen.modalities.graph.io.codec import decode_graph, restore_graph
from pairgen.testing.modalities.graph import data, networkx_graphs

EDGE = torch.tensor([[0, 1], [1, 0]])


def same(a: Data, b: Data) -> bool:
    return set(a.keys()) == set(b.keys()) and all(torch.equal(a[key], b[key]) for key in a.keys())  # noqa: SIM118


# -- decoded and restored -----------------------------------------------------------------------------------------


@given(networkx_graphs())
def test_a_networkx_graph_decoded_and_restored_is_itself(graph) -> None:
    decoded = decode_graph(graph)
    assert nx.utils.graphs_equal(restore_graph(decoded, graph), graph)
    assert list(restore_graph(decoded, graph)) == list(graph)
    assert bool(decoded.undirected) != graph.is_directed()
    number = {name: i for i, name in enumerate(graph)}
    expected = sorted((number[s], number[t]) for s, t in graph.edges())
    if not graph.is_directed():
        expected = sorted(expected + [(t, s) for s, t in expected if s != t])
    assert sorted(map(tuple, decoded.edge_index.T.tolist())) == expected


@given(data())
def test_decoding_shares_tensors_and_changes_nothing(graph) -> None:
    keys = graph.keys()
    decoded = decode_graph(graph)
    assert graph.keys() == keys
    assert decoded.n_id.tolist() == list(range(graph.num_nodes))
    if "x" in graph:
        assert decoded.x is graph.x
    assert same(decode_graph(decoded), decoded)


def test_numbers_become_tensors_and_the_rest_stays_with_networkx() -> None:
    graph = nx.Graph()
    graph.add_node("a", x=[0.1, 0.2], mass=3, name="A", index=1, edge=2)
    graph.add_node("b", x=[0.3, 0.4], mass=4, name="B", index=2, edge=3, extra=1)
    graph.add_edge("a", "b", weight=0.1, kind="single")
    decoded = decode_graph(graph)
    assert decoded.x.tolist() == [[0.1, 0.2], [0.3, 0.4]]
    assert decoded.x.dtype == torch.float64
    assert decoded.mass.tolist() == [3, 4]
    assert decoded.edge_weight.tolist() == [0.1, 0.1]
    assert set(decoded.keys()) == {"x", "mass", "n_id", "undirected", "edge_index", "edge_weight"}


def test_subclasses_and_views_of_networkx_graphs_are_served() -> None:
    class Roads(nx.Graph):
        pass

    graph = Roads(nx.path_graph(5))
    view = pairgen.PairSampler("graph", "drop-perturb")(graph, 0).first
    assert type(view) is Roads
    part = nx.path_graph(6).subgraph([0, 1, 2])
    assert decode_graph(part).edge_index.shape == (2, 4)


def test_n_id_of_the_users_own_is_kept() -> None:
    decoded = decode_graph(Data(edge_index=EDGE, n_id=torch.tensor([17, 4])))
    assert decoded.n_id.tolist() == [17, 4]


@pytest.mark.parametrize("on", [True, False])
def test_building_a_graph_leaves_the_garbage_collector_as_it_was(on) -> None:
    was_on = gc.isenabled()
    try:
        (gc.enable if on else gc.disable)()
        restore_graph(decode_graph(nx.path_graph(3)), nx.path_graph(3))
        assert gc.isenabled() == on
        with pytest.raises(IndexError):
            restore_graph(decode_graph(nx.path_graph(3)), nx.path_graph(1))
        assert gc.isenabled() == on
    finally:
        (gc.enable if was_on else gc.disable)()


# -- checked once ------------------------------------------------------------------------------------------------

FORMS = {
    "Data": lambda i: Data(edge_index=EDGE, x=torch.full((2, 1), float(i))),
    "networkx": lambda i: nx.gnm_random_graph(8, 12, seed=i),
}


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The items that have been checked in full."""
    checked: list[object] = []
    check = codec._check
    monkeypatch.setattr(codec, "_check", lambda data, item: (checked.append(item), check(data, item))[1])
    return checked


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("recipe", ["drop-perturb", "graphcl", "eval"])
def test_an_item_is_checked_exactly_once_on_the_way_to_its_pair(checks, form, recipe) -> None:
    graphs = [FORMS[form](i) for i in range(4)]
    sampler = pairgen.PairSampler("graph", recipe)
    sampler(graphs[0], 0)
    assert [item is graphs[0] for item in checks] == [True]
    for batched in (False, True):
        checks.clear()
        list(sampler.loader(graphs, 2, batched=batched))
        assert [id(item) for item in checks] == [id(graph) for graph in graphs]
    checks.clear()
    sampler.collate_items(list(enumerate(graphs)))
    assert [id(item) for item in checks] == [id(graph) for graph in graphs]


# -- bad input ---------------------------------------------------------------------------------------------------


def wrong(**attributes):
    return Data(**{"edge_index": EDGE, "num_nodes": 2, **attributes})


BAD = {
    "no nodes, networkx": (nx.Graph(), "has no nodes; leave it out"),
    "no nodes, Data": (Data(edge_index=torch.empty(2, 0).long(), num_nodes=0), "has no nodes"),
    "nothing at all": (Data(), "has no nodes"),
    "edge out of range": (wrong(edge_index=torch.tensor([[0], [5]])), "holds nodes 0 to 5, but there are 2"),
    "edge below zero": (wrong(edge_index=torch.tensor([[0], [-1]])), "holds nodes -1 to 0"),
    "edge_index of one row": (wrong(edge_index=torch.tensor([0, 1])), r"edge_index is int64 \(2, E\)"),
    "edge_index of floats": (wrong(edge_index=EDGE.float()), "got torch.float32"),
    "NaN of a node": (wrong(x=torch.tensor([[1.0], [torch.nan]])), "'x' holds NaN or infinity, first at node 1"),
    "infinity of an edge": (wrong(edge_weight=torch.tensor([torch.inf, 1])), "'edge_weight' .* first at edge 0"),
    "NaN in networkx": (nx.path_graph(2), "'x' holds NaN"),
    "node numbers elsewhere": (wrong(face=torch.zeros(3, 1).long()), "'face' holds node numbers"),
    "a list a node": (wrong(names=["a", "b"]), "'names' is a list with one entry a node"),
    "a sparse adjacency": (Data(adj_t=torch.eye(2).to_sparse(), num_nodes=2), "sparse adjacency"),
    "a dictionary": (wrong(meta={"a": 1}), "'meta' is dict"),
}
nx.set_node_attributes(BAD["NaN in networkx"][0], {0: 1.0, 1: float("nan")}, "x")


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_graph_is_refused_with_the_remedy(name) -> None:
    item, message = BAD[name]
    with pytest.raises(ValueError, match=message):
        decode_graph(item)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (np.eye(3), "a graph is a networkx graph or a torch_geometric.data.Data, got ndarray"),
        (HeteroData(), "to_homogeneous"),
        (Batch.from_data_list([Data(edge_index=EDGE, num_nodes=2)]), "sampler.augment"),
    ],
)
def test_other_types_are_refused_with_the_remedy(item, message) -> None:
    with pytest.raises(TypeError, match=message):
        decode_graph(item)


def test_a_bad_graph_of_a_data_set_is_named_or_skipped_and_listed() -> None:
    graphs = [nx.path_graph(4), nx.Graph(), nx.path_graph(3)]
    with pytest.raises(ValueError, match=r"item 1: .* has no nodes"):
        list(pairgen.PairSampler("graph", "drop-perturb").loader(graphs, 3))
    loader = pairgen.PairSampler("graph", "drop-perturb", on_error="skip").loader(graphs, 3, batched=True)
    with pytest.warns(UserWarning, match="1 items were left out"):
        (batch,) = loader
    assert batch.index.tolist() == [0, 2]
