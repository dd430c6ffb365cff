"""What a series is like: its mean and its scale, of the values that are there."""

from __future__ import annotations

import torch
from torch import Tensor

from pairgen.modalities.timeseries.batch.segments import Segments

_FAR = 100
"""Beyond so many variances, squares of means cancel too many digits of the mean square: values are centred first."""

__all__ = ["column", "has_missing", "mean_and_scale", "wide", "zero_padded"]


def mean_and_scale(batch: Segments) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (B, 1, C) of each channel of each series over its own, present values.

    A channel that is constant, but for rounding, or all missing has the scale 0.
    """
    values = batch.values
    if batch.full and not has_missing(values):
        mean = values.mean(dim=1, keepdim=True)
        variance = values.square().mean(dim=1, keepdim=True) - mean.square()
        if bool((mean.square() < _FAR * variance).all()):
            return mean, variance.sqrt_()
        rows, centre = wide(values, mean)
        variance = (rows - centre).square_().view_as(values).mean(dim=1, keepdim=True)
    else:
        present = batch.own() & ~values.isnan()
        count = present.sum(dim=1, keepdim=True).clamp_(min=1).to(values.dtype)
        mean = torch.where(present, values, 0).sum(dim=1, keepdim=True) / count
        variance = torch.where(present, values - mean, 0).square_().sum(dim=1, keepdim=True) / count
    spread = variance.sqrt_()
    rounding = 8 * torch.finfo(values.dtype).eps * mean.abs()
    return mean, torch.where(spread > rounding, spread, 0)


def has_missing(values: Tensor) -> bool:
    """Whether any value is NaN, without an array as large as the values: infinite ones do not get this far."""
    return bool(values.sum().isnan())


def zero_padded(batch: Segments, values: Tensor) -> Tensor:
    """The values with zeros beyond each length; the values themselves where nothing is padded."""
    return values if batch.full else torch.where(batch.own(), values, 0)


def column(values: object, like: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    """Parameters (B,) as (B, 1, 1), or (B, C) as (B, 1, C), in the dtype of `like` by default, and on its device."""
    made = torch.as_tensor(values).to(device=like.device, dtype=dtype or like.dtype)
    return made.reshape(-1, 1, 1) if made.ndim == 1 else made[:, None]


def wide(values: Tensor, factor: Tensor) -> tuple[Tensor, Tensor]:
    """Values (B, T, C) and numbers (B, 1, C) of their channels in shapes that multiply alike, and four times as fast:
    several steps make one row, as torch is slow at rows of a few channels.
    """
    count, steps, channels = values.shape
    most = min(steps, max(1, 64 // channels))
    block = max(n for n in range(1, most + 1) if steps % n == 0)
    return values.reshape(count, steps // block, block * channels), factor.repeat(1, 1, block)
