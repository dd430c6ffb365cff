"""What attributes belong to, alone and in a batch, and batches that other loaders and transforms made."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import torch
import torch_geometric.transforms as T
from torch_geometric.data import Batch, Data
from torch_geometric.loader import DataLoader
from torch_geometric.utils import dropout_edge

import pairgen
from pairgen.batch import take
from pairgen.modalities.graph import AttributeMask, EdgeDrop, EdgePerturb, NodeDrop, PPRDiffusion
from pairgen.modalities.graph.batch.collate import check_batch, collate
from pairgen.modalities.graph.io.codec import decode_graph
from pairgen.random import Stream

RNG = Stream(seed=0, index=0)


def ring(nodes: int, directed: bool = False, **attributes: object) -> Data:
    forward = torch.stack([torch.arange(nodes), (torch.arange(nodes) + 1) % nodes])
    return Data(edge_index=forward if directed else torch.cat([forward, forward.flip(0)], 1), **attributes)


@pytest.mark.parametrize("name", ["knowledge", "surface", "ledger", "edge_count"])
def test_attributes_follow_their_nodes_whatever_their_names(name: str) -> None:
    graph = ring(12, **{name: torch.arange(12.0)})
    view = NodeDrop(0.5)(graph, RNG)
    assert view[name].tolist() == view.n_id.tolist()
    sampler = pairgen.PairSampler("graph", "drop-perturb", nodes=0.5, features=(name,))
    assert sampler.collate_items([(0, graph)]).first.x.shape == (6, 1)
    networks = nx.cycle_graph(8)
    nx.set_node_attributes(networks, {i: float(i) for i in range(8)}, "knowledge")
    assert decode_graph(networks).knowledge.tolist() == list(range(8))


def test_what_an_attribute_belongs_to_is_settled_before_views_have_as_many_edges_as_nodes() -> None:
    path = torch.stack([torch.arange(6), torch.arange(1, 7)])
    graph = Data(edge_index=path, num_nodes=7, weight=torch.arange(6.0), motif=torch.arange(4.0))
    for index in range(20):
        stream = Stream(seed=0, index=index)
        view = EdgeDrop(0.34)(NodeDrop(0.4)(graph, stream), stream)
        assert len(view.weight) == view.edge_index.shape[1]
        assert view.motif.tolist() == [0, 1, 2, 3]


def test_as_many_edges_as_nodes_need_a_name_or_a_level() -> None:
    graph = ring(5, directed=True, x=torch.arange(5.0)[:, None], edge_attr=torch.arange(5.0), length=torch.arange(5.0))
    with pytest.raises(ValueError, match="'length' has 5 rows, and there are as many nodes as entries"):
        NodeDrop(0.4)(graph, RNG)
    for level in ("node", "edge"):
        sampler = pairgen.PairSampler("graph", "drop-perturb", nodes=0.4, edges=0.0, levels={"length": level})
        alone = sampler.collate_items([(0, graph), (1, graph)]).first
        at_once = sampler.augment(Batch.from_data_list([graph, graph]), [0, 1]).first
        assert alone.length.tolist() == at_once.length.tolist()
        assert len(alone.length) == (len(alone.x) if level == "node" else alone.edge_index.shape[1])
    with pytest.raises(ValueError, match="the level of 'length'"):
        pairgen.PairSampler("graph", "eval", levels={"length": "row"})
    with pytest.raises(ValueError, match="'edge_attr' has 4 rows"):
        decode_graph(ring(5, edge_attr=torch.zeros(4)))


def test_y_is_not_cut_with_the_edges() -> None:
    graph = Data(edge_index=torch.tensor([[0, 1, 2], [1, 2, 3]]), num_nodes=4, y=torch.tensor([1.0, 0.0, 1.0]))
    assert EdgeDrop(1.0)(graph, RNG).y.tolist() == [1, 0, 1]
    assert EdgeDrop(1.0).apply_batch(Batch.from_data_list([graph]), EdgeDrop(1.0).draw(graph, RNG)).y.shape == (3,)


@pytest.mark.parametrize("name", ["x", "pos", "feat", "node_attr", "node_type", "batch"])
def test_the_number_of_nodes_is_that_of_pyg(name: str) -> None:
    graph = Data(edge_index=torch.tensor([[0], [1]]), **{name: torch.zeros(5, dtype=torch.long)})
    assert len(decode_graph(graph).n_id) == graph.num_nodes == 5


def test_an_attribute_named_undirected_comes_back() -> None:
    graph = ring(6, undirected="unknown", x=torch.ones(6, 1))
    assert NodeDrop(0.5)(graph, RNG).undirected == "unknown"
    weights = ring(6, undirected=torch.arange(6.0))
    view = NodeDrop(0.5)(weights, RNG)
    assert view.undirected.tolist() == view.n_id.tolist()
    sampler = pairgen.PairSampler("graph", "drop-perturb")
    assert len(sampler.augment(Batch.from_data_list([weights] * 2), [0, 1])) == 2


# -- networkx ----------------------------------------------------------------------------------------------------


class Metro(nx.MultiDiGraph):
    def __init__(self, city: str) -> None:
        super().__init__()
        self.city = city
        nx.add_path(self, range(4))


def test_subclasses_of_networkx_graphs_keep_their_class_and_attributes() -> None:
    metro = Metro("Ulm")
    metro.remove_node(0)
    view = EdgeDrop(1.0)(metro, RNG)
    assert (type(view), view.city, list(view), view.number_of_edges()) == (Metro, "Ulm", [1, 2, 3], 0)
    assert metro.number_of_edges() == 2


def test_vectors_of_numpy_on_edges_follow() -> None:
    graph = nx.cycle_graph(5)
    for a, b in graph.edges:
        graph.edges[a, b]["feat"] = np.array([a, b], np.float32)
    view = EdgePerturb(0.0)(graph, RNG)
    assert all(view.edges[edge]["feat"] is graph.edges[edge]["feat"] for edge in graph.edges)


# -- batches made elsewhere --------------------------------------------------------------------------------------

GRAPHS = [ring(n, x=torch.randn(n, 3), edge_attr=torch.arange(2.0 * n), y=torch.tensor([n % 2])) for n in (5, 6, 7)]


def test_what_was_added_to_a_batch_follows() -> None:
    batch = Batch.from_data_list(GRAPHS)
    batch.place, batch.load, batch.score = torch.arange(18.0), torch.arange(36.0), torch.arange(3.0)
    views = NodeDrop(0.4).apply_batch(batch, NodeDrop(0.4).draw(GRAPHS[0], Stream(0, index=np.arange(3))))
    assert torch.equal(views.place, torch.tensor([0.0, 5.0, 11.0])[views.batch] + views.n_id)
    assert torch.equal(views.load - torch.tensor([0.0, 10.0, 22.0])[views.batch[views.edge_index[0]]], views.edge_attr)
    assert views.get_example(2).score.tolist() == [2]
    ready = check_batch(Batch.from_data_list(GRAPHS))
    ready.late = torch.arange(18.0)
    assert NodeDrop(0.4).apply_batch(ready, NodeDrop().draw(ready, Stream(0, index=np.arange(3)))).late.shape != (18,)
    batch.odd = torch.zeros(4)
    with pytest.raises(ValueError, match="'odd' has 4 rows for 3 graphs, 18 nodes and 36 entries"):
        check_batch(batch)


def test_edges_that_were_exchanged_in_a_batch_are_taken_as_they_are() -> None:
    batch = Batch.from_data_list([ring(n, x=torch.ones(n, 1)) for n in (5, 6, 7)])
    batch.edge_index, _ = dropout_edge(batch.edge_index, 0.5)
    assert check_batch(batch).edge_index.shape == batch.edge_index.shape
    looped = check_batch(T.AddSelfLoops("edge_attr")(Batch.from_data_list(GRAPHS)))
    graph = looped.batch[looped.edge_index[0]]
    assert bool((graph.diff() >= 0).all())
    assert looped.get_example(1).edge_index.shape == (2, 18)
    assert looped.get_example(1).edge_attr.tolist() == [*range(12), *[1.0] * 6]
    stale = Batch.from_data_list(GRAPHS)
    stale.edge_index, _ = dropout_edge(stale.edge_index, 0.5)
    with pytest.raises(ValueError, match="'edge_attr' has 36 rows"):
        check_batch(stale)


def test_a_loader_of_pyg_gives_labels_and_follow_batch_is_left_out() -> None:
    sampler = pairgen.PairSampler("graph", "graphcl")
    batch = next(iter(sampler.wrap_loader(DataLoader(GRAPHS, 3, follow_batch=["x"]))))
    assert batch.label.tolist() == [1, 0, 1]
    assert "x_batch" not in batch.first
    listed = next(iter(sampler.wrap_loader([GRAPHS])))
    assert listed.label.tolist() == [1, 0, 1]
    several = [Data(edge_index=graph.edge_index, x=graph.x, y=torch.arange(2)) for graph in GRAPHS]
    assert next(iter(sampler.wrap_loader(DataLoader(several, 3)))).label is None


def test_an_empty_batch_with_features_goes_the_whole_way() -> None:
    sampler = pairgen.PairSampler("graph", "drop-perturb")
    empty = take(collate(GRAPHS), np.array([], dtype=np.int64))
    assert sampler.augment(empty, []).first.x.shape == (0, 3)


def test_graphs_without_an_index_are_keyed_by_their_content() -> None:
    sampler = pairgen.PairSampler("graph", "drop-perturb", nodes=0.5)
    for graphs in (GRAPHS, [nx.path_graph(9), nx.cycle_graph(9), nx.star_graph(8)]):
        first, again = sampler.collate_items(graphs), sampler.collate_items(graphs[::-1])
        assert first.index.tolist() == again.index.tolist()[::-1]
        assert len(set(first.index.tolist())) == 3


# -- values ------------------------------------------------------------------------------------------------------


def test_what_is_written_must_fit_the_dtype() -> None:
    graph = ring(4, x=torch.ones(4, 2, dtype=torch.uint8))
    assert AttributeMask(1.0, fill=7)(graph, RNG).x.unique().tolist() == [7]
    for fill in (0.5, 256, -1):
        with pytest.raises(ValueError, match=f"cannot write fill={fill} into 'x' of torch.uint8"):
            AttributeMask(1.0, fill=fill)(graph, RNG)


def test_page_rank_follows_weights() -> None:
    graph = nx.path_graph(3)
    graph.edges[0, 1]["weight"], graph.edges[1, 2]["weight"] = 1.0, 1000.0
    view = PPRDiffusion(epsilon=1e-8)(graph, RNG)
    transition = np.array([[0, 1, 0], [1 / 1001, 0, 1000 / 1001], [0, 1, 0]])
    rank = 0.15 * np.linalg.inv(np.eye(3) - 0.85 * transition)
    for a, b, weight in view.edges(data="weight"):
        assert weight == pytest.approx((rank[a, b] + rank[b, a]) / 2, abs=1e-4)
    graph.edges[0, 1]["weight"] = -1.0
    with pytest.raises(ValueError, match="weights of at least 0"):
        PPRDiffusion()(graph, RNG)
