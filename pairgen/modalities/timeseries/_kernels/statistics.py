"""Mean and scale of each series over its present values, and the shapes in which kernels compute."""

from __future__ import annotations

import torch
from torch import Tensor

from pairgen.modalities.timeseries.batch.segments import Segments

__all__ = ["ROUNDING", "as_column", "has_missing", "mean_and_scale", "wide_mean_and_scale", "widen_rows"]

_FAR = 100
"""Beyond so many variances, squares of means cancel too many digits of the mean square: values are centered first."""

_FARTHEST = 1e6
"""Beyond so many variances, a mean in float32 is too coarse to center values with: they are computed in float64."""

ROUNDING = 0.5
"""Up to so many times the precision of its mean, a channel's deviation is due to rounding, and its scale is 0."""


def mean_and_scale(batch: Segments) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (B, 1, C) of each channel of each series over its present values.

    A channel that is constant, but for rounding, or all missing has the scale 0.
    """
    mean, spread = wide_mean_and_scale(batch)
    return mean.to(batch.values.dtype), spread.to(batch.values.dtype)


def wide_mean_and_scale(batch: Segments) -> tuple[Tensor, Tensor]:
    """Mean and scale as `mean_and_scale` has them, in float64 where the dtype of the values is too coarse for them."""
    values = batch.values
    if batch.full and not has_missing(values):
        mean = values.mean(dim=1, keepdim=True)
        variance = values.square().mean(dim=1, keepdim=True) - mean.square()
        if _is_precise(mean, variance, _FAR):
            return mean, variance.sqrt_()
        rows, center = widen_rows(values, mean)
        variance = (rows - center).square_().view_as(values).mean(dim=1, keepdim=True)
    else:
        present = batch.step_mask() & ~values.isnan()
        count = present.sum(dim=1, keepdim=True).clamp_(min=1).to(values.dtype)
        mean = torch.where(present, values, 0).sum(dim=1, keepdim=True) / count
        variance = torch.where(present, values - mean, 0).square_().sum(dim=1, keepdim=True) / count
    return (mean, variance.sqrt_()) if _is_precise(mean, variance, _FARTHEST) else _in_float64(batch)


def _is_precise(mean: Tensor, variance: Tensor, far: float) -> bool:
    """Whether no mean is far beyond its variance, and no square has left the range of the dtype."""
    smallest = torch.finfo(variance.dtype).tiny / torch.finfo(variance.dtype).eps
    inside = (mean.square() < far * variance) & (variance > smallest) & (variance < torch.inf)
    return bool(inside.all())


def _in_float64(batch: Segments) -> tuple[Tensor, Tensor]:
    """Mean and scale from differences to a present value, in units of the largest: neither cancels nor overflows."""
    wide = torch.float32 if batch.device.type == "mps" else torch.float64
    present = batch.step_mask() & ~batch.values.isnan()
    values = torch.where(present, batch.values, 0).to(wide)
    count = present.sum(dim=1, keepdim=True).clamp_(min=1)
    base = values.gather(1, present.to(torch.uint8).argmax(dim=1, keepdim=True))
    away = torch.where(present, values - base, 0)
    unit = away.abs().amax(dim=1, keepdim=True)
    away /= torch.where(unit > 0, unit, 1)
    center = away.sum(dim=1, keepdim=True) / count
    mean = base + center * unit
    spread = unit * torch.where(present, away - center, 0).square_().mean(dim=1, keepdim=True).sqrt_()
    spread *= (present.shape[1] / count).sqrt()  # the mean square above is over all steps
    rounding = ROUNDING * torch.finfo(batch.values.dtype).eps * mean.abs()
    return mean, torch.where(spread > rounding, spread, 0)


def has_missing(values: Tensor) -> bool:
    """Whether any value is NaN, without an array as large as the values: infinite ones do not get this far."""
    return bool(values.sum().isnan())


def as_column(params: object, like: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    """Parameters (B,) as (B, 1, 1), or (B, C) as (B, 1, C), in the dtype of `like` by default, and on its device."""
    column = torch.as_tensor(params, dtype=dtype or like.dtype, device=like.device)
    return column.reshape(-1, 1, 1) if column.ndim == 1 else column[:, None]


def widen_rows(values: Tensor, factor: Tensor) -> tuple[Tensor, Tensor]:
    """Values (B, T, C) and factors (B, 1, C) of their channels, with several steps as one row.

    They multiply as before, four times as fast: torch is slow at rows of a few channels.
    """
    count, steps, channels = values.shape
    most = min(steps, max(1, 64 // channels))
    block = max(n for n in range(1, most + 1) if steps % n == 0)
    return values.reshape(count, steps // block, block * channels), factor.repeat(1, 1, block)
