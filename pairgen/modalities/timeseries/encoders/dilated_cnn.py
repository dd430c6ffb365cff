"""TS2Vec's encoder: residual blocks of dilated convolutions, a feature vector for every timestamp."""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pairgen._validation import check_choice, check_int, check_probability
from pairgen.batch import PaddedBatch, SequenceFeatures
from pairgen.modalities.timeseries.encoders._packing import Packing, dilated_conv
from pairgen.modalities.timeseries.encoders._views import check_views

__all__ = ["DilatedCNN"]


class DilatedCNN(nn.Module):
    """Encode every timestamp of a series by dilated convolutions (Yue et al. 2022, TS2Vec, section 3.2).

    A linear layer at each timestamp is followed by `depth` + 1 residual blocks of two convolutions of width 3, dilated
    by 1, 2, 4 and so on, and dropout. The latents of timestamps at which all channels are missing are zero before the
    blocks, which then fill them in from their neighbors; a single missing channel counts as 0.

    `steps` returns features of each timestamp; `forward` pools them over a series' timestamps.

    Args:
        in_channels: Number of channels C.
        out_features: Number of features D.
        hidden: Number of channels of the blocks.
        depth: The last block is dilated by 2**depth; at least 0.
        causal: Whether a timestamp depends on itself and earlier ones only.
        pooling: "max" (as in TS2Vec) or "mean".
        dropout: Probability of each feature to be dropped in training, in [0, 1].

    Raises:
        ValueError: An option is out of its range.
        TypeError: An option is of another type.

    Example:
        >>> encoder = DilatedCNN(in_channels=3, out_features=16, hidden=8, depth=2).eval()
        >>> encoder(torch.zeros(4, 50, 3)).shape
        torch.Size([4, 16])
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
        self.pooling = check_choice("pooling", pooling, ("max", "mean"))
        self.in_channels = check_int("in_channels", in_channels, 1)
        self.out_features = check_int("out_features", out_features, 1)
        self.project = nn.Linear(in_channels, check_int("hidden", hidden, 1))
        widths = [hidden] * (check_int("depth", depth, 0) + 1) + [out_features]
        self.blocks = nn.ModuleList(
            _Block(inner, outer, 2**level, causal, last=level == depth)
            for level, (inner, outer) in enumerate(pairwise(widths))
        )
        self.dropout = nn.Dropout(check_probability("dropout", dropout))

    def steps(self, views: PaddedBatch | Tensor) -> SequenceFeatures:
        """Return features (B, T, D) of each timestamp, and the lengths of the series.

        Args:
            views: A `PaddedBatch` of values (B, T, C), or a tensor (B, T, C) or, of one channel, (B, T).
        """
        values, present, lengths, full = check_views(views, self.in_channels)
        packing = Packing(lengths, values.shape[1], full=full)
        features = self.project(packing.pack(values).to(self.project.weight.dtype))
        if present is not None:
            features = torch.where(packing.pack(present).any(dim=1, keepdim=True), features, 0)
        for block in self.blocks:
            features = block(features, packing)
        return SequenceFeatures(packing.unpack(self.dropout(features)), lengths)

    def forward(self, views: PaddedBatch | Tensor) -> Tensor:
        """Return features (B, D), pooled over the timestamps of each series."""
        steps = self.steps(views)
        mask = steps.mask()[..., None]
        if self.pooling == "max":
            return steps.features.masked_fill(~mask, -torch.inf).amax(dim=1)
        total: Tensor = (steps.features * mask).sum(dim=1)
        return total / steps.lengths[:, None].clamp(min=1)


class _Block(nn.Module):
    """GELU, convolution, GELU, convolution, beside a shortcut; packed series (n, H) -> (n, H')."""

    def __init__(self, channels: int, features: int, dilation: int, causal: bool, last: bool) -> None:
        super().__init__()
        self.first = nn.Conv1d(channels, features, 3)
        self.second = nn.Conv1d(features, features, 3)
        self.shortcut = nn.Conv1d(channels, features, 1) if last or channels != features else None
        # A causal convolution sees a timestamp and those one and two dilations before it.
        self.offsets = (-2 * dilation, -dilation, 0) if causal else (-dilation, 0, dilation)

    def forward(self, rows: Tensor, packing: Packing) -> Tensor:
        taps, hidden = packing.taps(self.offsets), rows
        for layer in (self.first, self.second):
            hidden = dilated_conv(F.gelu(hidden), layer, taps)
        if self.shortcut is not None:  # of width 1
            rows = F.linear(rows, self.shortcut.weight.squeeze(2), self.shortcut.bias)
        return hidden + rows
