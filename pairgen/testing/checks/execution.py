"""The same views wherever the code runs: after pickling, in threads, in a fresh process, in the workers of a loader."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch.utils.data import DataLoader, Dataset

from pairgen.augmentation import Augmentation
from pairgen.random import Stream
from pairgen.testing.checks._registry import check
from pairgen.testing.checks.randomness import without_seeding
from pairgen.testing.compare import find_difference, to_parts
from pairgen.testing.examples import CheckFailure, Example, ItemGroup
from pairgen.testing.fresh_process import make_views
from pairgen.testing.global_state import preserve_states, seed_all

__all__ = ["pickles", "same_in_a_fresh_process", "same_in_loader_workers", "same_in_threads"]

_THREADS = 4


@check(ratio=0.5)
def pickles(example: Example) -> None:
    """The augmentation pickles, and its copy gives the same view."""
    view = to_parts(example.view())
    try:
        copy = pickle.loads(pickle.dumps(example.augmentation))
    except Exception as error:
        raise CheckFailure(
            f"it does not pickle ({type(error).__name__}: {error}); use functions and classes of a module, no lambdas "
            "and no open files"
        ) from error
    difference = find_difference(view, copy(example.item, example.stream()))
    if difference:
        raise CheckFailure(f"its pickled copy gives another view: {difference}")


@check(scope="group", ratio=0.04)
def same_in_a_fresh_process(group: ItemGroup) -> None:
    """A process started afresh (spawn), with another PYTHONHASHSEED, gives the same views."""
    examples = group.accepted()
    views = [to_parts(example.view()) for example in examples]
    try:
        work = pickle.dumps((group.augmentation, [(example.item, example.stream()) for example in examples]))
    except Exception as error:
        raise CheckFailure(f"it does not pickle, so no process can get it: {type(error).__name__}: {error}") from error
    for example, view, other in zip(examples, views, make_views(work), strict=True):
        difference = find_difference(view, other)
        if difference:
            raise CheckFailure(
                f"a fresh process gave item {example.index} another view: {difference}; look for the order of a set or "
                "the value of a hash"
            )


@check(scope="group", ratio=0.08)
def same_in_threads(group: ItemGroup) -> None:
    """Several threads at once get the views that one gets."""
    work = [(example, key) for example in group.accepted() for key in range(_THREADS)]
    alone = [_view_parts(group.augmentation, example, key) for example, key in work]
    with _frequent_switching(), ThreadPoolExecutor(_THREADS) as pool:
        for _ in range(3):
            together = list(pool.map(lambda pair: _view_parts(group.augmentation, *pair), work))
            for (example, _), view, other in zip(work, alone, together, strict=True):
                difference = find_difference(view, other)
                if difference:
                    raise CheckFailure(f"in {_THREADS} threads item {example.index} got another view: {difference}")


def _view_parts(augmentation: Augmentation, example: Example, key: int) -> object:
    return to_parts(augmentation(example.item, Stream(example.seed, index=key)))


@contextmanager
def _frequent_switching() -> Iterator[None]:
    """Let threads switch as often as they can, so that races show."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@dataclass(frozen=True)
class _ViewDataset(Dataset[object]):
    """The views of some items, as parts."""

    augmentation: Augmentation
    examples: list[Example]

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, position: int) -> object:
        example = self.examples[position]
        return to_parts(self.augmentation(example.item, example.stream()))


@check(scope="group", ratio=0.04)
def same_in_loader_workers(group: ItemGroup) -> None:
    """A DataLoader with two workers yields what one without workers yields."""
    dataset = _ViewDataset(without_seeding(group.augmentation), group.accepted())
    passes = []
    with preserve_states():
        for workers in (0, 2):
            seed_all(group.seed)  # as a user does who wants the same views from transforms of other libraries
            order = torch.Generator().manual_seed(group.seed)
            loader = DataLoader(dataset, batch_size=1, num_workers=workers, collate_fn=list, generator=order)
            passes.append([view for batch in loader for view in batch])
    for position, (view, other) in enumerate(zip(*passes, strict=True)):
        difference = find_difference(view, other)
        if difference:
            raise CheckFailure(f"item {position} got another view from a worker process: {difference}")
