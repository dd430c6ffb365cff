"""GRACE: the nodes of a graph as items, two views of the graph as their views."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from pairgen.losses import NTXentLoss
from pairgen.losses._shards import gather_shards
from pairgen.methods.method import Method, allow_single_row, check_views, get_width
from pairgen.methods.projector import Projector
from pairgen.pairs import PairBatch

__all__ = ["GRACE", "match_nodes"]


@runtime_checkable
class NodeEncoder(Protocol):
    """A module that gives features of each node of a batch of graphs."""

    def nodes(self, views: Any) -> Tensor:
        """Return features (N, D) of the nodes of a batch of graphs."""
        ...


class GraphBatch(Protocol):
    """A PyG batch whose nodes know which node of the original graph they are."""

    batch: Tensor
    """int64 (N,), the graph of each node."""
    n_id: Tensor
    """int64 (N,), the number of each node in its original graph, unique in each graph."""
    num_graphs: int


class GRACE(Method):
    """Contrast each node with itself in the other view, against all other nodes of both views (Zhu et al. 2020).

    "Deep Graph Contrastive Representation Learning": the loss is NT-Xent over the nodes that both views hold; `n_id` of
    a view says which node of the original graph each of its nodes is. Views are PyG batches; the nodes of several
    graphs in a batch are all different items.

    Args:
        encoder: Module with `nodes(views) -> (N, D)` and `out_features` = D, such as pairgen's graph encoders.
        projection_dim: Width P of the embeddings that the loss compares.
        hidden_dim: Width of the projector's hidden layer; None for P.
        temperature: Divisor of the cosines in NT-Xent, above 0.
        gather: In a process group, contrast with the nodes of all processes; else with those of this process.

    Raises:
        TypeError: The encoder is not a `torch.nn.Module`, or has no `nodes`.
        ValueError: A number is out of range.
    """

    def __init__(
        self,
        encoder: nn.Module,
        projection_dim: int = 128,
        hidden_dim: int | None = None,
        temperature: float = 0.5,
        *,
        gather: bool = True,
    ) -> None:
        super().__init__(encoder)
        width = get_width(encoder)
        if not isinstance(encoder, NodeEncoder):
            raise TypeError(
                f"{type(encoder).__name__} has no nodes(views); make one with "
                'pairgen.create_encoder("graph", "gcn", ...)'
            )
        hidden = projection_dim if hidden_dim is None else hidden_dim
        self.projector = Projector(width, hidden, projection_dim)
        self.criterion = NTXentLoss(temperature, gather=gather)

    def loss(self, batch: PairBatch) -> Tensor:
        """Compute NT-Xent over the nodes that both views hold.

        Args:
            batch: Pairs whose views are PyG batches with `n_id`.

        Returns:
            A differentiable scalar.

        Raises:
            ValueError: The views have no node in common.
        """
        check_views(self, batch)
        in_first, in_second = match_nodes(batch.first, batch.second)
        _, shards = gather_shards(lambda: (in_first,), self.criterion.gather)
        if shards.total == 0:
            raise ValueError("the two views have no node in common; drop fewer nodes")
        loss: Tensor = self.criterion(self._embed(batch.first)[in_first], self._embed(batch.second)[in_second])
        return loss

    def _embed(self, views: GraphBatch) -> Tensor:
        if not isinstance(self.encoder, NodeEncoder):
            raise TypeError(f"{type(self.encoder).__name__} has no nodes(views)")
        with allow_single_row(self, len(views.n_id)):
            embeddings: Tensor = self.projector(self.encoder.nodes(views))
        return embeddings


def match_nodes(first: GraphBatch, second: GraphBatch) -> tuple[Tensor, Tensor]:
    """Find the nodes that two batches of the same graphs have in common.

    Args:
        first: Batch of graphs.
        second: Batch of other views of the same graphs.

    Returns:
        The positions of the common nodes in `first` and in `second`, int64 (M,) each, in the order of `first`.
    """
    span = int(torch.cat([first.n_id, second.n_id]).max()) + 1
    positions = first.n_id.new_full((max(first.num_graphs, second.num_graphs) * span,), -1)
    positions[second.batch * span + second.n_id] = torch.arange(len(second.n_id), device=positions.device)
    matches = positions[first.batch * span + first.n_id]
    in_first = (matches >= 0).nonzero().squeeze(1)
    return in_first, matches[in_first]
