"""Batches of neighbors: `HardBatches`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from torch import Tensor

from pairgen._neighbors import Exclusions, nearest, unit_rows
from pairgen._validation import check_int
from pairgen.pairs.composition._hard_numba import chain_neighbors
from pairgen.pairs.composition.base import BatchPlan, Composition, IntArray, Rows, shuffle
from pairgen.pairs.composition.values import ValuesLike, encode, values_of
from pairgen.random import Stream

__all__ = ["HardBatches", "SearchIndex", "check_embeddings"]


@runtime_checkable
class SearchIndex(Protocol):
    """An index of embeddings, such as one of FAISS."""

    ntotal: int

    def search(self, x: Any, k: int, /) -> tuple[Any, Any]:
        """Return scores and numbers of the k nearest, (B, k) each; -1 where there are fewer."""
        ...


@dataclass(frozen=True, eq=False)
class HardBatches(Composition):
    """Batches of groups of neighbors, so that the other items of a batch are hard negatives.

    Each epoch takes the items in a new random order; one that was not read yet brings its nearest neighbors that were
    not read yet along. Every item is read once. The neighbors of an embedding that was trained for it are often
    positives in truth: leave them out by `labels`, and see `batch_report`.

    Args:
        embeddings: (N, D), compared by cosine similarity, exactly, in blocks; or an index of them, such as one of
            FAISS, which can `reconstruct_n` its vectors.
        group: Items that are read together, at least 2.
        k: Neighbors of an item that may be brought along, at least group - 1; None for 4 (group - 1).
        labels: Items of the same label are not brought along: N labels, the name of a column, or a function of a
            sample; None for all.
    """

    embeddings: npt.ArrayLike | Tensor | SearchIndex = field(repr=False)
    group: int = 4
    k: int | None = None
    labels: ValuesLike | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Check the options."""
        check_int("group", self.group, low=2)
        if self.k is not None:
            check_int("k", self.k, low=self.group - 1)

    def plan(self, dataset: Any, batch_size: int, ranks: int, drop_last: bool) -> BatchPlan:
        """Return the batches of a dataset; see `Composition.plan`.

        Raises:
            ValueError: Not one embedding an item, or embeddings that are not finite or zero.
        """
        count, total = len(dataset), batch_size * ranks
        codes = None if self.labels is None else encode(values_of(dataset, self.labels, "labels"), "the label")
        neighbors = self._neighbors(count, codes)
        full, rest = divmod(count, total)
        kept = rest > 0 and rest >= (total if drop_last else ranks)
        draw = partial(_draw, neighbors, self.group, total)
        return BatchPlan(full + kept, draw, (neighbors,), labels=codes)

    def _neighbors(self, count: int, codes: IntArray | None) -> IntArray:
        """The nearest items of each item, int64 (N, K), without the item itself."""
        k = self.k or 4 * (self.group - 1)
        if isinstance(self.embeddings, SearchIndex):
            _check_count(count, self.embeddings.ntotal)
            return _search(self.embeddings, k, codes)
        rows = check_embeddings(self.embeddings, "embeddings")
        _check_count(count, len(rows))
        units = unit_rows(rows, "embeddings")
        itself = np.arange(count, dtype=np.int64)
        # Rows are told apart by their number, or by their label, which is equal to their own too.
        ids = itself if codes is None else codes
        excluded = Exclusions.of(np.zeros(count), [[]]).by_id(ids, ids)
        return nearest(units, units, min(k, max(count - 1, 1)), excluded=excluded)[1]


def _check_count(items: int, embeddings: int) -> None:
    if items != embeddings:
        raise ValueError(f"{items} items but {embeddings} embeddings; give one for each item, in the same order")


def check_embeddings(value: npt.ArrayLike | Tensor, name: str) -> npt.NDArray[np.floating[Any]]:
    """Return embeddings (N, D) as float64; ValueError for another shape, or numbers that are not finite."""
    array = value.detach().cpu().numpy() if isinstance(value, Tensor) else np.asarray(value)
    if array.ndim != 2 or 0 in array.shape or array.dtype.kind not in "fiu":
        raise ValueError(f"{name} are numbers (N, D), got shape {array.shape} and dtype {array.dtype}")
    if not np.isfinite(array).all():
        row = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
        raise ValueError(f"{name} have NaN or infinite entries, first in row {row}; embed the items again")
    return array.astype(np.float64)


def _search(index: SearchIndex, k: int, codes: IntArray | None) -> IntArray:
    if not hasattr(index, "reconstruct_n"):
        raise ValueError(f"{type(index).__name__} cannot give back its vectors; pass the embeddings instead")
    found = np.asarray(index.search(index.reconstruct_n(0, index.ntotal), k + 1)[1], dtype=np.int64)
    same = found == np.arange(index.ntotal)[:, None] if codes is None else codes[found] == codes[:, None]
    return np.where(same, -1, found)


def _draw(neighbors: IntArray, group: int, total: int, rng: Stream) -> Callable[[int], Rows]:
    count = len(neighbors)
    out = np.empty(count, dtype=np.int64)
    chain_neighbors(shuffle(rng.fold_in("items"), count), neighbors, group, np.zeros(count, dtype=bool), out)
    return lambda number: Rows(out[number * total : (number + 1) * total])
