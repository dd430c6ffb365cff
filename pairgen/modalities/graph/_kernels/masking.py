"""Features overwritten."""

from __future__ import annotations

import torch
from torch import Tensor

from pairgen.modalities.graph._arrays import above, spread, within
from pairgen.modalities.graph._kernels.selection import limit_of
from pairgen.random import RandomArray

__all__ = ["masked"]


def masked(values: Tensor, ptr: Tensor, field: RandomArray, rate: float, by: str, fill: float) -> Tensor:
    """A copy of values (n, ...), group after group by ptr (B + 1,), in which parts are `fill` with probability `rate`.

    by: "row", "column" (one draw a group and column) or "element". Any further axes count as columns.
    """
    flat = values.flatten(1) if values.ndim > 1 else values[:, None]
    columns = flat.shape[1]
    sizes = ptr.diff()
    groups = torch.arange(len(sizes), device=ptr.device)
    counts = {"row": sizes, "column": torch.full_like(sizes, columns), "element": sizes * columns}[by]
    hit = above(field.ragged(within(counts), spread(groups, counts)), 1) <= limit_of(rate)
    if by == "column":
        hit = hit.reshape(len(sizes), columns).index_select(0, spread(groups, sizes))
    hit = hit.reshape(len(values), 1 if by == "row" else columns)
    return flat.masked_fill(hit, fill).reshape(values.shape)
