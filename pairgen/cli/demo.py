"""`pairgen demo`: the whole way, on real scans of digits that scikit-learn ships."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from pairgen.cli.console import percent, print_wide, progress_style, report_figures, reset_output, safe, say, table
from pairgen.cli.options import JsonFile, Quiet, Seed

__all__ = ["demo"]

_TEST, _FEW, _DRAWS, _NEIGHBORS = 500, 10, 10, 5
# Chosen on a validation part of the training scans; digits must not be mirrored.
_STILL: dict[str, Any] = {"size": 16, "mean": (0.31,), "std": (0.38,)}
_RECIPE: dict[str, Any] = {**_STILL, "scale": (0.3, 1.0), "strength": 0.5, "flip": 0.0}
_TEMPERATURE, _RATE, _BATCH = 0.2, 2e-3, 256


def demo(
    folder: Annotated[Path, typer.Option("--output", "-o", help="Folder of the pictures and of the run.")] = Path(
        "demo"
    ),
    epochs: Annotated[int, typer.Option(min=1)] = 30,
    seed: Seed = 0,
    json_file: JsonFile = None,
    quiet: Quiet = False,
) -> None:
    """Make pairs of 1,797 real digit scans, train an encoder without labels, and compare what its features know.

    Writes pairs.png, embeddings.png and the run. Takes about a minute or two on two cores.
    """
    import pairgen
    from pairgen.plotting import plot_embeddings

    reset_output(json_file, quiet=quiet)
    started = time.perf_counter()
    images, labels = _digits()
    known, unknown = _parts(labels)
    say(
        f"[bold]{len(images):,}[/] scans of handwritten digits, 8 x 8 pixels: "
        f"{len(known):,} to learn from, {len(unknown)} held out"
    )
    folder.mkdir(parents=True, exist_ok=True)
    plugin = pairgen.get_modality("image")
    dataset = plugin.read(images[known], labels=labels[known])
    sampler = pairgen.PairSampler("image", recipe="simclr-gray", seed=seed, **_RECIPE)
    _draw_pairs(plugin, sampler, dataset, folder / "pairs.png")

    whole = plugin.read(images)
    untrained, trained = _learned(sampler, dataset, whole, folder / "run", epochs, seed, progress_style(quiet))
    pixels = images.reshape(len(images), -1) / 255
    scores = _print_scores({"raw pixels": pixels, "untrained encoder": untrained, "trained encoder": trained}, labels)
    figure = plot_embeddings(
        [untrained[unknown], trained[unknown]],
        labels[unknown],
        titles=["Untrained encoder", "Trained encoder"],
        title=f"{len(unknown)} held-out digits",
    )
    figure.savefig(folder / "embeddings.png", dpi=150)
    paths = ", ".join(f"[bold]{safe(folder / name)}[/]" for name in ("pairs.png", "embeddings.png", "run"))
    say(f"wrote {paths} in {time.perf_counter() - started:.0f} s")
    report_figures(json_file, {"folder": folder, "accuracy": scores})


def _learned(
    sampler: Any, dataset: Any, whole: Any, run: Path, epochs: int, seed: int, progress: bool | Literal["lines"]
) -> tuple[Any, Any]:
    """Features (N, D) of the items of `whole`, before an encoder learned from the pairs of `dataset`, and after."""
    import torch

    import pairgen
    from pairgen.evaluation import embed
    from pairgen.methods import SimCLR

    torch.manual_seed(seed)  # the program's own process: initial weights follow --seed
    encoder = pairgen.create_encoder("image", "small-cnn", in_channels=1, image_size=_RECIPE["size"])
    still = pairgen.PairSampler("image", recipe="eval", **_STILL)
    untrained = embed(encoder, whole, sampler=still).features
    loader = sampler.loader(dataset, _BATCH, shuffle=True, drop_last=True, batched=True)
    shutil.rmtree(run, ignore_errors=True)  # an earlier demo; this folder is the demo's own
    trainer = pairgen.Trainer(
        SimCLR(encoder, temperature=_TEMPERATURE, batch_norm=True),
        epochs=epochs,
        learning_rate=_RATE,
        run_dir=run,
        seed=seed,
        progress=progress,
    )
    say(f"training on pairs, without labels, for {epochs} epochs ...")
    history = trainer.fit(loader)
    seconds = sum(record.seconds for record in history)
    say(f"loss {history.loss[0]:.3f} -> [bold]{history.loss[-1]:.3f}[/] in {seconds:.0f} s")
    return untrained, embed(encoder, whole, sampler=still).features


def _digits() -> tuple[Any, Any]:
    """uint8 (1797, 8, 8) and int64 (1797,)."""
    import numpy as np
    from sklearn.datasets import load_digits

    digits: Any = load_digits()
    return np.rint(digits.images * (255 / 16)).astype(np.uint8), digits.target.astype(np.int64)


def _parts(labels: Any) -> tuple[Any, Any]:
    """Rows to learn from, rows held out: the same ones always."""
    import numpy as np
    from sklearn.model_selection import train_test_split

    known, unknown = train_test_split(np.arange(len(labels)), test_size=_TEST, stratify=labels, random_state=0)
    return known, unknown


def _draw_pairs(plugin: Any, sampler: Any, dataset: Any, path: Path) -> None:
    chosen = [int((dataset.labels == digit).nonzero()[0][0]) for digit in range(10)]
    items = [dataset[i][0] for i in chosen]
    pairs = [sampler(item, i, label=dataset[i][1]) for item, i in zip(items, chosen, strict=True)]
    figure = plugin.plot_pairs(pairs, items=items, classes=dataset.classes, title="Digits and their positive pairs")
    figure.savefig(path, dpi=150)


def _print_scores(features: dict[str, Any], labels: Any) -> dict[str, dict[str, float]]:
    scores = {name: _scores(rows, labels) for name, rows in features.items()}
    best = [max(values) for values in zip(*scores.values(), strict=True)]
    columns = ("", "kNN", "linear", f"kNN, {_FEW} labels", f"linear, {_FEW} labels")
    rows = [
        (name, *(percent(value, value == top) for value, top in zip(values, best, strict=True)))
        for name, values in scores.items()
    ]
    print_wide(table(f"Accuracy on {_TEST} held-out digits", columns, rows))
    say(f"[dim]kNN: k = {_NEIGHBORS}, cosine. With all labels, or with {_FEW} a digit (mean of {_DRAWS} draws).[/]")
    return {name: dict(zip(columns[1:], values, strict=True)) for name, values in scores.items()}


def _scores(features: Any, labels: Any) -> list[float]:
    """Accuracy of kNN and of a linear probe with all labels, then with few."""
    import numpy as np

    from pairgen.evaluation import knn_probe, linear_probe

    known, unknown = _parts(labels)

    def accuracies(rows: Any) -> tuple[float, float]:
        parts = features[rows], labels[rows], features[unknown], labels[unknown]
        return knn_probe(*parts, k=_NEIGHBORS).accuracy, linear_probe(*parts).accuracy

    few = []
    for draw in range(_DRAWS):
        order = np.random.default_rng(draw).permutation(known)
        few.append(accuracies(np.concatenate([order[labels[order] == digit][:_FEW] for digit in range(10)])))
    return [*accuracies(known), *np.mean(few, axis=0).tolist()]
