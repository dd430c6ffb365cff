"""Options of the encoders from the data."""

from __future__ import annotations

import networkx as nx
import torch
from torch_geometric.data import Data

import pairgen

MODALITY = pairgen.get_modality("graph")
EDGE = torch.tensor([[0, 1], [1, 0]])


def options_for(graphs: list, **recipe: object) -> dict[str, int]:
    dataset = MODALITY.read(graphs)
    views = pairgen.PairSampler("graph", "drop-perturb", **recipe).collate_items([(0, graphs[0])]).first
    return MODALITY.encoder_options("gin", dataset, views)


def test_graphs_with_features_give_their_columns() -> None:
    assert options_for([Data(edge_index=EDGE, x=torch.ones(2, 7))]) == {"in_features": 7}


def test_the_columns_are_those_of_the_recipe() -> None:
    graph = nx.path_graph(4)
    nx.set_node_attributes(graph, 1.0, "age")
    nx.set_node_attributes(graph, {i: [0.5, i] for i in range(4)}, "place")
    assert options_for([graph], features=("age", "place")) == {"in_features": 3}


def test_graphs_without_features_give_the_largest_degree_of_all() -> None:
    assert options_for([nx.path_graph(4), nx.star_graph(9)], nodes=0, edges=0) == {"max_degree": 9}
    assert options_for([nx.empty_graph(3)]) == {"max_degree": 1}
    star = torch.stack([torch.arange(1, 6), torch.zeros(5, dtype=torch.int64)])
    assert options_for([Data(edge_index=EDGE), Data(edge_index=star)]) == {"max_degree": 5}


def test_a_very_large_degree_is_capped() -> None:
    assert options_for([nx.star_graph(700)]) == {"max_degree": 512}


def test_labels_do_not_hide_the_graphs() -> None:
    dataset = MODALITY.read([nx.star_graph(3), nx.star_graph(6)], labels=[0, 1])
    views = pairgen.PairSampler("graph", "eval").collate_items([(0, nx.path_graph(2))]).first
    assert MODALITY.encoder_options("gcn", dataset, views) == {"max_degree": 6}


def test_the_options_make_an_encoder_that_takes_the_views() -> None:
    graph = Data(edge_index=EDGE, x=torch.ones(2, 7))
    views = pairgen.PairSampler("graph", "drop-perturb").collate_items([(0, graph)]).first
    encoder = pairgen.create_encoder("graph", "gin", **options_for([graph])).eval()
    assert encoder(views).shape == (1, encoder.out_features)
