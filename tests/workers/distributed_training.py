"""One process of a training: `python -m tests.workers.distributed_training RANK SIZE MEETING_FILE FOLDER`.

Each case is trained as a user would in a script of torchrun's, and leaves its weights in FOLDER; the tests train the
same cases in one process.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

import pairgen
from pairgen.batch import pad
from pairgen.methods import CPC, Method, MoCo, Siamese, SimCLR, SupCon
from pairgen.pairs import PairBatch, PairSampler
from pairgen.training import Trainer
from tests.helpers.method_toys import Strided, sequences
from tests.helpers.toy import Series, SeriesData

ITEMS, BATCH = 32, 16  # of all processes together


class Encoder(nn.Sequential):
    """No batch statistics: each item is treated on its own."""

    out_features = 6

    def __init__(self) -> None:
        super().__init__(nn.Flatten(), nn.LazyLinear(8), nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 6))


METHODS: dict[str, Callable[[nn.Module], Method]] = {
    "simclr": lambda encoder: SimCLR(encoder, projection_dim=4),
    "supcon": lambda encoder: SupCon(encoder, projection_dim=4),
    "siamese": lambda encoder: Siamese(encoder, projection_dim=4),
    "moco": lambda encoder: MoCo(encoder, projection_dim=4, queue=64, momentum=0.9, symmetric=True),
    "moco-v3": lambda encoder: MoCo(encoder, projection_dim=4, queue=0, momentum=0.9, predictor=True),
}


def series_loader() -> Any:
    """float64 (B, 4)."""
    return PairSampler(Series(), "whole").loader(
        SeriesData(ITEMS), BATCH // world(), shuffle=True, drop_last=True, batched=True
    )


def images_loader() -> Any:
    """float32 (B, 1, 8, 8)."""
    images = np.random.default_rng(0).integers(0, 256, (ITEMS, 10, 10), dtype=np.uint8)
    dataset = pairgen.get_modality("image").read(images, labels=np.arange(ITEMS) % 3)
    sampler = pairgen.PairSampler("image", "simclr-gray", size=8)
    return sampler.loader(dataset, BATCH // world(), shuffle=True, drop_last=True)


def world() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def method(name: str, loader: Any, seed: int = 0) -> Method:
    torch.manual_seed(seed)
    encoder = Encoder()
    encoder(torch.zeros_like(next(iter(loader)).first, dtype=torch.float32))
    return METHODS[name](encoder)


def train(name: str, kind: str, run_dir: Path | None = None, seed: int = 0, **options: Any) -> dict[str, Tensor]:
    """The state of a method after two epochs, and the losses under "history"."""
    loader = images_loader() if kind == "float32" else series_loader()
    trainer = Trainer(
        method(name, loader, seed),
        # Not Adam, which would make steps of the rounding errors of a parameter whose gradient is zero.
        optimizer=lambda parameters: torch.optim.SGD(parameters, momentum=0.9),
        **{"epochs": 2, "learning_rate": 0.1, "device": "cpu", "progress": False, **options},
        precision="32-true" if kind == "float32" else "64-true",
        run_dir=run_dir,
        logger=None if run_dir is None else "tensorboard",
    )
    history = trainer.fit(loader, resume=run_dir is not None)
    state = {name: value for name, value in trainer.method.state_dict().items() if not name.startswith("queue")}
    if isinstance(trainer.method, MoCo):  # the order of the keys of one step is that of the ranks
        keys, index = trainer.method.queue.read()
        order = np.lexsort((keys[:, 0].numpy(), index.numpy())) if len(keys) else []
        state |= {"queue": keys[order], "queue of": index[order]}
    return {**state, "history": torch.tensor(history.loss, dtype=torch.float64)}


def cpc() -> dict[str, Tensor]:
    """Sequences divided unevenly between processes, none as long as the furthest prediction."""
    mine = slice(0, 5) if not dist.is_initialized() else (slice(0, 3), slice(3, 5))[dist.get_rank()]
    batches = []
    for seed in range(2):
        whole = sequences((12, 20, 9, 7, 15), seed)
        first = [whole.first.item(i) for i in range(5)][mine]
        batches.append(PairBatch(pad(first), pad(first), whole.index[mine]))
    trainer = Trainer(
        CPC(Strided(), context_dim=4),
        optimizer=torch.optim.SGD,
        epochs=2,
        learning_rate=0.1,
        device="cpu",
        precision="64-true",
        progress=False,
    )
    losses = trainer.fit(batches).loss
    return {**trainer.method.state_dict(), "history": torch.tensor(losses, dtype=torch.float64)}


class Forgetful(SimCLR):
    """Does not use its projector."""

    def loss(self, batch: PairBatch) -> Tensor:
        return self(batch.first).square().mean()


def forgetful() -> dict[str, Any]:
    METHODS["forgetful"] = lambda encoder: Forgetful(encoder, projection_dim=4)
    try:
        return train("forgetful", "float64")
    except ValueError as error:
        return {"error": str(error)}


def not_gathered() -> dict[str, Tensor]:
    METHODS["not gathered"] = lambda encoder: SimCLR(encoder, projection_dim=4, gather=False)
    return train("not gathered", "float64")


def uneven() -> dict[str, Any]:
    """A loader with another number of batches on each process."""
    loader = images_loader()
    batches = list(loader)[: 2 + dist.get_rank()] + [next(iter(loader))] * dist.get_rank()
    try:
        Trainer(method("simclr", loader), epochs=1, device="cpu", progress=False).fit(batches)
    except ValueError as error:
        return {"error": str(error)}
    return {}


CONSTANT: dict[str, Any] = {"schedule": "constant", "warmup_epochs": 0}
CASES: dict[str, Callable[[Path], dict[str, Tensor]]] = {
    **{f"{name} float64": lambda folder, name=name: train(name, "float64") for name in METHODS},
    "simclr float32": lambda folder: train("simclr", "float32"),
    "cpc": lambda folder: cpc(),
    "in chunks": lambda folder: train("simclr", "float64", chunk_size=3),
    # Each process starts from weights of its own: those of the first count.
    "other weights": lambda folder: train("simclr", "float32", seed=dist.get_rank() if dist.is_initialized() else 0),
    "one epoch": lambda folder: train("moco", "float32", folder / "run", epochs=1, **CONSTANT),
    "resumed": lambda folder: train("moco", "float32", folder / "run", epochs=2, **CONSTANT),
}


def main(rank: int, size: int, meeting: str, folder: Path) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=size)
    ends: dict[str, Any] = {name: case(folder) for name, case in CASES.items()}
    ends |= {"not gathered": not_gathered(), "uneven": uneven(), "forgetful": forgetful()}
    torch.save(ends, folder / f"{rank}.pt")
    dist.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
