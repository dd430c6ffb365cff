"""The same views elsewhere: after pickling, in threads, in a fresh process, in the workers of a loader."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset

from pairgen.random import Stream
from pairgen.testing.check import check
from pairgen.testing.checks.randomness import bare
from pairgen.testing.compare import difference, parts_of
from pairgen.testing.fresh_process import view_there
from pairgen.testing.global_state import kept, seed_all
from pairgen.testing.subject import CheckFailure, Example, ItemGroup

__all__ = ["pickles", "same_in_a_fresh_process", "same_in_loader_workers", "same_in_threads"]

_THREADS = 4


@check(share=0.5)
def pickles(example: Example) -> None:
    """The augmentation pickles, and its copy gives the same view."""
    view = parts_of(example.view())
    try:
        copy = pickle.loads(pickle.dumps(example.augmentation))
    except Exception as error:
        raise CheckFailure(
            f"it does not pickle ({type(error).__name__}: {error}); use functions and classes of a module, no lambdas "
            "and no open files"
        ) from error
    found = difference(view, copy(example.item, example.stream()))
    if found:
        raise CheckFailure(f"its pickled copy gives another view: {found}")


@check(over="group", share=0.04)
def same_in_a_fresh_process(group: ItemGroup) -> None:
    """A process started afresh (spawn), with another PYTHONHASHSEED, gives the same views."""
    examples = group.served()
    views = [parts_of(example.view()) for example in examples]
    try:
        work = pickle.dumps((group.augmentation, [(example.item, example.stream()) for example in examples]))
    except Exception as error:
        raise CheckFailure(f"it does not pickle, so it cannot get there: {type(error).__name__}: {error}") from error
    there = view_there(work)
    for example, here, view in zip(examples, views, there, strict=True):
        found = difference(here, view)
        if found:
            raise CheckFailure(
                f"a fresh process gave item {example.index} another view: {found}; is there a set whose order, or a "
                "hash whose value, decides?"
            )


@check(over="group", share=0.08)
def same_in_threads(group: ItemGroup) -> None:
    """Several threads at once get the views that one gets."""
    work = [(example, key) for example in group.served() for key in range(_THREADS)]
    alone = [parts_of(_view(group.augmentation, example, key)) for example, key in work]
    with _hasty_switching(), ThreadPoolExecutor(_THREADS) as pool:
        for _ in range(3):
            together = list(pool.map(lambda pair: parts_of(_view(group.augmentation, *pair)), work))
            for (example, _), one, other in zip(work, alone, together, strict=True):
                found = difference(one, other)
                if found:
                    raise CheckFailure(f"in {_THREADS} threads item {example.index} got another view: {found}")


def _view(augmentation: Any, example: Example, key: int) -> Any:
    return augmentation(example.item, Stream(example.seed, index=key))


@contextmanager
def _hasty_switching() -> Iterator[None]:
    """Threads change as often as they can, so that races come out."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@dataclass(frozen=True)
class _Views(Dataset[Any]):
    """The views of some items, as a data set."""

    augmentation: Any
    examples: list[Example]

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, position: int) -> Any:
        example = self.examples[position]
        return parts_of(self.augmentation(example.item, example.stream()))


@check(over="group", share=0.04)
def same_in_loader_workers(group: ItemGroup) -> None:
    """A DataLoader with two workers yields what one without workers yields."""
    data = _Views(bare(group.augmentation), group.served())
    passes = []
    with kept():
        for workers in (0, 2):
            seed_all(group.seed)  # as a user would who wants the same views from others' transforms
            order = torch.Generator().manual_seed(group.seed)
            loader = DataLoader(data, batch_size=1, num_workers=workers, collate_fn=list, generator=order)
            passes.append([view for batch in loader for view in batch])
    for position, (here, there) in enumerate(zip(*passes, strict=True)):
        found = difference(here, there)
        if found:
            raise CheckFailure(f"item {position} got another view from a worker process: {found}")
