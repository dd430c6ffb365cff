"""The contrast within many small groups at once, such as the timestamps of each series."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

__all__ = ["contrast_in_groups"]


def contrast_in_groups(views: Tensor, present: Tensor) -> Tensor:
    """Compute the mean cross-entropy of finding an element's other view among its group, by dot products.

    Args:
        views: Floating-point (G, 2N, D): of each group the first views of its N elements, then their second views. Half
            precision is computed in float32, under autocast too.
        present: bool (G, N), which of the elements exist; the others are padding.

    Returns:
        A scalar. Groups with fewer than two elements have no negatives and take no part; 0 if no other is left.
    """
    contrasted = present.sum(dim=1) > 1
    if not bool(contrasted.all()):
        views, present = views[contrasted], present[contrasted]
    if not len(present):
        return views.sum()  # an empty sum: zero, with a gradient
    wide = views.to(torch.promote_types(views.dtype, torch.float32))
    with torch.autocast(wide.device.type, enabled=False):
        losses: Tensor = _CrossEntropies.apply(wide, None if bool(present.all()) else present)
    return losses.mean()


class _CrossEntropies(torch.autograd.Function):
    """(G, 2N, D) and which of the N are present, None for all -> the cross-entropy of each that is, in both views.

    Backward needs the exponentials once more: they are kept, which autograd does as well, and as the similarities are
    symmetric, one product with them is enough. A gradient that is to be differentiated again needs them as a function
    of the views.
    """

    @staticmethod
    def forward(ctx: Any, views: Tensor, present: Tensor | None) -> Tensor:
        count = views.shape[1] // 2
        similar = views @ views.transpose(1, 2)
        positive = similar.diagonal(count, dim1=1, dim2=2).repeat(1, 2)  # before the exponentials take its place
        similar.diagonal(dim1=1, dim2=2).fill_(-math.inf)
        mask = None if present is None else present.repeat(1, 2)
        if mask is not None:
            similar.masked_fill_(~mask[:, None], -math.inf)
        top = similar.amax(dim=2, keepdim=True)
        exponentials = similar.sub_(top).exp_()
        total = exponentials.sum(dim=2, keepdim=True)
        losses = total.log().squeeze(2) - (positive - top.squeeze(2))  # large scores cancel first
        ctx.save_for_backward(views, exponentials, total.squeeze(2), mask)
        return losses.flatten() if mask is None else losses[mask]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        views, exponentials, total, mask = ctx.saved_tensors
        if mask is None:
            grad = grads[0].reshape(exponentials.shape[:2])
        else:
            grad = grads[0].new_zeros(mask.shape).masked_scatter(mask, grads[0])
        with torch.autocast(views.device.type, enabled=False):
            if torch.is_grad_enabled():
                weights = _softmax_of_others(views, mask) * grad[..., None]
            else:
                weights = exponentials * (grad / total)[..., None]
            count = exponentials.shape[1] // 2
            for offset, part in ((count, grad[:, :count]), (-count, grad[:, count:])):
                weights.diagonal(offset, dim1=1, dim2=2).sub_(part)
            return (weights + weights.transpose(1, 2)) @ views, None


def _softmax_of_others(views: Tensor, mask: Tensor | None) -> Tensor:
    """The softmax (G, 2N, 2N) of each element's similarities to the others that exist."""
    count = views.shape[1]
    excluded = torch.eye(count, dtype=torch.bool, device=views.device)[None]
    if mask is not None:
        excluded = excluded | ~mask[:, None]
    return (views @ views.transpose(1, 2)).masked_fill(excluded, -math.inf).softmax(dim=2)
