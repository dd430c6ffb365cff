"""`pairgen train MODALITY PATH`."""

from __future__ import annotations

import json
import shlex
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperCommand

from pairgen._validation import check_choice, check_number
from pairgen.cli.console import (
    errors,
    left_out,
    print_wide,
    progress_style,
    report_figures,
    reset_output,
    safe,
    say,
    table,
)
from pairgen.cli.data import count, is_in_memory, name_skipped
from pairgen.cli.options import (
    BatchSize,
    Device,
    JsonFile,
    LeaveOut,
    OnError,
    Quiet,
    Seed,
    Source,
    Split,
    Workers,
    check_options,
    parse_settings,
    worker_count,
)
from pairgen.cli.run import Run, merge_options, quote, read_data

if TYPE_CHECKING:
    from torch import nn
    from torch.utils.data import Dataset

    from pairgen.methods import Method
    from pairgen.modality import Modality
    from pairgen.pairs import PairLoader, PairSampler
    from pairgen.training import History, Trainer

__all__ = ["TrainCommand", "train"]

_LARGE_LOSS = 100.0
"""Beyond what losses of pairs reach on data of a usual scale."""


class TrainCommand(TyperCommand):
    """A command whose `--help` says what the modality named before it reads and offers."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments; with `--help` behind a modality's name, end the help text with that modality."""
        from pairgen.modality import get_modality, list_modalities

        ctx.meta["arguments"] = list(args)
        if {"-h", "--help"} & set(args) and args[0] in list_modalities():
            modality = get_modality(args[0])
            self.epilog = (
                f"{modality.name}: PATH is {modality.source_help}. "
                f"Recipes: {', '.join(modality.recipes.names())}. Encoders: {', '.join(modality.encoders.names())}."
            )
        return super().parse_args(ctx, args)


def train(
    ctx: typer.Context,
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
    logger: Annotated[
        str | None, typer.Option(help="'tensorboard' for its event files; needs that package.", show_default=False)
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the newest checkpoint in --run-dir.")] = False,
    json_file: JsonFile = None,
    quiet: Quiet = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Print all settings, and progress as lines on a terminal too.")
    ] = False,
) -> None:
    """Train an encoder on the pairs of your own data. No labels are needed, except for supcon.

    pairgen train image photos --recipe-option size=96 --epochs 50 --run-dir runs/photos

    How the data is read is kept in the run, and embed, probe and anomalies read theirs in the same way. Off a terminal,
    progress is a line an epoch, and one every minute, on standard error.
    """
    import pairgen

    reset_output(json_file, quiet=quiet)
    plugin = pairgen.get_modality(modality)
    folder = Path("runs", plugin.name) if run_dir is None else run_dir
    _check_folder(folder, resume)
    _check_training(learning_rate, epochs, temperature, device, precision)
    _check_logger(logger)
    make_method = _method(method, method_option or [], temperature)
    sampler = _sampler(plugin, recipe, recipe_option or [], seed, on_error)
    name = _choose(encoder, plugin.default_encoder, "--encoder", plugin)
    encoder_options = _check_encoder(plugin, name, encoder_option or [])
    reading = merge_options({}, parse_settings(read_option or [], "--read-option"))
    check_options(reading, plugin.reader_options, f"the reader of {plugin.name!r}")

    dataset = read_data(plugin, path, reading, split)
    network = _encoder(sampler, dataset, name, encoder_options, seed)
    batched = is_in_memory(dataset)
    loader = sampler.loader(
        dataset,
        batch_size,
        shuffle=True,
        drop_last=count(dataset) >= batch_size,
        batched=batched,
        num_workers=worker_count(workers, batched),
    )
    run = Run(plugin.name, str(path.absolute()), reading, split, batch_size, on_error.value)
    _announce(dataset, path, sampler, name, network, batch_size)
    trainer = pairgen.Trainer(
        make_method(network),
        epochs=epochs,
        learning_rate=learning_rate,
        device=device,
        precision=precision,
        run_dir=folder,
        seed=seed,
        progress=progress_style(quiet, verbose),
        logger=_check_logger(logger),
    )
    if verbose:
        _print_settings(run, sampler, network, trainer)
    _record(run, folder, resume)
    history = _fit(trainer, loader, resume, folder, ctx.meta.get("arguments", []))
    _report(history)
    skipped = name_skipped(dataset, loader.skipped)
    left_out(skipped, count(dataset))
    following = _next_command(run, folder, path, dataset)
    say(f"the run is in [bold]{safe(folder)}[/]; next: {safe(following)}")
    figures = {"run": folder, "items": count(dataset), "left_out": skipped, "epochs": history.to_list()}
    report_figures(json_file, {**figures, "sampler": sampler.spec, "encoder": network.spec, "next": following})


# -- what the user asked for, checked before any data is read ----------------------------------------------------------


def _check_folder(folder: Path, resume: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"--run-dir {folder} is a file; choose a folder")
    if not resume and (folder / "checkpoints").is_dir():
        raise ValueError(f"{folder} holds an earlier run; add --resume to go on from it, or choose another --run-dir")


def _check_training(learning_rate: float, epochs: int, temperature: float | None, device: str, precision: str) -> None:
    from pairgen.training._device import check_device
    from pairgen.training._schedule import Schedule

    Schedule(learning_rate, epochs, 0.0, "cosine")
    if temperature is not None:
        check_number("temperature", temperature, 0, above=True)
    check_device(device, precision)


def _check_logger(logger: str | None) -> Literal["tensorboard"] | None:
    if logger is None:
        return None
    check_choice("logger", logger, ("tensorboard",))
    return "tensorboard"


def _choose(name: str | None, default: str | None, option: str, modality: Modality) -> str:
    """What the user named, else the modality's default."""
    chosen = default if name is None else name
    if chosen is None:
        raise ValueError(f"the modality {modality.name!r} has no default; choose with {option}")
    return chosen


def _method(name: str, settings: list[str], temperature: float | None) -> Callable[[nn.Module], Method]:
    """A function from the encoder to the method."""
    from pairgen.methods import METHODS
    from pairgen.modality import keyword_options

    factory: Callable[..., Method] = METHODS.get(name)
    options = parse_settings(settings, "--method-option")
    options |= {} if temperature is None else {"temperature": temperature}
    check_options(options, keyword_options(factory), f"the method {name!r}")
    try:
        factory(_stand_in(), **options)  # now, not after all data was read
    except (ValueError, TypeError) as error:
        listed = ", ".join(f"{option}={value!r}" for option, value in options.items())
        raise ValueError(f"the method {name!r} does not take {listed}: {error}") from error
    return lambda encoder: factory(encoder, **options)


def _stand_in() -> nn.Module:
    """An encoder of two features that fits every method, to try a method's options on."""
    from torch import nn

    class StandIn(nn.Linear):
        def steps(self, views: object) -> object:
            raise NotImplementedError

        nodes = steps

    return StandIn(2, 2)


def _sampler(modality: Modality, recipe: str | None, settings: list[str], seed: int, on_error: OnError) -> PairSampler:
    import pairgen
    from pairgen.modality import keyword_options

    name = _choose(recipe, modality.default_recipe, "--recipe", modality)
    options = parse_settings(settings, "--recipe-option")
    known = keyword_options(modality.recipes.get(name), skip=0)
    check_options(options, known, f"the recipe {name!r}")
    added = {key: value for key, value in modality.recipe_options(options).items() if known and key in known}
    for key, value in added.items():
        say(f"{key}={json.dumps(value)} is set; --recipe-option {key}=VALUE changes it")
    return pairgen.PairSampler(modality, name, seed=seed, on_error=on_error.value, **added, **options)


def _check_encoder(modality: Modality, name: str, settings: list[str]) -> dict[str, Any]:
    """The options of an encoder that there is."""
    from pairgen.modality import keyword_options

    options = parse_settings(settings, "--encoder-option")
    check_options(options, keyword_options(modality.encoders.get(name), skip=0), f"the encoder {name!r}")
    return options


# -- the training ------------------------------------------------------------------------------------------------------


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
        try:
            element = dataset[index]
        except Exception:
            if sampler.on_error != "skip":
                raise
            continue
        item, label = element if isinstance(element, tuple) and len(element) == 2 else (element, None)
        batch = sampler.collate_items([(index, item, label)])
        if len(batch):
            return batch.first
    raise ValueError(f"none of the {count(dataset)} items can be read; run with --on-error raise to see why")


def _record(run: Run, folder: Path, resume: bool) -> None:
    """Write run.json; a resumed run says what it reads otherwise than before."""
    if resume and (folder / "run.json").is_file():
        for change in Run.load(folder).changes(run):
            errors.print(f"the run goes on with another {safe(change)}", style="yellow", soft_wrap=True)
    run.save(folder)


def _fit(trainer: Trainer, loader: PairLoader, resume: bool, folder: Path, arguments: list[str]) -> History:
    with warnings.catch_warnings():
        # The loader warns after every pass; the list below says it once.
        warnings.filterwarnings("ignore", message=".*items were left out")
        try:
            return trainer.fit(loader, resume=resume)
        except KeyboardInterrupt:
            kept = sorted((folder / "checkpoints").glob("epoch-*"))
            number = int(kept[-1].name.removeprefix("epoch-")) if kept else 0
            what = f"{number} of {trainer.epochs} epochs are kept in {folder}" if number else "no epoch was finished"
            again = [*arguments, *([] if "--resume" in arguments else ["--resume"])]
            raise KeyboardInterrupt(f"{what}; go on with: pairgen train {shlex.join(again)}") from None


# -- what is printed ---------------------------------------------------------------------------------------------------


def _announce(
    dataset: Dataset[Any], path: Path, sampler: PairSampler, encoder: str, network: nn.Module, batch_size: int
) -> None:
    from pairgen.data.files import describe_ignored

    classes = getattr(dataset, "classes", None)
    of_classes = "" if classes is None else f" of {len(classes)} class{'es' * (len(classes) != 1)}"
    weights = sum(p.numel() for p in network.parameters()) / 1e6
    say(f"[bold]{count(dataset):,}[/] items{of_classes} in {safe(path)}")
    ignored = getattr(dataset, "ignored", ())
    if ignored:
        say(safe(f"passed over: {describe_ignored(ignored)}"))
    say(
        f"recipe [bold]{safe(sampler.spec['recipe'])}[/], encoder [bold]{safe(encoder)}[/] ({weights:.1f} M parameters)"
    )
    if count(dataset) < batch_size:
        say(f"the batch size {batch_size} is above the number of items: each epoch is one batch of all")


def _print_settings(run: Run, sampler: PairSampler, network: nn.Module, trainer: Trainer) -> None:
    spec: Mapping[str, Any] = network.spec  # type: ignore[assignment]  # torch types attributes as tensors or modules
    settings = {
        "reader": dict(run.read_options) | ({} if run.split is None else {"split": run.split}),
        "recipe": sampler.spec["options"],
        "encoder": spec["options"],
        "trainer": {"device": str(trainer.fabric.device), "epochs": trainer.epochs, "batch_size": run.batch_size},
    }
    for name, values in settings.items():
        text = ", ".join(f"{key}={value!r}" for key, value in values.items())
        say(f"{name} options: {safe(text) or 'the defaults'}")


def _report(history: History) -> None:
    """A table of at most ten epochs, first and last among them."""
    records = list(history)
    step = max(1, -(-len(records) // 10))
    shown = records[::step] if (len(records) - 1) % step == 0 else [*records[::step], records[-1]]
    rows = [(str(r.epoch + 1), f"{r.loss:,.4f}", f"{r.pairs_per_second:,.0f}") for r in shown]
    print_wide(table("Training", ("epoch", "loss", "pairs/s"), rows))
    if records and records[0].loss > _LARGE_LOSS:
        errors.print(
            f"the first epoch has a loss of {records[0].loss:,.0f}: the loss grows with the scale of the data, which "
            "is not normalized; bring it to mean 0 and deviation 1, such as by --recipe-option normalize=true",
            style="yellow",
            soft_wrap=True,
        )


def _next_command(run: Run, folder: Path, path: Path, dataset: Dataset[Any]) -> str:
    """The command that makes sense of the run: a probe where there are labels enough, else scores or features."""
    import numpy as np

    from pairgen.data import Windows

    command = "anomalies" if isinstance(getattr(dataset, "items", None), Windows) else "embed"
    labels = getattr(dataset, "labels", None)
    if labels is not None:
        counts = np.unique(np.asarray(labels)[np.asarray(labels) >= 0], return_counts=True)[1]
        command = "probe" if len(counts) > 1 and counts.min() > 1 else command
    return f"pairgen {command} {quote(folder)} {quote(path)}"
