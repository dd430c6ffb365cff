"""NT-Xent, the loss of SimCLR: exact at any batch size, in memory that grows with N, not N^2.

With the 2N unit vectors z of both views, s_ij = z_i . z_j / temperature and p(i) the other view of
i, Chen et al. 2020, "A Simple Framework for Contrastive Learning of Visual Representations",
equation 1, is

    loss = mean over i of  log( sum over j != i of exp s_ij )  -  s_ip(i)
"""

from __future__ import annotations

import torch
from torch import Tensor

from pairgen.losses.eager import eager
from pairgen.losses.embeddings import check_pair, unit_rows
from pairgen.losses.log_sum_exp import log_sum_exp_among
from pairgen.losses.shards import spread
from pairgen.losses.temperature import TemperedLoss, check_temperature, temperature_like
from pairgen.losses.tiles import check_tile


@eager
def nt_xent(
    first: Tensor,
    second: Tensor,
    temperature: float | Tensor = 0.5,
    *,
    tile: int | None = None,
    gather: bool = False,
) -> Tensor:
    """Normalised temperature-scaled cross entropy of N positive pairs (SimCLR, equation 1).

    Each of the 2N views is an anchor: its positive is the other view of its item, its negatives
    the 2N - 2 views of the other items.

    Args:
        first, second: (N, D) floating-point embeddings; row i of both comes from item i. They are
            scaled to unit length here. Half precision is computed in float32, under autocast too.
        temperature: above 0; a tensor of one element receives its gradient.
        tile: rows of a tile, at least 1; the value does not depend on it. None chooses for the device,
            and keeps the tiles of a small batch for the backward pass. Given, tiles are dropped and
            computed again, unless one holds all 2N rows: that is the dense loss.
        gather: compare with the embeddings of all processes of the default group, each of which
            gives its own pairs, as many as it has, and calls this. See below.

    Returns:
        The mean over the 2N anchors: a scalar, float32, or float64 if an input is float64. With
        N = 1 there are no negatives: the loss is 0 and so are the gradients. A row of zeros has
        cosine 0 with every other and receives no gradient.

    Raises:
        TypeError: not tensors, or not floating-point.
        ValueError: N = 0, different shapes or devices, NaN or infinite entries,
            temperature <= 0, tile < 1. With `gather`, on all processes if on one.

    With `gather`, N counts the pairs of all W processes, and each returns the loss of all of them. The
    gradients on each are W times its share, so that the *mean* over the processes, which
    DistributedDataParallel takes, is the gradient of one process with the whole batch.

    Memory beside the inputs: O(N D + tile^2), and at most a constant for kept tiles. The gradient
    cannot be differentiated again.

    >>> nt_xent(torch.eye(4), torch.eye(4), temperature=0.5)  # positives 1, negatives 0
    tensor(0.5944)
    """
    scale = check_temperature(temperature)
    check_tile(tile)
    (one, two), shards = spread(lambda: check_pair(first, second, empty=gather), gather)
    with torch.autocast(one.device.type, enabled=False):
        z = unit_rows(torch.cat([one, two]))
        z = z * temperature_like(temperature, z).rsqrt()
        if shards.total == 1:
            # The sum over the candidates is the positive itself; rounding must not show in it.
            return z.sum() * 0
        positive = torch.linalg.vecdot(z, z.roll(len(one), 0))
        views = shards.times(2)
        log_sums = log_sum_exp_among(views.gather(z), 1 / scale, views, tile=tile)
        return shards.averaged((log_sums - views.gather(positive)).mean())


class NTXentLoss(TemperedLoss):
    """`nt_xent` as a module.

    Args:
        temperature: above 0; where training starts if it is learnt.
        learn_temperature: learn the temperature, by its logarithm, so that it stays positive.
        tile, gather: see `nt_xent`.
    """

    def __init__(
        self,
        temperature: float = 0.5,
        *,
        learn_temperature: bool = False,
        tile: int | None = None,
        gather: bool = False,
    ) -> None:
        super().__init__(temperature, learn_temperature=learn_temperature, tile=tile, gather=gather)

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Two (N, D) embeddings -> the scalar loss."""
        return nt_xent(first, second, self.temperature, tile=self.tile, gather=self.gather)
