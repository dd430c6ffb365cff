"""Sequences of unequal length as one padded batch, and the features of their steps."""

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
    """Return a mask of the steps that belong to each sequence rather than to its padding.

    Args:
        lengths: int64 (B,), the number of steps of each sequence.
        steps: Number of steps of the mask, L.

    Returns:
        bool (B, L) on the device of `lengths`, True where a step belongs to its sequence.

    Example:
        >>> sequence_mask(torch.tensor([1, 3]), 2)
        tensor([[ True, False],
                [ True,  True]])
    """
    return torch.arange(steps, device=lengths.device) < lengths[:, None]


class SequenceFeatures(NamedTuple):
    """Features of a sequence encoder for each step in time.

    Args:
        features: Floating point (B, L, D).
        lengths: int64 (B,), on the same device: the number of valid steps of each sequence. The features of the steps
            beyond are those of padding, and must not be used.
    """

    features: Tensor
    lengths: Tensor

    def mask(self) -> Tensor:
        """Return bool (B, L), True where a step is valid and False where it is padding."""
        return sequence_mask(self.lengths, self.features.shape[1])


@dataclass(frozen=True)
class PaddedBatch:
    """A batch of sequences, padded with zeros to the longest.

    Args:
        values: (B, ...), with time along `axis`.
        lengths: int64 (B,), on the same device: the length of each sequence.
        axis: Axis of time in `values`: 1 or more, or negative.

    Raises:
        ValueError: There is not one length for each sequence.
    """

    values: Tensor
    lengths: Tensor
    axis: int = 1

    def __post_init__(self) -> None:
        if len(self.lengths) != len(self.values):
            raise ValueError(
                f"lengths has {len(self.lengths)} rows, values has {len(self.values)}; pass one length a sequence"
            )

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Tensor]:
        """Iterate the sequences without their padding."""
        return (self.item(i) for i in range(len(self)))

    @property
    def device(self) -> torch.device:
        """Device of the values."""
        return self.values.device

    def mask(self) -> Tensor:
        """Return bool (B, L), True where a step belongs to its sequence and False where it is padding."""
        return sequence_mask(self.lengths, self.values.shape[self.axis])

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> PaddedBatch:
        """Return this batch on a device."""
        return replace(
            self,
            values=self.values.to(device, non_blocking=non_blocking),
            lengths=self.lengths.to(device, non_blocking=non_blocking),
        )

    def pin_memory(self) -> PaddedBatch:
        """Return this batch in page-locked memory."""
        return replace(self, values=self.values.pin_memory(), lengths=self.lengths.pin_memory())

    def item(self, i: int) -> Tensor:
        """Return sequence i without its padding, as a view of `values`."""
        return self.values[i].narrow(_item_axis(self), 0, int(self.lengths[i]))


def pad(sequences: Sequence[Tensor], axis: int = 0) -> PaddedBatch:
    """Pad sequences with zeros to the longest, as one batch.

    Args:
        sequences: At least one tensor; all of one shape except along `axis`.
        axis: Axis of time of a sequence.

    Returns:
        The batch, with time along `axis + 1`, in the dtype and on the device of the first sequence.

    Raises:
        ValueError: There are no sequences, or they differ along another axis; the message has the shapes.

    Example:
        >>> pad([torch.ones(2), torch.ones(3)]).values
        tensor([[1., 1., 0.],
                [1., 1., 1.]])
    """
    if not sequences:
        raise ValueError("cannot pad an empty list of sequences; pass at least one")
    first = sequences[0]
    axis = axis % first.ndim
    lengths = torch.tensor([s.shape[axis] for s in sequences], device="cpu")
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


def _pad_values(batch: PaddedBatch, length: int) -> Tensor:
    """Return the values, padded with zeros up to that length."""
    missing = length - batch.values.shape[batch.axis]
    if missing <= 0:
        return batch.values
    shape = list(batch.values.shape)
    shape[batch.axis] = missing
    return torch.cat([batch.values, batch.values.new_zeros(shape)], dim=batch.axis)


@concat.register
def _(first: PaddedBatch, second: PaddedBatch) -> PaddedBatch | None:
    length = max(first.values.shape[first.axis], second.values.shape[second.axis])
    values = concat(_pad_values(first, length), _pad_values(second, length))
    return None if values is None else PaddedBatch(values, torch.cat([first.lengths, second.lengths]), first.axis)


@take.register
def _(batch: PaddedBatch, where: np.ndarray) -> PaddedBatch:
    return replace(batch, values=take(batch.values, where), lengths=take(batch.lengths, where))


@put.register
def _(batch: PaddedBatch, where: np.ndarray, items: PaddedBatch) -> PaddedBatch:
    """Items may have become shorter or longer: both are padded to one length."""
    length = max(batch.values.shape[batch.axis], items.values.shape[items.axis])
    values = put(_pad_values(batch, length), where, _pad_values(items, length))
    return replace(batch, values=values, lengths=put(batch.lengths, where, items.lengths))


@stack.register
def _(like: PaddedBatch, items: Sequence[Tensor]) -> PaddedBatch:
    return pad(items, _item_axis(like)) if items else replace(like)
