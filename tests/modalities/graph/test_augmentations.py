"""What each augmentation guarantees, for every type of item and for batches."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import networkx as nx
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_geometric.data import Batch, Data
from torch_geometric.utils import contains_self_loops, is_undirected

import pairgen
from pairgen.augmentation import Compose, OneOf, RandomApply, one, select
from pairgen.batch import take
from pairgen.modalities.graph import (
    AttributeMask,
    EdgeAdd,
    EdgeDrop,
    EdgePerturb,
    Identity,
    NodeDrop,
    PPRDiffusion,
    Subgraph,
)
from pairgen.modalities.graph.batch.collate import check_batch
from pairgen.modalities.graph.io.codec import decode_graph
from pairgen.random import Stream
from pairgen.testing.modalities.graph import batches, data, networkx_graphs

ALL = [
    NodeDrop(0.3),
    NodeDrop(0.9, exact=False),
    Subgraph(0.5, length=3),
    EdgeDrop(0.4),
    EdgeDrop(0.5, exact=False),
    EdgeAdd(0.5),
    EdgePerturb(0.3),
    EdgePerturb(0.2, add=1.0),
    Identity(),
    PPRDiffusion(top=3),
    RandomApply(NodeDrop(0.5), p=0.5),
    OneOf([NodeDrop(0.5), EdgePerturb(0.5), Subgraph(0.4)]),
    Compose([NodeDrop(0.2), EdgePerturb(0.3)]),
]
MASKS = [AttributeMask(0.4, by=by) for by in ("column", "row", "element")]


def ids(augmentation: Any) -> str:
    return augmentation.name


def contents(graph: Any) -> dict[str, Any]:
    """The attributes of a `Data`, comparable."""
    return {key: value.tolist() if isinstance(value, torch.Tensor) else value for key, value in graph.items()}


def frozen(item: Any) -> str:
    """All that an item holds, as text."""
    if isinstance(item, Data):
        return repr({key: value.tolist() if isinstance(value, torch.Tensor) else value for key, value in item.items()})
    edges = item.edges(keys=True, data=True) if item.is_multigraph() else item.edges(data=True)
    return repr((type(item), item.graph, list(item.nodes(data=True)), list(edges)))


def ring(nodes: int, **attributes: Any) -> Data:
    around = torch.arange(nodes)
    ends = torch.stack([around, (around + 1) % nodes])
    return Data(edge_index=torch.cat([ends, ends.flip(0)], dim=1), num_nodes=nodes, **attributes)


def test_the_lists_above_hold_every_augmentation() -> None:
    tested = {type(augmentation).__name__ for augmentation in ALL + MASKS}
    assert set(pairgen.get_modality("graph").augmentations) <= tested


@pytest.mark.parametrize("augmentation", ALL, ids=ids)
@settings(max_examples=15)
@given(batch=batches(), seed=st.integers(0, 1000))
def test_a_batch_is_its_items(augmentation, batch, seed) -> None:
    before = frozen(batch)
    index = np.arange(batch.num_graphs) * 7 + 3
    views, params = augmentation.sample_batch(batch, Stream(seed, index=index))
    assert frozen(batch) == before
    assert len(views) == len(batch)
    for i, key in enumerate(index):
        item = batch.get_example(i)
        alone = augmentation(item, Stream(seed, index=int(key)))
        assert contents(views.get_example(i)) == contents(alone)
        assert contents(augmentation.apply(item, one(params, i))) == contents(alone)


@pytest.mark.parametrize("augmentation", MASKS, ids=lambda mask: mask.by)
@settings(max_examples=10)
@given(batch=batches(features=True), seed=st.integers(0, 1000))
def test_a_masked_batch_is_its_items(augmentation, batch, seed) -> None:
    views = augmentation.sample_batch(batch, Stream(seed, index=np.arange(len(batch))))[0]
    for i in range(len(batch)):
        alone = augmentation(batch.get_example(i), Stream(seed, index=i))
        assert torch.equal(views.get_example(i).x, alone.x)


@pytest.mark.parametrize("augmentation", ALL, ids=ids)
@settings(max_examples=15)
@given(item=data() | networkx_graphs(), index=st.integers(0, 1000))
def test_a_view_is_a_graph_like_its_item_which_stays_as_it_was(augmentation, item, index) -> None:
    before = frozen(item)
    view = augmentation(item, Stream(0, index=index))
    assert frozen(item) == before
    assert type(view) is type(item)
    if isinstance(item, Data):
        decoded = decode_graph(item)
        assert view.edge_index.dtype == torch.int64
        assert "undirected" not in view
        if decoded.undirected:
            assert is_undirected(view.edge_index, num_nodes=view.num_nodes)
        if not contains_self_loops(item.edge_index):
            assert not contains_self_loops(view.edge_index)
        pairs = view.edge_index.T.tolist()
        assert len({tuple(pair) for pair in pairs}) == len(pairs)
    else:
        assert set(view) <= set(item)
        assert all(view.nodes[name] == item.nodes[name] for name in view)
        assert view.graph == item.graph


@pytest.mark.parametrize("augmentation", ALL, ids=ids)
def test_augmentations_and_params_pickle_and_replay(augmentation) -> None:
    item = decode_graph(ring(9))
    view, params = augmentation.sample(item, Stream(1, index=5))
    copied, drawn = pickle.loads(pickle.dumps((augmentation, params)))
    assert copied == augmentation
    assert contents(copied.apply(item, drawn)) == contents(view)


@pytest.mark.parametrize("augmentation", ALL, ids=ids)
def test_some_rows_of_batched_params_make_those_rows_of_the_batch(augmentation) -> None:
    batch = check_batch(Batch.from_data_list([ring(n) for n in (5, 9, 4, 12, 7)]))
    views, params = augmentation.sample_batch(batch, Stream(0, index=np.arange(5)))
    where = np.array([3, 1])
    part = augmentation.apply_batch(take(batch, where), select(params, where))
    for i, row in enumerate(where):
        assert contents(part.get_example(i)) == contents(views.get_example(int(row)))


@pytest.mark.parametrize("augmentation", [a for a in ALL if not isinstance(a, (Identity, PPRDiffusion))], ids=ids)
def test_another_seed_or_index_is_another_view(augmentation) -> None:
    item = decode_graph(ring(40))
    views = [contents(augmentation(item, Stream(seed, index=i))) for seed in (0, 1) for i in range(8)]
    assert len({repr((view["n_id"], view["edge_index"])) for view in views}) > 6  # RandomApply leaves half as they are


# -- counts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ratio", "left"), [(0, 20), (0.1, 18), (0.12, 18), (0.125, 17), (0.99, 1), (1, 1)])
def test_node_drop_leaves_the_exact_number_and_never_none(ratio, left) -> None:
    for i in range(5):
        assert len(NodeDrop(ratio)(ring(20), Stream(0, index=i)).n_id) == left
    assert len(NodeDrop(ratio)(Data(x=torch.ones(1, 1)), Stream(0)).n_id) == 1


def test_node_drop_by_probability_keeps_its_ratio_and_never_all_go() -> None:
    batch = check_batch(Batch.from_data_list([ring(5)] * 2000))
    view = NodeDrop(0.3, exact=False).sample_batch(batch, Stream(0, index=np.arange(2000)))[0]
    assert abs(len(view.n_id) / 10_000 - 0.7) < 0.02
    assert int(view.ptr.diff().min()) >= 1
    assert NodeDrop(1.0, exact=False).sample_batch(batch, Stream(0, index=np.arange(2000)))[0].ptr.diff().eq(1).all()


def test_every_node_and_every_edge_is_as_likely_to_go() -> None:
    batch = check_batch(Batch.from_data_list([ring(10)] * 3000))
    stream = Stream(0, index=np.arange(3000))
    kept = torch.bincount(NodeDrop(0.3).sample_batch(batch, stream)[0].n_id, minlength=10) / 3000
    assert (kept - 0.7).abs().max() < 0.04
    view = EdgeDrop(0.3).sample_batch(batch, stream)[0]
    local = view.edge_index - view.ptr[view.batch[view.edge_index[0]]]
    ratio = torch.bincount(local[0] * 10 + local[1], minlength=100)[[1, 12, 23, 34, 45, 56, 67, 78, 89, 90]] / 3000
    assert (ratio - 0.7).abs().max() < 0.04


def test_every_missing_edge_is_as_likely_to_come_in_sparse_and_in_dense_graphs() -> None:
    sparse, dense = nx.cycle_graph(8), nx.complement(nx.cycle_graph(8))
    for graph, missing in ((sparse, 20), (dense, 8)):
        batch = check_batch(Batch.from_data_list([decode_graph(graph)] * 4000))
        ratio = 2 / graph.number_of_edges()
        view = EdgeAdd(ratio).sample_batch(batch, Stream(0, index=np.arange(4000)))[0]
        local = view.edge_index - view.ptr[view.batch[view.edge_index[0]]]
        count = torch.bincount(local[0] * 8 + local[1], minlength=64).reshape(8, 8)
        new = [int(count[s, t]) for s in range(8) for t in range(s) if not graph.has_edge(s, t)]
        assert len(new) == missing
        assert abs(np.array(new) / 4000 - 2 / missing).max() < 0.06


def test_edge_perturb_takes_and_gives_as_many_and_nothing_back() -> None:
    graph = nx.gnm_random_graph(30, 60, seed=1)
    for i in range(20):
        view = EdgePerturb(0.2)(graph, Stream(0, index=i))
        assert view.number_of_edges() == 60
        assert len(set(view.edges) - set(graph.edges)) == 12
    assert EdgePerturb(0.2, add=0.5)(graph, Stream(0)).number_of_edges() == 60 - 12 + 30


def test_a_complete_graph_gains_no_edge_and_a_nearly_complete_one_all_that_it_lacks() -> None:
    complete = nx.complete_graph(9)
    assert EdgeAdd(1.0)(complete, Stream(0)).number_of_edges() == 36
    nearly = complete.copy()
    nearly.remove_edges_from([(0, 1), (3, 7), (2, 8)])
    assert nx.utils.graphs_equal(EdgeAdd(0.5)(nearly, Stream(0)), complete)
    both = nx.complete_graph(5, create_using=nx.DiGraph)
    assert EdgePerturb(0.1)(both, Stream(0)).number_of_edges() == 18  # two go; nothing was missing


def test_graphs_of_a_batch_keep_their_edges_to_themselves() -> None:
    batch = check_batch(
        Batch.from_data_list([ring(4), Data(edge_index=torch.empty(2, 0).long(), num_nodes=3), ring(6)])
    )
    view = EdgePerturb(0.5, add=1.0).sample_batch(batch, Stream(0, index=np.arange(3)))[0]
    assert torch.equal(view.batch[view.edge_index[0]], view.batch[view.edge_index[1]])
    assert view.get_example(1).edge_index.shape == (2, 0)


def test_directed_edges_go_in_their_own_direction() -> None:
    both = nx.DiGraph([(s, t) for s in range(8) for t in range(8) if s != t and (s + t) % 3])
    view = EdgeDrop(0.5)(both, Stream(0))
    assert any(not view.has_edge(t, s) for s, t in view.edges if both.has_edge(t, s))


def test_parallel_edges_go_together() -> None:
    twice = torch.tensor([[0, 1, 0, 1, 1, 2, 2, 3], [1, 0, 1, 0, 2, 1, 3, 2]])
    for i in range(20):
        view = EdgeDrop(0.5, exact=False)(Data(edge_index=twice, num_nodes=4), Stream(0, index=i))
        pairs = view.edge_index.T.tolist()
        assert pairs.count([0, 1]) == pairs.count([1, 0])
        assert pairs.count([0, 1]) in (0, 2)


# -- what follows ------------------------------------------------------------------------------------------------


def test_what_belongs_to_nodes_and_edges_follows_them() -> None:
    graph = ring(12, x=torch.arange(12.0)[:, None], pos=torch.rand(12, 2), y=torch.tensor([3]), name="ring")
    graph.train_mask = torch.arange(12) % 2 == 0
    graph.edge_attr = graph.edge_index.T.float()
    graph.edge_weight = graph.edge_index.sum(dim=0).float()
    view = Compose([NodeDrop(0.25), EdgePerturb(0.2)])(graph, Stream(0, index=2))
    assert torch.equal(view.x, view.n_id.float()[:, None])
    assert torch.equal(view.pos, graph.pos[view.n_id])
    assert torch.equal(view.train_mask, graph.train_mask[view.n_id])
    assert (view.y.tolist(), view.name) == ([3], "ring")
    old = view.n_id[view.edge_index]
    new = (view.edge_attr == 0).all(dim=1) & (view.edge_weight == 1)
    assert int(new.sum()) == 2 * round(0.2 * (len(new) // 2))
    assert torch.equal(view.edge_attr[~new], old.T.float()[~new])
    assert torch.equal(view.edge_weight[~new], old.sum(dim=0).float()[~new])
    assert view.num_nodes == 9


def test_node_level_labels_follow_and_the_mapping_goes_through_several_steps() -> None:
    graph = ring(50, y=torch.arange(50))
    view = Compose([NodeDrop(0.2), Subgraph(0.5), NodeDrop(0.1)])(graph, Stream(0))
    assert torch.equal(view.y, view.n_id)
    assert len(view.n_id) == 18


def test_networkx_names_and_attributes_come_back_and_new_edges_have_none() -> None:
    graph = nx.Graph(city="Ulm")
    graph.add_nodes_from((f"n{i}", {"age": 0.1 * i, "tags": {i}}) for i in range(10))
    graph.add_edges_from((f"n{i}", f"n{(i + 1) % 10}", {"weight": 0.1 * i, "since": i}) for i in range(10))
    view = EdgePerturb(0.3)(graph, Stream(0, index=1))
    assert view.graph == {"city": "Ulm"}
    assert dict(view.nodes(data=True)) == dict(graph.nodes(data=True))
    for source, target, attributes in view.edges(data=True):
        assert attributes == (graph.edges[source, target] if graph.has_edge(source, target) else {"weight": 1.0})
    view.edges[next(iter(view.edges))]["since"] = "never"
    assert "never" not in [attributes.get("since") for *_, attributes in graph.edges(data=True)]


def test_masked_features_come_back_into_networkx_and_the_others_untouched() -> None:
    graph = nx.path_graph(6)
    nx.set_node_attributes(graph, {i: [i + 0.1, i + 0.2] for i in range(6)}, "x")
    view = AttributeMask(1.0, fill=-1)(graph, Stream(0))
    assert all(view.nodes[i]["x"] == [-1.0, -1.0] for i in range(6))
    view = AttributeMask(0.5, by="row")(graph, Stream(0, index=1))
    same = [view.nodes[i]["x"] == graph.nodes[i]["x"] for i in range(6)]
    assert any(same)
    assert not all(same)


def test_keys_of_multigraphs_come_back() -> None:
    graph = nx.MultiDiGraph()
    graph.add_edge("a", "b", key="road", km=3)
    graph.add_edge("a", "b", key="rail", km=2)
    graph.add_edge("b", "c", km=1)
    assert nx.utils.graphs_equal(Identity()(graph, Stream(0)), graph)
    view = EdgeDrop(1 / 3, exact=False)(graph, Stream(0, index=4))
    assert set(view.edges(keys=True)) <= set(graph.edges(keys=True))
    assert nx.utils.graphs_equal(Identity()(nx.MultiGraph(graph), Stream(0)), nx.MultiGraph(graph))


@pytest.mark.parametrize(("by", "shape"), [("column", (1, 4)), ("row", (500, 1)), ("element", (500, 4))])
def test_masks_cover_what_they_say_at_their_ratio(by, shape) -> None:
    batch = check_batch(Batch.from_data_list([ring(500, x=torch.ones(500, 4)) for _ in range(20)]))
    view = AttributeMask(0.3, by=by, fill=7).sample_batch(batch, Stream(0, index=np.arange(20)))[0]
    masked = (view.x == 7).reshape(20, 500, 4)
    reduced = masked.float().mean(dim=[k + 1 for k in range(2) if shape[k] == 1]) if 1 in shape else masked.float()
    assert set(reduced.unique().tolist()) <= {0.0, 1.0}
    assert abs(float(masked.float().mean()) - 0.3) < (0.15 if by == "column" else 0.03)


def test_a_subgraph_of_a_connected_graph_is_connected_and_of_the_size_asked_for() -> None:
    grid = nx.grid_2d_graph(12, 12)
    for i in range(5):
        view = Subgraph(0.3)(grid, Stream(0, index=i))
        assert len(view) == 43
        assert nx.is_connected(view)
    lonely = nx.empty_graph(10)
    assert len(Subgraph(0.5)(lonely, Stream(0))) == 5
    assert len(Subgraph(1.0)(lonely, Stream(0))) == 10


def test_diffusion_joins_what_is_near_weighs_it_and_keeps_undirected_graphs_so() -> None:
    view = PPRDiffusion(epsilon=1e-5)(ring(20), Stream(0))
    weight = {tuple(pair): float(w) for pair, w in zip(view.edge_index.T.tolist(), view.edge_weight, strict=True)}
    assert weight[0, 1] > weight[0, 2] > weight[0, 5]
    assert all(abs(weight[t, s] - w) < 1e-6 for (s, t), w in weight.items())
    assert "edge_attr" not in PPRDiffusion()(ring(5, edge_attr=torch.rand(10, 2)), Stream(0))
    few = PPRDiffusion(epsilon=1e-5, top=2)(nx.DiGraph(nx.cycle_graph(9, create_using=nx.DiGraph)), Stream(0))
    assert set(dict(few.out_degree).values()) == {2}


# -- bad input ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [-0.1, 1.1, float("nan"), "0.1", True])
@pytest.mark.parametrize(
    "make",
    [NodeDrop, EdgeDrop, EdgeAdd, EdgePerturb, lambda r: EdgePerturb(0.1, add=r), AttributeMask, Subgraph],
)
def test_ratios_outside_0_to_1_are_refused(make, ratio) -> None:
    with pytest.raises((ValueError, TypeError), match=r"is a (finite )?number in [\[(]0, 1\], got"):
        make(ratio)


def test_other_settings_are_refused_with_the_value() -> None:
    for make, message in (
        (lambda: Subgraph(0.0), "got 0"),
        (lambda: Subgraph(length=0), "length"),
        (lambda: AttributeMask(by="graph"), "'graph'"),
        (lambda: PPRDiffusion(alpha=1.0), "alpha"),
        (lambda: PPRDiffusion(epsilon=0.0), "epsilon"),
        (lambda: PPRDiffusion(top=0), "top"),
    ):
        with pytest.raises(ValueError, match=message):
            make()


def test_masking_what_is_not_there_names_what_there_is() -> None:
    with pytest.raises(ValueError, match="there is no 'x' of nodes or edges to mask"):
        AttributeMask()(ring(4), Stream(0))


@pytest.mark.parametrize("augmentation", ALL, ids=ids)
def test_degenerate_graphs_have_views(augmentation) -> None:
    one = Data(edge_index=torch.empty(2, 0).long(), num_nodes=1)
    loop = Data(edge_index=torch.tensor([[0], [0]]), num_nodes=1)
    apart = Data(edge_index=torch.empty(2, 0).long(), num_nodes=6)
    isolated = Data(edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=5)
    graphs = [one, loop, apart, isolated, nx.complete_graph(6), nx.path_graph(2), nx.Graph([("a", "a"), ("a", "b")])]
    for graph in graphs:
        before = frozen(graph)
        view = augmentation(graph, Stream(0))
        assert (len(view) if isinstance(view, nx.Graph) else len(view.n_id)) >= 1
        assert frozen(graph) == before


@pytest.mark.gpu
@pytest.mark.parametrize("augmentation", ALL, ids=ids)
def test_views_on_cuda_are_those_on_the_cpu(augmentation) -> None:
    batch = check_batch(Batch.from_data_list([ring(n, x=torch.rand(n, 2)) for n in (5, 9, 4, 12, 7)]))
    stream = Stream(0, index=np.arange(5))
    there = augmentation.sample_batch(copy.copy(batch).to("cuda"), stream)[0]
    assert there.edge_index.is_cuda
    here = augmentation.sample_batch(batch, stream)[0]
    for i in range(5):
        assert contents(there.cpu().get_example(i)) == contents(here.get_example(i))
