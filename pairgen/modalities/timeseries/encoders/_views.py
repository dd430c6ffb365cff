"""The check of the input that time-series encoders share."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from pairgen.batch import PaddedBatch, sequence_mask

__all__ = ["Views", "check_views"]


class Views(NamedTuple):
    """A checked batch: values (B, T, C), 0 where one is missing or padding, and lengths int64 (B,).

    present: bool (B, T, C), False where a value is missing or padding; None where none is. full: whether nothing is
    padded.
    """

    values: Tensor
    present: Tensor | None
    lengths: Tensor
    full: bool


def check_views(views: PaddedBatch | Tensor, in_channels: int) -> Views:
    """Check a batch of views.

    Args:
        views: A `PaddedBatch` of values (B, T, C), or a tensor (B, T, C) or, of one channel, (B, T) without padding.
        in_channels: The number of channels C that the encoder takes.

    Raises:
        ValueError: Another rank, another number of channels, or no steps.
        TypeError: Integers, or another type.
    """
    if isinstance(views, PaddedBatch):
        values, lengths = views.values, views.lengths
    elif isinstance(views, Tensor):
        values = views[..., None] if views.ndim == 2 else views
        lengths = torch.full((len(values),), values.shape[1] if values.ndim == 3 else 0, device=values.device)
    else:
        raise TypeError(f"the encoder takes a PaddedBatch or a tensor (B, T, C) of series, got {type(views).__name__}")
    if values.ndim != 3 or values.shape[2] != in_channels:
        remedy = f"create it with in_channels={values.shape[2]}" if values.ndim == 3 else "pass a batch (B, T, C)"
        raise ValueError(f"the encoder takes series (B, T, {in_channels}), got {tuple(values.shape)}; {remedy}")
    if not values.is_floating_point():
        raise TypeError(f"the encoder takes floating-point series, got {values.dtype}; cast them with .float()")
    if len(values) == 0:
        return Views(values.new_zeros(0, max(1, values.shape[1]), in_channels), None, lengths, True)
    if values.shape[1] == 0:
        raise ValueError("the series have no steps; leave empty ones out")
    full = int(lengths.min()) == values.shape[1]
    if full and not bool(values.sum().isnan()):
        return Views(values, None, lengths, full)
    present = sequence_mask(lengths, values.shape[1])[..., None] & ~values.isnan()
    return Views(torch.where(present, values, 0), present, lengths, full)
