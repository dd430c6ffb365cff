"""Dilated convolutions of series of unequal lengths, laid end to end instead of padded, as matrix products.

A convolution of width 3 is one product for each of its three taps. On a CPU that is more than twice as fast as the
convolution of a padded batch, of which a quarter is padding where the series are random crops.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx

from pairgen.batch import sequence_mask

__all__ = ["Packing", "Tap", "dilated_conv"]


class Tap(NamedTuple):
    """One weight along the width of a convolution, which applies to another row of the packed series.

    position: of the weight in the width. offset: distance to the other row; 0 for the row itself. within: float
    (n - |offset|, 1), 1 where both rows are of one series and 0 elsewhere, for all rows but the last ones, or the first
    ones where the offset is negative.
    """

    position: int
    offset: int
    within: Tensor


class Packing:
    """The n timestamps of a batch (B, T) that are not padding, one a row, and the position of each in its series."""

    def __init__(self, lengths: Tensor, steps: int, *, full: bool) -> None:
        """Take the lengths int64 (B,), the number of steps T, and whether all lengths are T."""
        self._batch, self._steps = len(lengths), steps
        self._longest = steps if full or not len(lengths) else max(int(lengths.max()), 1)
        timestamp = torch.arange(steps, device=lengths.device).expand(self._batch, -1)
        self._kept = None if full else sequence_mask(lengths, steps).flatten().nonzero().squeeze(1)
        self._before = self.pack(timestamp)
        self._after = self.pack(lengths[:, None] - 1 - timestamp)

    def pack(self, values: Tensor) -> Tensor:
        """Pack (B, T, ...) to (n, ...)."""
        flat = values.reshape(self._batch * self._steps, *values.shape[2:])
        return flat if self._kept is None else flat.index_select(0, self._kept)

    def unpack(self, rows: Tensor) -> Tensor:
        """Unpack (n, D) to (B, T, D), zero beyond each series."""
        if self._kept is not None:
            rows = rows.new_zeros(self._batch * self._steps, rows.shape[1]).index_copy(0, self._kept, rows)
        return rows.reshape(self._batch, self._steps, rows.shape[1])

    def taps(self, offsets: Sequence[int]) -> list[Tap]:
        """The taps that reach any row, that of the row itself first."""
        reaching = [(position, offset) for position, offset in enumerate(offsets) if abs(offset) < self._longest]
        reaching.sort(key=lambda tap: abs(tap[1]))
        return [Tap(position, offset, self._within_series(offset)) for position, offset in reaching]

    def _within_series(self, offset: int) -> Tensor:
        within = self._after >= offset if offset >= 0 else self._before >= -offset
        return _with_partner(within, offset)[:, None].float()


def dilated_conv(rows: Tensor, layer: nn.Conv1d, taps: Sequence[Tap]) -> Tensor:
    """Convolve along each of the packed series, with zeros around them: (n, H) -> (n, H').

    layer: only its weight (H', H, width) and bias are used. taps: which of the width apply, that of the row itself
    first. Computed in autocast's dtype under autocast.
    """
    weight, bias = layer.weight, layer.bias
    if bias is None:
        raise ValueError(f"{layer} has no bias, which packed convolutions add; make it with bias=True")
    device = rows.device.type
    if torch.is_autocast_enabled(device):
        dtype = torch.get_autocast_dtype(device)
        rows, weight, bias = rows.to(dtype), weight.to(dtype), bias.to(dtype)
    with torch.autocast(device, enabled=False):
        convolved: Tensor = _DilatedConv.apply(rows, weight, bias, taps)
    return convolved


class _Context(FunctionCtx):
    taps: Sequence[Tap]
    saved_tensors: tuple[Tensor, ...]


class _DilatedConv(torch.autograd.Function):
    @staticmethod
    def forward(ctx: _Context, rows: Tensor, weight: Tensor, bias: Tensor, taps: Sequence[Tap]) -> Tensor:
        ctx.save_for_backward(rows, weight)
        ctx.taps = taps
        center, *others = taps
        convolved = torch.addmm(bias, rows, weight[:, :, center.position].t())
        for position, offset, within in others:
            neighbors = _with_partner(rows, -offset) * within.to(rows.dtype)
            _with_partner(convolved, offset).addmm_(neighbors, weight[:, :, position].t())
        return convolved

    @staticmethod
    def backward(ctx: _Context, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        rows, weight = ctx.saved_tensors
        grad = grads[0].contiguous()
        if torch.is_grad_enabled():
            return *_differentiable_gradients(rows, weight, grad, ctx.taps), grad.sum(dim=0), None
        center, *others = ctx.taps
        grad_rows = grad @ weight[:, :, center.position]
        grad_weight = weight.new_zeros(weight.shape[2], *weight.shape[:2])
        torch.mm(grad.t(), rows, out=grad_weight[center.position])
        for position, offset, within in others:
            reached = _with_partner(grad, offset) * within.to(grad.dtype)
            _with_partner(grad_rows, -offset).addmm_(reached, weight[:, :, position])
            torch.mm(reached.t(), _with_partner(rows, -offset), out=grad_weight[position])
        return grad_rows, grad_weight.permute(1, 2, 0), grad.sum(dim=0), None


def _differentiable_gradients(rows: Tensor, weight: Tensor, grad: Tensor, taps: Sequence[Tap]) -> tuple[Tensor, Tensor]:
    """The gradients at rows and weight, from operations that can be differentiated again."""
    grad_rows = torch.zeros_like(rows)
    grad_weight = [torch.zeros_like(weight[:, :, 0]) for _ in range(weight.shape[2])]
    for position, offset, within in taps:
        reached = _with_partner(grad, offset) * within.to(grad.dtype)
        before, behind = max(offset, 0), max(-offset, 0)
        grad_rows = grad_rows + F.pad(reached @ weight[:, :, position], (0, 0, before, behind))
        grad_weight[position] = reached.t() @ _with_partner(rows, -offset)
    return grad_rows, torch.stack(grad_weight, dim=2)


def _with_partner(rows: Tensor, offset: int) -> Tensor:
    """The rows that have another one `offset` rows on: all but the last, or all but the first if it is negative."""
    return rows[: len(rows) - offset] if offset >= 0 else rows[-offset:]
