"""Log-sum-exps over a matrix of similarities, with their gradient, in memory that grows with N instead of N^2.

The matrix is S = R C^T, anchors by candidates. It is computed tile by tile: each tile adds to the sums of its rows and
columns and is dropped. The backward pass needs only the log-sum-exps, and computes each tile again. Where the
candidates are the anchors themselves, S is symmetric, and the upper triangle of tiles is enough.

Where the gradient is to be differentiated again (`create_graph=True`), it is computed from the whole matrix instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any, NamedTuple, ParamSpec

import torch
from torch import Tensor

from pairgen._validation import check_int
from pairgen.losses._shards import Shards, refuse_second_derivative

Arguments = ParamSpec("Arguments")
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
    """Raise TypeError or ValueError unless `tile` is None or a whole number of at least 1."""
    if tile is not None:
        check_int("tile", tile, 1, unit="rows")


class TileOptions(NamedTuple):
    """Which entries of S count, and how large a tile is.

    Args:
        bound: No entry is larger in absolute value.
        skip_diagonal: Whether s_ii is left out.
        leave_out: Further entries to leave out.
        tile: Rows and columns of a tile; None takes the default of the device.
    """

    bound: float
    skip_diagonal: bool
    leave_out: LeaveOut | None = None
    tile: int | None = None


@dataclass(frozen=True)
class Side:
    """The log-sum-exps of the rows (or of the columns) of S, and the gradient that arrives at each of them."""

    log_sum: Tensor
    grad: Tensor

    def factor(self, shift: float) -> Tensor:
        """Return the factor that turns exp(s - shift) into exp(s - log_sum) grad."""
        return (shift - self.log_sum).exp_().mul_(self.grad)


@dataclass(frozen=True)
class Tiles:
    """The matrix S = R C^T and which of its entries count.

    The methods take a part of S as a slice of its rows and a slice of its columns.

    Args:
        rows: R (M, D).
        columns: C (K, D); the same tensor as `rows` where S is symmetric.
        options: Which entries count, and how large a tile is.
    """

    rows: Tensor
    columns: Tensor
    options: TileOptions

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
        bound = self.options.bound
        return bound if 2 * bound < lowest - 7 else None

    def kept(self) -> list[Tensor] | None:
        """Return the exponentials of all tiles if they are kept for the backward pass, else None.

        They are kept where one tile holds everything, or where no tile was chosen and they take little memory.
        """
        grid = list(self._grid(*self.whole))
        size = sum((a.stop - a.start) * (b.stop - b.start) for a, b in grid) * self.rows.element_size()
        small = self.options.tile is None and size <= (_CPU_KEPT if self.rows.device.type == "cpu" else _DEVICE_KEPT)
        if self.shift is None or not (small or len(grid) == 1):
            return None
        return [self._tile(a, b) for a, b in grid]

    def log_sums(
        self, i: slice, j: slice, kept: list[Tensor] | None = None, *, of_columns: bool = False
    ) -> tuple[Tensor, Tensor | None]:
        """Compute the log-sum-exps over a part of S: of its rows (M,), and of its columns (K,) if asked for.

        They are -inf where nothing counts, and outside the part.
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

    def differentiable_pull(self, grad_rows: Tensor, grad_columns: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return the gradients at R and at C as differentiable functions of R, C and the gradients that arrive.

        Takes the memory of S. The candidates of a symmetric S are its rows: the gradient at R is then the sum of both.
        """
        i, j = self.whole
        excluded = torch.zeros((len(self.rows), len(self.columns)), dtype=torch.bool, device=self.rows.device)
        if self.options.skip_diagonal:
            excluded.fill_diagonal_(True)
        if self.options.leave_out is not None:
            excluded |= self.options.leave_out(i, j)
        s = self.rows @ self.columns.T
        weight = _softmax(s, excluded, 1) * grad_rows[:, None]
        if grad_columns is not None:
            weight = weight + _softmax(s, excluded, 0) * grad_columns
        return weight @ self.columns, weight.T @ self.rows

    @property
    def _size(self) -> int:
        return _tile_size(self.options.tile, self.rows.device)

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
        if self.options.skip_diagonal:
            tile.diagonal(a.start - b.start).fill_(-math.inf)
        if self.options.leave_out is not None:
            tile.masked_fill_(self.options.leave_out(a, b), -math.inf)
        return tile if shift is None else tile.exp_()

    def _weights(self, of_rows: Side, of_columns: Side | None) -> Callable[[Tensor, slice, slice], Tensor]:
        """Return a function of a tile, its rows and its columns that gives G of that tile."""
        shift = self.shift
        if shift is None:
            return lambda s, a, b: _softmax_gradient(s, of_rows, of_columns, a, b)
        f = of_rows.factor(shift)
        if of_columns is None:
            return lambda exp, a, b: exp * f[a, None]
        h = of_columns.factor(shift)
        return lambda exp, a, b: torch.add(f[a, None], h[b]).mul_(exp)  # one new tile: a tenth of the time of two


def _tile_size(tile: int | None, device: torch.device) -> int:
    return tile or (_CPU_TILE if device.type == "cpu" else _DEVICE_TILE)


def tile_steps(rows: int, tile: int | None, device: torch.device) -> Iterator[slice]:
    """Return the rows of each tile in turn; None takes the default size of the device."""
    return _steps(slice(0, rows), _tile_size(tile, device))


def _steps(part: slice, size: int) -> Iterator[slice]:
    for start in range(part.start, part.stop, size):
        yield slice(start, min(start + size, part.stop))


def _add(sums: Tensor, tile: Tensor, dim: int, shift: float | None) -> None:
    if shift is None:
        sums.copy_(torch.logaddexp(sums, tile.logsumexp(dim)))
    else:
        sums.add_(tile.sum(dim))


def _softmax(s: Tensor, excluded: Tensor, dim: int) -> Tensor:
    """The softmax over the entries that count; zero where none does, in all derivatives."""
    nothing_counts = excluded.all(dim, keepdim=True)
    return s.masked_fill(excluded & ~nothing_counts, -math.inf).softmax(dim).masked_fill(excluded, 0)


def _softmax_gradient(s: Tensor, of_rows: Side, of_columns: Side | None, a: slice, b: slice) -> Tensor:
    weight = (s - of_rows.log_sum[a, None]).exp_().mul_(of_rows.grad[a, None])
    if of_columns is not None:
        weight.add_((s - of_columns.log_sum[b]).exp_().mul_(of_columns.grad[b]))
    return weight


Sums = tuple[Tensor, Tensor | None]


def log_sum_exp_among(
    rows: Tensor, bound: float, shards: Shards, *, leave_out: LeaveOut | None = None, tile: int | None = None
) -> Tensor:
    """Compute log(sum over j != i of exp(rows_i . rows_j)) for each row i.

    Args:
        rows: (M, D).
        bound: No product of two rows is larger in absolute value.
        shards: Which rows belong to which process; each computes its own sums and sends them to the others.
        leave_out: Further pairs that do not count; symmetric.
        tile: Rows of a tile; None chooses for the device.

    Returns:
        (M,); -inf where no pair counts.
    """
    sums: Sums = _LogSumExp.apply(rows, None, TileOptions(bound, True, leave_out, tile), shards, False, None)
    return sums[0]


def log_sum_exp_between(
    rows: Tensor,
    columns: Tensor,
    bound: float,
    shards: Shards,
    *,
    paired: bool,
    of_columns: bool = False,
    leave_out: LeaveOut | None = None,
    tile: int | None = None,
    column_shards: Shards | None = None,
) -> Sums:
    """Compute log(sum over j of exp(rows_i . columns_j)) for each row i, and over the rows for each column.

    Args:
        rows: (M, D).
        columns: (K, D).
        bound: No product of a row and a column is larger in absolute value.
        shards: Which rows belong to which process.
        paired: Whether column i belongs to row i: it is distributed over the processes as the rows are, and does not
            count. Otherwise each process has all columns.
        of_columns: Whether the sums of the columns are wanted.
        leave_out: Further pairs that do not count.
        tile: Rows and columns of a tile; None chooses for the device.
        column_shards: Which columns belong to which process, where they are not paired and each has gathered them: a
            process's gradient at its own columns is then that of all rows. None where each process has them anyway.

    Returns:
        (M,) over the columns, and (K,) over the rows or None; -inf where no pair counts.
    """
    sums: Sums = _LogSumExp.apply(
        rows, columns, TileOptions(bound, paired, leave_out, tile), shards, of_columns, column_shards
    )
    return sums


def product_bound(rows: Tensor, columns: Tensor) -> float:
    """Return a bound of the products of a row and a column (Cauchy and Schwarz)."""
    longest = [torch.linalg.vector_norm(each.detach(), dim=1).max() for each in (rows, columns) if len(each)]
    return float(math.prod(longest)) if len(longest) == 2 else 0.0


class _LogSumExp(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        rows: Tensor,
        columns: Tensor | None,
        options: TileOptions,
        shards: Shards,
        of_columns: bool,
        column_shards: Shards | None,
    ) -> Sums:
        tiles = Tiles(rows, rows if columns is None else columns, options)
        every_row, every_column = tiles.whole
        kept = tiles.kept() if shards.is_local else None
        i = every_row if shards.is_local else shards.local
        row, column = tiles.log_sums(i, every_column, kept, of_columns=of_columns)
        if not shards.is_local:
            row = shards.gather(row[i])
            column = None if column is None else shards.stack(column).logsumexp(dim=0)
        ctx.save_for_backward(rows, columns, row, column, *(kept or ()))
        ctx.options, ctx.shards = options, shards
        ctx.column_shards = shards if options.skip_diagonal else column_shards
        return row, column

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        rows, columns, _, column, *_ = ctx.saved_tensors
        shards: Shards = ctx.shards
        tiles = Tiles(rows, rows if columns is None else columns, ctx.options)
        if torch.is_grad_enabled() and shards.is_local:
            with torch.autocast(rows.device.type, enabled=False):
                both = tiles.differentiable_pull(grads[0], None if column is None else grads[1])
            return (both[0] + both[1], *[None] * 5) if columns is None else (*both, *[None] * 4)
        with torch.no_grad():
            d_rows, d_columns = _LogSumExp._pull(ctx, tiles, grads)
        if torch.is_grad_enabled():
            d_rows, d_columns = (refuse_second_derivative(d, rows, columns) for d in (d_rows, d_columns))
        return d_rows, d_columns, None, None, None, None

    @staticmethod
    def _pull(ctx: Any, tiles: Tiles, grads: tuple[Tensor, ...]) -> tuple[Tensor | None, Tensor | None]:
        rows, columns, row, column, *kept = ctx.saved_tensors
        shards: Shards = ctx.shards
        of_rows = _side(row, grads[0])
        of_columns = of_rows if columns is None else None if column is None else _side(column, grads[1])
        d_rows = torch.zeros_like(rows) if ctx.needs_input_grad[0] else None
        d_columns = torch.zeros_like(columns) if ctx.needs_input_grad[1] else None
        every_row, every_column = tiles.whole
        with torch.autocast(rows.device.type, enabled=False):
            if shards.is_local or ctx.column_shards is None:
                i = every_row if shards.is_local else shards.local
                tiles.pull(i, every_column, of_rows, of_columns, (d_rows, d_columns), kept or None)
            else:
                tiles.pull(shards.local, every_column, of_rows, of_columns, (d_rows, None))
                if d_columns is not None:
                    tiles.pull(every_row, ctx.column_shards.local, of_rows, of_columns, (None, d_columns))
        return d_rows, d_columns


def _side(log_sum: Tensor, grad: Tensor) -> Side:
    # Where nothing counts the sum is -inf, and exp(s - sum) would be NaN: with +inf it is the 0 that it should be.
    return Side(log_sum.masked_fill(log_sum == -math.inf, math.inf), grad)


def eager(function: Callable[Arguments, Tensor]) -> Callable[Arguments, Tensor]:
    """Keep the compiler out of a function whose loops over tiles it would unroll into thousands of nodes.

    As `torch.compiler.disable`, which imports the compiler (a second) for everyone; this does so where it is in use.
    """

    @wraps(function)
    def called(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Tensor:
        if torch.compiler.is_compiling():
            disable: Any = torch.compiler.disable
            value: Tensor = disable(function)(*args, **kwargs)
            return value
        return function(*args, **kwargs)

    return called
