"""Sequences of unequal length as one batch, and what an encoder says of each of their steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from pairgen.batch.ops import concat, put, stack, take

__all__ = ["PaddedBatch", "SequenceFeatures", "pad", "sequence_mask"]


def sequence_mask(lengths: Tensor, steps: int) -> Tensor:
    """Bool (B, steps): which of the first so many steps are a sequence's own. lengths: int64 (B,).

    >>> sequence_mask(torch.tensor([1, 3]), 2)
    tensor([[ True, False],
            [ True,  True]])
    """
    return torch.arange(steps, device=lengths.device) < lengths[:, None]


class SequenceFeatures(NamedTuple):
    """What a sequence encoder gives for each step in time.

    features: floating point (B, L, D). lengths: int64 (B,), on the same device: how many of the L steps of each
    sequence are its own; what lies beyond is padding, and whatever is computed of it is not to be used.
    """

    features: Tensor
    lengths: Tensor

    def mask(self) -> Tensor:
        """Bool (B, L): True where a step is the sequence's own."""
        return sequence_mask(self.lengths, self.features.shape[1])


@dataclass(frozen=True)
class PaddedBatch:
    """A batch of sequences, padded with zeros to the longest.

    values: (B, ...) with the time along `axis`. lengths: int64 (B,), on the same device. axis: 1 or more, or negative.
    """

    values: Tensor
    lengths: Tensor
    axis: int = 1

    def __post_init__(self) -> None:
        if len(self.lengths) != len(self.values):
            raise ValueError(
                f"lengths has {len(self.lengths)} rows, values has {len(self.values)}: one length a sequence"
            )

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Tensor]:
        """The sequences without their padding."""
        return (self.item(i) for i in range(len(self)))

    @property
    def device(self) -> torch.device:
        """Where the values are."""
        return self.values.device

    def mask(self) -> Tensor:
        """Bool (B, L): True where a value is the sequence's own, False where it is padding."""
        return sequence_mask(self.lengths, self.values.shape[self.axis])

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> PaddedBatch:
        """This batch on a device."""
        return replace(
            self,
            values=self.values.to(device, non_blocking=non_blocking),
            lengths=self.lengths.to(device, non_blocking=non_blocking),
        )

    def pin_memory(self) -> PaddedBatch:
        """This batch in page-locked memory."""
        return replace(self, values=self.values.pin_memory(), lengths=self.lengths.pin_memory())

    def item(self, i: int) -> Tensor:
        """Sequence i without its padding: a view of `values`."""
        return self.values[i].narrow(_item_axis(self), 0, int(self.lengths[i]))


def pad(sequences: Sequence[Tensor], axis: int = 0) -> PaddedBatch:
    """Tensors that differ along `axis` only, as a batch. ValueError with the shapes where they differ elsewhere.

    >>> pad([torch.ones(2), torch.ones(3)]).values
    tensor([[1., 1., 0.],
            [1., 1., 1.]])
    """
    if not sequences:
        raise ValueError("cannot pad no sequences: a batch needs at least one")
    first = sequences[0]
    axis = axis % first.ndim
    lengths = torch.tensor([s.shape[axis] for s in sequences])
    shape = list(first.shape)
    shape[axis] = int(lengths.max())
    values = first.new_zeros((len(sequences), *shape))
    for row, sequence in zip(values, sequences, strict=True):
        if sequence.ndim != first.ndim or sequence.shape[:axis] + sequence.shape[axis + 1 :] != tuple(
            size for k, size in enumerate(first.shape) if k != axis
        ):
            raise ValueError(
                f"sequences of one batch may differ in length (axis {axis}) only, got shapes {tuple(first.shape)} "
                f"and {tuple(sequence.shape)}"
            )
        row.narrow(axis, 0, sequence.shape[axis]).copy_(sequence)
    return PaddedBatch(values, lengths.to(first.device), axis + 1)


def _item_axis(batch: PaddedBatch) -> int:
    return batch.axis % batch.values.ndim - 1


def _longer(batch: PaddedBatch, length: int) -> Tensor:
    """The values with zeros up to that length."""
    missing = length - batch.values.shape[batch.axis]
    if missing <= 0:
        return batch.values
    shape = list(batch.values.shape)
    shape[batch.axis] = missing
    return torch.cat([batch.values, batch.values.new_zeros(shape)], dim=batch.axis)


@concat.register
def _(first: PaddedBatch, second: PaddedBatch) -> PaddedBatch | None:
    length = max(first.values.shape[first.axis], second.values.shape[second.axis])
    values = concat(_longer(first, length), _longer(second, length))
    return None if values is None else PaddedBatch(values, torch.cat([first.lengths, second.lengths]), first.axis)


@take.register
def _(batch: PaddedBatch, where: np.ndarray) -> PaddedBatch:
    return replace(batch, values=take(batch.values, where), lengths=take(batch.lengths, where))


@put.register
def _(batch: PaddedBatch, where: np.ndarray, items: PaddedBatch) -> PaddedBatch:
    """Items may have become shorter or longer: both are padded to one length."""
    length = max(batch.values.shape[batch.axis], items.values.shape[items.axis])
    values = put(_longer(batch, length), where, _longer(items, length))
    return replace(batch, values=values, lengths=put(batch.lengths, where, items.lengths))


@stack.register
def _(like: PaddedBatch, items: Sequence[Tensor]) -> PaddedBatch:
    return pad(items, _item_axis(like)) if items else replace(like)
