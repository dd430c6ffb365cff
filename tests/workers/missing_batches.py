"""One of two processes, of which the second lacks a batch.

`python -m tests.workers.missing_batches RANK MEETING_FILE OUT`

Each case is trained for an epoch or two; what is left in OUT is its number of steps, its warnings and its error.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch.utils.data import DataLoader, IterableDataset

from pairgen.methods import SimCLR
from pairgen.pairs import PairBatch, PairSampler
from pairgen.training import Trainer
from tests.helpers.method_toys import linear
from tests.helpers.toy import Series, SeriesData
from tests.methods.test_every_method import MAKE, batch_for, make

PLACES = {"first": 0, "middle": 1, "last": 3}
BAD = {"first": frozenset({1, 3}), "middle": frozenset({5, 7}), "last": frozenset({13, 15})}
"""Of 16 items in batches of two, those of one batch of the second of two processes."""


class Stream(IterableDataset[Any]):
    """n items, of which each process reads its own n."""

    def __init__(self, n: int, bad: frozenset[int] = frozenset()) -> None:
        self.data = SeriesData(n, bad)

    def __iter__(self) -> Iterator[Any]:
        return ((i, *self.data[i]) for i in range(len(self.data)))


class Failing(IterableDataset[Any]):
    """Batches that end in an error on the second process."""

    def __iter__(self) -> Iterator[PairBatch]:
        yield batch_for("simclr")
        if dist.get_rank():
            raise OSError("the disk is gone")
        yield batch_for("simclr")


def of_method(name: str, place: str) -> Any:
    """Four batches, one of which lost all its items on the second process."""
    batches = [batch_for(name, seed=10 * dist.get_rank() + step) for step in range(4)]
    if dist.get_rank():
        batches[PLACES[place]] = PairBatch(torch.empty(0), torch.empty(0), torch.empty(0, dtype=torch.int64))
    return batches


def sampler() -> PairSampler:
    return PairSampler(Series(), "whole", on_error="skip")


def wrapped(place: str) -> Any:
    own = [(i, SeriesData(16, BAD[place])[i][0]) for i in range(dist.get_rank(), 16, 2)]
    return sampler().wrap_loader(DataLoader(own, batch_size=2, collate_fn=list))  # type: ignore[arg-type]


def bad_of_stream(place: str) -> frozenset[int]:
    return frozenset({2 * PLACES[place]}) if dist.get_rank() else frozenset()


def streamed(count: int, bad: frozenset[int] = frozenset(), batch: int = 2) -> Any:
    make = sampler()
    data = make.wrap_dataset(Stream(count, bad), sharded=True)
    return DataLoader(data, batch_size=batch, collate_fn=make.collate)


CASES: dict[str, tuple[str, Callable[[], Any]]] = {
    **{f"{name}, {place}": (name, lambda n=name, p=place: of_method(n, p)) for name in MAKE for place in PLACES},
    **{
        f"{form}, {place}": ("series", lambda f=form, p=place: FORMS[f](p))
        for form in ("loader", "wrapped loader", "iterable")
        for place in PLACES
    },
    "uneven": ("series", lambda: streamed(8 - 3 * dist.get_rank())),
    "uneven last batch": ("series", lambda: streamed(8 - dist.get_rank(), batch=3)),
    "nothing": ("series", lambda: streamed(8 * (1 - dist.get_rank()))),
    "error": ("simclr", Failing),
    "no batches": ("simclr", lambda: [batch_for("simclr")] * (1 - dist.get_rank())),
}
FORMS: dict[str, Callable[[str], Any]] = {
    "loader": lambda place: sampler().loader(SeriesData(16, BAD[place]), 2),
    "wrapped loader": wrapped,
    "iterable": lambda place: sampler().loader(Stream(8, bad_of_stream(place)), 1, sharded=True),
}


def run(case: str) -> dict[str, Any]:
    name, loader = CASES[case]
    method = SimCLR(linear(4), 4).double() if name == "series" else make(name)
    epochs = 2 if name == "series" else 1
    trainer = Trainer(method, epochs=epochs, device="cpu", precision="64-true", progress=False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            steps, error = [record.steps for record in trainer.fit(loader())], ""
        except Exception as raised:
            steps, error = [], f"{type(raised).__name__}: {raised}"
    return {"steps": steps, "error": error, "warnings": [str(each.message) for each in caught]}


def main(rank: int, meeting: str, out: Path) -> None:
    torch.set_num_threads(1)
    limit = timedelta(seconds=20)  # of a wait, which none of the cases may come to
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=2, timeout=limit)
    torch.save({case: run(case) for case in CASES}, out / f"{rank}.pt")
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
