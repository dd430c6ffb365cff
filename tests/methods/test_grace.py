"""GRACE: the nodes that both views hold, compared as the paper says."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch_geometric.data import Batch, Data

import pairgen
from pairgen.methods import GRACE
from pairgen.methods.grace import match_nodes
from pairgen.pairs import PairBatch


def views(*graphs: list[int]) -> Batch:
    """A batch of graphs without edges, of the nodes of those numbers."""
    none = torch.empty(2, 0, dtype=torch.int64)
    return Batch.from_data_list(
        [Data(edge_index=none, n_id=torch.tensor(ids), x=torch.tensor(ids).float()[:, None]) for ids in graphs]
    )


class Plain(nn.Module):
    """x as it is, and a second column of ones."""

    out_features = 2

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def nodes(self, batch: Batch) -> torch.Tensor:
        return torch.cat([batch.x * self.scale, torch.ones_like(batch.x)], dim=1)


def test_nodes_are_found_in_the_other_view_graph_by_graph() -> None:
    first, second = views([0, 2, 3], [1, 0, 7]), views([3, 1, 0], [7, 5, 1])
    in_first, in_second = match_nodes(first, second)
    assert in_first.tolist() == [0, 2, 3, 5]
    assert torch.equal(first.n_id[in_first], second.n_id[in_second])
    assert torch.equal(first.batch[in_first], second.batch[in_second])


def grace_loss(u: list[list[float]], v: list[list[float]], temperature: float) -> float:
    """Equation 1 of the paper, by loops."""

    def similarity(a: list[float], b: list[float]) -> float:
        cosine = sum(x * y for x, y in zip(a, b, strict=True)) / (math.hypot(*a) * math.hypot(*b))
        return math.exp(cosine / temperature)

    def term(i: int, same_view: list[list[float]], other: list[list[float]]) -> float:
        between = sum(similarity(same_view[i], other[k]) for k in range(len(other)) if k != i)
        within = sum(similarity(same_view[i], same_view[k]) for k in range(len(same_view)) if k != i)
        positive = similarity(same_view[i], other[i])
        return -math.log(positive / (positive + between + within))

    return sum(term(i, u, v) + term(i, v, u) for i in range(len(u))) / (2 * len(u))


def test_the_loss_is_the_papers_over_the_nodes_in_common() -> None:
    method = GRACE(Plain(), projection_dim=3, temperature=0.4)
    first, second = views([0, 2, 3, 5]), views([5, 3, 1, 0])
    batch = PairBatch(first, second, torch.tensor([0]))
    with torch.no_grad():
        u, v = (method.projector(method.encoder.nodes(view)).tolist() for view in (first, second))
    expected = grace_loss([u[0], u[2], u[3]], [v[3], v[1], v[0]], 0.4)
    assert method.loss(batch).item() == pytest.approx(expected, rel=1e-5)
    wrong = grace_loss([u[0], u[2], u[3]], [v[0], v[1], v[3]], 0.4)  # the nodes matched by position
    assert method.loss(batch).item() != pytest.approx(wrong, rel=1e-3)


def test_views_without_a_node_in_common_are_refused() -> None:
    with pytest.raises(ValueError, match="no node in common"):
        GRACE(Plain()).loss(PairBatch(views([0, 1]), views([2, 3]), torch.tensor([0])))


def test_an_encoder_without_nodes_is_refused() -> None:
    with pytest.raises(TypeError, match="has no nodes"):
        GRACE(nn.Linear(2, 2))


def test_nodes_of_one_graph_are_learnt_with_the_shared_trainer() -> None:
    import networkx as nx

    graph = nx.karate_club_graph()
    decoded = pairgen.get_modality("graph").decode(graph)
    decoded.x = torch.eye(34)
    sampler = pairgen.PairSampler("graph", "grace", seed=0)
    encoder = pairgen.create_encoder("graph", "gcn", in_features=34, hidden=16)
    trainer = pairgen.Trainer(GRACE(encoder, projection_dim=16), epochs=12, learning_rate=2e-2, progress=False)
    history = trainer.fit(sampler.loader([decoded], 1))
    assert history[-1].loss < history[0].loss
    batch = pairgen.PairSampler("graph", "eval").collate_items([(0, decoded)])
    with torch.no_grad():
        features = nn.functional.normalize(encoder.eval().nodes(batch.first), dim=1)
    club = torch.tensor([graph.nodes[i]["club"] == "Mr. Hi" for i in graph])
    similarity = (features @ features.T).fill_diagonal_(-1)
    assert (club[similarity.argmax(dim=1)] == club).float().mean() > 0.8
