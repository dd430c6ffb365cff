"""What a method is: an encoder, and a loss of a batch of pairs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from torch import Tensor, nn

from pairgen.pairs import PairBatch

__all__ = ["Method", "width_of"]


class Method(nn.Module, ABC):
    """A way to learn from pairs; subclasses write `loss` and nothing else.

        class Siamese(Method):
            def loss(self, batch: PairBatch) -> Tensor:
                return (self.encoder(batch.first) - self.encoder(batch.second)).square().sum(1).mean()

    Whatever else it trains (projectors, predictors, a temperature) it keeps as modules and parameters of its own: they
    are optimised and saved with it. `forward` gives the features of the encoder.
    """

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        if not isinstance(encoder, nn.Module):
            raise TypeError(
                f"encoder is a {type(encoder).__name__}, not a torch.nn.Module; "
                'make one with pairgen.encoder("image", "resnet18")'
            )
        self.encoder = encoder

    @abstractmethod
    def loss(self, batch: PairBatch) -> Tensor:
        """The scalar loss of a batch of pairs, differentiable."""

    def forward(self, views: Any) -> Tensor:
        """A batch of views, ready for the encoder -> features (B, D)."""
        features: Tensor = self.encoder(views)
        return features


def width_of(encoder: nn.Module) -> int:
    """The number of features D of an encoder, from its `out_features` (timm: `num_features`).

    Raises ValueError if it has neither.
    """
    for name in ("out_features", "num_features"):
        width = getattr(encoder, name, None)
        if isinstance(width, int):
            return width
    raise ValueError(
        f"{type(encoder).__name__} does not say how many features it gives; set encoder.out_features to the D of its "
        "output (B, D)"
    )
