"""From waveforms to log-mel spectrograms, within the encoder: on its device, whatever the padding."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from pairgen.modalities.audio.encoders.waves import masked, whole

__all__ = ["LogMel"]


class LogMel(nn.Module):
    """Waveforms (B, T) -> log-mel spectrograms (B, n_mels, L), of mean 0 and deviation 1 a clip.

    Hann windows of 25 ms, every 10 ms; librosa's mel filters (Slaney's scale), from 20 Hz to half the sample rate.
    Being standardised, they do not depend on the level of the clip, and silence is all zeros.

    sample_rate: in Hz, at least 1000. n_mels: bands.
    """

    def __init__(self, sample_rate: int = 16_000, n_mels: int = 64) -> None:
        super().__init__()
        from librosa.filters import mel

        self.sample_rate = whole("sample_rate", sample_rate, 1000)
        self.n_mels = whole("n_mels", n_mels, 4)
        window = round(0.025 * sample_rate)
        self.hop = round(0.010 * sample_rate)
        self.n_fft = 1 << (window - 1).bit_length()
        filters = mel(sr=sample_rate, n_fft=self.n_fft, n_mels=n_mels, fmin=20.0)
        self.register_buffer("filters", torch.from_numpy(filters), persistent=False)
        self.register_buffer("window", torch.hann_window(window), persistent=False)

    def forward(self, waves: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """The spectrograms, zero beyond each clip's frames, and int64 (B,): those frames, 1 + T // hop."""
        window, filters = cast("Tensor", self.window), cast("Tensor", self.filters)
        spectrum = torch.stft(
            waves.to(window.dtype),
            self.n_fft,
            self.hop,
            win_length=len(window),
            window=window,
            center=True,
            pad_mode="constant",  # silence, as behind a shorter clip of a batch
            return_complex=True,
        )
        power = torch.view_as_real(spectrum).square().sum(dim=-1)
        frames = 1 + lengths // self.hop
        return self._standardised(torch.log(filters @ power + 1e-8), frames), frames

    @staticmethod
    def _standardised(levels: Tensor, frames: Tensor) -> Tensor:
        count = (frames * levels.shape[1]).reshape(-1, 1, 1)
        centred = levels - masked(levels, frames).sum(dim=(1, 2), keepdim=True) / count
        inside = masked(centred, frames)
        deviation = (inside.square().sum(dim=(1, 2), keepdim=True) / count).sqrt()
        return inside / deviation.clamp(min=1e-3)
