"""Batches of several datasets: `Mixed`, by proportion in each batch or one dataset after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch.utils.data import ConcatDataset

from pairgen._validation import check_choice, check_number
from pairgen.pairs.composition.base import BatchPlan, Composition, IntArray, Rows, shuffle
from pairgen.random import Stream

__all__ = ["Mixed"]


@dataclass(frozen=True)
class Mixed(Composition):
    """Batches of the datasets of a `torch.utils.data.ConcatDataset`.

    Each dataset is shuffled anew each time it is read; what does not fill its share of a batch is left out of that
    time. All batches are complete.

    Args:
        proportions: One number above 0 for each dataset: each batch has items in these proportions, rounded, at least
            one of each. "in turn": each batch is of one dataset, the first, the second, ..., the first again.
        stop: When an epoch ends: "first" when the first dataset has been read, which repeats nothing, or "all" when all
            have been, where smaller ones are read again with other views.

    Example:
        ```python
        both = ConcatDataset([questions, captions])
        loader = sampler.loader(both, batch_size=64, batches=Mixed((3, 1)))  # 48 questions and 16 captions a batch
        ```
    """

    proportions: Sequence[float] | str
    stop: str = "first"

    def __post_init__(self) -> None:
        """Check the options."""
        check_choice("stop", self.stop, ("first", "all"))
        if isinstance(self.proportions, str):
            check_choice("proportions", self.proportions, ("in turn",))
            return
        for value in self.proportions:
            check_number("a proportion", value, 0, above=True)

    def plan(self, dataset: Any, batch_size: int, ranks: int, drop_last: bool) -> BatchPlan:
        """Return the batches of a dataset; see `Composition.plan`.

        Raises:
            TypeError: The dataset is no `ConcatDataset`.
            ValueError: Not one proportion for each dataset, or one has too few items for its share of a batch.
        """
        if not isinstance(dataset, ConcatDataset):
            raise TypeError(
                f"Mixed reads a torch.utils.data.ConcatDataset([a, b, ...]), got {type(dataset).__name__}; wrap the "
                "datasets in one"
            )
        sizes = np.diff(np.asarray(dataset.cumulative_sizes, dtype=np.int64), prepend=0)
        total = batch_size * ranks
        in_turn = isinstance(self.proportions, str)
        shares = np.full(len(sizes), total) if in_turn else self._divide(len(sizes), total)
        for number, (size, share) in enumerate(zip(sizes.tolist(), shares.tolist(), strict=True)):
            if size < share:
                raise ValueError(
                    f"dataset {number} has {size} items, fewer than its {share} of a batch; lower batch_size, or leave "
                    "it out"
                )
        batches = sizes // shares
        rounds = int(batches.min() if self.stop == "first" else batches.max())

        def draw(rng: Stream) -> Callable[[int], Rows]:
            return _MixedEpoch(sizes, shares, batches, in_turn, rng).rows

        return BatchPlan(rounds * len(sizes) if in_turn else rounds, draw, (sizes,))

    def _divide(self, datasets: int, total: int) -> IntArray:
        """Items of each dataset in a batch: the largest remainders are rounded up."""
        if len(self.proportions) != datasets:
            raise ValueError(f"{datasets} datasets but {len(self.proportions)} proportions; give one for each")
        given = np.asarray(self.proportions, dtype=np.float64)
        exact = given / given.sum() * total
        shares: IntArray = np.floor(exact + 1e-9).astype(np.int64)
        shares[np.argsort(shares - exact, kind="stable")[: total - int(shares.sum())]] += 1
        if (shares == 0).any():
            raise ValueError(
                f"by the proportions {self.proportions!r} a batch of {total} items has none of dataset "
                f"{int(np.flatnonzero(shares == 0)[0])}; raise batch_size, or its proportion"
            )
        return shares


class _MixedEpoch:
    """The batches of one epoch; a dataset is shuffled when it is first asked for."""

    def __init__(self, sizes: IntArray, shares: IntArray, batches: IntArray, in_turn: bool, rng: Stream) -> None:
        self.sizes, self.shares, self.batches, self.in_turn, self.rng = sizes, shares, batches, in_turn, rng
        self.first = np.cumsum(sizes) - sizes
        self.orders: dict[int, tuple[int, IntArray]] = {}
        # Items of all datasets alternate evenly, so that each rank's share of a batch has the proportions too.
        places = np.concatenate([(np.arange(share) + 0.5) / share for share in shares])
        self.places = np.argsort(places, kind="stable")

    def rows(self, number: int) -> Rows:
        """Return the rows of a batch."""
        if self.in_turn:
            return Rows(*self._part(number % len(self.sizes), number // len(self.sizes)))
        parts = [self._part(dataset, number) for dataset in range(len(self.sizes))]
        indices, repeats = (np.concatenate(members)[self.places] for members in zip(*parts, strict=True))
        return Rows(indices, repeats)

    def _part(self, dataset: int, number: int) -> tuple[IntArray, IntArray]:
        share, batches = int(self.shares[dataset]), int(self.batches[dataset])
        time, position = divmod(number, batches)
        if self.orders.get(dataset, (-1,))[0] != time:
            stream = self.rng.fold_in(f"dataset {dataset}").fold_in(f"time {time}")
            self.orders[dataset] = time, shuffle(stream, int(self.sizes[dataset]))
        taken = self.orders[dataset][1][position * share : (position + 1) * share]
        return taken.astype(np.int64) + int(self.first[dataset]), np.full(share, time)
