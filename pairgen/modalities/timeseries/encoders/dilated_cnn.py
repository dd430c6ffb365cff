"""TS2Vec's encoder: residual blocks of dilated convolutions, a feature vector for every timestamp."""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pairgen.batch import PaddedBatch, SequenceFeatures
from pairgen.modalities.timeseries.encoders.packing import Packing, dilated
from pairgen.modalities.timeseries.encoders.views import checked_views, within

__all__ = ["DilatedCNN"]


class DilatedCNN(nn.Module):
    """Series -> steps (B, T, out_features), one a timestamp (Yue et al. 2022, TS2Vec, section 3.2).

    A linear layer at each timestamp, `depth` + 1 residual blocks of two convolutions of width 3, dilated by 1, 2, 4 and
    so on, and dropout. The latents of timestamps at which all channels are missing are zero before the blocks, which
    then fill them in from their neighbours; a single missing channel counts as 0.

    `forward` pools over a series' own timestamps, by their maximum ("max", as TS2Vec does) or "mean".

    in_channels: C. out_features: D. hidden: channels of the blocks. depth: the last block is dilated by 2**depth.
    causal: a timestamp then sees itself and those before it, never later ones. dropout: of the features, in training.
    """

    def __init__(
        self,
        in_channels: int = 1,
        out_features: int = 320,
        hidden: int = 64,
        depth: int = 10,
        *,
        causal: bool = False,
        pooling: str = "max",
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        if pooling not in ("max", "mean"):
            raise ValueError(f'pooling is "max" or "mean", got {pooling!r}')
        self.in_channels = within("in_channels", in_channels)
        self.out_features = within("out_features", out_features)
        self.pooling = pooling
        self.project = nn.Linear(in_channels, within("hidden", hidden))
        widths = [hidden] * (within("depth", depth, 0) + 1) + [out_features]
        self.blocks = nn.ModuleList(
            _Block(inner, outer, 2**level, causal, last=level == depth)
            for level, (inner, outer) in enumerate(pairwise(widths))
        )
        self.dropout = nn.Dropout(dropout)

    def steps(self, views: PaddedBatch | Tensor) -> SequenceFeatures:
        """(B, T, D), and how many of the T timestamps of each series are its own."""
        values, present, lengths, full = checked_views(views, self.in_channels)
        packing = Packing(lengths, values.shape[1], full=full)
        features = self.project(packing.rows(values))
        if present is not None:
            features = torch.where(packing.rows(present).any(dim=1, keepdim=True), features, 0)
        for block in self.blocks:
            features = block(features, packing)
        return SequenceFeatures(packing.padded(self.dropout(features)), lengths)

    def forward(self, views: PaddedBatch | Tensor) -> Tensor:
        """(B, D)."""
        steps = self.steps(views)
        own = steps.mask()[..., None]
        if self.pooling == "max":
            return steps.features.masked_fill(~own, -torch.inf).amax(dim=1)
        total: Tensor = (steps.features * own).sum(dim=1)
        return total / steps.lengths[:, None].clamp(min=1)


class _Block(nn.Module):
    """GELU, convolution, GELU, convolution, beside a shortcut; packed series (n, H) -> (n, H')."""

    def __init__(self, channels: int, features: int, dilation: int, causal: bool, last: bool) -> None:
        super().__init__()
        self.first = nn.Conv1d(channels, features, 3)
        self.second = nn.Conv1d(features, features, 3)
        self.shortcut = nn.Conv1d(channels, features, 1) if last or channels != features else None
        # A causal convolution sees a timestamp and the two before it that are one and two dilations away.
        self.offsets = (-2 * dilation, -dilation, 0) if causal else (-dilation, 0, dilation)

    def forward(self, rows: Tensor, packing: Packing) -> Tensor:
        taps, made = packing.taps(self.offsets), rows
        for layer in (self.first, self.second):
            made = dilated(F.gelu(made), layer, taps)
        if self.shortcut is not None:  # of width 1
            rows = F.linear(rows, self.shortcut.weight.squeeze(2), self.shortcut.bias)
        return made + rows
