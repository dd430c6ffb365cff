"""`pairgen probe RUN [PATH]`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from pairgen.cli.console import errors, percent, print_wide, report_figures, reset_output, safe, say, table
from pairgen.cli.data import class_name, count
from pairgen.cli.embed import Embedder
from pairgen.cli.members import tower_of
from pairgen.cli.options import (
    Device,
    JsonFile,
    Quiet,
    ReadOption,
    RunBatchSize,
    RunDir,
    RunLeaveOut,
    RunSource,
    Seed,
    Split,
    Tower,
    Unpaired,
    Workers,
)
from pairgen.cli.run import Run

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import nn

    from pairgen.evaluation import Embeddings

    Features = npt.NDArray[np.float32]
    Labels = npt.NDArray[Any]

__all__ = ["probe"]

_NEIGHBORS = 20
_NO_LABELS = (
    "{path} has no labels; a probe needs class folders, a column or file of labels, or a --read-option of the reader "
    "that says where they are"
)


class _Part(NamedTuple):
    """Labelled features: those of the trained and of the untrained encoder, and the class of each row."""

    trained: Features
    untrained: Features
    classes: Labels

    def take(self, rows: Labels) -> _Part:
        return _Part(self.trained[rows], self.untrained[rows], self.classes[rows])


def probe(
    run: RunDir,
    path: RunSource = None,
    test: Annotated[
        Path | None,
        typer.Option(help="Data to test on, such as test/; by default a part of PATH is held out.", show_default=False),
    ] = None,
    test_split: Annotated[
        str | None, typer.Option(help="Split to test on, such as 'test'.", show_default=False)
    ] = None,
    test_share: Annotated[float, typer.Option(help="Share of each class held out for testing.")] = 0.25,
    tower: Tower = None,
    unpaired: Unpaired = False,
    read_option: ReadOption = None,
    split: Split = None,
    batch_size: RunBatchSize = None,
    seed: Seed = 0,
    workers: Workers = None,
    device: Device = "auto",
    on_error: RunLeaveOut = None,
    json_file: JsonFile = None,
    quiet: Quiet = False,
) -> None:
    """Measure what the features of a run know of your labels: nearest neighbors and a linear classifier.

    The labels come from class folders, a column, a pattern of file names or the archive; the data is read as the run
    read its own. A part is held out by --seed, or the test data is named: pairgen probe RUN train --test test, or
    pairgen probe RUN data --split train --test-split test. The same network without training is measured beside the
    trained one. Windows of series that have labels are judged by series, on the mean of the windows' features. Of a run
    of pairs, the features are those of one tower before its projection into the common space.
    """
    import pairgen

    reset_output(json_file, quiet=quiet)
    if not 0 < test_share < 1:
        raise ValueError(f"--test-share must lie between 0 and 1, got {test_share}")
    record = Run.load(run, pairgen.load_encoder(run))
    position = tower_of(tower, record.modalities)
    trained = _before_projection(pairgen.load_encoder(run, tower=position))
    untrained = _untrained(trained, run, seed)
    embed = partial(Embedder(record, batch_size, workers, device, on_error), tower=position)
    record = record.of_tower(position, unpaired)

    learn = _embed_part(embed, trained, untrained, record, path, read_option, split)
    if test is None and test_split is None:
        known, unknown = _hold_out(learn, test_share, seed)
    else:
        source = record.data(path)
        target = source if test is None else test
        if (target.resolve(), test_split or split or record.split) == (source.resolve(), split or record.split):
            raise ValueError(
                f"the data to test on is the data to learn from, {source}; name other data or another split"
            )
        known = learn
        unknown = _embed_part(embed, trained, untrained, record, target, read_option, test_split or split)
    _report(known, unknown, json_file)


def _before_projection(encoder: nn.Module) -> nn.Module:
    """The encoder of a tower without the layer into the common space; another encoder as it is."""
    from pairgen.methods import Tower

    if not isinstance(encoder, Tower):
        return encoder
    spec: Any = encoder.spec
    inner = None if spec is None else {name: value for name, value in spec.items() if name != "projection"}
    vars(encoder.encoder).update(spec=inner, sampler_spec=vars(encoder)["sampler_spec"])
    return encoder.encoder


def _untrained(trained: nn.Module, run: Path, seed: int) -> nn.Module:
    """The network of a run with the weights that it would begin with."""
    import torch

    import pairgen
    from pairgen.methods.context import ContextEncoder

    spec: Any = trained.spec
    if spec is None:
        raise ValueError(
            f"the encoder of {run} was not made by pairgen.create_encoder, so there is no untrained one to compare"
        )
    options = {name: value for name, value in spec["options"].items() if name != "weights"}
    torch.manual_seed(seed)  # the program's own process: the untrained weights follow --seed
    module = pairgen.create_encoder(spec["modality"], spec["name"], **options)
    if "context" in spec:
        module = ContextEncoder(module, **spec["context"])
    vars(module)["sampler_spec"] = trained.sampler_spec
    return module.eval()


def _embed_part(
    embed: Callable[..., Embeddings],
    trained: nn.Module,
    untrained: nn.Module,
    run: Run,
    path: Path | None,
    read_option: list[str] | None,
    split: str | None,
) -> _Part:
    """Read labelled data and embed it twice; items without a label (-1) are left out."""
    import numpy as np

    from pairgen.data import Windows

    options = [*(read_option or [])]
    if run.read_options.get("labels") is False:  # a training that ignored labels; the probe does not
        options = ["labels=null", *options]
    dataset = run.read(path, options, split)
    windows = dataset.items if isinstance(getattr(dataset, "items", None), Windows) else None
    labelled = dataset if windows is None else run.read(path, [*options, "window=null", "stride=null"], split)
    if getattr(labelled, "labels", None) is None or (windows is not None and count(labelled) != len(windows.series)):
        raise ValueError(_NO_LABELS.format(path=run.data(path)))
    embeddings = embed(trained, dataset)
    before = embed(untrained, dataset, tell=False)
    names = [class_name(labelled.classes, label) for label in labelled.labels.tolist()]
    classes = np.array(names, dtype=object)
    has_label = np.asarray(labelled.labels) >= 0
    if windows is None:
        part = _Part(embeddings.features, before.features, classes[embeddings.index])
        return part.take(np.flatnonzero(has_label[embeddings.index]))
    owners = windows.owners[embeddings.index]
    series = np.unique(owners)
    means = [np.stack([rows.features[owners == one].mean(axis=0) for one in series]) for rows in (embeddings, before)]
    return _Part(means[0], means[1], classes[series]).take(np.flatnonzero(has_label[series]))


def _hold_out(part: _Part, ratio: float, seed: int) -> tuple[_Part, _Part]:
    """What to learn from and what to test on, the same ratio of each class."""
    import numpy as np
    from sklearn.model_selection import train_test_split

    names, codes, counts = np.unique(part.classes.astype(str), return_inverse=True, return_counts=True)
    if len(names) < 2:
        there = f"one class only, {names[0]!r}" if len(names) else "no labels"
        raise ValueError(f"the data has {there}; a probe needs two classes or more")
    if counts.min() < 2:
        few = names[counts.argmin()]
        raise ValueError(
            f"the class {str(few)!r} has one item; a probe needs two or more, to learn from one and test on one"
        )
    held = max(len(names), round(ratio * len(codes)))
    rows = train_test_split(
        np.arange(len(codes)), test_size=min(held, len(codes) - len(names)), stratify=codes, random_state=seed
    )
    return part.take(rows[0]), part.take(rows[1])


def _report(known: _Part, unknown: _Part, json_file: Path | None) -> None:
    """Print the accuracies of both encoders, and what guessing would reach."""
    import numpy as np

    names, codes = np.unique(np.concatenate([known.classes, unknown.classes]).astype(str), return_inverse=True)
    learned, truth = codes[: len(known.classes)], codes[len(known.classes) :]
    strange = np.setdiff1d(truth, learned)
    if len(strange) == len(np.unique(truth)):
        raise ValueError(
            f"the data to test on has none of the classes of the data to learn from: {', '.join(names[strange][:5])} "
            f"and {', '.join(names[np.unique(learned)][:5])}; give both the same names of classes"
        )
    if len(strange):
        errors.print(
            f"{np.isin(truth, strange).sum():,} items are of classes that there is nothing to learn from, and count as "
            f"wrong: {safe(', '.join(names[strange][:10]))}",
            style="yellow",
            soft_wrap=True,
        )
    scores = {
        "untrained": _scores(known.untrained, learned, unknown.untrained, truth),
        "trained": _scores(known.trained, learned, unknown.trained, truth),
    }
    best = [max(values) for values in zip(*scores.values(), strict=True)]
    rows = [
        (name, *(percent(value, value == top) for value, top in zip(values, best, strict=True)))
        for name, values in scores.items()
    ]
    k = min(_NEIGHBORS, len(learned))
    columns = ("encoder", f"kNN (k = {k})", "balanced", "linear probe", "balanced")
    print_wide(table(f"Accuracy on {len(truth):,} test items", columns, rows))
    counts = np.bincount(truth)
    present = int((counts > 0).sum())
    majority = float((truth == np.bincount(learned).argmax()).mean())
    say(
        f"{len(learned):,} items to learn from, {len(np.unique(learned))} classes; always guessing the largest class "
        f"is right in {majority:.1%}; balanced accuracy is the mean over the {present} classes, where chance is "
        f"{1 / present:.1%}"
    )
    figures = ("knn", "knn_balanced", "linear", "linear_balanced")
    report_figures(
        json_file,
        {name: dict(zip(figures, values, strict=True)) for name, values in scores.items()}
        | {"k": k, "train_items": len(learned), "test_items": len(truth), "classes": len(np.unique(learned))}
        | {"majority": majority, "chance": 1 / present},
    )


def _scores(known: Features, labels: Labels, unknown: Features, truth: Labels) -> tuple[float, float, float, float]:
    from pairgen.evaluation import knn_probe, linear_probe

    parts = known, labels, unknown, truth
    knn, linear = knn_probe(*parts, k=min(_NEIGHBORS, len(known))), linear_probe(*parts)
    return knn.accuracy, knn.balanced_accuracy, linear.accuracy, linear.balanced_accuracy
