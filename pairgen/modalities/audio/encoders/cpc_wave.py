"""The encoder of contrastive predictive coding: strided convolutions on the raw waveform."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from pairgen.batch import PaddedBatch, SequenceFeatures
from pairgen.modalities.audio.encoders.waves import checked_waves, masked, mean_and_max, whole

__all__ = ["CPCWave"]


class CPCWave(nn.Module):
    """Waveforms -> steps (B, L, out_features), L = T / product of the strides (van den Oord et al. 2018, section 3.1).

    Five convolutions with strides 5, 4, 2, 2, 2 and twice as wide kernels: a step every 160 samples, 10 ms at 16 kHz.
    Each is followed by a normalisation over the channels of a step and a ReLU (Riviere et al. 2020, who found the batch
    norm of the original to leak between the clips of a batch). `forward` pools the steps by mean plus maximum.

    out_features: the channels of all layers, D; the paper has 512. strides: one a layer, at least one;
    (5, 4, 2, 2) gives 10 ms at 8 kHz.
    """

    def __init__(self, out_features: int = 256, strides: Sequence[int] = (5, 4, 2, 2, 2)) -> None:
        super().__init__()
        if not strides:
            raise ValueError("strides needs at least one layer, got none")
        self.out_features = whole("out_features", out_features)
        self.strides = tuple(whole("strides", stride) for stride in strides)
        self.downsampling = math.prod(self.strides)
        widths = [1] + [out_features] * len(self.strides)
        self.layers = nn.ModuleList(
            nn.Conv1d(inner, outer, 2 * stride, stride)
            for inner, outer, stride in zip(widths, widths[1:], self.strides, strict=False)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(out_features) for _ in self.strides)

    def steps(self, views: PaddedBatch | Tensor) -> SequenceFeatures:
        """(B, L, D) and how many of the L steps of each clip are its own: its samples over the downsampling, rounded
        up.
        """
        values, lengths = checked_waves(views)
        features = values[:, None]
        for layer, norm, stride in zip(self.layers, self.norms, self.strides, strict=True):
            length = -(-features.shape[-1] // stride)
            missing = (length + 1) * stride - features.shape[-1]  # silence, half a stride before and the rest behind
            features = layer(F.pad(features, (stride // 2, missing - stride // 2)))
            lengths = -(-lengths // stride)
            features = masked(norm(features.transpose(1, 2)).transpose(1, 2).relu(), lengths)
        return SequenceFeatures(features.transpose(1, 2), lengths)

    def forward(self, views: PaddedBatch | Tensor) -> Tensor:
        """(B, D)."""
        return mean_and_max(self.steps(views))
