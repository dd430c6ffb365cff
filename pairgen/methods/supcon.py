"""SupCon: all views of a class are to resemble each other."""

from __future__ import annotations

from torch import Tensor, nn

from pairgen.losses import SupConLoss
from pairgen.methods.labels import labels_of
from pairgen.methods.method import JointEmbedding
from pairgen.methods.projector import Projector
from pairgen.pairs import PairBatch

__all__ = ["SupCon"]


class SupCon(JointEmbedding):
    """Khosla et al. 2020, "Supervised Contrastive Learning": SimCLR with the labels of the batch.

    encoder: a module: views -> features (B, D), with `out_features` = D.
    projection_dim: width P of the embeddings that the loss compares.
    hidden_dim: width of the projector's hidden layer; D by default.
    temperature: above 0; 0.1 in the paper. batch_norm: batch normalisation in the projector.
    gather: in a process group, compare with the views of all processes; else with those of one's own share.
    """

    def __init__(
        self,
        encoder: nn.Module,
        projection_dim: int = 128,
        hidden_dim: int | None = None,
        temperature: float = 0.1,
        *,
        batch_norm: bool = False,
        gather: bool = True,
    ) -> None:
        super().__init__(encoder, Projector.on(encoder, projection_dim, hidden_dim, batch_norm=batch_norm))
        self.criterion = SupConLoss(temperature, gather=gather)

    def compare(self, first: Tensor, second: Tensor, batch: PairBatch) -> Tensor:
        """The supervised contrastive loss, L_out, of both views of the batch. ValueError without labels."""
        loss: Tensor = self.criterion(first, second, labels_of(batch, "SupCon"))
        return loss
