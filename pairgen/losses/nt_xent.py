"""NT-Xent, the loss of SimCLR: exact at any batch size, in memory that grows with N, not N^2.

See `nt_xent` for the equation.
"""

from __future__ import annotations

import torch
from torch import Tensor

from pairgen.losses._embeddings import check_views, normalize_rows
from pairgen.losses._log_sum_exp import check_tile, eager, log_sum_exp_among
from pairgen.losses._shards import gather_shards
from pairgen.losses._temperature import TemperedLoss, check_temperature, temperature_like

__all__ = ["NTXentLoss", "nt_xent"]


@eager
def nt_xent(
    *views: Tensor,
    temperature: float | Tensor = 0.5,
    tile: int | None = None,
    gather: bool = False,
) -> Tensor:
    """Compute NT-Xent, the normalized temperature-scaled cross-entropy of N items in n views each.

    Each of the n N views is an anchor: its positives P(i) are the n - 1 other views of its item, its negatives the
    views of the other items. With z the embeddings of all views at unit length and s_ij = z_i . z_j / temperature, the
    loss is

        loss = mean over i of  log( sum over j != i of exp s_ij )  -  mean over p in P(i) of s_ip

    With two views this is equation 1 of Chen et al. 2020, "A Simple Framework for Contrastive Learning of Visual
    Representations". With more it is L_out of SupCon (see `supcon`) with each item a class of its own: the other
    positives of an anchor stay in its denominator.

    The memory beside the inputs is O(N D + tile^2), and at most a constant for kept tiles. Where the gradient is
    differentiated again (`create_graph=True`), it is O(N^2); with `gather` over several processes that is an error.

    Args:
        views: Two or more floating-point tensors (N, D), scaled to unit length here; row i of each comes from item i.
            Half precision is computed in float32, under autocast too.
        temperature: Divisor of the cosines, above 0; a tensor of one element receives its gradient.
        tile: Rows of a tile, at least 1; the value does not depend on it. None chooses for the device and keeps the
            tiles of a small batch for the backward pass. A given tile is dropped and computed again, unless it holds
            all n N rows: that is the dense loss.
        gather: Compare with the embeddings of all W processes of the default group; each process calls this with its
            own pairs, as many as it has. N then counts the pairs of all processes, and each returns the loss of all.
            The gradients on each are W times its part, so that their mean over the processes, which
            `DistributedDataParallel` takes, is the gradient of one process with the whole batch.

    Returns:
        The mean over the anchors: a scalar, float32, or float64 if an input is float64. With N = 1 there are no
        negatives: loss and gradients of two views are 0; more views attract each other. A row of
        zeros has cosine 0 with every other and receives no gradient.

    Raises:
        TypeError: An input is not a tensor, or not floating-point, or there are fewer than two views.
        ValueError: N = 0, different shapes or devices, NaN or infinite entries, temperature <= 0, or tile < 1. With
            `gather`, on all processes if on one.

    Example:
        >>> nt_xent(torch.eye(4), torch.eye(4), temperature=0.5)  # positives 1, negatives 0
        tensor(0.5944)
    """
    scale = check_temperature(temperature)
    check_tile(tile)
    n = len(views)
    (embeddings,), shards = gather_shards(lambda: (check_views(views, empty=gather),), gather)
    with torch.autocast(embeddings.device.type, enabled=False):
        z = normalize_rows(embeddings)
        z = z * temperature_like(temperature, z).rsqrt()
        if shards.total == n == 2:
            # The sum over the candidates is the positive itself; rounding must not show in it.
            return z.sum() * 0
        positive = torch.linalg.vecdot(z, z.roll(len(z) // n, 0))
        for turn in range(2, n):
            positive = positive + torch.linalg.vecdot(z, z.roll(turn * (len(z) // n), 0))
        log_sums = log_sum_exp_among(shards.gather(z), 1 / scale, shards, tile=tile)
        return shards.scale_gradient((log_sums - shards.gather(positive) / (n - 1)).mean())


class NTXentLoss(TemperedLoss):
    """NT-Xent as a module; see `nt_xent`.

    Args:
        temperature: Divisor of the cosines, above 0; the initial value if it is learned.
        learn_temperature: Learn the temperature, through its logarithm, so that it stays positive.
        tile: Rows of a tile; None chooses for the device.
        gather: Compare with the embeddings of all processes.
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

    def forward(self, *views: Tensor) -> Tensor:
        """Compute the loss.

        Args:
            views: Two or more floating-point tensors (N, D); row i of each comes from item i.

        Returns:
            The scalar loss; see `nt_xent`.
        """
        return nt_xent(*views, temperature=self.temperature, tile=self.tile, gather=self.gather)
