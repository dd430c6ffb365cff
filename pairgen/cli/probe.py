"""`pairgen probe RUN PATH`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pairgen.cli.console import output, percent, table
from pairgen.cli.embed import features_of, read_for
from pairgen.cli.options import BatchSize, Device, LeaveOut, OnError, RunDir, Seed, Source, Split, Workers

__all__ = ["probe"]

_NEIGHBOURS = 20


def probe(
    run: RunDir,
    path: Source,
    test_share: Annotated[float, typer.Option(help="Share of each class held out for testing.")] = 0.25,
    split: Split = None,
    batch_size: BatchSize = 256,
    seed: Seed = 0,
    workers: Workers = None,
    device: Device = "auto",
    on_error: LeaveOut = OnError.stop,
) -> None:
    """Measure what the features of a run know of your labels: nearest neighbours and a linear classifier.

    The labels come from class folders, or from the archive. A part is held out by --seed; the same network without
    training is measured beside the trained one.
    """
    import torch

    import pairgen

    trained = pairgen.load_encoder(run)
    spec: Any = trained.spec
    if spec is None:
        raise ValueError(
            f"the encoder of {run} was not made by pairgen.create_encoder, so there is no untrained one to compare"
        )
    options = {name: value for name, value in spec["options"].items() if name != "weights"}
    torch.manual_seed(seed)  # the program's own process: the untrained weights follow --seed
    untrained = pairgen.create_encoder(spec["modality"], spec["name"], **options)
    vars(untrained)["sampler_spec"] = trained.sampler_spec

    dataset = read_for(trained, path, split, labels=True)
    found = features_of(trained, dataset, batch_size, workers, device, on_error)
    before = features_of(untrained, dataset, batch_size, workers, device, on_error, tell=False)
    known, unknown = _held_out(found.labels, test_share, seed, dataset.classes)

    scores = {
        "untrained": _scores(before.features, found.labels, known, unknown),
        "trained": _scores(found.features, found.labels, known, unknown),
    }
    best = [max(values) for values in zip(*scores.values(), strict=True)]
    rows = [
        (name, *(percent(value, value == top) for value, top in zip(values, best, strict=True)))
        for name, values in scores.items()
    ]
    columns = ("encoder", f"kNN (k = {min(_NEIGHBOURS, len(known))})", "linear probe")
    output.print(table(f"Accuracy on {len(unknown):,} held-out items", columns, rows))
    output.print(
        f"{len(known):,} items to learn from, {len(dataset.classes)} classes; chance is {1 / len(dataset.classes):.1%}"
    )


def _held_out(labels: Any, test_share: float, seed: int, classes: list[str]) -> tuple[Any, Any]:
    """Rows to learn from and rows to test on, the same share of each class."""
    import numpy as np
    from sklearn.model_selection import train_test_split

    if not 0 < test_share < 1:
        raise ValueError(f"--test-share must lie between 0 and 1, got {test_share}")
    numbers, counts = np.unique(labels, return_counts=True)
    if len(numbers) < 2:
        raise ValueError(f"the data has one class only, {classes[int(numbers[0])]!r}; a probe needs two or more")
    if counts.min() < 2:
        few = classes[int(numbers[counts.argmin()])]
        raise ValueError(
            f"the class {few!r} has one item; a probe needs two or more, to learn from one and test on one"
        )
    held = max(len(numbers), round(test_share * len(labels)))
    known, unknown = train_test_split(
        np.arange(len(labels)), test_size=min(held, len(labels) - len(numbers)), stratify=labels, random_state=seed
    )
    return known, unknown


def _scores(features: Any, labels: Any, known: Any, unknown: Any) -> tuple[float, float]:
    from pairgen.evaluation import knn_probe, linear_probe

    parts = features[known], labels[known], features[unknown], labels[unknown]
    return knn_probe(*parts, k=min(_NEIGHBOURS, len(known))).accuracy, linear_probe(*parts).accuracy
