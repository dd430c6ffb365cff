"""SupCon: all views of a class attract each other."""

from __future__ import annotations

from torch import Tensor, nn

from pairgen.losses import SupConLoss
from pairgen.methods.method import JointEmbedding, get_labels
from pairgen.methods.projector import Projector
from pairgen.pairs import PairBatch

__all__ = ["SupCon"]


class SupCon(JointEmbedding):
    """Supervised contrastive loss of all views of a labelled batch (Khosla et al. 2020).

    "Supervised Contrastive Learning": SimCLR with labels.

    Args:
        encoder: Module that maps a batch of views to features (B, D), with `out_features` = D.
        projection_dim: Width P of the embeddings that the loss compares.
        hidden_dim: Width of the projector's hidden layer; None for D.
        temperature: Divisor of the cosines, above 0; 0.1 in the paper.
        batch_norm: Use batch normalization in the projector.
        gather: In a process group, compare with the views of all processes; else with those of this process.

    Raises:
        TypeError: The encoder is not a `torch.nn.Module`.
        ValueError: A number is out of range.
    """

    takes_more_views = True

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
        super().__init__(encoder, Projector.for_encoder(encoder, projection_dim, hidden_dim, batch_norm=batch_norm))
        self.criterion = SupConLoss(temperature, gather=gather)

    def compare(self, first: Tensor, second: Tensor, batch: PairBatch, *more: Tensor) -> Tensor:
        """Compute L_out of the embeddings (B, P) of all views.

        Args:
            first: Embeddings (B, P) of the first views.
            second: Embeddings (B, P) of the second views.
            batch: The batch they come from, with integer labels.
            more: Embeddings (B, P) of the views behind the first two.

        Returns:
            A differentiable scalar.

        Raises:
            TypeError: The labels are not integers.
            ValueError: The batch has no labels.
        """
        loss: Tensor = self.criterion(first, second, *more, labels=get_labels(batch, "SupCon"))
        return loss
