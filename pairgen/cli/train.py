"""`pairgen train MODALITY PATH`."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from pairgen.cli.console import left_out, output, table
from pairgen.cli.data import count, is_in_memory, name_skipped
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

if TYPE_CHECKING:
    from torch import nn
    from torch.utils.data import Dataset

    from pairgen.methods import Method
    from pairgen.modality import Modality
    from pairgen.pairs import PairSampler
    from pairgen.training import History

__all__ = ["TrainCommand", "train"]


class TrainCommand(TyperCommand):
    """A command whose `--help` says what the modality named before it reads and offers."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments; with `--help` behind a modality's name, end the help text with that modality."""
        from pairgen.modality import get_modality, list_modalities

        if {"-h", "--help"} & set(args) and args[0] in list_modalities():
            modality = get_modality(args[0])
            self.epilog = (
                f"{modality.name}: PATH is {modality.source_help}. "
                f"Recipes: {', '.join(modality.recipes.names())}. Encoders: {', '.join(modality.encoders.names())}."
            )
        return super().parse_args(ctx, args)


def train(
    modality: Annotated[str, typer.Argument(help="Such as 'image'; see `pairgen modalities`.", show_default=False)],
    path: Source,
    recipe: Annotated[
        str | None, typer.Option(help="How the two views are made; by default the modality's.", show_default=False)
    ] = None,
    recipe_option: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Of the recipe, such as size=96; repeatable.")
    ] = None,
    encoder: Annotated[
        str | None, typer.Option(help="The network; by default the modality's.", show_default=False)
    ] = None,
    encoder_option: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Of the encoder; what the data says is the default. Repeatable."),
    ] = None,
    method: Annotated[str, typer.Option(help="'simclr', 'moco', 'supcon', 'siamese' or 'cpc'.")] = "simclr",
    method_option: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Of the method, such as queue=1024; repeatable.")
    ] = None,
    read_option: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Of the reader, such as window=100; repeatable.")
    ] = None,
    split: Split = None,
    epochs: Annotated[int, typer.Option(min=1)] = 20,
    batch_size: BatchSize = 256,
    learning_rate: Annotated[float, typer.Option(help="Peak of the cosine schedule, for AdamW.")] = 1e-3,
    temperature: Annotated[
        float | None, typer.Option(help="Of the loss; by default the method's, 0.5 for simclr.", show_default=False)
    ] = None,
    seed: Seed = 0,
    workers: Workers = None,
    device: Device = "auto",
    precision: Annotated[str, typer.Option(help="'auto', '32-true', 'bf16-mixed', '16-mixed'.")] = "auto",
    on_error: LeaveOut = OnError.stop,
    run_dir: Annotated[
        Path | None,
        typer.Option(help="Where checkpoints and logs go; by default runs/MODALITY.", show_default=False),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the newest checkpoint in --run-dir.")] = False,
) -> None:
    """Train an encoder on the pairs of your own data. No labels are needed, except for supcon.

    pairgen train image photos --recipe-option size=96 --epochs 50 --run-dir runs/photos
    """
    import pairgen

    plugin = pairgen.get_modality(modality)
    folder = Path("runs", plugin.name) if run_dir is None else run_dir
    if not resume and (folder / "checkpoints").is_dir():
        raise ValueError(f"{folder} holds an earlier run; add --resume to go on from it, or choose another --run-dir")
    make_method = _method(method, method_option or [], temperature)
    sampler = pairgen.PairSampler(
        plugin,
        _chosen(recipe, plugin.default_recipe, "--recipe", plugin),
        seed=seed,
        on_error=on_error.value,
        **parse_settings(recipe_option or [], "--recipe-option"),
    )
    name = _chosen(encoder, plugin.default_encoder, "--encoder", plugin)
    plugin.encoders.get(name)
    reading = parse_settings(read_option or [], "--read-option") | ({} if split is None else {"split": split})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*: passed over")  # announced below
        dataset = plugin.read(path, **reading)
    network = _encoder(sampler, dataset, name, parse_settings(encoder_option or [], "--encoder-option"), seed)
    batched = is_in_memory(dataset)
    loader = sampler.loader(
        dataset,
        batch_size,
        shuffle=True,
        drop_last=count(dataset) >= batch_size,
        batched=batched,
        num_workers=worker_count(workers, batched),
    )
    _announce(dataset, path, sampler, name, network, batch_size)
    trainer = pairgen.Trainer(
        make_method(network),
        epochs=epochs,
        learning_rate=learning_rate,
        device=device,
        precision=precision,
        run_dir=folder,
        seed=seed,
    )
    with warnings.catch_warnings():
        # The loader warns after every pass; the list below says it once.
        warnings.filterwarnings("ignore", message=".*items were left out")
        history = trainer.fit(loader, resume=resume)
    _report(history)
    left_out(name_skipped(dataset, loader.skipped), count(dataset))
    output.print(f"the run is in [bold]{folder}[/]; next: pairgen probe {folder} {path}")


def _chosen(name: str | None, default: str | None, option: str, modality: Modality) -> str:
    """What the user named, else the modality's default."""
    chosen = default if name is None else name
    if chosen is None:
        raise ValueError(f"the modality {modality.name!r} has no default; choose with {option}")
    return chosen


def _method(name: str, settings: list[str], temperature: float | None) -> Callable[[nn.Module], Method]:
    """A function from the encoder to the method; the options are checked before anything is read."""
    from pairgen.methods import METHODS

    factory: Callable[..., Method] = METHODS.get(name)
    options = parse_settings(settings, "--method-option")
    options |= {} if temperature is None else {"temperature": temperature}
    known = list(inspect.signature(factory).parameters)[1:]
    for option in options:
        if option not in known:
            raise ValueError(f"the method {name!r} has no option {option!r}; it has: {', '.join(known)}")
    return lambda encoder: factory(encoder, **options)


def _encoder(sampler: PairSampler, dataset: Dataset[Any], name: str, options: dict[str, Any], seed: int) -> nn.Module:
    """The network, fitted to the data where no option says otherwise."""
    import torch

    import pairgen

    fitting = sampler.modality.encoder_options(name, dataset, _first_views(sampler, dataset))
    torch.manual_seed(seed)  # the program's own process: initial weights follow --seed
    return pairgen.create_encoder(sampler.modality, name, **(fitting | options))


def _first_views(sampler: PairSampler, dataset: Dataset[Any]) -> Any:
    """A batch of the views of the first item that can be read; the network is made to fit them."""
    for index in range(count(dataset)):
        element = dataset[index]
        item, label = element if isinstance(element, tuple) and len(element) == 2 else (element, None)
        batch = sampler.collate_items([(index, item, label)])
        if len(batch):
            return batch.first
    raise ValueError(f"none of the {count(dataset)} items can be read; run with --on-error raise to see why")


def _announce(
    dataset: Dataset[Any], path: Path, sampler: PairSampler, encoder: str, network: nn.Module, batch_size: int
) -> None:
    from pairgen.data.files import describe_ignored

    classes = getattr(dataset, "classes", None)
    of_classes = "" if classes is None else f" of {len(classes)} class{'es' * (len(classes) != 1)}"
    weights = sum(p.numel() for p in network.parameters()) / 1e6
    output.print(f"[bold]{count(dataset):,}[/] items{of_classes} in {path}")
    ignored = getattr(dataset, "ignored", ())
    if ignored:
        output.print(f"passed over: {describe_ignored(ignored)}", markup=False)
    output.print(f"recipe [bold]{sampler.spec['recipe']}[/], encoder [bold]{encoder}[/] ({weights:.1f} M parameters)")
    if count(dataset) < batch_size:
        output.print(f"the batch size {batch_size} is above the number of items: each epoch is one batch of all")


def _report(history: History) -> None:
    """A table of at most ten epochs, first and last among them."""
    records = list(history)
    step = max(1, -(-len(records) // 10))
    shown = records[::step] if (len(records) - 1) % step == 0 else [*records[::step], records[-1]]
    rows = [(str(r.epoch + 1), f"{r.loss:.4f}", f"{r.pairs_per_second:,.0f}") for r in shown]
    output.print(table("Training", ("epoch", "loss", "pairs/s"), rows))
