"""A stretch of a series that knows where it begins, and batches of such: what series are augmented as.

Where a view begins is what makes two overlapping crops comparable step by step (Yue et al. 2022, TS2Vec).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pairgen.batch import PaddedBatch, concat, pad, put, stack, take, unbatch

__all__ = ["Segment", "Segments", "overlap"]


@dataclass(frozen=True)
class Segment:
    """values: floating point (T, C), NaN where a value is missing. start: the step of the whole series it begins with.

    An item may be given as a `Segment`; its views are `Segment`s then, and say where they come from.
    """

    values: Tensor
    start: int = 0

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class Segments(PaddedBatch):
    """A batch of segments: values (B, T, C), zero beyond each length; lengths, starts: int64 (B,), on one device."""

    starts: Tensor = field(default=None, kw_only=True)  # type: ignore[assignment]  # zeros where it is not given

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.starts is None:
            object.__setattr__(self, "starts", torch.zeros_like(self.lengths))
        if len(self.starts) != len(self.values):
            raise ValueError(f"starts has {len(self.starts)} rows, values has {len(self.values)}: one a segment")

    @property
    def full(self) -> bool:
        """Whether no segment is padded."""
        return len(self) == 0 or int(self.lengths.min()) == self.values.shape[1]

    def own(self) -> Tensor:
        """Bool (B, T, 1): True where a step is the segment's own."""
        return self.mask()[..., None]

    def segment(self, i: int) -> Segment:
        """Segment i without its padding: a view of `values`."""
        return Segment(self.item(i), int(self.starts[i]))

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> Segments:
        """This batch on a device."""
        moved = {n: getattr(self, n).to(device, non_blocking=non_blocking) for n in ("values", "lengths", "starts")}
        return replace(self, **moved)

    def pin_memory(self) -> Segments:
        """This batch in page-locked memory."""
        return replace(self, **{n: getattr(self, n).pin_memory() for n in ("values", "lengths", "starts")})


def overlap(first: Segment, second: Segment) -> tuple[int, int]:
    """The steps [begin, end) of the whole series that both segments show; end <= begin where there are none.

    >>> overlap(Segment(torch.ones(5, 1), start=2), Segment(torch.ones(9, 1), start=4))
    (4, 7)
    """
    return max(first.start, second.start), min(first.start + len(first), second.start + len(second))


@unbatch.register
def _(batch: Segments) -> Iterable[Segment]:
    return (batch.segment(i) for i in range(len(batch)))


@take.register
def _(batch: Segments, where: np.ndarray) -> Segments:
    return Segments(take(batch.values, where), take(batch.lengths, where), starts=take(batch.starts, where))


@put.register
def _(batch: Segments, where: np.ndarray, items: Segments) -> Segments:
    """Items may have become shorter or longer: both are padded to one length."""
    made = put(_plain(batch), where, _plain(items))
    return Segments(made.values, made.lengths, starts=put(batch.starts, where, items.starts))


@stack.register
def _(like: Segments, items: Sequence[Any]) -> Segments:
    if not items:
        return replace(like)
    made = pad([item.values if isinstance(item, Segment) else item for item in items])
    starts = [item.start if isinstance(item, Segment) else 0 for item in items]
    return Segments(made.values, made.lengths, starts=torch.tensor(starts, device=made.device))


@concat.register
def _(first: Segments, second: Segments) -> Segments | None:
    made = concat(_plain(first), _plain(second))
    return (
        None if made is None else Segments(made.values, made.lengths, starts=torch.cat([first.starts, second.starts]))
    )


def _plain(batch: Segments) -> PaddedBatch:
    return PaddedBatch(batch.values, batch.lengths, batch.axis)
