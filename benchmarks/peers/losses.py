"""The losses of the subject `losses`, as each library computes them; values agree (tests/benchmarks/test_losses.py).

A loss takes two views (N, D) that require gradients, and gives a scalar at temperature 0.5.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor

from pairgen.losses import info_nce, nt_xent, sigmoid_contrastive, supcon

TEMPERATURE, WIDTH, CLASSES, QUEUE = 0.5, 128, 10, 16_384
SCALE, BIAS, TOWER_WIDTH = 10.0, -10.0, 256
TWO_TOWERS = ("CLIP", "SigLIP")
"""Losses of two towers, whose embeddings are wider."""

Loss = Callable[[Tensor, Tensor], Tensor]


def views(n: int, width: int = WIDTH) -> tuple[Tensor, Tensor]:
    """Two views (n, width), float32, with gradients to add to."""
    a, b = torch.randn(2, n, width, generator=torch.Generator().manual_seed(0))
    pair = a.requires_grad_(), (a.detach() + b).requires_grad_()
    for each in pair:
        each.grad = torch.zeros_like(each)
    return pair


def labels(n: int) -> Tensor:
    """Ten classes in turn."""
    return torch.arange(n) % CLASSES


def queue() -> Tensor:
    """Unit keys (16384, 128), as MoCo's queue holds them."""
    keys = torch.randn(QUEUE, WIDTH, generator=torch.Generator().manual_seed(1))
    return F.normalize(keys, dim=1)


def dense_nt_xent() -> Loss:
    """Cross entropy of one matrix, the diagonal masked: what the papers' pseudocode becomes in PyTorch."""

    def loss(a: Tensor, b: Tensor) -> Tensor:
        z, n = F.normalize(torch.cat([a, b])), len(a)
        s = (z @ z.T / TEMPERATURE).masked_fill(torch.eye(2 * n, dtype=torch.bool), -math.inf)
        return F.cross_entropy(s, torch.arange(2 * n).roll(n))

    return loss


def dense_supcon() -> Loss:
    """The same with a mask of positives."""

    def loss(a: Tensor, b: Tensor) -> Tensor:
        z, y = F.normalize(torch.cat([a, b])), labels(len(a)).repeat(2)
        own = torch.eye(len(z), dtype=torch.bool)
        s = (z @ z.T / TEMPERATURE).masked_fill(own, -math.inf)
        positive = (y[:, None] == y) & ~own
        log_prob = s - s.logsumexp(dim=1, keepdim=True)
        return -(log_prob.masked_fill(~positive, 0).sum(dim=1) / positive.sum(dim=1)).mean()

    return loss


def dense_clip() -> Loss:
    """Cross entropy of the rows and of the columns, as in CLIP's pseudocode."""

    def loss(a: Tensor, b: Tensor) -> Tensor:
        s, own = F.normalize(a) @ F.normalize(b).T / TEMPERATURE, torch.arange(len(a))
        return (F.cross_entropy(s, own) + F.cross_entropy(s.T, own)) / 2

    return loss


def dense_open_clip() -> Loss:
    """open_clip's ClipLoss by its formula: one matrix of logits for each direction, and the mean cross entropy."""

    def loss(a: Tensor, b: Tensor) -> Tensor:
        first, second, own = F.normalize(a), F.normalize(b), torch.arange(len(a))
        forth, back = first @ second.T / TEMPERATURE, second @ first.T / TEMPERATURE
        return (F.cross_entropy(forth, own) + F.cross_entropy(back, own)) / 2

    return loss


def dense_siglip() -> Loss:
    """open_clip's SigLipLoss by its formula: logits times labels of 1 and -1."""

    def loss(a: Tensor, b: Tensor) -> Tensor:
        logits = SCALE * F.normalize(a) @ F.normalize(b).T + BIAS
        signs = 2 * torch.eye(len(a)) - torch.ones(len(a))
        return -F.logsigmoid(signs * logits).sum() / len(a)

    return loss


def dense_queue() -> Loss:
    """MoCo's pseudocode."""
    keys = queue()

    def loss(a: Tensor, b: Tensor) -> Tensor:
        q, k = F.normalize(a), F.normalize(b.detach())
        s = torch.cat([(q * k).sum(dim=1, keepdim=True), q @ keys.T], dim=1) / TEMPERATURE
        return F.cross_entropy(s, torch.zeros(len(q), dtype=torch.long))

    return loss


def own_queue() -> Loss:
    """`info_nce` with a queue."""
    keys = queue()
    return lambda a, b: info_nce(a, b.detach(), TEMPERATURE, negatives=keys)


def lightly_nt_xent() -> Loss:
    """Lightly's NTXentLoss."""
    from lightly.loss.ntx_ent_loss import NTXentLoss

    loss: Loss = NTXentLoss(TEMPERATURE)
    return loss


def lightly_queue() -> Loss:
    """Lightly's NTXentLoss with a memory bank, which it also updates."""
    from lightly.loss.ntx_ent_loss import NTXentLoss

    criterion = NTXentLoss(TEMPERATURE, memory_bank_size=(QUEUE, WIDTH))
    criterion.memory_bank.bank = queue()
    criterion.memory_bank.bank_ptr = torch.zeros(1, dtype=torch.long)
    return lambda a, b: criterion(a, b.detach())


def metric_learning_nt_xent() -> Loss:
    """pytorch-metric-learning's NTXentLoss; a class for each item."""
    from pytorch_metric_learning import losses

    criterion = cast("Any", losses).NTXentLoss(TEMPERATURE)
    return lambda a, b: criterion(torch.cat([a, b]), torch.arange(len(a)).repeat(2))


def metric_learning_supcon() -> Loss:
    """pytorch-metric-learning's SupConLoss."""
    from pytorch_metric_learning import losses

    criterion = cast("Any", losses).SupConLoss(TEMPERATURE)
    return lambda a, b: criterion(torch.cat([a, b]), labels(len(a)).repeat(2))


LOSSES: dict[str, dict[str, Callable[[], Loss]]] = {
    "NT-Xent": {
        "pairgen": lambda: lambda a, b: nt_xent(a, b, temperature=TEMPERATURE),
        "dense PyTorch": dense_nt_xent,
        "lightly": lightly_nt_xent,
        "pytorch-metric-learning": metric_learning_nt_xent,
    },
    "SupCon": {
        "pairgen": lambda: lambda a, b: supcon(a, b, labels=labels(len(a)), temperature=TEMPERATURE),
        "dense PyTorch": dense_supcon,
        "pytorch-metric-learning": metric_learning_supcon,
    },
    "InfoNCE, symmetric": {
        "pairgen": lambda: lambda a, b: info_nce(a, b, TEMPERATURE, symmetric=True),
        "dense PyTorch": dense_clip,
    },
    "CLIP": {
        "pairgen": lambda: lambda a, b: info_nce(a, b, TEMPERATURE, symmetric=True),
        "open_clip's formula, two products": dense_open_clip,
        "open_clip's formula, one product": dense_clip,
    },
    "SigLIP": {
        "pairgen": lambda: lambda a, b: sigmoid_contrastive(a, b, SCALE, BIAS),
        "open_clip's formula": dense_siglip,
    },
    "InfoNCE, a queue of 16,384": {
        "pairgen": own_queue,
        "dense PyTorch": dense_queue,
        "lightly": lightly_queue,
    },
}
"""Loss -> library -> how to make it."""
