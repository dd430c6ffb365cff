"""SimCLR: two views of an item are to resemble each other more than any other view in the batch."""

from __future__ import annotations

from torch import Tensor, nn

from pairgen.losses import NTXentLoss
from pairgen.methods.method import JointEmbedding
from pairgen.methods.projector import Projector
from pairgen.pairs import PairBatch

__all__ = ["SimCLR"]


class SimCLR(JointEmbedding):
    """Chen et al. 2020, "A Simple Framework for Contrastive Learning of Visual Representations".

    encoder: a module: views -> features (B, D), with `out_features` = D.
    projection_dim: width P of the embeddings that the loss compares; None compares the features themselves, without a
        projector, which served bags of words better.
    hidden_dim: width of the projector's hidden layer; D by default, as in the paper.
    temperature: of NT-Xent, above 0. learn_temperature: learn it, starting there.
    batch_norm: batch normalisation in the projector, as in SimCLR's published code.
    gather: in a process group, compare with the views of all processes; else with those of one's own share.
    """

    def __init__(
        self,
        encoder: nn.Module,
        projection_dim: int | None = 128,
        hidden_dim: int | None = None,
        temperature: float = 0.5,
        *,
        learn_temperature: bool = False,
        batch_norm: bool = False,
        gather: bool = True,
    ) -> None:
        projector: nn.Module = nn.Identity()
        if projection_dim is not None:
            projector = Projector.on(encoder, projection_dim, hidden_dim, batch_norm=batch_norm)
        elif hidden_dim is not None or batch_norm:
            raise ValueError("projection_dim=None is no projector: leave out hidden_dim and batch_norm")
        super().__init__(encoder, projector)
        self.criterion = NTXentLoss(temperature, learn_temperature=learn_temperature, gather=gather)

    def compare(self, first: Tensor, second: Tensor, batch: PairBatch) -> Tensor:
        """NT-Xent over the batch: a scalar."""
        loss: Tensor = self.criterion(first, second)
        return loss
