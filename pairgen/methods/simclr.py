"""SimCLR: the two views of an item attract each other, against all other views of the batch."""

from __future__ import annotations

from torch import Tensor, nn

from pairgen.losses import NTXentLoss
from pairgen.methods.method import JointEmbedding
from pairgen.methods.projector import Projector
from pairgen.pairs import PairBatch

__all__ = ["SimCLR"]


class SimCLR(JointEmbedding):
    """NT-Xent between the two views of each item of a batch, or more (Chen et al. 2020).

    "A Simple Framework for Contrastive Learning of Visual Representations"; for more than two views, see `nt_xent`.

    Args:
        encoder: Module that maps a batch of views to features (B, D), with `out_features` = D.
        projection_dim: Width P of the embeddings that the loss compares; None compares the features themselves, without
            a projector (bags of words learned better so).
        hidden_dim: Width of the projector's hidden layer; None for D, as in the paper.
        temperature: Divisor of the cosines in NT-Xent, above 0.
        learn_temperature: Learn the temperature, from that value on.
        batch_norm: Use batch normalization in the projector, as SimCLR's published code does.
        gather: In a process group, compare with the views of all processes; else with those of this process.

    Raises:
        TypeError: The encoder is not a `torch.nn.Module`.
        ValueError: A number is out of range, or projector options are given without a projector.

    Example:
        >>> import torch
        >>> method = SimCLR(nn.Linear(8, 16), projection_dim=4)
        >>> method.loss(PairBatch(torch.randn(6, 8), torch.randn(6, 8), torch.arange(6))).shape
        torch.Size([])
    """

    takes_more_views = True

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
            projector = Projector.for_encoder(encoder, projection_dim, hidden_dim, batch_norm=batch_norm)
        elif hidden_dim is not None or batch_norm:
            raise ValueError("projection_dim=None means no projector: leave out hidden_dim and batch_norm")
        super().__init__(encoder, projector)
        self.criterion = NTXentLoss(temperature, learn_temperature=learn_temperature, gather=gather)

    def compare(self, first: Tensor, second: Tensor, batch: PairBatch, *more: Tensor) -> Tensor:
        """Compute NT-Xent of the embeddings (B, P) of all views; return a scalar."""
        loss: Tensor = self.criterion(first, second, *more)
        return loss
