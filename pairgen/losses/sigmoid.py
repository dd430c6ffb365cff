"""The sigmoid loss of SigLIP: each pair of a first and a second row is a decision of its own.

See `sigmoid_contrastive` for the equation. The gradient at a similarity depends on that similarity alone, so one pass
over the tiles gives value and gradients: three products where a loss that computes each tile again needs four.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor

from pairgen.losses._embeddings import check_labels, check_negatives, check_pair, normalize_rows
from pairgen.losses._log_sum_exp import check_tile, eager, product_bound, tile_steps
from pairgen.losses._shards import Shards, gather_shards, refuse_second_derivative
from pairgen.losses._temperature import check_scalar

__all__ = ["sigmoid_contrastive"]

_LARGE = 40.0
"""Beyond this, log(1 + exp x) is x in float64."""


@eager
def sigmoid_contrastive(
    first: Tensor,
    second: Tensor,
    scale: float | Tensor = 10.0,
    bias: float | Tensor = -10.0,
    *,
    ids: Tensor | None = None,
    negatives: Tensor | None = None,
    tile: int | None = None,
    gather: bool = False,
) -> Tensor:
    """Compute the sigmoid loss of N pairs: is row j of `second` the partner of row i of `first`?

    With a and b the embeddings at unit length, s_ij = scale a_i . b_j + bias, and z_ij = 1 for i = j and -1 otherwise,
    the loss is (Zhai et al. 2023, "Sigmoid Loss for Language Image Pre-Training", equation 1)

        loss = - 1/N  sum over i  sum over j of  log sigmoid( z_ij s_ij )

    The sum over all pairs is divided by N, as in the paper, whether or not some of them are left out. The memory beside
    the inputs is O(N D + tile^2). Where the gradient is differentiated again (`create_graph=True`), it is O(N (N + K));
    with `gather` over several processes that is an error.

    Args:
        first: Floating-point embeddings (N, D), scaled to unit length here. Half precision is computed in float32,
            under autocast too.
        second: Floating-point embeddings (N, D); row i of both belong together.
        scale: Factor of the cosines, above 0; a tensor of one element receives its gradient. The paper learns its
            logarithm from log 10.
        bias: Summand, finite; a tensor of one element receives its gradient. The paper learns it from -10, which
            makes up for the many pairs that do not belong together.
        ids: Integers (N,). Pairs of different rows with one id are false negatives and left out.
        negatives: (K, D) further rows that belong to no row of `first`; None for none.
        tile: Rows and columns of a tile, at least 1; the value does not depend on it. None chooses for the device.
        gather: Compare with the rows of all processes of the default group, as in `nt_xent`. The rows of `second`,
            their gradients and ids travel from process to process in a ring: no process holds more than those of two.
            Each process gives its own `negatives`, as many as it has, at least 0 but not None where another has some;
            they travel alike.

    Returns:
        The scalar loss, float32, or float64 if an input is float64. A row of zeros has cosine 0 with every other and
        receives no gradient.

    Raises:
        TypeError: An input is not a tensor, embeddings are not floating-point, or ids not integers.
        ValueError: N = 0, different shapes, widths or devices, NaN or infinite entries, scale <= 0, or tile < 1. With
            `gather`, on all processes if on one.

    Example:
        >>> sigmoid_contrastive(torch.eye(4), torch.eye(4), 10.0, -5.0)  # positives at 5, negatives at -5
        tensor(0.0269)
    """
    check_scalar("scale", scale, positive=True)
    check_scalar("bias", bias)
    check_tile(tile)

    def check() -> tuple[Tensor, ...]:
        pair = check_pair(first, second, empty=gather)
        if negatives is not None:
            check_negatives(negatives, pair[0], "first and second")
        return pair if ids is None else (*pair, check_labels(ids, pair[0], "ids"))

    (a, b, *id_rows), shards = gather_shards(check, gather)
    with torch.autocast(a.device.type, enabled=False):
        factor, summand = (
            torch.as_tensor(value, dtype=a.dtype, device=a.device).reshape(()) for value in (scale, bias)
        )
        a, b = normalize_rows(a) * factor, normalize_rows(b)
        positives = F.softplus(-(torch.linalg.vecdot(a, b) + summand), threshold=_LARGE).sum()
        options = _Options(True, id_rows[0] if id_rows else None, tile)
        total: Tensor = positives + _SoftplusSum.apply(a, b, summand, options, shards)
        if negatives is not None:
            others = normalize_rows(negatives.to(a.dtype))
            _, of_others = gather_shards(lambda: (others,), gather, empty=True)
            if of_others.total:
                total = total + _SoftplusSum.apply(a, others, summand, _Options(False, None, tile), of_others)
        return shards.scale_gradient(shards.sum(total) / shards.total)


@dataclass(frozen=True)
class _Options:
    """Which pairs count: not those of equal rows (`paired`), nor of different rows with one id; rows of a tile."""

    paired: bool
    ids: Tensor | None
    tile: int | None

    def left_out(self, i: slice, j: slice, ids: Tensor | None) -> Tensor | None:
        """Return bool for a tile, True where a pair does not count, or None where all do."""
        if self.ids is None or ids is None:
            return None
        same: Tensor = self.ids[i, None] == ids[j]
        return same


@dataclass
class _Sums:
    """The sum over the pairs so far, and its gradients at the rows and at the bias; None where not wanted."""

    value: Tensor
    rows: Tensor | None
    bias: Tensor

    def add(
        self, rows: Tensor, columns: Tensor, bias: Tensor, into: Tensor | None, options: _Options, block: _Block
    ) -> None:
        """Add the pairs of the rows with these columns, whose gradient is added to `into`."""
        for i in tile_steps(len(rows), options.tile, rows.device):
            for j in tile_steps(len(columns), options.tile, rows.device):
                s = torch.addmm(bias, rows[i], columns[j].T)
                out = options.left_out(i, j, block.ids)
                if out is not None:
                    s.masked_fill_(out, -torch.inf)
                elif block.own and options.paired:
                    s.diagonal(i.start - j.start).fill_(-torch.inf)
                log = _log1p(s.exp()) if block.small else F.softplus(s, threshold=_LARGE)
                self.value += log.sum()
                if self.rows is None and into is None:
                    continue
                weight = s.sigmoid_()
                self.bias += weight.sum()
                if self.rows is not None:
                    self.rows[i].addmm_(weight, columns[j])
                if into is not None:
                    into[j].addmm_(weight.T, rows[i])


@dataclass(frozen=True)
class _Block:
    """The ids of a block of columns, whether column i is the partner of row i, and whether no s is beyond `_LARGE`."""

    ids: Tensor | None
    own: bool
    small: bool


class _SoftplusSum(torch.autograd.Function):
    """The sum of log(1 + exp(rows_i . columns_j + bias)) over this process's rows and all columns that count.

    Its gradient is computed with it: that of the columns includes what the rows of the other processes give.
    """

    @staticmethod
    def forward(ctx: Any, rows: Tensor, columns: Tensor, bias: Tensor, options: _Options, shards: Shards) -> Tensor:
        wants = ctx.needs_input_grad[:3]
        d_columns = torch.zeros_like(columns) if any(wants) else None
        sums = _Sums(rows.new_zeros(()), torch.zeros_like(rows) if any(wants) else None, rows.new_zeros(()))
        if shards.is_local:
            sums.add(rows, columns, bias, d_columns, options, _Block(options.ids, True, _is_small(rows, columns, bias)))
        else:
            d_columns = _around_the_ring(rows, columns, bias, d_columns, options, shards, sums)
        ctx.save_for_backward(rows, columns, bias, sums.rows, d_columns, sums.bias)
        ctx.options, ctx.shards = options, shards
        return sums.value

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        rows, columns, bias, *found = ctx.saved_tensors
        if not torch.is_grad_enabled():
            return (*(grads[0] * each for each in found), None, None)
        if ctx.shards.is_local:
            return (*_differentiable(rows, columns, bias, ctx.options, grads[0]), None, None)
        return (*(refuse_second_derivative(grads[0] * each, rows, columns, bias) for each in found), None, None)


def _differentiable(
    rows: Tensor, columns: Tensor, bias: Tensor, options: _Options, grad: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients as differentiable functions of the inputs; takes the memory of all similarities."""
    weight = (rows @ columns.T + bias).sigmoid()
    if options.ids is not None:
        weight = weight.masked_fill(options.ids[:, None] == options.ids, 0)
    elif options.paired:
        weight = weight.masked_fill(torch.eye(len(rows), dtype=torch.bool, device=rows.device), 0)
    weight = weight * grad
    return weight @ columns, weight.T @ rows, weight.sum()


def _around_the_ring(
    rows: Tensor,
    columns: Tensor,
    bias: Tensor,
    d_columns: Tensor | None,
    options: _Options,
    shards: Shards,
    sums: _Sums,
) -> Tensor | None:
    """Pass the columns of each process by the rows of all; return the gradient of this process's columns.

    Columns and their gradient travel together, and are back at home after as many steps as there are processes.
    """
    most = max(shards.counts)  # messages have one shape: shorter shards travel with rows of padding
    block = columns.new_zeros((2, most, columns.shape[1]))
    block[0, : len(columns)] = columns
    ids = None if options.ids is None else options.ids.new_zeros(most)
    if ids is not None and options.ids is not None:
        ids[: len(columns)] = options.ids
    size = len(shards.counts)
    for step in range(size):
        count = shards.counts[(shards.rank - step) % size]
        into = None if d_columns is None else block[1, :count]
        small = _is_small(rows, block[0, :count], bias)
        around = _Block(None if ids is None else ids[:count], step == 0, small)
        sums.add(rows, block[0, :count], bias, into, options, around)
        block, *rest = _pass_on(shards.rank, size, block, *(() if ids is None else (ids,)))
        ids = rest[0] if rest else None
    return None if d_columns is None else block[1, : len(columns)].clone()


def _log1p(x: Tensor) -> Tensor:
    """log(1 + x) for x >= 0: a quarter of the time of torch's, which is not vectorized on the CPU.

    The logarithm of the rounded sum u = 1 + x, less what the rounding adds, (u - 1 - x) / u to first order.
    """
    u = x + 1
    excess = (u - 1).sub_(x).div_(u)
    return u.log_().sub_(excess)


def _is_small(rows: Tensor, columns: Tensor, bias: Tensor) -> bool:
    return product_bound(rows, columns) + float(bias) < _LARGE


def _pass_on(rank: int, size: int, *tensors: Tensor) -> list[Tensor]:
    """Send tensors to the next process and return those of the one before."""
    received = [torch.empty_like(tensor) for tensor in tensors]
    send: Callable[..., Any] = dist.isend
    receive: Callable[..., Any] = dist.irecv
    operations = [dist.P2POp(send, tensor.contiguous(), (rank + 1) % size) for tensor in tensors]
    operations += [dist.P2POp(receive, tensor, (rank - 1) % size) for tensor in received]
    for work in dist.batch_isend_irecv(operations):
        work.wait()
    return received
