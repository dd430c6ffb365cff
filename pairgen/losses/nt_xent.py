"""NT-Xent, the loss of SimCLR: exact at any batch size, in memory that grows with N, not N^2.

With the 2N unit vectors z of both views, s_ij = z_i . z_j / temperature and p(i) the other view of
i, Chen et al. 2020, "A Simple Framework for Contrastive Learning of Visual Representations",
equation 1, is

    loss = mean over i of  log( sum over j != i of exp s_ij )  -  s_ip(i)

S is symmetric. The forward therefore computes the upper triangle of its tiles only: each tile gives
its rows' sums and its columns'. The gradient of the mean is (1 / (2N * temperature)) (W z - 2 z_p)
with W_ij = P_ij + P_ji, P the softmax of the rows without the diagonal; W is symmetric too, so the
backward computes each tile again from the sums and uses it for its rows and for its columns.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from pairgen.losses.embeddings import check_pair, check_temperature, unit_rows

# Measured on one AVX2 core at D = 128: a tile of 512 rows (1 MiB in float32) stays in the cache,
# and half the exponentials beat one matrix as soon as there is a second tile. Other devices want
# fewer, larger kernels.
_CPU_TILE = 512
_DEVICE_TILE = 4096


def nt_xent(
    first: Tensor,
    second: Tensor,
    temperature: float | Tensor = 0.5,
    *,
    tile: int | None = None,
) -> Tensor:
    """Normalised temperature-scaled cross entropy of N positive pairs (SimCLR, equation 1).

    Each of the 2N views is an anchor: its positive is the other view of its item, its negatives
    the 2N - 2 views of the other items.

    Args:
        first, second: (N, D) floating-point embeddings; row i of both comes from item i. They are
            scaled to unit length here. Half precision is computed in float32, under autocast too.
        temperature: above 0; a tensor of one element receives its gradient.
        tile: rows of a tile. None chooses for the device. Where a tile holds all 2N rows, the loss
            is one dense matrix, kept for the backward. The value does not depend on it.

    Returns:
        The mean over the 2N anchors: a scalar, float32, or float64 if an input is float64. With
        N = 1 there are no negatives: the loss is 0 and so are the gradients. A row of zeros has
        cosine 0 with every other and receives no gradient.

    Raises:
        TypeError: not tensors, or not floating-point.
        ValueError: N = 0, different shapes or devices, NaN or infinite entries,
            temperature <= 0, tile < 1.

    Memory beside the inputs: O(N D + tile^2). The gradient cannot be differentiated again.

    >>> nt_xent(torch.eye(4), torch.eye(4), temperature=0.5)  # positives 1, negatives 0
    tensor(0.5945)
    """
    scale = check_temperature(temperature)
    if tile is not None and (isinstance(tile, bool) or not isinstance(tile, int) or tile < 1):
        raise ValueError(f"tile is {tile!r}: give a whole number of rows, at least 1, or None")
    one, two = check_pair(first, second)
    with torch.autocast(one.device.type, enabled=False):
        z = unit_rows(one, two)
        tau = torch.as_tensor(temperature, dtype=z.dtype, device=z.device).reshape(())
        if len(one) == 1:
            # The sum over the candidates is the positive itself; rounding must not show in it.
            return z.sum() * 0 + tau * 0
        rows = tile or (_CPU_TILE if z.device.type == "cpu" else _DEVICE_TILE)
        loss: Tensor = _NTXent.apply(z, tau, scale, rows)
        return loss


class NTXentLoss(nn.Module):
    """`nt_xent` as a module.

    Args:
        temperature: above 0; where training starts if it is learnt.
        learn_temperature: learn the temperature, by its logarithm, so that it stays positive.
        tile: see `nt_xent`.
    """

    def __init__(
        self,
        temperature: float = 0.5,
        *,
        learn_temperature: bool = False,
        tile: int | None = None,
    ) -> None:
        super().__init__()
        log = torch.tensor(math.log(check_temperature(temperature)))
        self.log_temperature = nn.Parameter(log) if learn_temperature else None
        self._temperature = temperature
        self.tile = tile

    @property
    def temperature(self) -> float | Tensor:
        """The temperature: a number, or a differentiable scalar if it is learnt."""
        return self._temperature if self.log_temperature is None else self.log_temperature.exp()

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Two (N, D) embeddings -> the scalar loss."""
        return nt_xent(first, second, self.temperature, tile=self.tile)

    def extra_repr(self) -> str:
        """Return the settings for `repr`."""
        return f"temperature={check_temperature(self.temperature):g}, tile={self.tile}"


class _NTXent(torch.autograd.Function):
    """The loss of unit rows z (2N, D), first the N of one view, then the N of the other."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, tau: Tensor, scale: float, tile: int) -> Tensor:
        positive = torch.linalg.vecdot(z, z.roll(len(z) // 2, 0)) / scale
        if tile >= len(z) and _shift(z, scale) is not None:
            weight = _exp_tile(z, z, scale, diagonal=True)
            total = weight.sum(dim=1)
            log_sum = total.log() + 1 / scale
        else:
            weight = None
            log_sum = _log_sum_exp(z, scale, tile)
        ctx.save_for_backward(z, log_sum, weight)
        ctx.scale, ctx.tile = scale, tile
        loss: Tensor = (log_sum - positive).mean()
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        z, log_sum, weight = ctx.saved_tensors
        scale: float = ctx.scale
        if weight is not None:
            part = (1 / scale - log_sum).exp()
            pulled = (weight * (part[:, None] + part)) @ z
        else:
            pulled = _pull(z, log_sum, scale, ctx.tile)
        # z.roll(N) is each row's positive, and the positive's positive is the row again: hence 2.
        dz = pulled.sub_(z.roll(len(z) // 2, 0), alpha=2).mul_(grad / (len(z) * scale))
        # sum z . dz is twice sum G_ij s_ij, and s is 1 / tau times a constant.
        dtau = (z * dz).sum() / (-2 * scale) if ctx.needs_input_grad[1] else None
        return dz, dtau, None, None


def _shift(z: Tensor, scale: float) -> float | None:
    """A constant to subtract from every s before `exp`, or None where a row's own is needed.

    Unit rows bound |s| by 1 / temperature, so s - 1 / temperature lies in [-2 / temperature, 0];
    as long as the exponential of that is a normal number no row needs its maximum.
    """
    lowest = -math.log(torch.finfo(z.dtype).tiny)
    return 1 / scale if 2 / scale < lowest - 7 else None


def _exp_tile(rows: Tensor, columns: Tensor, scale: float, *, diagonal: bool) -> Tensor:
    """exp(s - 1 / temperature) for a tile; zero where a row meets itself."""
    shift = rows.new_full((), -1 / scale)
    tile = torch.addmm(shift, rows, columns.T, alpha=1 / scale).exp_()
    return tile.fill_diagonal_(0) if diagonal else tile


def _upper_triangle(n: int, tile: int) -> Iterator[tuple[slice, slice]]:
    for top in range(0, n, tile):
        for left in range(top, n, tile):
            yield slice(top, top + tile), slice(left, left + tile)


def _log_sum_exp(z: Tensor, scale: float, tile: int) -> Tensor:
    """(2N,): the log of the sum of exp s over each row without its diagonal."""
    if _shift(z, scale) is not None:
        total = z.new_zeros(len(z))
        for i, j in _upper_triangle(len(z), tile):
            weight = _exp_tile(z[i], z[j], scale, diagonal=i == j)
            total[i] += weight.sum(dim=1)
            if i != j:
                total[j] += weight.sum(dim=0)
        return total.log_().add_(1 / scale)
    log_sum = z.new_full((len(z),), -math.inf)
    for i, j in _upper_triangle(len(z), tile):
        s = _logit_tile(z[i], z[j], scale, diagonal=i == j)
        log_sum[i] = torch.logaddexp(log_sum[i], s.logsumexp(dim=1))
        if i != j:
            log_sum[j] = torch.logaddexp(log_sum[j], s.logsumexp(dim=0))
    return log_sum


def _logit_tile(rows: Tensor, columns: Tensor, scale: float, *, diagonal: bool) -> Tensor:
    tile = torch.mm(rows, columns.T).div_(scale)
    return tile.fill_diagonal_(-math.inf) if diagonal else tile


def _pull(z: Tensor, log_sum: Tensor, scale: float, tile: int) -> Tensor:
    """W z with W_ij = P_ij + P_ji, tile by tile of the upper triangle."""
    out = torch.zeros_like(z)
    shifted = _shift(z, scale) is not None
    part = (1 / scale - log_sum).exp() if shifted else log_sum
    for i, j in _upper_triangle(len(z), tile):
        if shifted:
            weight = _exp_tile(z[i], z[j], scale, diagonal=i == j)
            weight.mul_(part[i, None] + part[j])
        else:
            s = _logit_tile(z[i], z[j], scale, diagonal=i == j)
            weight = (s - part[i, None]).exp_().add_((s - part[j]).exp_())
        out[i].addmm_(weight, z[j])
        if i != j:
            out[j].addmm_(weight.T, z[i])
    return out
