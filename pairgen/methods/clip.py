"""CLIP: each member of a pair finds the other among those of the batch, both ways."""

from __future__ import annotations

import math
import warnings

import torch
import torch.distributed as dist
from torch import Tensor, nn

from pairgen._validation import check_number
from pairgen.losses import info_nce
from pairgen.losses._hardness import Hardness, check_hardness
from pairgen.losses._log_sum_exp import check_tile
from pairgen.losses._temperature import check_temperature
from pairgen.methods.two_towers import Duplicates, TwoTowers, clamp_
from pairgen.pairs import PairBatch

__all__ = ["CLIP"]


class CLIP(TwoTowers):
    """InfoNCE between two modalities, both ways, with a learned temperature (Radford et al. 2021).

    "Learning Transferable Visual Models From Natural Language Supervision". The temperature is learned through the
    logarithm of its inverse, the scale, which stays at most `max_scale`: where a step leaves it above, the next one in
    training begins at it, and the first time a warning says so. `figures` tells the scale, and the trainer records it.

    The negatives that a batch brings along are further candidates of all its first members.

    Args:
        first_encoder: Encoder of the first members; see `TwoTowers`.
        second_encoder: Encoder of the second members; None for one encoder of both.
        projection_dim: Width P of the common space; None compares the features themselves.
        temperature: Divisor of the cosines, above 0; the initial value where it is learned.
        learn_temperature: Whether the temperature is learned.
        max_scale: Highest scale 1 / temperature of a learned temperature, above 0; 100 in the paper.
        mask_duplicates: Which pairs of different rows are left out: those of one "label" or "index", or None.
        within: Whether the other members of an anchor's own side are its negatives too; see `info_nce`.
        hardness: Which negatives count: None, "semi-hard", "hardest" or a number; see `info_nce`.
        tile: Rows and columns of a tile; None chooses for the device. The loss does not depend on it.
        gather: In a process group, compare with the members and negatives of all processes.

    Raises:
        TypeError: An encoder is not a `torch.nn.Module`.
        ValueError: A number is out of range, an option is unknown, or options exclude each other.

    Example:
        >>> method = CLIP(nn.Linear(8, 16), nn.Linear(5, 12), projection_dim=4)
        >>> method.loss(PairBatch(torch.randn(6, 8), torch.randn(6, 5), torch.arange(6))).shape
        torch.Size([])
        >>> method.encode(torch.randn(3, 5), tower=1).shape
        torch.Size([3, 4])
    """

    def __init__(
        self,
        first_encoder: nn.Module,
        second_encoder: nn.Module | None = None,
        projection_dim: int | None = 512,
        temperature: float = 0.07,
        *,
        learn_temperature: bool = True,
        max_scale: float = 100.0,
        mask_duplicates: Duplicates = None,
        within: bool = False,
        hardness: Hardness = None,
        tile: int | None = None,
        gather: bool = True,
    ) -> None:
        super().__init__(first_encoder, second_encoder, projection_dim, mask_duplicates=mask_duplicates, gather=gather)
        scale = 1 / check_temperature(temperature)
        check_number("max_scale", max_scale, 0, above=True, below=True)
        if learn_temperature and scale > max_scale * (1 + 1e-9):
            raise ValueError(
                f"temperature={temperature} is a scale of {scale:g}, above max_scale={max_scale:g}: raise either"
            )
        check_hardness(hardness)
        check_tile(tile)
        if within and hardness is not None:
            raise ValueError(
                f"hardness={hardness!r} chooses among second members and negatives only: leave within or hardness out"
            )
        self.log_scale = nn.Parameter(torch.tensor(math.log(scale)), requires_grad=learn_temperature)
        self.max_scale = max_scale
        self.within = within
        self.hardness: Hardness = hardness
        self.tile = tile
        self._told = False

    def compare(self, first: Tensor, second: Tensor, negatives: Tensor | None, batch: PairBatch) -> Tensor:
        """Compute InfoNCE of the embeddings, both ways; return a scalar."""
        if self.training and self.log_scale.requires_grad and clamp_(self.log_scale, self.max_scale):
            self._tell_clamp()
        temperature = (-self.log_scale.to(torch.promote_types(self.log_scale.dtype, torch.float32))).exp()
        if negatives is None and self.gather and dist.is_available() and dist.is_initialized():
            negatives = second[:0]  # other processes may have some
        return info_nce(
            first,
            second,
            temperature,
            negatives=negatives,
            in_batch=True,
            ids=self.get_ids(batch),
            symmetric=True,
            within=self.within,
            hardness=self.hardness,
            tile=self.tile,
            gather=self.gather,
            gather_negatives=True,
        )

    def figures(self) -> dict[str, float]:
        """Return the scale 1 / temperature, and 1 where it is at its clamp, else 0."""
        scale = math.exp(float(self.log_scale.detach()))
        at_clamp = self.log_scale.requires_grad and scale >= self.max_scale * (1 - 1e-6)
        return {"scale": scale, "scale_at_clamp": float(at_clamp)}

    def _tell_clamp(self) -> None:
        if not self._told:
            self._told = True
            warnings.warn(
                f"the learned scale of CLIP reached max_scale={self.max_scale:g} and stays there while the loss pushes "
                "it up: usual late in training; early on it is a sign of few or false negatives",
                stacklevel=2,
            )
