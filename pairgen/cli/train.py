"""`pairgen train MODALITY PATH`."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from pairgen.cli.console import left_out, output, table
from pairgen.cli.data import in_memory, names_of
from pairgen.cli.options import (
    BatchSize,
    Device,
    LeaveOut,
    OnError,
    Seed,
    Source,
    Split,
    Workers,
    parse_settings,
    worker_count,
)

__all__ = ["train"]


def train(
    modality: Annotated[str, typer.Argument(help="Such as 'image'; see `pairgen modalities`.", show_default=False)],
    path: Source,
    recipe: Annotated[str, typer.Option(help="How the two views are made.")] = "simclr",
    recipe_option: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Of the recipe, such as strength=0.5; repeatable.")
    ] = None,
    size: Annotated[
        int | None, typer.Option(min=1, help="Side of the views in pixels; by default the recipe's.")
    ] = None,
    method: Annotated[str, typer.Option(help="'simclr', 'moco', 'supcon', 'siamese' or 'cpc'.")] = "simclr",
    method_option: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Of the method, such as queue=1024; repeatable.")
    ] = None,
    encoder: Annotated[str, typer.Option(help="Network; also 'torchvision/NAME' and 'timm/NAME'.")] = "resnet18",
    epochs: Annotated[int, typer.Option(min=1)] = 20,
    batch_size: BatchSize = 256,
    learning_rate: Annotated[float, typer.Option(help="Peak of the cosine schedule, for AdamW.")] = 1e-3,
    temperature: Annotated[
        float | None, typer.Option(help="Of the loss; by default the method's, 0.5 for simclr.", show_default=False)
    ] = None,
    read_option: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Of the reader, such as window=100; repeatable.")
    ] = None,
    split: Split = None,
    seed: Seed = 0,
    workers: Workers = None,
    device: Device = "auto",
    precision: Annotated[str, typer.Option(help="'auto', '32-true', 'bf16-mixed', '16-mixed'.")] = "auto",
    on_error: LeaveOut = OnError.stop,
    run_dir: Annotated[Path, typer.Option(help="Where checkpoints and logs go.")] = Path("runs/image"),
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the newest checkpoint in --run-dir.")] = False,
) -> None:
    """Train an encoder on the pairs of your own data. No labels are needed, except for supcon.

    pairgen train image photos --size 96 --epochs 50 --run-dir runs/photos
    """
    import torch

    import pairgen

    if not resume and (run_dir / "checkpoints").is_dir():
        raise ValueError(f"{run_dir} holds an earlier run; add --resume to go on from it, or choose another --run-dir")
    learner = _method(method, method_option or [], temperature)
    plugin = pairgen.get_modality(modality)
    reading = parse_settings(read_option or [], "--read-option") | ({} if split is None else {"split": split})
    dataset = plugin.read(path, **reading)
    options = parse_settings(recipe_option or [], "--recipe-option") | ({} if size is None else {"size": size})
    sampler = pairgen.PairSampler(plugin, recipe, seed=seed, on_error=on_error.value, **options)
    torch.manual_seed(seed)  # the program's own process: initial weights follow --seed
    network = pairgen.create_encoder(plugin, encoder, **_fitting(plugin, encoder, _first_views(sampler, dataset)))
    batched = in_memory(dataset)
    loader = sampler.loader(
        dataset,
        batch_size,
        shuffle=True,
        drop_last=len(dataset) >= batch_size,
        batched=batched,
        num_workers=worker_count(workers, batched),
    )
    _announce(dataset, path, sampler, encoder, network, batch_size)
    trainer = pairgen.Trainer(
        learner(network),
        epochs=epochs,
        learning_rate=learning_rate,
        device=device,
        precision=precision,
        run_dir=run_dir,
        seed=seed,
    )
    with warnings.catch_warnings():
        # The loader warns after every pass; the list below says it once.
        warnings.filterwarnings("ignore", message=".*items were left out")
        history = trainer.fit(loader, resume=resume)
    rows = [(str(r.epoch + 1), f"{r.loss:.4f}", f"{r.pairs_per_second:,.0f}") for r in _some(list(history))]
    output.print(table("Training", ("epoch", "loss", "pairs/s"), rows))
    left_out(names_of(dataset, loader.skipped), len(dataset))
    output.print(f"the run is in [bold]{run_dir}[/]; next: pairgen probe {run_dir} {path}")


def _method(name: str, settings: list[str], temperature: float | None) -> Callable[[Any], Any]:
    """A function from the encoder to the method; the options are checked before anything is read."""
    from pairgen.methods import METHODS

    kind = METHODS.get(name)
    options = parse_settings(settings, "--method-option")
    options |= {} if temperature is None else {"temperature": temperature}
    known = list(inspect.signature(kind).parameters)[1:]
    for option in options:
        if option not in known:
            raise ValueError(f"the method {name!r} has no option {option!r}; it has: {', '.join(known)}")
    return lambda encoder: kind(encoder, **options)


def _first_views(sampler: Any, dataset: Any) -> Any:
    """A batch of the views of the first item that can be read; the network is made to fit them."""
    for index in range(len(dataset)):
        batch = sampler.collate_items([(index, *_item_label(dataset[index]))])
        if len(batch):
            return batch.first
    raise ValueError(f"none of the {len(dataset)} items can be read; run with --on-error raise to see why")


def _item_label(element: Any) -> tuple[Any, Any]:
    return (element[0], element[1]) if isinstance(element, tuple) and len(element) == 2 else (element, None)


def _fitting(plugin: Any, name: str, views: Any) -> dict[str, int]:
    """Options with which an encoder takes these views, as far as it has them: images (B, C, H, W), sequences of three
    axes."""
    from pairgen.batch import PaddedBatch

    fitting = {}
    if isinstance(views, PaddedBatch) and views.values.ndim == 3:
        fitting = {"in_channels": views.values.shape[3 - views.axis % 3]}
    elif getattr(views, "ndim", 0) == 4:
        fitting = {"in_channels": views.shape[1], "image_size": max(views.shape[-2:])}
    known = inspect.signature(plugin.encoders.get(name)).parameters
    return {option: int(value) for option, value in fitting.items() if option in known}


def _announce(dataset: Any, path: Path, sampler: Any, encoder: str, network: Any, batch_size: int) -> None:
    classes = getattr(dataset, "classes", None)
    kinds = "" if classes is None else f" of {len(classes)} classes"
    weights = sum(p.numel() for p in network.parameters()) / 1e6
    output.print(f"[bold]{len(dataset):,}[/] items{kinds} in {path}")
    ignored = getattr(dataset, "ignored", ())
    if ignored:
        output.print(f"{len(ignored)} other files ignored, such as {ignored[0].name}")
    output.print(f"recipe [bold]{sampler.spec['recipe']}[/], encoder [bold]{encoder}[/] ({weights:.1f} M parameters)")
    if len(dataset) < batch_size:
        output.print(f"the batch size {batch_size} is above the number of items: each epoch is one batch of all")


def _some(records: list[Any]) -> list[Any]:
    """At most ten records, first and last among them."""
    step = max(1, -(-len(records) // 10))
    return records[::step] if (len(records) - 1) % step == 0 else [*records[::step], records[-1]]
