"""LSTM encoder: two layers, the state after the last step."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pairgen._validation import check_int
from pairgen.batch import PaddedBatch, SequenceFeatures
from pairgen.modalities.timeseries.encoders._views import check_views

__all__ = ["LSTM"]


class LSTM(nn.Module):
    """Encode a series by two layers of LSTM.

    Each value is accompanied by a mark that says whether it is present; a missing value is 0. `steps` returns features
    of each timestamp; `forward` returns the state after a series' last timestamp.

    Args:
        in_channels: Number of channels C.
        hidden: Number of units of the first layer.
        out_features: Number of units of the second layer, and of features D.

    Raises:
        ValueError: An option is below 1.
        TypeError: An option is no integer.

    Example:
        >>> LSTM(in_channels=3)(torch.zeros(4, 50, 3)).shape
        torch.Size([4, 32])
    """

    def __init__(self, in_channels: int = 1, hidden: int = 64, out_features: int = 32) -> None:
        super().__init__()
        self.in_channels = check_int("in_channels", in_channels, 1)
        self.out_features = check_int("out_features", out_features, 1)
        self.first = nn.LSTM(2 * in_channels, check_int("hidden", hidden, 1), batch_first=True)
        self.second = nn.LSTM(hidden, out_features, batch_first=True)

    def steps(self, views: PaddedBatch | Tensor) -> SequenceFeatures:
        """Return features (B, T, D) of each timestamp, and the lengths of the series.

        Args:
            views: A `PaddedBatch` of values (B, T, C), or a tensor (B, T, C) or, of one channel, (B, T).
        """
        values, present, lengths, _ = check_views(views, self.in_channels)
        marks = torch.ones_like(values) if present is None else present.to(values.dtype)
        hidden, _ = self.first(torch.cat([values, marks], dim=2).to(next(self.parameters()).dtype))
        return SequenceFeatures(self.second(hidden)[0], lengths)

    def forward(self, views: PaddedBatch | Tensor) -> Tensor:
        """Return features (B, D), the state after the last timestamp of each series."""
        features, lengths = self.steps(views)
        last = (lengths - 1).clamp(min=0)[:, None, None].expand(-1, 1, features.shape[2])
        return features.gather(1, last)[:, 0]
