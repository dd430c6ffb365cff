"""TS2Vec's encoder: residual blocks of dilated convolutions, a feature vector for every timestamp."""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pairgen.modalities.timeseries.encoders.views import checked_views, within
from pairgen.sequences import Padded, Steps

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

    def steps(self, views: Padded | Tensor) -> Steps:
        """(B, T, D), and how many of the T timestamps of each series are its own."""
        values, present, lengths, full = checked_views(views, self.in_channels)
        features = self.project(values)
        if present is not None:
            features = torch.where(present.any(dim=2, keepdim=True), features, 0)
        own = None if full else torch.arange(values.shape[1], device=values.device) < lengths[:, None]
        inside = None if own is None else own[:, None].to(features.dtype)
        features = features.transpose(1, 2)
        for block in self.blocks:
            features = block(features, inside)
        return Steps(self.dropout(features.transpose(1, 2)), lengths)

    def forward(self, views: Padded | Tensor) -> Tensor:
        """(B, D)."""
        steps = self.steps(views)
        own = steps.mask()[..., None]
        if self.pooling == "max":
            return steps.features.masked_fill(~own, -torch.inf).amax(dim=1)
        total: Tensor = (steps.features * own).sum(dim=1)
        return total / steps.lengths[:, None].clamp(min=1)


class _Block(nn.Module):
    """GELU, convolution, GELU, convolution, beside a shortcut; (B, H, T) -> (B, H', T)."""

    def __init__(self, channels: int, features: int, dilation: int, causal: bool, last: bool) -> None:
        super().__init__()
        self.first = _Convolution(channels, features, dilation, causal)
        self.second = _Convolution(features, features, dilation, causal)
        self.shortcut = nn.Conv1d(channels, features, 1) if last or channels != features else nn.Identity()

    def forward(self, features: Tensor, inside: Tensor | None) -> Tensor:
        """inside: (B, 1, T), 1 at a series' own timestamps and 0 beyond; None where nothing is padded."""
        made = self.second(F.gelu(_masked(self.first(F.gelu(features)), inside)))
        return _masked(made + self.shortcut(features), inside)


def _masked(features: Tensor, inside: Tensor | None) -> Tensor:
    # What lies beyond a series is zero before each convolution, as the zeros are with which convolutions pad.
    return features if inside is None else features * inside


class _Convolution(nn.Module):
    """A convolution of width 3 that keeps the length: (B, H, T) -> (B, H', T)."""

    def __init__(self, channels: int, features: int, dilation: int, causal: bool) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(channels, features, 3, dilation=dilation)
        self.dilation = dilation
        self.causal = causal

    def forward(self, features: Tensor) -> Tensor:
        weight, bias = self.convolution.weight, self.convolution.bias
        if self.dilation >= features.shape[2]:  # both neighbours are padding everywhere
            return F.conv1d(features, weight[:, :, 2 if self.causal else 1, None], bias)
        if self.causal:
            return F.conv1d(F.pad(features, (2 * self.dilation, 0)), weight, bias, dilation=self.dilation)
        return F.conv1d(features, weight, bias, padding=self.dilation, dilation=self.dilation)
