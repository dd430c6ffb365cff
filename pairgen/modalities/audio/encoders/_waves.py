"""What the audio encoders share: the check of their input, masks of padding, and pooling over the steps in time."""

from __future__ import annotations

import torch
from torch import Tensor

from pairgen.batch import PaddedBatch, SequenceFeatures, sequence_mask

__all__ = ["check_waves", "mask_padding", "pool_mean_max"]


def check_waves(views: PaddedBatch | Tensor) -> tuple[Tensor, Tensor]:
    """Mono waveforms (B, T), floating point, and int64 lengths (B,).

    ValueError for another rank, for several channels or no samples, TypeError for integers or another type.
    """
    if isinstance(views, PaddedBatch):
        values, lengths = views.values, views.lengths
    elif isinstance(views, Tensor):
        values = views
        lengths = torch.full((len(views),), views.shape[-1], device=views.device)
    else:
        raise TypeError(f"the encoder takes a PaddedBatch or a tensor (B, T) of waveforms, got {type(views).__name__}")
    if values.ndim == 3 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 2:
        raise ValueError(
            f"the encoder takes mono waveforms (B, T) or (B, 1, T), got {tuple(values.shape)}; mix the channels: the "
            "recipes' option channels=1 does"
        )
    if not values.is_floating_point():
        raise TypeError(f"the encoder takes floating-point waveforms, got {values.dtype}; divide int16 by 32768")
    if values.shape[1] == 0 and len(values):
        raise ValueError("the waveforms hold no samples; leave empty clips out")
    return values, lengths


def mask_padding(features: Tensor, lengths: Tensor) -> Tensor:
    """(B, ..., L) with zeros from each row's length on."""
    inside = sequence_mask(lengths, features.shape[-1])
    return features * inside.reshape(len(features), *(1,) * (features.ndim - 2), features.shape[-1]).to(features.dtype)


def pool_mean_max(steps: SequenceFeatures) -> Tensor:
    """(B, D): mean plus maximum over each sequence's own steps (Kong et al. 2020, PANNs)."""
    inside = steps.mask()[..., None]
    mean = (steps.features * inside).sum(dim=1) / steps.lengths[:, None].clamp(min=1)
    return mean + steps.features.masked_fill(~inside, -torch.inf).amax(dim=1)
