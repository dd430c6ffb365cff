"""Two encoders, one for each member of a pair, that map into one space."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pairgen._validation import check_choice, check_int
from pairgen.methods.method import Method, check_views, encode_each, encode_together, get_labels, get_width
from pairgen.pairs import PairBatch

__all__ = ["Tower", "TwoTowers"]

Duplicates = Literal["label", "index"] | None


class Tower(nn.Module):
    """An encoder and a linear layer behind it, into the space that two towers share.

    Args:
        encoder: Module that maps a batch of views to features (B, D), with `out_features` = D.
        projection_dim: Width P of the embeddings, at least 1; the `out_features` of the tower.

    Raises:
        TypeError: The encoder is not a `torch.nn.Module`, or the width is not an integer.
        ValueError: The encoder has no `out_features`, or the width is less than 1.
    """

    spec: dict[str, Any] | None
    """What rebuilds the tower, as the spec of `pairgen.create_encoder` does; None where `encoder` has no spec."""

    def __init__(self, encoder: nn.Module, projection_dim: int) -> None:
        super().__init__()
        width = get_width(encoder)
        check_int("projection_dim", projection_dim, 1)
        self.encoder = encoder
        self.projection = nn.Linear(width, projection_dim, bias=False)
        self.out_features = projection_dim
        inner = getattr(encoder, "spec", None)
        self.spec = {**inner, "projection": {"projection_dim": projection_dim}} if isinstance(inner, Mapping) else None

    def forward(self, views: object) -> Tensor:
        """Return the embeddings (B, P) of a batch of views."""
        features = self.encoder(views)
        if features.ndim != 2:
            raise ValueError(
                f"{type(self.encoder).__name__} gave features of shape {tuple(features.shape)}; an encoder gives (B, "
                "D), one row an item: pool or flatten what is left of space and time"
            )
        embeddings: Tensor = self.projection(features)
        return embeddings


class TwoTowers(Method):
    """Base class of methods with an encoder for each member of a pair; subclasses write `compare`.

    `encoder` is the tower of `batch.first`, `second_encoder` that of `batch.second` and of `batch.negatives`. Both are
    saved; `pairgen.load_encoder(run, tower=1)` loads the second one.

    Args:
        first_encoder: Module that maps a batch of first members to features (B, D), with `out_features` = D.
        second_encoder: The same for second members, whose features may have another width; None for one encoder of
            both, for members of one modality.
        projection_dim: Width P of the common space, into which a linear layer without bias maps the features of each
            encoder. None compares the features themselves, which then have one width.
        mask_duplicates: Which pairs of different rows are false negatives and left out: those of one "label", those of
            one "index" (the dataset's number, or a hash of the content), or None of them.
        gather: In a process group, compare with the members of all processes; else with those of this process.

    Raises:
        TypeError: An encoder is not a `torch.nn.Module`.
        ValueError: An encoder has no `out_features`, the widths differ without a projection, or an option is unknown.
    """

    takes_negatives = True

    def __init__(
        self,
        first_encoder: nn.Module,
        second_encoder: nn.Module | None = None,
        projection_dim: int | None = 512,
        *,
        mask_duplicates: Duplicates = None,
        gather: bool = True,
    ) -> None:
        shared = second_encoder is None or second_encoder is first_encoder
        encoders = [first_encoder] if second_encoder is None or shared else [first_encoder, second_encoder]
        widths = [get_width(encoder) for encoder in encoders]
        if projection_dim is not None:
            encoders = [Tower(encoder, projection_dim) for encoder in encoders]
        elif len(set(widths)) > 1:
            raise ValueError(
                f"the encoders give {widths[0]} and {widths[1]} features, which have no cosine: give projection_dim, "
                "the width of the space they share"
            )
        if mask_duplicates is not None:
            check_choice("mask_duplicates", mask_duplicates, ("label", "index"))
        super().__init__(encoders[0])
        self.second_encoder = None if shared else encoders[1]
        self.mask_duplicates: Duplicates = mask_duplicates
        self.gather = gather

    @property
    def towers(self) -> tuple[nn.Module, nn.Module]:
        """The encoder of the first members and that of the second, projections included; one twice where shared."""
        return self.encoder, self.encoder if self.second_encoder is None else self.second_encoder

    def encode(self, views: object, tower: int = 0) -> Tensor:
        """Return the embeddings of a batch of views, at unit length.

        Args:
            views: Batch of B views, ready for the tower.
            tower: 0 for first members, 1 for second ones.

        Returns:
            Embeddings (B, P).
        """
        check_int("tower", tower, 0, 1)
        return F.normalize(self.towers[tower](views), dim=1)

    def compare(self, first: Tensor, second: Tensor, negatives: Tensor | None, batch: PairBatch) -> Tensor:
        """Compute the loss of the embeddings.

        Args:
            first: Embeddings (B, P) of the first members.
            second: Embeddings (B, P) of the second members.
            negatives: Embeddings (M, P) of the negatives of the batch; None where it has none.
            batch: The batch they come from.

        Returns:
            A differentiable scalar.
        """
        raise NotImplementedError(f"{type(self).__name__} has no compare(first, second, negatives, batch)")

    def loss(self, batch: PairBatch) -> Tensor:
        """Encode both members and the negatives of a batch, and compare them; return the scalar loss."""
        check_views(self, batch)
        negatives = () if batch.negatives is None else (self.encode_negatives(batch.negatives),)
        return self.loss_of_features((*self.features_of(batch.first, batch.second), *negatives), batch)

    def features_of(self, *views: object) -> tuple[Tensor, ...]:
        """Encode first and second members, by their towers; where these are one, as one batch if they fit into one.

        Args:
            views: Batch of the first members and batch of the second ones.

        Returns:
            Embeddings (B, P) of both.
        """
        first, second = views
        if self.second_encoder is None:
            return encode_each(self, first, second)
        return self(first), encode_together(self.second_encoder, second)

    def encode_negatives(self, negatives: object) -> Tensor:
        """Return the embeddings (M, P) of a batch of negatives, of the second tower."""
        return encode_together(self.towers[1], negatives)

    def loss_of_features(self, features: tuple[Tensor, ...], batch: PairBatch) -> Tensor:
        """Compute the loss of embeddings.

        Args:
            features: Embeddings of the first and of the second members, and of the negatives if the batch has any.
            batch: The batch they come from.

        Returns:
            A differentiable scalar.
        """
        first, second, *negatives = features
        return self.compare(first, second, negatives[0] if negatives else None, batch)

    def get_ids(self, batch: PairBatch) -> Tensor | None:
        """Return numbers (B,) of which equal ones mark false negatives, or None; see `mask_duplicates`."""
        if self.mask_duplicates == "label":
            return get_labels(batch, f'{type(self).__name__}(mask_duplicates="label")')
        return batch.index if self.mask_duplicates == "index" else None


def clamp_(log_scale: Tensor, highest: float) -> bool:
    """Keep the logarithm of a learned scale at most at that of `highest`; return whether it was above.

    The parameter itself is changed, as a clamp in the graph would leave it without gradient, and so without return.
    """
    with torch.no_grad():
        limit = torch.tensor(highest, dtype=torch.float64).log().to(log_scale.dtype)
        above = bool(log_scale > limit)
        log_scale.clamp_(max=float(limit))
    return above
