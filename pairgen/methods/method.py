"""What a method is: an encoder, and a loss of a batch of pairs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from pairgen.batch import concat
from pairgen.pairs import PairBatch

__all__ = ["JointEmbedding", "Method", "encode_together", "width_of"]


class Method(nn.Module, ABC):
    """A way to learn from pairs; subclasses write `loss` and nothing else.

        class Attraction(Method):
            def loss(self, batch: PairBatch) -> Tensor:
                return (self(batch.first) - self(batch.second)).square().sum(1).mean()

    Whatever else it trains (projectors, predictors, a temperature) it keeps as modules and parameters of its own: they
    are optimised and saved with it, as are its buffers. `forward` gives the features of the encoder.

    may_skip_parameters: whether some batches give some of the parameters no gradient, so that several processes have
        to look for them.
    """

    may_skip_parameters = False

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = _checked(encoder)

    @abstractmethod
    def loss(self, batch: PairBatch) -> Tensor:
        """The scalar loss of a batch of pairs, differentiable."""

    def forward(self, views: Any) -> Tensor:
        """A batch of views, ready for the encoder -> features (B, D). ValueError where the encoder gives others."""
        features: Tensor = self.encoder(views)
        if features.ndim != 2:
            raise ValueError(
                f"{type(self.encoder).__name__} gave features of shape {tuple(features.shape)}; an encoder gives (B, "
                "D), one row an item: pool or flatten what is left of space and time"
            )
        return features

    def features_of(self, first: Any, second: Any) -> tuple[Tensor, Tensor]:
        """Both views -> their features (B, D), encoded as one batch of 2B where they fit into one.

        As in SimCLR's algorithm 1: layers of batch statistics (BatchNorm) see the two views together. That is faster
        than two passes, and the two views cannot be told apart by their statistics.
        """
        both = encode_together(self, first, second).chunk(2)
        return both[0], both[1]


class JointEmbedding(Method):
    """A method whose loss is a function of the embeddings of both views; subclasses write `compare`.

    projector: features (B, D) -> embeddings (B, P), which both views share.

    Such a method can be trained on batches that do not fit into memory: `Trainer(..., chunk_size=...)`.
    """

    def __init__(self, encoder: nn.Module, projector: nn.Module) -> None:
        super().__init__(encoder)
        self.projector = projector

    @abstractmethod
    def compare(self, first: Tensor, second: Tensor, batch: PairBatch) -> Tensor:
        """Embeddings (B, P) of both views, and the batch they are of -> the scalar loss."""

    def loss(self, batch: PairBatch) -> Tensor:
        """Encode, project, compare: a scalar."""
        return self.loss_of_features(*self.features_of(batch.first, batch.second), batch)

    def loss_of_features(self, first: Tensor, second: Tensor, batch: PairBatch) -> Tensor:
        """Features (B, D) of both views -> the scalar loss; the projector sees both views as one batch."""
        embeddings = self.projector(torch.cat([first, second])).chunk(2)
        return self.compare(embeddings[0], embeddings[1], batch)


def encode_together(encoder: nn.Module, *views: Any) -> Tensor:
    """Batches of views -> their features one after the other, encoded as one batch where they fit into one."""
    batch = views[0] if len(views) == 1 else concat(*views)
    if batch is None:
        return torch.cat([encoder(part) for part in views])
    features: Tensor = encoder(batch)
    return features


def width_of(encoder: nn.Module) -> int:
    """The number of features D of an encoder, from its `out_features` (timm: `num_features`).

    Raises TypeError if it is no module, ValueError if it has neither.
    """
    _checked(encoder)
    for name in ("out_features", "num_features"):
        width = getattr(encoder, name, None)
        if isinstance(width, int):
            return width
    raise ValueError(
        f"{type(encoder).__name__} does not say how many features it gives; set encoder.out_features to the D of its "
        "output (B, D)"
    )


def _checked(encoder: nn.Module) -> nn.Module:
    if not isinstance(encoder, nn.Module):
        raise TypeError(
            f"encoder is a {type(encoder).__name__}, not a torch.nn.Module; "
            'make one with pairgen.create_encoder("image", "resnet18")'
        )
    return encoder
