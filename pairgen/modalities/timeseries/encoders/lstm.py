"""LSTM encoder: two layers, the state after the last step."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pairgen.batch import PaddedBatch, SequenceFeatures
from pairgen.modalities.timeseries.encoders.views import checked_views, within

__all__ = ["LSTM"]


class LSTM(nn.Module):
    """Series -> steps (B, T, out_features): two layers of LSTM, 64 and then 32 units wide.

    Each timestamp comes with a mark for each channel that says whether its value is there; a missing one is 0.
    `forward` gives the state after a series' last own timestamp.

    in_channels: C. hidden: units of the first layer. out_features: D, units of the second.
    """

    def __init__(self, in_channels: int = 1, hidden: int = 64, out_features: int = 32) -> None:
        super().__init__()
        self.in_channels = within("in_channels", in_channels)
        self.out_features = within("out_features", out_features)
        self.first = nn.LSTM(2 * in_channels, within("hidden", hidden), batch_first=True)
        self.second = nn.LSTM(hidden, out_features, batch_first=True)

    def steps(self, views: PaddedBatch | Tensor) -> SequenceFeatures:
        """(B, T, D), and how many of the T timestamps of each series are its own. Padding comes after them, unseen."""
        values, present, lengths, _ = checked_views(views, self.in_channels)
        marks = torch.ones_like(values) if present is None else present.to(values.dtype)
        hidden, _ = self.first(torch.cat([values, marks], dim=2))
        return SequenceFeatures(self.second(hidden)[0], lengths)

    def forward(self, views: PaddedBatch | Tensor) -> Tensor:
        """(B, D)."""
        features, lengths = self.steps(views)
        last = (lengths - 1).clamp(min=0)[:, None, None].expand(-1, 1, features.shape[2])
        return features.gather(1, last)[:, 0]
