"""Encoders: shapes, invariance, degrees, errors; and learning with them, of graphs and of nodes."""

from __future__ import annotations

import networkx as nx
import pytest
import torch

import pairgen
from pairgen.modalities.graph import ToModelInput
from pairgen.modalities.graph.batch.collate import collate
from pairgen.modalities.graph.io.codec import decode_graph

NAMES = ("gin", "gcn", "graphsage")


def model_input(graphs):
    return ToModelInput()(collate(graphs))


def with_x(seed: int, nodes: int = 9, columns: int = 4):
    graph = decode_graph(nx.gnm_random_graph(nodes, 2 * nodes, seed=seed))
    graph.x = torch.rand(nodes, columns, generator=torch.Generator().manual_seed(seed))
    return graph


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("jump", ["last", "cat", "sum", "max", "all"])
def test_features_of_graphs_and_of_nodes(name, jump) -> None:
    encoder = pairgen.create_encoder("graph", name, in_features=4, hidden=6, layers=2, jump=jump).eval()
    batch = model_input([with_x(i) for i in range(3)])
    assert encoder.out_features == {"cat": 12, "all": 16}.get(jump, 6)
    assert encoder(batch).shape == (3, encoder.out_features)
    assert encoder.nodes(batch).shape == (27, encoder.out_features)
    alone = torch.cat([encoder(model_input([with_x(i)])) for i in range(3)])
    torch.testing.assert_close(encoder(batch), alone)


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_nodes_does_not_matter(name) -> None:
    encoder = pairgen.create_encoder("graph", name, in_features=4).eval()
    graph = with_x(0)
    order = torch.randperm(9)
    moved = graph.clone()
    moved.x, moved.edge_index = graph.x[order], torch.argsort(order)[graph.edge_index]
    torch.testing.assert_close(encoder(model_input([graph])), encoder(model_input([moved])), atol=1e-5, rtol=1e-5)


def test_pooling_is_what_it_says() -> None:
    batch = model_input([with_x(0), with_x(1, nodes=5)])
    torch.manual_seed(0)
    encoders = {
        p: pairgen.create_encoder("graph", "gcn", in_features=4, hidden=3, pooling=p) for p in ("sum", "mean", "max")
    }
    state = encoders["sum"].state_dict()
    nodes = encoders["sum"].nodes(batch)
    for pooling, encoder in encoders.items():
        encoder.load_state_dict(state)
        parts = nodes.split([9, 5])
        expected = torch.stack([getattr(part, "amax" if pooling == "max" else pooling)(dim=0) for part in parts])
        torch.testing.assert_close(encoder(batch), expected)


def test_graphs_without_features_are_described_by_their_degrees() -> None:
    encoder = pairgen.create_encoder("graph", "gin", max_degree=3)
    star = model_input([nx.star_graph(5)])
    assert encoder.degrees(star).tolist() == [[0, 0, 0, 1]] + [[0, 1, 0, 0]] * 5
    assert encoder(star).shape == (1, 96)
    one = model_input([nx.empty_graph(1)])
    assert encoder.eval()(one).shape == (1, 96)


def test_gcn_sees_edge_weights() -> None:
    encoder = pairgen.create_encoder("graph", "gcn", in_features=4)
    graph = with_x(0)
    plain = encoder(model_input([graph]))
    graph.edge_weight = torch.full((graph.edge_index.shape[1],), 0.2)
    assert not torch.allclose(encoder(model_input([graph])), plain)


def test_wrong_input_is_refused_with_the_remedy() -> None:
    encoder = pairgen.create_encoder("graph", "gin", in_features=7)
    with pytest.raises(ValueError, match="make it with in_features=4"):
        encoder(model_input([with_x(0)]))
    with pytest.raises(ValueError, match=r"features=\(\"age\",\)"):
        encoder(model_input([nx.path_graph(3)]))
    with pytest.raises(TypeError, match=r"takes a torch_geometric\.data\.Batch, got Data"):
        encoder(with_x(0))
    for options, message in (
        ({"hidden": 0}, "hidden"),
        ({"layers": 0}, "layers"),
        ({"pooling": "median"}, "pooling is one of 'sum', 'mean', 'max'"),
        ({"jump": "none"}, "jump is one of"),
        ({"in_features": 0}, "in_features"),
        ({"max_degree": 0}, "max_degree"),
    ):
        with pytest.raises(ValueError, match=message):
            pairgen.create_encoder("graph", "gin", **options)


@pytest.mark.parametrize("name", NAMES)
def test_an_encoder_comes_back_from_its_spec(name) -> None:
    encoder = pairgen.create_encoder("graph", name, in_features=4, hidden=8)
    again = pairgen.create_encoder(encoder.spec["modality"], encoder.spec["name"], **encoder.spec["options"])
    again.load_state_dict(encoder.state_dict())
    batch = model_input([with_x(0)])
    torch.testing.assert_close(again.eval()(batch), encoder.eval()(batch))


def test_graphs_are_learnt_with_the_shared_trainer_and_embedded(tmp_path) -> None:
    from pairgen.evaluation import embed, knn_probe
    from pairgen.methods import SimCLR

    graphs = [(nx.cycle_graph(8 + i % 5) if i % 2 else nx.star_graph(8 + i % 5), i % 2) for i in range(40)]
    loader = pairgen.PairSampler("graph", "graphcl", seed=0).loader(graphs, 20, shuffle=True, batched=True)
    torch.manual_seed(0)
    encoder = pairgen.create_encoder("graph", "gin", hidden=8, layers=2, max_degree=6)
    trainer = pairgen.Trainer(
        SimCLR(encoder, projection_dim=8), epochs=6, learning_rate=1e-2, run_dir=tmp_path, device="cpu", progress=False
    )
    history = trainer.fit(loader)
    assert history[-1].loss < history[0].loss
    embedding = embed(pairgen.load_encoder(tmp_path), graphs, device="cpu")
    assert embedding.features.shape == (40, 16)
    x, y = embedding.features, embedding.labels
    assert knn_probe(x[:20], y[:20], x[20:], y[20:], k=3).accuracy == 1.0
