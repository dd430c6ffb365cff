"""One process of several that share a batch: `python -m tests.workers.methods_on_ranks RANK SIZE MEETING_FILE FOLDER`.

Each method trains for some steps on the process's part of every batch, its gradients averaged over the processes as
DistributedDataParallel does; losses and weights go into FOLDER.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.distributed as dist
from torch import Tensor
from torch_geometric.data import Batch

from pairgen.batch import take
from pairgen.methods import CLIP, Method, MoCo, SigLIP, SimCLR
from pairgen.pairs import PairBatch
from tests.helpers.method_toys import linear
from tests.methods.test_every_method import MAKE, batch_for, make

SHARDS = {1: [6], 2: [2, 4], 3: [2, 3, 1]}  # items of each rank, by the number of ranks
STEPS = 5
CASES = {
    **{name: lambda name=name: make(name) for name in MAKE},
    "moco with queue of no multiple": lambda: MoCo(linear(), 4, queue=10, momentum=0.5).double(),
    "moco symmetric with queue of no multiple": lambda: MoCo(
        linear(), 4, queue=15, momentum=0.5, symmetric=True
    ).double(),
    "clip with negatives": lambda: CLIP(linear(), linear(), 4, within=True).double(),
    "siglip with negatives": lambda: SigLIP(linear(), projection_dim=4).double(),
    "simclr of three views": lambda: SimCLR(linear(), 4).double(),
    "moco without queue": lambda: MoCo(linear(), 4, queue=0, momentum=0.5).double(),
}


def take_views(views: Any, items: npt.NDArray[np.int64]) -> Any:
    """Return some of the views of a batch."""
    if isinstance(views, Batch):
        return Batch.from_data_list([views[int(item)] for item in items])
    taken = take(views, items)
    return replace(taken, starts=taken.starts[items]) if hasattr(taken, "starts") else taken


def train(case: str, rank: int = 0, size: int = 1) -> dict[str, Tensor]:
    """Return the losses of the steps and the final state of a method."""
    torch.manual_seed(1)
    method: Method = CASES[case]()
    optimizer = torch.optim.SGD(method.parameters(), 0.1)
    start = sum(SHARDS[size][:rank])
    items = torch.randperm(6, generator=torch.Generator().manual_seed(3))[start : start + SHARDS[size][rank]].numpy()
    losses = []
    for step in range(STEPS):
        batch = batch_for(case.split()[0], seed=step)
        label = batch.label[items] if isinstance(batch.label, Tensor) else None
        index = batch.index[items] + 6 * step
        views = [take_views(view, items) for view in (batch.first, batch.second)]
        more = (views[0].flip(1),) if case.endswith("three views") else ()
        pairs = PairBatch(*views, index, label, more=more)
        if case.endswith("with negatives") and (rows := np.flatnonzero(items < 3)).size:  # not on every process
            pairs = replace(pairs, negatives=views[1][rows].flip(1), negative_of=torch.from_numpy(rows))
        loss = method.loss(pairs)
        optimizer.zero_grad()
        loss.backward()
        if size > 1:
            dist.all_reduce(loss.data)
            loss.data /= size
            for parameter in method.parameters():
                if parameter.requires_grad:
                    parameter.grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
                    dist.all_reduce(parameter.grad)
                    parameter.grad /= size
        optimizer.step()
        losses.append(loss.detach())
    weights = {name: value.detach() for name, value in method.named_parameters()}
    return {"losses": torch.stack(losses), **weights}


def main(rank: int, size: int, meeting: str, folder: Path) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=size)
    torch.save({case: train(case, rank, size) for case in CASES}, folder / f"{rank}.pt")
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
