"""Subject `pairs`: composed batches of millions of items, retrieval against FAISS, several crops against lightly."""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np
from lightly.transforms.swav_transform import SwaVTransform
from PIL import Image

from benchmarks.data.photographs import repeat_photographs
from benchmarks.harness.optional import installed
from benchmarks.harness.rates import Case, Group, RateSubject, Work
from benchmarks.harness.subject import Journal, Result, Table
from benchmarks.measures.pairs_cost import BATCH, COMPOSITIONS, WIDTH, embeddings, measure_cost
from pairgen.evaluation import retrieval
from pairgen.modalities.image import multi_crop
from pairgen.pairs import PairSampler


class PairsSubject(RateSubject):
    """The subject that the module describes."""

    name = "pairs"
    title = "Pairs: composed batches, retrieval, several crops"
    threads = 1
    peers = ("lightly", "skimage")
    distributions = ("faiss-cpu", "lightly", "torch", "numpy", "numba")

    def groups(self, quick: bool) -> Sequence[Group]:
        """Several crops of photographs, and retrieval both ways."""
        return [_several_crops(2 if quick else 16), _retrieval(500 if quick else 100_000)]

    def run(self, options: argparse.Namespace, journal: Journal) -> Result:
        """The rates, then time and memory in fresh processes."""
        figures = super().run(options, journal)
        items, rows = (2000, 500) if options.quick else (10_000_000, 100_000)
        figures["costs"] = []
        for what, n in [*((what, items) for what in (*COMPOSITIONS, "torch")), ("retrieval", rows)]:
            figures["costs"].append([what, n, *(round(value, 3) for value in measure_cost(what, n))])
            journal.save(figures)
        return figures

    def tables(self, result: Result) -> list[Table]:
        """The rates, and the costs."""
        return [*super().tables(result), _cost_table(result["costs"])]


def _several_crops(count: int) -> Group:
    files = repeat_photographs(count)

    def own() -> Work:
        sampler = PairSampler("image", views=multi_crop(large=2, small=6, size=96, small_size=48), seed=0)
        return lambda: [sampler(file, index=index) for index, file in enumerate(files)]

    def peer() -> Work:
        transform: Any = SwaVTransform(crop_sizes=(96, 48), crop_counts=(2, 6))
        return lambda: [transform(Image.open(io.BytesIO(file)).convert("RGB")) for file in files]

    return Group(
        "JPEG of 500 px to 2 views at 96 px and 6 at 48 px",
        "pairs",
        (
            Case("multi_crop", "pairgen", own, count),
            Case("SwaVTransform, a MultiCropTranform", "lightly", peer, count),
        ),
        "A pair is one photograph with all of its views; areas, flips, jitter, gray and blur as SwAV has them.",
    )


def _retrieval(n: int) -> Group:
    first, second = embeddings(n)
    cases = [Case("retrieval", "pairgen", lambda: lambda: retrieval(first, second), n)]
    note = f"Recall at 1, 5 and 10, both ways, of {n:,} pairs of {WIDTH} columns; pairgen's with MRR and MAP@R."
    if installed("faiss"):
        cases.append(Case("IndexFlatIP, 10 nearest", "faiss", _faiss(first, second), n))
    else:
        note += " FAISS was not installed and is left out: pip install faiss-cpu."
    return Group(f"Retrieval among {n:,}", "pairs", tuple(cases), note)


def _faiss(first: np.ndarray, second: np.ndarray) -> Callable[[], Work]:
    def setup() -> Work:
        library: Any = import_module("faiss")  # without types
        library.omp_set_num_threads(1)

        def recall(queries: np.ndarray, gallery: np.ndarray) -> list[float]:
            index = library.IndexFlatIP(WIDTH)
            index.add(gallery)
            hits = index.search(queries, 10)[1] == np.arange(len(queries))[:, None]
            return [float(hits[:, :k].any(axis=1).mean()) for k in (1, 5, 10)]

        def work() -> None:
            units = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (first, second)]
            recall(*units)
            recall(*reversed(units))

        return work

    return setup


def _cost_table(rows: Sequence[tuple[str, int, float, float, float]]) -> Table:
    names = {"torch": "BatchSampler of RandomSampler", "retrieval": "retrieval, both ways"}
    shown = tuple(
        (
            names.get(what, what),
            "torch" if what == "torch" else "pairgen",
            f"{n:,}",
            f"{prepare:.2f}" if what in COMPOSITIONS else "-",
            f"{work:.2f}",
            f"{mebibytes:,.0f}",
        )
        for what, n, prepare, work, mebibytes in rows
    )
    return Table(
        "First batch of an epoch, and memory",
        ("case", "library", "N", "s, once", "s", "extra MiB"),
        shown,
        f"Batches of {BATCH}; the labels are of 1,000 classes. Each in a fresh process. Once: codes of labels or keys, "
        "when the loader is made, with the making of the data. Then the first batch of an epoch, and the peak of the "
        "resident memory beyond what was in use before.",
    )


SUBJECT = PairsSubject()
