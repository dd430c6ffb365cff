"""`pairgen retrieve RUN [PATH]`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pairgen.cli.console import percent, print_wide, report_figures, reset_output, safe, say, table
from pairgen.cli.embed import Embedder
from pairgen.cli.members import SIDES
from pairgen.cli.options import (
    Device,
    JsonFile,
    Quiet,
    ReadOption,
    RunBatchSize,
    RunDir,
    RunLeaveOut,
    RunSource,
    Split,
    Workers,
)
from pairgen.cli.run import Run, quote

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from pairgen.data import LabelledDataset, PairedDataset
    from pairgen.evaluation import RetrievalResult

__all__ = ["retrieve"]


def retrieve(
    run: RunDir,
    path: RunSource = None,
    k: Annotated[
        list[int] | None,
        typer.Option("--k", min=1, help="Rank of a recall; repeatable. 1, 5 and 10 by default.", show_default=False),
    ] = None,
    read_option: ReadOption = None,
    split: Split = None,
    batch_size: RunBatchSize = None,
    workers: Workers = None,
    device: Device = "auto",
    on_error: RunLeaveOut = None,
    json_file: JsonFile = None,
    quiet: Quiet = False,
) -> None:
    """Measure how well each member of a pair finds the other one, by the two towers of a run of pairs.

    pairgen retrieve runs/photos test --k 1 --k 5

    Items of equal content (one photo in several rows, one caption of several photos) are one item, and items that pairs
    join, also over others, belong together. A relevant item ranks behind all others that are as similar.
    """
    import pairgen
    from pairgen.evaluation import retrieval

    reset_output(json_file, quiet=quiet)
    ranks = sorted(set(k or (1, 5, 10)))
    record = Run.load(run, pairgen.load_encoder(run))
    if len(record.modalities) == 1:
        raise ValueError(
            f"{run} was trained on views of one {record.modality}, not on pairs; retrieve is for runs of pairs, such "
            "as those of `pairgen train image+text`"
        )
    towers = [pairgen.load_encoder(run, tower=position) for position in (0, 1)]
    dataset: PairedDataset = record.read(path, read_option, split)
    embed = Embedder(record, batch_size, workers, device, on_error)
    features, ids = [], []
    for side, group, position in zip(*_different_items(dataset), (0, 1), strict=True):
        embeddings = embed(towers[position], side, tower=position)
        features.append(embeddings.features)
        ids.append(group[embeddings.index])
    result = retrieval(features[0], features[1], ranks, relevant=(ids[0], ids[1]))
    _report(result, record, [len(part) for part in features], ranks)
    source = record.data(path)
    following = f"pairgen embed {quote(run)} {quote(source)} --tower {SIDES[0]}"
    say(f"next: {safe(following)}")
    figures = {"pairs": len(dataset), "first": len(features[0]), "second": len(features[1]), **asdict(result)}
    report_figures(json_file, {**figures, "next": following})


def _different_items(dataset: PairedDataset) -> tuple[list[LabelledDataset[Any]], list[npt.NDArray[np.int32]]]:
    """The items of both members, those of equal content once, and the group of each: what pairs join is one group."""
    import numpy as np
    import scipy.sparse.csgraph

    sparse: Any = scipy.sparse  # which has no types
    sides, codes, owners = [], [], []
    for position in (0, 1):
        side = dataset.side(position)
        numbers: dict[object, int] = {}
        keys = [item if isinstance(item, (str, bytes, os.PathLike)) else row for row, item in enumerate(side.items)]
        codes.append(np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64))
        sides.append(side.where(np.isin(np.arange(len(side)), np.unique(codes[-1], return_index=True)[1])))
        owners.append(side.columns["pair"])
    # A graph with a node for each pair and each item: an item is joined to the pairs that it is in.
    counts = [len(dataset), *(len(side) for side in sides)]
    starts = np.cumsum([0, *counts])
    ends = [np.concatenate(owners), np.concatenate([codes[0] + starts[1], codes[1] + starts[2]])]
    ones = np.ones(len(ends[0]), dtype=np.int8)
    graph = sparse.coo_array((ones, (ends[0], ends[1])), shape=(starts[-1], starts[-1]))
    groups = sparse.csgraph.connected_components(graph, directed=False)[1]
    return sides, [groups[starts[1] : starts[2]], groups[starts[2] :]]


def _report(result: RetrievalResult, run: Run, counts: Sequence[int], ranks: Sequence[int]) -> None:
    """A row for each direction: recall at each rank, MRR and MAP@R."""
    first, second = run.modalities if len(set(run.modalities)) == 2 else SIDES
    scores = [result.first_to_second, result.second_to_first]
    best = [max(score.recall[rank] for score in scores) for rank in ranks]
    rows = []
    for name, score in zip((f"{first} to {second}", f"{second} to {first}"), scores, strict=True):
        recall = [percent(score.recall[rank], score.recall[rank] == top) for rank, top in zip(ranks, best, strict=True)]
        rows.append((safe(name), *recall, f"{score.mrr:.3f}", f"{score.map_at_r:.3f}"))
    columns = ("direction", *(f"recall@{rank}" for rank in ranks), "MRR", "MAP@R")
    print_wide(table(f"Retrieval among {counts[0]:,} {first} and {counts[1]:,} {second} items", columns, rows))
