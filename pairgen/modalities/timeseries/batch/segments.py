"""Segments of series that know at which step they begin, alone and in batches: the internal type of the modality.

The first step of a view is what makes two overlapping crops comparable step by step (Yue et al. 2022, TS2Vec).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from pairgen.batch import PaddedBatch, concat, pad, put, stack, take, unbatch

__all__ = ["Segment", "Segments", "overlap", "pad_segments"]

_NO_STARTS = torch.empty(0, dtype=torch.int64)


@dataclass(frozen=True)
class Segment:
    """A series, or a part of one that knows where in the whole series it begins.

    An item may be given as a `Segment`; its views are `Segment`s then, and say where they come from.

    Args:
        values: Floating point (T, C), NaN where a value is missing.
        start: Step of the whole series at which the segment begins.
    """

    values: Tensor
    start: int = 0

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class Segments(PaddedBatch):
    """A batch of segments of any lengths, padded with zeros.

    Args:
        values: Floating point (B, T, C), zero beyond each length, NaN where a value is missing.
        lengths: int64 (B,), the number of steps of each segment, on the device of `values`.
        starts: int64 (B,), the step of its whole series at which each segment begins, on the same device; zeros by
            default.

    Raises:
        ValueError: Not one length and one start a segment.
    """

    starts: Tensor = field(default=_NO_STARTS, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.starts is _NO_STARTS:
            object.__setattr__(self, "starts", torch.zeros_like(self.lengths))
        if len(self.starts) != len(self.values):
            raise ValueError(
                f"starts has {len(self.starts)} rows, values has {len(self.values)}; give one start for each segment"
            )

    @property
    def full(self) -> bool:
        """Whether no segment is padded."""
        return len(self) == 0 or int(self.lengths.min()) == self.values.shape[1]

    def step_mask(self) -> Tensor:
        """Return bool (B, T, 1): True where a step belongs to the segment, False where it is padding."""
        return self.mask()[..., None]

    def with_values(self, values: Tensor) -> Segments:
        """Return a batch of the same lengths and starts with these values, (B, T, C), and zeros beyond each length."""
        return replace(self, values=values if self.full else torch.where(self.step_mask(), values, 0))

    def segment(self, i: int) -> Segment:
        """Return segment i without its padding; its values share the memory of the batch."""
        return Segment(self.item(i), int(self.starts[i]))

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> Segments:
        """Return this batch on a device."""
        moved = {n: getattr(self, n).to(device, non_blocking=non_blocking) for n in ("values", "lengths", "starts")}
        return replace(self, **moved)

    def pin_memory(self) -> Segments:
        """Return this batch in page-locked memory."""
        return replace(self, **{n: getattr(self, n).pin_memory() for n in ("values", "lengths", "starts")})


def overlap(first: Segment, second: Segment) -> tuple[int, int]:
    """Return the steps [begin, end) of the whole series that both segments contain.

    Returns:
        The first common step, and the step after the last one; end <= begin where there is none.

    Example:
        >>> overlap(Segment(torch.ones(5, 1), start=2), Segment(torch.ones(9, 1), start=4))
        (4, 7)
    """
    return max(first.start, second.start), min(first.start + len(first), second.start + len(second))


def pad_segments(segments: Sequence[Segment | Tensor]) -> Segments:
    """Return segments of any lengths, at least one, as a batch; a tensor (T, C) begins at step 0."""
    padded = pad([segment.values if isinstance(segment, Segment) else segment for segment in segments])
    starts = [segment.start if isinstance(segment, Segment) else 0 for segment in segments]
    return _with_starts(padded, torch.tensor(starts, device=padded.device))


def _without_starts(batch: Segments) -> PaddedBatch:
    return PaddedBatch(batch.values, batch.lengths, batch.axis)


def _with_starts(batch: PaddedBatch, starts: Tensor) -> Segments:
    return Segments(batch.values, batch.lengths, starts=starts)


@unbatch.register
def _(batch: Segments) -> Iterable[Segment]:
    return (batch.segment(i) for i in range(len(batch)))


@take.register
def _(batch: Segments, where: np.ndarray) -> Segments:
    return Segments(take(batch.values, where), take(batch.lengths, where), starts=take(batch.starts, where))


@put.register
def _(batch: Segments, where: np.ndarray, items: Segments) -> Segments:
    """Items may have become shorter or longer: both are padded to one length."""
    padded = put(_without_starts(batch), where, _without_starts(items))
    return _with_starts(padded, put(batch.starts, where, items.starts))


@stack.register
def _(like: Segments, items: Sequence[Segment | Tensor]) -> Segments:
    return pad_segments(items) if items else replace(like)


@concat.register
def _(first: Segments, second: Segments) -> Segments | None:
    padded = concat(_without_starts(first), _without_starts(second))
    return None if padded is None else _with_starts(padded, torch.cat([first.starts, second.starts]))
