"""A convolutional network on log-mel spectrograms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from pairgen._validation import check_int
from pairgen.batch import PaddedBatch, SequenceFeatures
from pairgen.modalities.audio.encoders._waves import check_waves, mask_padding, pool_mean_max

__all__ = ["LogMel", "LogMelCNN"]


class LogMel(nn.Module):
    """Convert waveforms (B, T) to log-mel spectrograms (B, n_mels, L), of mean 0 and deviation 1 a clip.

    Hann windows of 25 ms, every 10 ms; librosa's mel filters (Slaney's scale), from 20 Hz to half the sample rate.
    Being standardized, they do not depend on the level of the clip, and silence is all zeros. They are computed on the
    device of the module, and do not depend on the padding. They are computed in float32, or in float64 after
    `double()`: half precision has no FFT and too few digits for powers.

    Args:
        sample_rate: Of the waveforms, in Hz, at least 1000.
        n_mels: Number of bands, at least 4.
    """

    filters: Tensor
    window: Tensor

    def __init__(self, sample_rate: int = 16_000, n_mels: int = 64) -> None:
        super().__init__()
        from librosa.filters import mel

        self.sample_rate = check_int("sample_rate", sample_rate, 1000, unit="Hz")
        self.n_mels = check_int("n_mels", n_mels, 4)
        window = round(0.025 * sample_rate)
        self.hop = round(0.010 * sample_rate)
        self.n_fft = 1 << (window - 1).bit_length()
        filters = mel(sr=sample_rate, n_fft=self.n_fft, n_mels=n_mels, fmin=20.0)
        self.register_buffer("filters", torch.from_numpy(filters), persistent=False)
        self.register_buffer("window", torch.hann_window(window), persistent=False)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> LogMel:
        exact = self.filters, self.window
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        if self.window.dtype.itemsize < exact[1].dtype.itemsize:
            self.filters, self.window = (buffer.to(self.window.device) for buffer in exact)
        return self

    def forward(self, waves: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Return the spectrograms, zero beyond each clip's frames, and int64 (B,): those frames, 1 + T // hop."""
        frames = 1 + lengths // self.hop
        if not len(waves):  # the transform takes no empty batch
            return self.window.new_zeros(0, self.n_mels, 1 + waves.shape[1] // self.hop), frames
        spectrum = torch.stft(
            waves.to(self.window.dtype),
            self.n_fft,
            self.hop,
            win_length=len(self.window),
            window=self.window,
            center=True,
            pad_mode="constant",  # silence, as behind a shorter clip of a batch
            return_complex=True,
        )
        power = torch.view_as_real(spectrum).square().sum(dim=-1)
        return _standardize(torch.log(self.filters @ power + 1e-8), frames), frames


class LogMelCNN(nn.Module):
    """Encode waveforms (B, T) by a convolutional network on log-mel spectrograms: features (B, out_features).

    Each block is a 3x3 convolution, batch norm, ReLU and 2x2 max-pooling; a linear layer then joins the bands of a
    step. `forward` pools the steps by mean plus maximum.

    Args:
        sample_rate: Of the waveforms, in Hz, at least 1000.
        n_mels: Bands of the spectrogram, at least 4.
        channels: Channels of the blocks, at least one block; each halves time and bands, so that a step is
            10 ms * 2**len(channels).
        out_features: D.
    """

    def __init__(
        self,
        sample_rate: int = 16_000,
        n_mels: int = 64,
        channels: Sequence[int] = (32, 64, 128),
        out_features: int = 256,
    ) -> None:
        super().__init__()
        if not len(channels):
            raise ValueError("channels is the widths of at least one block, got none")
        self.out_features = check_int("out_features", out_features, 1)
        self.front = LogMel(sample_rate, n_mels)
        widths = [1, *(check_int("channels", width, 1) for width in channels)]
        self.blocks = nn.ModuleList(_Block(*pair) for pair in pairwise(widths))
        bands = n_mels
        for _ in channels:
            bands = -(-bands // 2)
        self.join = nn.Linear(widths[-1] * bands, out_features)
        self.to(memory_format=torch.channels_last)

    def steps(self, views: PaddedBatch | Tensor) -> SequenceFeatures:
        """Return features (B, L, D), and how many of the L steps of each clip are its own."""
        features, lengths = self.front(*check_waves(views))
        features = features[:, None].to(self.join.weight.dtype).contiguous(memory_format=torch.channels_last)
        for block in self.blocks:
            features, lengths = block(features, lengths)
        joined = self.join(features.flatten(1, 2).transpose(1, 2)).relu()
        return SequenceFeatures(joined, lengths)

    def forward(self, views: PaddedBatch | Tensor) -> Tensor:
        """Return features (B, D)."""
        return pool_mean_max(self.steps(views))


class _Block(nn.Module):
    def __init__(self, channels: int, features: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, features, 3, padding=1, bias=False), nn.BatchNorm2d(features), nn.ReLU(inplace=True)
        )
        self.pool = nn.MaxPool2d(2, ceil_mode=True)

    def forward(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        # What lies beyond a clip is zero before each convolution, as the zeros are with which convolutions pad.
        pooled: Tensor = self.pool(mask_padding(self.layers(features), lengths))
        return pooled, (lengths + 1) // 2


def _standardize(levels: Tensor, frames: Tensor) -> Tensor:
    count = (frames * levels.shape[1]).reshape(-1, 1, 1)
    centered = levels - mask_padding(levels, frames).sum(dim=(1, 2), keepdim=True) / count
    inside = mask_padding(centered, frames)
    deviation = (inside.square().sum(dim=(1, 2), keepdim=True) / count).sqrt()
    return inside / deviation.clamp(min=1e-3)
