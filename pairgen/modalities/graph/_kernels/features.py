"""Overwrite features."""

from __future__ import annotations

import torch
from torch import Tensor

from pairgen.modalities.graph._kernels.arrays import arange_in_groups, repeat, shift_right
from pairgen.modalities.graph._kernels.selection import probability_limit
from pairgen.random import RandomArray

__all__ = ["mask_features"]


def mask_features(values: Tensor, ptr: Tensor, random: RandomArray, p: float, by: str, fill: float) -> Tensor:
    """A copy of values (n, ...), group after group by ptr (B + 1,), in which parts are `fill` with probability p.

    by: "row", "column" (one draw a group and column) or "element". Any further axes count as columns.
    """
    flat = values.flatten(1) if values.ndim > 1 else values[:, None]
    columns = flat.shape[1]
    sizes = ptr.diff()
    groups = torch.arange(len(sizes), device=ptr.device)
    counts = {"row": sizes, "column": torch.full_like(sizes, columns), "element": sizes * columns}[by]
    words = shift_right(random.ragged(arange_in_groups(counts), repeat(groups, counts)), 1)
    hit = words <= probability_limit(p)
    if by == "column":
        hit = hit.reshape(len(sizes), columns).index_select(0, repeat(groups, sizes))
    hit = hit.reshape(len(values), 1 if by == "row" else columns)
    return flat.masked_fill(hit, fill).reshape(values.shape)
