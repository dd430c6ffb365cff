"""The encoder of contrastive predictive coding: strided convolutions on the raw waveform."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from pairgen._validation import check_int
from pairgen.batch import PaddedBatch, SequenceFeatures
from pairgen.modalities.audio.encoders._waves import check_waves, mask_padding, pool_mean_max

__all__ = ["CPCWave"]


class CPCWave(nn.Module):
    """Encode waveforms (B, T) by strided convolutions (van den Oord et al. 2018, section 3.1).

    A step is the product of the strides: by default every 160 samples, 10 ms at 16 kHz. The kernels are twice as wide
    as the strides. Each layer is followed by a normalization over the channels of a step and a ReLU (Riviere et al.
    2020, who found the batch norm of the original to leak between the clips of a batch). `forward` pools the steps by
    mean plus maximum.

    Args:
        out_features: Channels of all layers, D; the paper has 512.
        strides: Stride of each layer, at least one layer; (5, 4, 2, 2) gives 10 ms at 8 kHz.
    """

    def __init__(self, out_features: int = 256, strides: Sequence[int] = (5, 4, 2, 2, 2)) -> None:
        super().__init__()
        out_features = check_int("out_features", out_features, 1)
        if not len(strides):
            raise ValueError("strides is the stride of at least one layer, got none")
        self.out_features = out_features
        self.strides = tuple(check_int("strides", stride, 1) for stride in strides)
        self.downsampling = math.prod(self.strides)
        widths = [1] + [out_features] * len(self.strides)
        self.layers = nn.ModuleList(
            nn.Conv1d(inner, outer, 2 * stride, stride)
            for inner, outer, stride in zip(widths, widths[1:], self.strides, strict=False)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(out_features) for _ in self.strides)

    def steps(self, views: PaddedBatch | Tensor) -> SequenceFeatures:
        """Return features (B, L, D), and how many of the L steps of each clip are its own.

        They are its samples over the product of the strides, rounded up.
        """
        values, lengths = check_waves(views)
        features = values[:, None].to(next(self.parameters()).dtype)
        for layer, norm, stride in zip(self.layers, self.norms, self.strides, strict=True):
            length = -(-features.shape[-1] // stride)
            missing = (length + 1) * stride - features.shape[-1]  # silence, half a stride before and the rest behind
            features = layer(F.pad(features, (stride // 2, missing - stride // 2)))
            lengths = -(-lengths // stride)
            features = mask_padding(norm(features.transpose(1, 2)).transpose(1, 2).relu(), lengths)
        return SequenceFeatures(features.transpose(1, 2), lengths)

    def forward(self, views: PaddedBatch | Tensor) -> Tensor:
        """Return features (B, D)."""
        return pool_mean_max(self.steps(views))
