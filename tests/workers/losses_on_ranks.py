"""One process of several that share a batch: `python -m tests.workers.losses_on_ranks RANK SIZE MEETING_FILE FOLDER`.

Each loss is computed, and differentiated through a small network, with and without DistributedDataParallel; losses and
gradients of the parameters go into FOLDER. The tests compare them with those of one process that has the whole batch.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from pairgen.losses import info_nce, nt_xent, sigmoid_contrastive, supcon

SHARDS = {1: (11,), 2: (4, 7), 3: (5, 0, 6)}  # rows of each rank, by the number of ranks
CLASSES = torch.tensor([0, 1, 0, 2, 1, 0, 3, 2, 2, 4, 0])  # two of them occur once

Found = dict[str, dict[str, Tensor]]


class Net(nn.Module):
    """Embeds both views, and owns a temperature and a set of negatives: two parameters that every rank has."""

    def __init__(self, loss: Callable[..., Tensor], temperature: float) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(5)
        self.layers = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 5)).double()
        for parameter in self.layers.parameters():
            parameter.data = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
        self.log_temperature = nn.Parameter(torch.tensor(temperature, dtype=torch.float64).log())
        self.negatives = nn.Parameter(torch.randn(9, 5, generator=generator, dtype=torch.float64))
        self.loss = loss

    def forward(self, first: Tensor, second: Tensor, y: Tensor) -> Tensor:
        a, b = self.layers(first), self.layers(second)
        return self.loss(a, b, y, self.log_temperature.exp(), self.negatives)


LOSSES: dict[str, Callable[..., Tensor]] = {
    "nt_xent": lambda a, b, y, t, n, **o: nt_xent(a, b, temperature=t, **o),
    "supcon": lambda a, b, y, t, n, **o: supcon(a, b, labels=y, temperature=t, **o),
    "supcon in, first": lambda a, b, y, t, n, **o: supcon(
        a, b, labels=y, temperature=t, form="in", anchors="first", **o
    ),
    "supcon, one view": lambda a, b, y, t, n, **o: supcon(a, labels=y, temperature=t, **o),
    "info_nce": lambda a, b, y, t, n, **o: info_nce(a, b, t, **o),
    "info_nce symmetric, ids": lambda a, b, y, t, n, **o: info_nce(a, b, t, ids=y, symmetric=True, **o),
    "info_nce dot": lambda a, b, y, t, n, **o: info_nce(a, b, t, similarity="dot", symmetric=True, **o),
    "info_nce queue": lambda a, b, y, t, n, **o: info_nce(
        a, b, t, negatives=n, mask=y[:, None] == torch.arange(9), **o
    ),
    "nt_xent, three views": lambda a, b, y, t, n, **o: nt_xent(a, b, a * b, temperature=t, **o),
    "sigmoid": lambda a, b, y, t, n, **o: sigmoid_contrastive(a, b, 1 / t, n[0, 0], **o),
    "sigmoid, ids": lambda a, b, y, t, n, **o: sigmoid_contrastive(a, b, 1 / t, n[0, 0], ids=y, **o),
    "sigmoid, a negative of some": lambda a, b, y, t, n, **o: sigmoid_contrastive(
        a, b, 1 / t, n[0, 0], negatives=(a * b)[y != 0], **o
    ),
    "info_nce within": lambda a, b, y, t, n, **o: info_nce(a, b, t, ids=y, symmetric=True, within=True, **o),
    "info_nce hardest": lambda a, b, y, t, n, **o: info_nce(a, b, t, ids=y, symmetric=True, hardness="hardest", **o),
    "info_nce semi-hard": lambda a, b, y, t, n, **o: info_nce(
        a, b, t, negatives=n, in_batch=True, hardness="semi-hard", **o
    ),
    "info_nce hardest both": lambda a, b, y, t, n, **o: info_nce(
        a, b, t, negatives=n, in_batch=True, hardness="hardest", **o
    ),
    "info_nce beta": lambda a, b, y, t, n, **o: info_nce(a, b, t, negatives=n, in_batch=True, ids=y, hardness=0.5, **o),
    "info_nce, a negative of each": lambda a, b, y, t, n, **o: info_nce(
        a, b, t, negatives=(a * b)[y != 0], in_batch=True, gather_negatives=True, **o
    ),
    "info_nce both": lambda a, b, y, t, n, **o: info_nce(a, b.detach(), t, negatives=n, in_batch=True, **o),
}
CASES = {
    f"{name}, temperature {temperature}, tile {tile}": (loss, temperature, tile)
    for name, loss in LOSSES.items()
    for temperature, tile in ((0.3, None), (0.3, 3), (0.002, 3))
}


def whole_batch() -> tuple[Tensor, Tensor, Tensor]:
    views = torch.randn(2, 11, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return views[0], views[0] + 0.3 * views[1], CLASSES


def gradients(net: nn.Module, loss: Tensor) -> dict[str, Tensor]:
    net.zero_grad()
    (3 * loss).backward()
    found = {
        name.removeprefix("module."): torch.zeros_like(p) if p.grad is None else p.grad.clone()
        for name, p in net.named_parameters()
    }
    return {"loss": loss.detach(), **found}


def of_case(case: str, *, gather: bool = False) -> Net:
    loss, temperature, tile = CASES[case]
    return Net(lambda *inputs: loss(*inputs, tile=tile, gather=gather), temperature)


def on_ranks(rank: int, size: int) -> tuple[Found, Found]:
    """With DDP (one tile alone: making it takes time), and without it the mean over the ranks, taken by hand."""
    start = sum(SHARDS[size][:rank])
    batch = tuple(rows[start : start + SHARDS[size][rank]] for rows in whole_batch())
    with_ddp, by_hand = {}, {}
    for case in CASES:
        net = of_case(case, gather=True)
        by_hand[case] = gradients(net, net(*batch))
        for value in by_hand[case].values():
            dist.all_reduce(value)
            value /= size
        if "tile 3" in case:
            continue
        ddp = DistributedDataParallel(net, find_unused_parameters=True)
        with_ddp[case] = gradients(ddp, ddp(*batch))
    return with_ddp, by_hand


def error_messages(rank: int) -> list[str]:
    """Return the errors of this rank where one rank gives invalid input, or where the inputs do not fit together."""
    good = torch.eye(4, dtype=torch.float64)
    odd = [good.clone().fill_(torch.nan), torch.eye(4), torch.eye(4, 3, dtype=torch.float64)]
    calls = [lambda a=a: nt_xent(*[a if rank == 0 else good] * 2, gather=True) for a in odd]
    calls.append(lambda: nt_xent(good[:0], good[:0], gather=True))
    calls.append(lambda: supcon(good, labels=torch.arange(4) if rank else torch.ones(4), gather=True))
    messages = []
    for call in calls:
        try:
            messages.append(f"no error, {call()}")
        except (TypeError, ValueError) as error:
            messages.append(f"{type(error).__name__}: {error}")
    return [*messages, *map(second_derivative, LOSSES)]


def second_derivative(name: str) -> str:
    """Return the error of differentiating the gradient of a gathered loss again."""
    net = Net(lambda *inputs: LOSSES[name](*inputs, gather=True), 0.3)
    grads = torch.autograd.grad(net(*whole_batch()), list(net.layers.parameters()), create_graph=True)
    try:
        torch.stack([grad.square().sum() for grad in grads]).sum().backward()
    except RuntimeError as error:
        return str(error)
    return f"no error for {name}"


def main(rank: int, size: int, meeting: str, folder: Path) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=size)
    found = (*on_ranks(rank, size), error_messages(rank) if size > 1 else [])
    torch.save(found, folder / f"{rank}.pt")
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
