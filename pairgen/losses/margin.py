"""The margin loss of siamese networks: similar pairs move together, dissimilar ones at least a margin apart."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from pairgen._validation import check_choice, check_int, check_number
from pairgen.losses._embeddings import check_labels, check_pair, normalize_rows

__all__ = ["MarginContrastiveLoss", "margin_contrastive"]

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
    """Compute the margin loss of pairs that are similar or dissimilar.

    With d the distance of a pair (Hadsell, Chopra and LeCun 2006, "Dimensionality Reduction by Learning an Invariant
    Mapping", equation 4),

        loss = mean of  d^2 / 2  over similar pairs and  max(0, margin - d)^2 / 2  over dissimilar ones

    Args:
        first: Floating-point embeddings (N, D). Half precision is computed in float32, under autocast too.
        second: Floating-point embeddings (N, D); row i of both is pair i.
        labels: (N,) of 0 and 1, integers or booleans, on the same device.
        margin: Distance beyond which dissimilar pairs cost nothing, above 0, in the unit of the distance.
        similar: Label of similar pairs: 0 as in the paper (0 = similar, 1 = dissimilar), or 1.
        distance: "euclidean", of the embeddings as they are; or "cosine", 1 - cosine, in [0, 2], where a row of
            zeros has cosine 0 with every other.

    Returns:
        The mean over the pairs: a scalar, float32, or float64 if an input is float64. Labels may be all equal. A
        dissimilar pair at distance 0 counts margin^2 / 2 and has no gradient, because it has no direction.

    Raises:
        TypeError: An input is not a tensor, embeddings are not floating-point, or labels neither integer nor boolean.
        ValueError: N = 0, different shapes or devices, NaN or infinite entries, labels other than 0 and 1,
            margin <= 0, or an unknown distance.

    Example:
        >>> margin_contrastive(torch.zeros(2, 3), torch.eye(2, 3) / 2, torch.tensor([0, 1]))  # 0.5^2 / 2 twice
        tensor(0.1250)
    """
    _check_options(margin, similar, distance)
    one, two = check_pair(first, second)
    alike = check_labels(labels, one)
    if bool(((alike != 0) & (alike != 1)).any()):
        raise ValueError(
            f"labels has values from {int(alike.min())} to {int(alike.max())}: this loss takes a label for each pair, "
            "0 or 1; compare the class labels of the two items: (a != b).long()"
        )
    with torch.autocast(one.device.type, enabled=False):
        if distance == "cosine":
            apart = 1 - torch.linalg.vecdot(normalize_rows(one), normalize_rows(two))
            square = apart.square()
        else:
            difference = one - two
            square = difference.square().sum(dim=1)
            # At distance 0 the distance has no derivative, but its square has: NaN must not arise in either.
            at_zero = square.detach() == 0
            apart = torch.linalg.vector_norm(difference.masked_fill(at_zero[:, None], 1), dim=1).masked_fill(at_zero, 0)
        each = torch.where(alike == similar, square, (margin - apart).clamp(min=0).square())
        return each.mean() / 2


class MarginContrastiveLoss(nn.Module):
    """The margin loss as a module; see `margin_contrastive`.

    Args:
        margin: Distance beyond which dissimilar pairs cost nothing, above 0.
        similar: Label of similar pairs, 0 or 1.
        distance: "euclidean" or "cosine".
    """

    def __init__(self, margin: float = 1.0, *, similar: Literal[0, 1] = 0, distance: Distance = "euclidean") -> None:
        super().__init__()
        _check_options(margin, similar, distance)
        self.margin = margin
        self.similar: Literal[0, 1] = similar
        self.distance: Distance = distance

    def forward(self, first: Tensor, second: Tensor, labels: Tensor) -> Tensor:
        """Compute the loss.

        Args:
            first: Floating-point embeddings (N, D).
            second: Floating-point embeddings (N, D); row i of both is pair i.
            labels: (N,) of 0 and 1, integers or booleans.

        Returns:
            The scalar loss; see `margin_contrastive`.
        """
        return margin_contrastive(first, second, labels, self.margin, similar=self.similar, distance=self.distance)

    def extra_repr(self) -> str:
        """Return the settings for `repr`."""
        return f"margin={self.margin:g}, similar={self.similar}, distance={self.distance!r}"


def _check_options(margin: float, similar: int, distance: str) -> None:
    check_number("margin", margin, 0, above=True, below=True)
    check_int("similar", similar, 0, 1)
    check_choice("distance", distance, ("euclidean", "cosine"))
