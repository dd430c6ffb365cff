"""The contrast within many small groups at once, such as the timestamps of each series."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

__all__ = ["contrast_in_groups"]


def contrast_in_groups(both: Tensor, there: Tensor) -> Tensor:
    """The mean cross-entropy of finding the other view among all of one's group, by dot products: a scalar.

    both: (G, 2N, D), of each group the first views of its N things, then their second views; half precision is computed
        in float32, under autocast too. there: bool (G, N), which of them are there.

    Groups with less than two things that are there say nothing and take no part; 0 if no other is left.
    """
    crowded = there.sum(dim=1) > 1
    if not bool(crowded.all()):
        both, there = both[crowded], there[crowded]
    if not len(there):
        return both.sum()  # of nothing: zero, with a gradient
    wide = both.to(torch.promote_types(both.dtype, torch.float32))
    with torch.autocast(wide.device.type, enabled=False):
        losses: Tensor = _CrossEntropies.apply(wide, None if bool(there.all()) else there)
    return losses.mean()


class _CrossEntropies(torch.autograd.Function):
    """(G, 2N, D) and which of the N are there, or None for all -> the cross-entropy of each that is, twice N' values.

    Backward needs the exponentials once more: they are kept, which autograd does as well, and as the similarities are
    symmetric, one product with them is enough.
    """

    @staticmethod
    def forward(ctx: Any, both: Tensor, there: Tensor | None) -> Tensor:
        count = both.shape[1] // 2
        similar = both @ both.transpose(1, 2)
        other = similar.diagonal(count, dim1=1, dim2=2).repeat(1, 2)  # before the exponentials take its place
        similar.diagonal(dim1=1, dim2=2).fill_(-math.inf)
        shown = None if there is None else there.repeat(1, 2)
        if shown is not None:
            similar.masked_fill_(~shown[:, None], -math.inf)
        top = similar.amax(dim=2, keepdim=True)
        share = similar.sub_(top).exp_()
        total = share.sum(dim=2, keepdim=True)
        losses = total.log().squeeze(2) - (other - top.squeeze(2))  # large scores cancel first
        ctx.save_for_backward(both, share, total.squeeze(2), shown)
        return losses.flatten() if shown is None else losses[shown]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        both, share, total, shown = ctx.saved_tensors
        if shown is None:
            grad = grads[0].reshape(share.shape[:2])
        else:
            grad = grads[0].new_zeros(shown.shape).masked_scatter_(shown, grads[0])
        pull = share * (grad / total)[..., None]
        count = share.shape[1] // 2
        for offset, part in ((count, grad[:, :count]), (-count, grad[:, count:])):
            pull.diagonal(offset, dim1=1, dim2=2).sub_(part)
        with torch.autocast(both.device.type, enabled=False):
            return (pull + pull.transpose(1, 2)) @ both, None
