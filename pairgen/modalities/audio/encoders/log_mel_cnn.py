"""A convolutional network on log-mel spectrograms."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from pairgen.batch import PaddedBatch, SequenceFeatures
from pairgen.modalities.audio.encoders.log_mel import LogMel
from pairgen.modalities.audio.encoders.waves import checked_waves, masked, mean_and_max, whole

__all__ = ["LogMelCNN"]


class LogMelCNN(nn.Module):
    """Waveforms -> features (B, out_features): log-mel spectrogram, blocks of 3x3 convolutions, pooling over time.

    Each block is a convolution, batch norm, ReLU and 2x2 max-pooling; a linear layer then joins what the bands of a
    step say. `forward` pools the steps by mean plus maximum.

    sample_rate: of the waveforms, in Hz. n_mels: bands of the spectrogram. channels: of the blocks, at least one; each
    halves time and bands, so that a step is 10 ms * 2**len(channels). out_features: D.
    """

    def __init__(
        self,
        sample_rate: int = 16_000,
        n_mels: int = 64,
        channels: Sequence[int] = (32, 64, 128),
        out_features: int = 256,
    ) -> None:
        super().__init__()
        if not channels:
            raise ValueError("channels needs the width of at least one block, got none")
        self.out_features = whole("out_features", out_features)
        self.front = LogMel(sample_rate, n_mels)
        widths = [1, *(whole("channels", width) for width in channels)]
        self.blocks = nn.ModuleList(_Block(*pair) for pair in pairwise(widths))
        bands = n_mels
        for _ in channels:
            bands = -(-bands // 2)
        self.join = nn.Linear(widths[-1] * bands, out_features)
        self.to(memory_format=torch.channels_last)

    def steps(self, views: PaddedBatch | Tensor) -> SequenceFeatures:
        """(B, L, D) and how many of the L steps of each clip are its own."""
        features, lengths = self.front(*checked_waves(views))
        features = features[:, None].contiguous(memory_format=torch.channels_last)
        for block in self.blocks:
            features, lengths = block(features, lengths)
        joined = self.join(features.flatten(1, 2).transpose(1, 2)).relu()
        return SequenceFeatures(joined, lengths)

    def forward(self, views: PaddedBatch | Tensor) -> Tensor:
        """(B, D)."""
        return mean_and_max(self.steps(views))


class _Block(nn.Module):
    def __init__(self, channels: int, features: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, features, 3, padding=1, bias=False), nn.BatchNorm2d(features), nn.ReLU(inplace=True)
        )
        self.pool = nn.MaxPool2d(2, ceil_mode=True)

    def forward(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        # What lies beyond a clip is zero before each convolution, as the zeros are with which convolutions pad.
        pooled: Tensor = self.pool(masked(self.layers(features), lengths))
        return pooled, (lengths + 1) // 2
