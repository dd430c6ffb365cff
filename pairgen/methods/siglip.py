"""SigLIP: each pair of a first and a second member is a decision of its own, whether they belong together."""

from __future__ import annotations

import math

import torch
import torch.distributed as dist
from torch import Tensor, nn

from pairgen._validation import check_number
from pairgen.losses import sigmoid_contrastive
from pairgen.losses._log_sum_exp import check_tile
from pairgen.methods.two_towers import Duplicates, TwoTowers
from pairgen.pairs import PairBatch

__all__ = ["SigLIP"]


class SigLIP(TwoTowers):
    """The sigmoid loss between two modalities, with learned scale and bias (Zhai et al. 2023).

    "Sigmoid Loss for Language Image Pre-Training". Over several processes the second members travel in a ring: none
    gathers them all. `figures` tells scale and bias, and the trainer records them. The negatives that a batch brings
    along belong to none of the first members.

    Args:
        first_encoder: Encoder of the first members; see `TwoTowers`.
        second_encoder: Encoder of the second members; None for one encoder of both.
        projection_dim: Width P of the common space; None compares the features themselves.
        scale: Initial factor of the cosines, above 0; its logarithm is learned.
        bias: Initial summand, which is learned; finite.
        mask_duplicates: Which pairs of different rows are left out: those of one "label" or "index", or None.
        tile: Rows and columns of a tile; None chooses for the device. The loss does not depend on it.
        gather: In a process group, compare with the second members of all processes.

    Raises:
        TypeError: An encoder is not a `torch.nn.Module`, or a number has the wrong type.
        ValueError: A number is out of range, or an option is unknown.

    Example:
        >>> method = SigLIP(nn.Linear(8, 16), nn.Linear(5, 12), projection_dim=4)
        >>> method.figures()
        {'scale': 10.0, 'bias': -10.0}
    """

    def __init__(
        self,
        first_encoder: nn.Module,
        second_encoder: nn.Module | None = None,
        projection_dim: int | None = 512,
        scale: float = 10.0,
        bias: float = -10.0,
        *,
        mask_duplicates: Duplicates = None,
        tile: int | None = None,
        gather: bool = True,
    ) -> None:
        super().__init__(first_encoder, second_encoder, projection_dim, mask_duplicates=mask_duplicates, gather=gather)
        check_number("scale", scale, 0, above=True, below=True)
        check_number("bias", bias, -math.inf, above=True, below=True)
        check_tile(tile)
        self.log_scale = nn.Parameter(torch.tensor(math.log(scale)))
        self.bias = nn.Parameter(torch.tensor(float(bias)))
        self.tile = tile

    def compare(self, first: Tensor, second: Tensor, negatives: Tensor | None, batch: PairBatch) -> Tensor:
        """Compute the sigmoid loss of the embeddings; return a scalar."""
        if negatives is None and self.gather and dist.is_available() and dist.is_initialized():
            negatives = second[:0]  # other processes may have some
        wide = torch.promote_types(self.log_scale.dtype, torch.float32)
        return sigmoid_contrastive(
            first,
            second,
            self.log_scale.to(wide).exp(),
            self.bias.to(wide),
            ids=self.get_ids(batch),
            negatives=negatives,
            tile=self.tile,
            gather=self.gather,
        )

    def figures(self) -> dict[str, float]:
        """Return scale and bias."""
        scale = math.exp(float(self.log_scale.detach()))
        return {"scale": round(scale, 6), "bias": round(float(self.bias.detach()), 6)}
