"""What time-series encoders share: the check of their input, and the options that are whole numbers."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from pairgen.batch import PaddedBatch, sequence_mask

__all__ = ["Views", "checked_views", "within"]


class Views(NamedTuple):
    """values: (B, T, C), 0 where one is missing or padding. present: bool (B, T, C). lengths: int64 (B,).

    full: whether nothing is padded; present is None where nothing is missing either.
    """

    values: Tensor
    present: Tensor | None
    lengths: Tensor
    full: bool


def checked_views(views: PaddedBatch | Tensor, in_channels: int) -> Views:
    """A batch of views of that many channels; ValueError for another rank or number of channels or no steps, TypeError
    for integers or another type.
    """
    if isinstance(views, PaddedBatch):
        values, lengths = views.values, views.lengths
    elif isinstance(views, Tensor):
        values = views[..., None] if views.ndim == 2 else views
        lengths = torch.full((len(values),), values.shape[1] if values.ndim == 3 else 0, device=values.device)
    else:
        raise TypeError(f"the encoder takes a PaddedBatch or a tensor (B, T, C) of series, got {type(views).__name__}")
    if values.ndim != 3 or values.shape[2] != in_channels:
        got = values.shape[2] if values.ndim == 3 else "other"
        raise ValueError(
            f"the encoder takes series (B, T, {in_channels}), got {tuple(values.shape)}; make it with in_channels={got}"
        )
    if not values.is_floating_point():
        raise TypeError(f"the encoder takes floating-point series, got {values.dtype}; cast them with .float()")
    if values.shape[1] == 0:
        raise ValueError("the series hold no steps; leave empty ones out")
    full = len(values) == 0 or int(lengths.min()) == values.shape[1]
    if full and not bool(values.sum().isnan()):
        return Views(values, None, lengths, full)
    own = sequence_mask(lengths, values.shape[1])
    present = own[..., None] & ~values.isnan()
    return Views(torch.where(present, values, 0), present, lengths, full)


def within(name: str, value: int, least: int = 1) -> int:
    """An option that is a whole number of at least `least`; else ValueError."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} is a whole number of at least {least}, got {value!r}")
    return value
