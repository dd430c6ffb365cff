"""GRACE: the nodes of one graph as items, two views of the graph as their views."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from pairgen.losses import NTXentLoss
from pairgen.methods.method import Method, width_of
from pairgen.methods.projector import Projector
from pairgen.pairs import PairBatch

__all__ = ["GRACE", "same_nodes"]


class GRACE(Method):
    """Zhu et al. 2020, "Deep Graph Contrastive Representation Learning".

    encoder: a module with `nodes(views) -> (N, D)` and `out_features` = D, such as pairgen's graph encoders.
    projection_dim: width P of the embeddings that the loss compares. hidden_dim: of the projector; P by default.
    temperature: of NT-Xent, above 0.

    A node is to resemble itself in the other view more than any other node of either view. The nodes compared are those
    that both views hold: `n_id` of a view says which node of the graph each of its nodes was. Views are PyG batches;
    with several graphs in a batch, the nodes of all of them are told apart.
    """

    def __init__(
        self, encoder: nn.Module, projection_dim: int = 128, hidden_dim: int | None = None, temperature: float = 0.5
    ) -> None:
        super().__init__(encoder)
        if not callable(getattr(encoder, "nodes", None)):
            raise TypeError(
                f'{type(encoder).__name__} has no nodes(views); make one with pairgen.create_encoder("graph", "gcn", ...)'
            )
        hidden = projection_dim if hidden_dim is None else hidden_dim
        self.projector = Projector(width_of(encoder), hidden, projection_dim)
        self.criterion = NTXentLoss(temperature)

    def loss(self, batch: PairBatch) -> Tensor:
        """NT-Xent over the nodes that both views hold: a scalar. ValueError where there are none."""
        here, there = same_nodes(batch.first, batch.second)
        if len(here) == 0:
            raise ValueError("the two views have no node in common; drop fewer nodes")
        loss: Tensor = self.criterion(self._embeddings(batch.first)[here], self._embeddings(batch.second)[there])
        return loss

    def _embeddings(self, views: Any) -> Tensor:
        embeddings: Tensor = self.projector(self.encoder.nodes(views))  # type: ignore[operator]
        return embeddings


def same_nodes(first: Any, second: Any) -> tuple[Tensor, Tensor]:
    """int64 (M,) twice: where in either batch the nodes are that both hold, in the order of the first.

    first, second: batches of the same graphs with `batch` (N,), the graph of each node, and `n_id` (N,), its number in
    there, in each graph every number once.
    """
    span = int(torch.cat([first.n_id, second.n_id]).max()) + 1
    places = first.n_id.new_full((max(first.num_graphs, second.num_graphs) * span,), -1)
    places[second.batch * span + second.n_id] = torch.arange(len(second.n_id), device=places.device)
    found = places[first.batch * span + first.n_id]
    here = (found >= 0).nonzero().squeeze(1)
    return here, found[here]
