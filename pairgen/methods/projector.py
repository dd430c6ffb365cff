"""The small network between features and the space of the loss."""

from __future__ import annotations

from torch import nn

from pairgen.methods.method import width_of

__all__ = ["Projector"]


class Projector(nn.Sequential):
    """Features (B, D) -> embeddings (B, P): linear, ReLU, linear, as in SimCLR (Chen et al. 2020, section 2).

    in_features, hidden_features, out_features: D, the width between, P; at least 1.
    batch_norm: normalize after either linear layer, as SimCLR's published code does; the layers then have no bias.
    """

    def __init__(self, in_features: int, hidden_features: int, out_features: int, *, batch_norm: bool = False) -> None:
        for name, value in (("hidden_features", hidden_features), ("out_features", out_features)):
            if value < 1:
                raise ValueError(f"a projector needs {name} of at least 1, got {value}")
        layers: list[nn.Module] = [nn.Linear(in_features, hidden_features, bias=not batch_norm)]
        layers += [nn.BatchNorm1d(hidden_features)] if batch_norm else []
        layers += [nn.ReLU(inplace=True), nn.Linear(hidden_features, out_features, bias=not batch_norm)]
        layers += [nn.BatchNorm1d(out_features)] if batch_norm else []
        super().__init__(*layers)
        self.hidden_features = hidden_features
        self.out_features = out_features

    @classmethod
    def on(
        cls, encoder: nn.Module, projection_dim: int, hidden_dim: int | None = None, *, batch_norm: bool = False
    ) -> Projector:
        """A projector that fits the features of an encoder; its hidden layer is as wide as they are by default."""
        width = width_of(encoder)
        return cls(width, width if hidden_dim is None else hidden_dim, projection_dim, batch_norm=batch_norm)
