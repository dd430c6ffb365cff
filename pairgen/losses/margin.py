"""The margin loss of siamese networks: similar pairs come close, dissimilar ones at least a margin apart."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn

from pairgen.losses.embeddings import check_labels, check_pair, unit_rows
from pairgen.losses.options import check_option

Distance = Literal["euclidean", "cosine"]


def margin_contrastive(
    first: Tensor,
    second: Tensor,
    labels: Tensor,
    margin: float = 1.0,
    *,
    similar: Literal[0, 1] = 0,
    distance: Distance = "euclidean",
) -> Tensor:
    """Contrastive loss of N pairs that are similar or not (Hadsell, Chopra and LeCun 2006).

    "Dimensionality Reduction by Learning an Invariant Mapping", equation 4: with d the distance of a pair, the loss is
    d^2 / 2 for a similar one and max(0, margin - d)^2 / 2 for a dissimilar one.

    Args:
        first, second: (N, D) floating-point embeddings; row i of both is pair i. Half precision is computed in float32.
        labels: (N,) of 0 and 1, integers or booleans, on the same device.
        margin: above 0, in the units of the distance.
        similar: the label of similar pairs. 0, as in the paper: 0 = similar, 1 = dissimilar. Or 1, the other way round.
        distance: "euclidean", of the embeddings as they are; or "cosine", 1 - cosine, in [0, 2], where a row of
            zeros has cosine 0 with every other.

    Returns:
        The mean over the pairs: a scalar, float32, or float64 if an input is float64. Labels may be all equal. A
        dissimilar pair at distance 0 counts margin^2 / 2, and has no gradient, for it has no direction to part in.

    Raises:
        TypeError: not tensors, embeddings not floating-point, labels neither integer nor boolean.
        ValueError: N = 0, different shapes or devices, NaN or infinite entries, labels other than 0 and 1,
            margin <= 0, an unknown distance.

    >>> margin_contrastive(torch.zeros(2, 3), torch.eye(2, 3) / 2, torch.tensor([0, 1]))  # 0.5^2 / 2 twice
    tensor(0.1250)
    """
    _check_options(margin, similar, distance)
    one, two = check_pair(first, second)
    alike = check_labels(labels, one)
    if bool(((alike != 0) & (alike != 1)).any()):
        raise ValueError(
            f"labels has values from {int(alike.min())} to {int(alike.max())}: this loss is of pairs, labelled 0 or 1; "
            "of class labels, compare the two: (a != b).long()"
        )
    with torch.autocast(one.device.type, enabled=False):
        if distance == "cosine":
            apart = 1 - torch.linalg.vecdot(unit_rows(one), unit_rows(two))
        else:
            apart = torch.linalg.vector_norm(one - two, dim=1)
        each = torch.where(alike == similar, apart, (margin - apart).clamp(min=0))
        return each.square().mean() / 2


class MarginContrastiveLoss(nn.Module):
    """`margin_contrastive` as a module: margin, similar and distance are its."""

    def __init__(self, margin: float = 1.0, *, similar: Literal[0, 1] = 0, distance: Distance = "euclidean") -> None:
        super().__init__()
        _check_options(margin, similar, distance)
        self.margin = margin
        self.similar: Literal[0, 1] = similar
        self.distance: Distance = distance

    def forward(self, first: Tensor, second: Tensor, labels: Tensor) -> Tensor:
        """Embeddings (N, D) of both of a pair and labels (N,) of 0 and 1 -> the scalar loss."""
        return margin_contrastive(first, second, labels, self.margin, similar=self.similar, distance=self.distance)

    def extra_repr(self) -> str:
        """Return the settings for `repr`."""
        return f"margin={self.margin:g}, similar={self.similar}, distance={self.distance!r}"


def _check_options(margin: float, similar: int, distance: str) -> None:
    if isinstance(margin, bool) or not isinstance(margin, (int, float)):
        raise TypeError(f"margin is a {type(margin).__name__}: expected a number")
    if not (math.isfinite(margin) and margin > 0):
        raise ValueError(f"margin is {margin}: it must be finite and above 0; 1 is usual")
    check_option("similar", similar, (0, 1))
    check_option("distance", distance, ("euclidean", "cosine"))
