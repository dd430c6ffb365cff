"""From opened series or views to a batch, and the last step before the encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pairgen.batch import PaddedBatch, pad
from pairgen.modalities.timeseries.batch.segments import Segment, Segments
from pairgen.modalities.timeseries.io.codec import decode_series, working_tensor

__all__ = ["ToModelInput", "check_batch", "collate"]


def collate(views: Sequence[Any]) -> Segments:
    """Series of any lengths as one batch: values (B, T, C) with zeros behind the shorter ones, lengths, starts.

    ValueError for none, or for channels or dtypes that do not fit together.
    """
    if not len(views):
        raise ValueError("cannot collate no series: the batch is empty; check the batch size and the data set")
    segments = [view if isinstance(view, Segment) else decode_series(view) for view in views]
    kinds = sorted({(s.values.shape[1], str(s.values.dtype), str(s.values.device)) for s in segments})
    if len(kinds) > 1:
        listed = ", ".join(f"{n} channels {dtype} on {device}" for n, dtype, device in kinds[:4])
        raise ValueError(
            f"cannot collate series of different kinds: {listed}; give series with the same channels, of one dtype"
        )
    made = pad([segment.values for segment in segments])
    starts = torch.tensor([segment.start for segment in segments], device=made.device)
    return Segments(made.values, made.lengths, starts=starts)


def check_batch(batch: Any) -> Segments:
    """A batch of series as `Segments`, values (B, T, C), float32 or float64, zero beyond each length.

    Taken are a `PaddedBatch` of such values, or a tensor or array (N, T, C) or, of one channel, (N, T), without padding.
    NaN is a missing value. ValueError or TypeError for anything else, for infinite values, for a series of NaN only.
    """
    if isinstance(batch, (Tensor, np.ndarray)):
        values = working_tensor(batch, f"a batch of shape {tuple(batch.shape)} and dtype {batch.dtype}")
        values = values[..., None] if values.ndim == 2 else values
        if values.ndim == 3:
            batch = Segments(values, torch.full((len(values),), values.shape[1], device=values.device))
    if not isinstance(batch, PaddedBatch) or batch.values.ndim != 3 or batch.axis % 3 != 1:
        got = tuple(batch.shape) if hasattr(batch, "shape") else type(batch).__name__
        raise TypeError(
            f"a batch of series is a tensor or array (N, T, C), or a PaddedBatch of such values, got {got}; collate the "
            "items first"
        )
    values, lengths = working_tensor(batch.values, f"a batch of {batch.values.dtype}"), batch.lengths
    if len(values) and (values.shape[2] == 0 or int(lengths.min()) < 1 or int(lengths.max()) > values.shape[1]):
        raise ValueError(
            f"each series of a batch of shape {tuple(values.shape)} has at least one channel and 1 to "
            f"{values.shape[1]} steps, got lengths from {int(lengths.min())} to {int(lengths.max())}; leave empty ones "
            "out"
        )
    starts = batch.starts if isinstance(batch, Segments) else torch.zeros_like(lengths)
    checked = _zero_padded(Segments(values, lengths, starts=starts))
    _check_values(checked)
    return checked


def _zero_padded(batch: Segments) -> Segments:
    return batch if batch.full else replace(batch, values=torch.where(batch.own(), batch.values, 0))


def _check_values(batch: Segments) -> None:
    if bool(torch.isfinite(batch.values.sum())):
        return
    odd = batch.values.isinf().flatten(1).any(dim=1)
    if bool(odd.any()):
        raise ValueError(
            f"series {int(odd.nonzero()[0])} of the batch has infinite values; repair them, or set them to NaN"
        )
    empty = (batch.values.isnan() | ~batch.own()).flatten(1).all(dim=1)
    if bool(empty.any()):
        raise ValueError(f"series {int(empty.nonzero()[0])} of the batch holds missing values (NaN) only; leave it out")


@dataclass(frozen=True)
class ToModelInput:
    """A batch of views as encoders take it: `Segments` of float32, with the statistics of the data taken out.

    mean, std: numbers, or one a channel; None leaves the values as they are.
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
        """batch: values (B, T, C). ValueError where the statistics are not those of C channels."""
        values = batch.values
        for name, operation in (("mean", torch.sub), ("std", torch.div)):
            given = getattr(self, name)
            if given is not None:
                statistic = torch.as_tensor(given, dtype=values.dtype, device=values.device)
                if statistic.ndim and len(statistic) != values.shape[2]:
                    raise ValueError(f"{name} has {len(statistic)} channels, the series have {values.shape[2]}")
                values = operation(values, statistic)
        return _zero_padded(replace(batch, values=values.to(torch.float32)))
