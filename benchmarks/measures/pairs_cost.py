"""Seconds and extra memory of composed batches, or of retrieval, in a fresh process: `... pairs_cost WHAT N`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.harness.fresh_process import measure_in_fresh_process
from benchmarks.measures.peak_memory import CLEAR, in_use

BATCH = 256
WIDTH = 128
COMPOSITIONS = ("PerClass", "NoDuplicates", "Grouped", "ByLength", "Mixed")


def measure_cost(what: str, n: int) -> tuple[float, float, float]:
    """Seconds to prepare, seconds of the work, and MiB beyond what was in use before the work, in a fresh process.

    Args:
        what: A composition (the first batch of an epoch), "torch" (that of a `RandomSampler`), or "retrieval".
        n: Number of items.
    """
    prepare, work, mebibytes = measure_in_fresh_process(__name__, what, str(n))
    return prepare, work, mebibytes


class Items:
    """N items with labels of 1,000 classes."""

    def __init__(self, labels: np.ndarray) -> None:
        self.labels = labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> int:
        return index


def embeddings(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of related rows, float32 (n, 128) each."""
    rng = np.random.default_rng(0)
    first = rng.standard_normal((n, WIDTH), dtype=np.float32)
    return first, first + 2 * rng.standard_normal((n, WIDTH), dtype=np.float32)


def _composed(what: str, n: int) -> Callable[[], Iterator[Any]]:
    from torch.utils.data import BatchSampler, ConcatDataset, RandomSampler

    from pairgen import pairs
    from pairgen.pairs.composition.base import ComposedBatches

    rng = np.random.default_rng(0)
    labels = rng.integers(0, min(1000, n // 8), n)
    data: Any = Items(labels)
    if what == "torch":
        return lambda: iter(BatchSampler(RandomSampler(data), BATCH, drop_last=False))
    if what == "Mixed":
        data = ConcatDataset([Items(labels[: n // 4]), Items(labels[n // 4 :])])  # type: ignore[list-item]
    # One item in twenty shares its key with another one.
    compositions: dict[str, Callable[[], Any]] = {
        "PerClass": lambda: pairs.PerClass(4),
        "NoDuplicates": lambda: pairs.NoDuplicates(rng.integers(0, 10 * n, n)),
        "Grouped": lambda: pairs.Grouped(labels),
        "ByLength": lambda: pairs.ByLength(labels),
        "Mixed": lambda: pairs.Mixed((1, 3)),
    }
    composed = ComposedBatches(compositions[what](), data, BATCH, seed=0, drop_last=False)
    return lambda: composed.iterate_keys(0)


def _measure(what: str, n: int) -> tuple[float, float, float]:
    from pairgen.evaluation import retrieval

    start = time.perf_counter()
    if what == "retrieval":
        first, second = embeddings(n)
        retrieval(first[:64], second[:64])  # compiles
        work: Callable[[], object] = lambda: retrieval(first, second)  # noqa: E731
    else:
        batches = _composed(what, n)
        work = lambda: next(batches())  # noqa: E731
    prepared = time.perf_counter() - start
    CLEAR.write_text("5")  # the peak starts anew from what is in use
    before, start = in_use("VmRSS"), time.perf_counter()
    work()
    return prepared, time.perf_counter() - start, in_use("VmHWM") - before


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1], int(sys.argv[2]))))
