"""The small network between features and the space of the loss."""

from __future__ import annotations

from torch import nn

from pairgen._validation import check_int
from pairgen.methods.method import get_width

__all__ = ["Projector"]


class Projector(nn.Sequential):
    """Map features (B, D) to embeddings (B, P): linear, ReLU, linear (SimCLR: Chen et al. 2020, section 2).

    Args:
        in_features: Width D of the features.
        hidden_features: Width of the hidden layer, at least 1.
        out_features: Width P of the embeddings, at least 1.
        batch_norm: Normalize after either linear layer, as SimCLR's published code does; the layers then have no bias.

    Raises:
        TypeError: A width is not an integer.
        ValueError: A width is less than 1.
    """

    def __init__(self, in_features: int, hidden_features: int, out_features: int, *, batch_norm: bool = False) -> None:
        check_int("hidden_features", hidden_features, 1)
        check_int("out_features", out_features, 1)
        layers: list[nn.Module] = [nn.Linear(in_features, hidden_features, bias=not batch_norm)]
        layers += [nn.BatchNorm1d(hidden_features)] if batch_norm else []
        layers += [nn.ReLU(inplace=True), nn.Linear(hidden_features, out_features, bias=not batch_norm)]
        layers += [nn.BatchNorm1d(out_features)] if batch_norm else []
        super().__init__(*layers)
        self.hidden_features = hidden_features
        self.out_features = out_features

    @classmethod
    def for_encoder(
        cls, encoder: nn.Module, projection_dim: int, hidden_dim: int | None = None, *, batch_norm: bool = False
    ) -> Projector:
        """Make a projector that fits the features of an encoder.

        Args:
            encoder: Module with `out_features` = D.
            projection_dim: Width P of the embeddings.
            hidden_dim: Width of the hidden layer; None for D.
            batch_norm: Normalize after either linear layer.
        """
        width = get_width(encoder)
        return cls(width, width if hidden_dim is None else hidden_dim, projection_dim, batch_norm=batch_norm)
