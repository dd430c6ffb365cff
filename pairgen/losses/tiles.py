"""Sums over the exponentials of a matrix of similarities, and products with them, a tile at a time.

The matrix is S = R C^T, anchors by candidates. A tile is computed, adds to what is asked of its rows and its columns,
and is dropped: the memory is that of a tile. Where the candidates are the anchors themselves, S is symmetric, and the
upper triangle of tiles is enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

LeaveOut = Callable[[slice, slice], Tensor]
"""Rows and columns of a tile -> bool, True where a pair does not count."""

# Measured on one AVX2 core at D = 128: a tile of 512 rows (1 MiB in float32) stays in the cache, and half the
# exponentials beat one matrix as soon as there is a second tile. Other devices want fewer, larger kernels.
_CPU_TILE = 512
_DEVICE_TILE = 4096
# Tiles that are kept are not computed again: a quarter less time. Up to here that is worth its memory.
_CPU_KEPT = 32 * 2**20
_DEVICE_KEPT = 256 * 2**20


def check_tile(tile: int | None) -> None:
    """Raise ValueError unless `tile` is None or a whole number of at least 1."""
    if tile is not None and (isinstance(tile, bool) or not isinstance(tile, int) or tile < 1):
        raise ValueError(f"tile is {tile!r}: give a whole number of rows, at least 1, or None")


@dataclass(frozen=True)
class Side:
    """The log-sum-exps of the rows (or of the columns) of S, and the gradient that arrives at each."""

    log_sum: Tensor
    grad: Tensor

    def factor(self, shift: float) -> Tensor:
        """What exp(s - shift) is to be multiplied by to give exp(s - log_sum) grad."""
        return (shift - self.log_sum).exp_().mul_(self.grad)


@dataclass(frozen=True)
class Tiles:
    """S = R C^T and which of its entries count.

    rows, columns: R (M, D) and C (K, D); one and the same tensor where S is symmetric. bound: no entry is larger in
    size. own: leave out s_ii. leave_out: further entries. tile: rows and columns of a tile; None takes the default.

    The parts of S that the methods take are slices of its rows and its columns.
    """

    rows: Tensor
    columns: Tensor
    bound: float
    own: bool = False
    leave_out: LeaveOut | None = None
    tile: int | None = None

    @property
    def whole(self) -> tuple[slice, slice]:
        """All of S."""
        return slice(0, len(self.rows)), slice(0, len(self.columns))

    @property
    def shift(self) -> float | None:
        """A constant to subtract from every s before `exp`, or None where each row needs its own.

        s - bound lies in [-2 bound, 0]: while the exponential of that is a normal number, no row needs its maximum.
        """
        lowest = -math.log(torch.finfo(self.rows.dtype).tiny)
        return self.bound if 2 * self.bound < lowest - 7 else None

    def kept(self) -> list[Tensor] | None:
        """The exponentials of all tiles, if they are to be kept for the backward pass; else it computes them again.

        They are, where one tile holds everything, or where no tile was chosen and they take little memory.
        """
        grid = list(self._grid(*self.whole))
        size = sum((a.stop - a.start) * (b.stop - b.start) for a, b in grid) * self.rows.element_size()
        small = self.tile is None and size <= (_CPU_KEPT if self.rows.device.type == "cpu" else _DEVICE_KEPT)
        if self.shift is None or not (small or len(grid) == 1):
            return None
        return [self._tile(a, b) for a, b in grid]

    def log_sums(
        self, i: slice, j: slice, kept: list[Tensor] | None = None, *, of_columns: bool = False
    ) -> tuple[Tensor, Tensor | None]:
        """Log-sum-exps over a part of S: of its rows (M,), and of its columns (K,) if asked for.

        -inf where nothing counts, and outside the part.
        """
        shift = self.shift
        empty = -math.inf if shift is None else 0.0
        row = self.rows.new_full((len(self.rows),), empty)
        column = self.columns.new_full((len(self.columns),), empty) if of_columns else None
        target = row if self._symmetric(i, j) else column
        for k, (a, b) in enumerate(self._grid(i, j)):
            tile = self._tile(a, b) if kept is None else kept[k]
            _add(row[a], tile, 1, shift)
            if target is not None and not (target is row and a == b):
                _add(target[b], tile, 0, shift)
        if shift is not None:
            row.log_().add_(shift)
            column = None if column is None else column.log_().add_(shift)
        return row, column

    def pull(
        self,
        i: slice,
        j: slice,
        of_rows: Side,
        of_columns: Side | None,
        into: tuple[Tensor | None, Tensor | None],
        kept: list[Tensor] | None = None,
    ) -> None:
        """Add G C to the first of `into` and G^T R to the second, over a part of S; G is the gradient at S.

        G_ij = exp(s_ij - r_i) g_i + exp(s_ij - c_j) h_j, with r and c the log-sum-exps and g and h their gradients.
        """
        d_rows, d_columns = into
        symmetric = self._symmetric(i, j)
        weights = self._weights(of_rows, of_columns)
        for k, (a, b) in enumerate(self._grid(i, j)):
            weight = weights(self._tile(a, b) if kept is None else kept[k], a, b)
            if d_rows is not None:
                d_rows[a].addmm_(weight, self.columns[b])
            target = d_rows if symmetric and a != b else d_columns
            if target is not None:
                target[b].addmm_(weight.T, self.rows[a])

    @property
    def _size(self) -> int:
        return self.tile or (_CPU_TILE if self.rows.device.type == "cpu" else _DEVICE_TILE)

    def _symmetric(self, i: slice, j: slice) -> bool:
        return self.rows is self.columns and i == j

    def _grid(self, i: slice, j: slice) -> Iterator[tuple[slice, slice]]:
        """The tiles of a part of S; of all of a symmetric S, those on and above the diagonal."""
        for a in _steps(i, self._size):
            for b in _steps(slice(a.start, j.stop) if self._symmetric(i, j) else j, self._size):
                yield a, b

    def _tile(self, a: slice, b: slice) -> Tensor:
        """exp(s - shift) if there is a shift for all, else s."""
        shift = self.shift
        tile = torch.addmm(self.rows.new_full((), -(shift or 0.0)), self.rows[a], self.columns[b].T)
        if self.own:
            tile.diagonal(a.start - b.start).fill_(-math.inf)
        if self.leave_out is not None:
            tile.masked_fill_(self.leave_out(a, b), -math.inf)
        return tile if shift is None else tile.exp_()

    def _weights(self, of_rows: Side, of_columns: Side | None) -> Callable[[Tensor, slice, slice], Tensor]:
        """A function of a tile and its place: G of that tile."""
        shift = self.shift
        if shift is None:
            return lambda s, a, b: _softmax_gradient(s, of_rows, of_columns, a, b)
        f = of_rows.factor(shift)
        if of_columns is None:
            return lambda exp, a, b: exp * f[a, None]
        h = of_columns.factor(shift)
        return lambda exp, a, b: exp * (f[a, None] + h[b])


def _steps(part: slice, size: int) -> Iterator[slice]:
    for start in range(part.start, part.stop, size):
        yield slice(start, min(start + size, part.stop))


def _add(sums: Tensor, tile: Tensor, dim: int, shift: float | None) -> None:
    if shift is None:
        sums.copy_(torch.logaddexp(sums, tile.logsumexp(dim)))
    else:
        sums.add_(tile.sum(dim))


def _softmax_gradient(s: Tensor, of_rows: Side, of_columns: Side | None, a: slice, b: slice) -> Tensor:
    weight = (s - of_rows.log_sum[a, None]).exp_().mul_(of_rows.grad[a, None])
    if of_columns is not None:
        weight.add_((s - of_columns.log_sum[b]).exp_().mul_(of_columns.grad[b]))
    return weight
