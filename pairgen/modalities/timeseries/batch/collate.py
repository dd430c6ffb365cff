"""Collate decoded series and views into a batch, check batches of users, and prepare batches for the encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pairgen.batch import PaddedBatch
from pairgen.modalities.timeseries.batch.segments import Segment, Segments, pad_segments
from pairgen.modalities.timeseries.io.codec import SeriesItem, as_float_tensor, decode_series

__all__ = ["ToModelInput", "check_batch", "collate"]


def collate(views: Sequence[Segment | SeriesItem]) -> Segments:
    """Collate series of any lengths into one batch.

    Args:
        views: Decoded series or views; items of other types are decoded first.

    Returns:
        Values (B, T, C) with T the longest length and zeros behind the shorter ones, lengths and starts.

    Raises:
        ValueError: There are none, or they differ in their channels, dtype or device.
    """
    if not len(views):
        raise ValueError("cannot collate an empty batch; check the batch size and the dataset")
    segments = [view if isinstance(view, Segment) else decode_series(view) for view in views]
    forms = sorted({(s.values.shape[1], str(s.values.dtype), str(s.values.device)) for s in segments})
    if len(forms) > 1:
        listed = ", ".join(f"{channels} channels {dtype} on {device}" for channels, dtype, device in forms[:4])
        raise ValueError(
            f"cannot collate series that differ in more than their length: {listed}; give series with the same "
            "channels, dtype and device"
        )
    return pad_segments(segments)


def check_batch(batch: object) -> Segments:
    """Return a user's batch of series in the form that `collate` makes.

    Args:
        batch: A `PaddedBatch` of values (B, T, C), or an array or tensor (N, T, C) or, of one channel, (N, T), without
            padding. Floating point or integers; NaN is a missing value.

    Returns:
        Values (B, T, C), float32 or float64, zero beyond each length. The batch given is not changed.

    Raises:
        TypeError: The batch is of another type, rank or dtype.
        ValueError: A series is empty, has infinite values, or holds missing values only; names the series.
    """
    if isinstance(batch, (Tensor, np.ndarray)):
        values = as_float_tensor(batch, f"a batch of shape {tuple(batch.shape)} and dtype {batch.dtype}")
        values = values[..., None] if values.ndim == 2 else values
        if values.ndim == 3:
            batch = Segments(values, torch.full((len(values),), values.shape[1], device=values.device))
    if not isinstance(batch, PaddedBatch) or batch.values.ndim != 3 or batch.axis % 3 != 1:
        shape = getattr(batch, "shape", None)
        got = type(batch).__name__ if shape is None else f"shape {tuple(shape)}"
        raise TypeError(
            f"a batch of series is an array or tensor (N, T, C), or a PaddedBatch of such values, got {got}; collate "
            "the items first"
        )
    values, lengths = as_float_tensor(batch.values, f"a batch of {batch.values.dtype}"), batch.lengths
    if len(values) and (values.shape[2] == 0 or int(lengths.min()) < 1 or int(lengths.max()) > values.shape[1]):
        raise ValueError(
            f"each series of a batch of shape {tuple(values.shape)} has at least one channel and 1 to "
            f"{values.shape[1]} steps, got lengths from {int(lengths.min())} to {int(lengths.max())}; leave empty "
            "series out"
        )
    starts = batch.starts if isinstance(batch, Segments) else torch.zeros_like(lengths)
    segments = Segments(values, lengths, starts=starts).with_values(values)
    _check_values(segments)
    return segments


def _check_values(batch: Segments) -> None:
    if bool(torch.isfinite(batch.values.sum())):
        return
    infinite = batch.values.isinf().flatten(1).any(dim=1)
    if bool(infinite.any()):
        raise ValueError(
            f"series {int(infinite.nonzero()[0])} of the batch has infinite values; correct them, or set them to NaN"
        )
    empty = (batch.values.isnan() | ~batch.step_mask()).flatten(1).all(dim=1)
    if bool(empty.any()):
        raise ValueError(f"series {int(empty.nonzero()[0])} of the batch holds missing values (NaN) only; leave it out")


@dataclass(frozen=True)
class ToModelInput:
    """Convert a batch of views to the input of an encoder: standardized by statistics of the data, as float32.

    Args:
        mean: Subtracted from the values: a number, or one a channel; None leaves the values as they are.
        std: Divides the values after that, above 0: a number, or one a channel; None leaves the values as they are.

    Raises:
        ValueError: `std` is not above 0.
    """

    mean: float | tuple[float, ...] | None = None
    std: float | tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        for name in ("mean", "std"):
            value = getattr(self, name)
            if isinstance(value, list):  # as options come back from a checkpoint's JSON
                object.__setattr__(self, name, tuple(value))
        if self.std is not None and min(np.atleast_1d(self.std)) <= 0:
            raise ValueError(f"std must be above 0, got {self.std}; give constant channels 1")

    def __call__(self, batch: Segments) -> Segments:
        """Return the batch, values (B, T, C), as float32; ValueError where the statistics are not of C channels."""
        values = batch.values
        for name, operation in (("mean", torch.sub), ("std", torch.div)):
            given = getattr(self, name)
            if given is not None:
                # In float32 a mean far from 0 would be rounded by more than the values vary.
                wide = torch.float32 if values.device.type == "mps" else torch.float64
                statistic = torch.as_tensor(given, dtype=wide, device=values.device)
                if statistic.ndim and len(statistic) != values.shape[2]:
                    raise ValueError(
                        f"{name} has {len(statistic)} channels, the series have {values.shape[2]}; give one number a "
                        "channel, or one for all"
                    )
                values = operation(values.to(wide), statistic)
        return batch.with_values(values.to(torch.float32))
