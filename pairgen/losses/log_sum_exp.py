"""Log-sum-exps over a matrix of similarities, with their gradient, in memory that grows with N, not N^2.

The backward pass needs nothing of S but the log-sum-exps: it computes each tile again.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from pairgen.losses.shards import Shards
from pairgen.losses.tiles import LeaveOut, Side, Tiles

Sums = tuple[Tensor, Tensor | None]


def log_sum_exp_among(
    rows: Tensor, bound: float, shards: Shards, *, leave_out: LeaveOut | None = None, tile: int | None = None
) -> Tensor:
    """Log of the sum of exp(rows_i . rows_j) over all j but i: (M, D) -> (M,); -inf where there is none.

    bound: no product of two rows is larger in size. shards: whose rows these are; each process computes its own and
    tells the others. leave_out: further pairs that do not count; symmetric. tile: rows of a tile; None chooses.
    """
    sums: Sums = _LogSumExp.apply(rows, None, (bound, True, leave_out, tile), shards, False)
    return sums[0]


def log_sum_exp_between(
    rows: Tensor,
    columns: Tensor,
    bound: float,
    shards: Shards,
    *,
    own: bool,
    of_columns: bool = False,
    leave_out: LeaveOut | None = None,
    tile: int | None = None,
) -> Sums:
    """The same over rows (M, D) and columns (K, D): (M,) over the columns, and (K,) over the rows if `of_columns`.

    own: column i is row i's own, spread over the processes as the rows are, and does not count. Without, each process
    has all columns.
    """
    sums: Sums = _LogSumExp.apply(rows, columns, (bound, own, leave_out, tile), shards, of_columns)
    return sums


class _LogSumExp(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, rows: Tensor, columns: Tensor | None, options: tuple[Any, ...], shards: Shards, of_columns: bool
    ) -> Sums:
        tiles = Tiles(rows, rows if columns is None else columns, *options)
        every_row, every_column = tiles.whole
        kept = tiles.kept() if shards.alone else None
        i = every_row if shards.alone else shards.mine
        row, column = tiles.log_sums(i, every_column, kept, of_columns=of_columns)
        if not shards.alone:
            row = shards.gather(row[i])
            column = None if column is None else shards.stack(column).logsumexp(dim=0)
        ctx.save_for_backward(rows, columns, row, column, *(kept or ()))
        ctx.options, ctx.shards = options, shards
        return row, column

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor | None, None, None, None]:
        rows, columns, row, column, *kept = ctx.saved_tensors
        shards: Shards = ctx.shards
        tiles = Tiles(rows, rows if columns is None else columns, *ctx.options)
        of_rows = _side(row, grads[0])
        of_columns = of_rows if columns is None else None if column is None else _side(column, grads[1])
        d_rows = torch.zeros_like(rows) if ctx.needs_input_grad[0] else None
        d_columns = torch.zeros_like(columns) if ctx.needs_input_grad[1] else None
        every_row, every_column = tiles.whole
        with torch.autocast(rows.device.type, enabled=False):
            if shards.alone or not tiles.own:
                i = every_row if shards.alone else shards.mine
                tiles.pull(i, every_column, of_rows, of_columns, (d_rows, d_columns), kept or None)
            else:
                tiles.pull(shards.mine, every_column, of_rows, of_columns, (d_rows, None))
                if d_columns is not None:
                    tiles.pull(every_row, shards.mine, of_rows, of_columns, (None, d_columns))
        return d_rows, d_columns, None, None, None


def _side(log_sum: Tensor, grad: Tensor) -> Side:
    # Where nothing counts the sum is -inf, and exp(s - sum) would be NaN: with +inf it is the 0 that it should be.
    return Side(log_sum.masked_fill(log_sum == -math.inf, math.inf), grad)
