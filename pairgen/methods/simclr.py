"""SimCLR: two views of an item are to resemble each other more than any other view in the batch."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from pairgen.batches import joined
from pairgen.losses import NTXentLoss
from pairgen.methods.method import Method, width_of
from pairgen.methods.projector import Projector
from pairgen.pairs import PairBatch

__all__ = ["SimCLR"]


class SimCLR(Method):
    """Chen et al. 2020, "A Simple Framework for Contrastive Learning of Visual Representations".

    encoder: a module: views -> features (B, D), with `out_features` = D.
    projection_dim: width P of the embeddings that the loss compares.
    hidden_dim: width of the projector's hidden layer; D by default, as in the paper.
    temperature: of NT-Xent, above 0. learn_temperature: learn it, starting there.
    batch_norm: batch normalisation in the projector, as in SimCLR's published code.

    Both views go through the encoder as one batch of 2B, as in the paper's algorithm 1: layers of batch statistics
    (BatchNorm) see the two views together. That is faster than two passes, and the two views cannot be told apart by
    their statistics. Views that cannot be put into one tensor are encoded one after the other.
    """

    def __init__(
        self,
        encoder: nn.Module,
        projection_dim: int = 128,
        hidden_dim: int | None = None,
        temperature: float = 0.5,
        *,
        learn_temperature: bool = False,
        batch_norm: bool = False,
    ) -> None:
        super().__init__(encoder)
        width = width_of(encoder)
        hidden = width if hidden_dim is None else hidden_dim
        self.projector = Projector(width, hidden, projection_dim, batch_norm=batch_norm)
        self.criterion = NTXentLoss(temperature, learn_temperature=learn_temperature)

    def loss(self, batch: PairBatch) -> Tensor:
        """NT-Xent over the batch: a scalar."""
        first, second = self._embeddings(batch.first, batch.second)
        loss: Tensor = self.criterion(first, second)
        return loss

    def _embeddings(self, first: Any, second: Any) -> tuple[Tensor, Tensor]:
        batch = joined(first, second)
        if batch is not None:
            both = self.projector(self.encoder(batch))
            return both[: len(first)], both[len(first) :]
        return self.projector(self.encoder(first)), self.projector(self.encoder(second))
