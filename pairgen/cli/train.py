"""`pairgen train MODALITY PATH`."""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

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
from pairgen.cli.data import count, describe_passed, is_in_memory, name_skipped
from pairgen.cli.members import SIDES, SOURCE_OF_PAIRS, find_modalities, fit_options
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
    parse_settings,
    worker_count,
)
from pairgen.cli.run import Run, check_reading, merge_options, quote, read_data
from pairgen.cli.training_setup import (
    check_folder,
    check_logger,
    check_training,
    choose_encoders,
    choose_method,
    choose_sampler,
)

if TYPE_CHECKING:
    from torch import nn
    from torch.utils.data import Dataset

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
        names = args[0].split("+") if args else []
        if {"-h", "--help"} & set(args) and set(names) <= set(list_modalities()):
            modalities = [get_modality(name) for name in dict.fromkeys(names)]
            source = modalities[0].source_help if len(names) == 1 else SOURCE_OF_PAIRS
            listed = [
                f"{'' if len(names) == 1 else f'{modality.name}: '}Recipes: {', '.join(modality.recipes.names())}. "
                f"Encoders: {', '.join(modality.encoders.names())}."
                for modality in modalities
            ]
            self.epilog = f"{args[0]}: PATH is {source}. {' '.join(listed)}"
        return super().parse_args(ctx, args)


def train(
    ctx: typer.Context,
    modality: Annotated[
        str,
        typer.Argument(
            help="Such as 'image', or 'image+text' for pairs; see `pairgen modalities`.", show_default=False
        ),
    ],
    path: Source,
    recipe: Annotated[
        list[str] | None,
        typer.Option(
            help="How the views are made; by default as the modality has it, and texts of pairs as they are. For pairs "
            "give it twice, for the first member and the second.",
            show_default=False,
        ),
    ] = None,
    recipe_option: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help="Of the recipe, such as size=96; for one member first.size=96. Repeatable."
        ),
    ] = None,
    encoder: Annotated[
        list[str] | None,
        typer.Option(
            help="The network; by default the modality's. For pairs give it twice; two members of one modality share "
            "one network, unless two are named.",
            show_default=False,
        ),
    ] = None,
    encoder_option: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Of the encoder, for one of two second.width=128; what the data says is the default. Repeatable.",
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            help="'simclr' (the default), 'moco', 'supcon', 'siamese' or 'cpc'; for pairs 'clip' (the default) or "
            "'siglip'.",
            show_default=False,
        ),
    ] = None,
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

    Of pairs that exist, such as photos and captions or questions and answers, two towers learn one space:

    pairgen train image+text photos --encoder resnet18 --encoder bag --run-dir runs/photos

    How the data is read is kept in the run, and embed, probe and anomalies read theirs in the same way. Off a terminal,
    progress is a line an epoch, and one every minute, on standard error.
    """
    import pairgen

    reset_output(json_file, quiet=quiet)
    modalities = find_modalities(modality)
    name = "+".join(one.name for one in modalities)
    folder = Path("runs", name) if run_dir is None else run_dir
    check_folder(folder, resume)
    check_training(learning_rate, epochs, temperature, device, precision)
    check_logger(logger)
    make_method = choose_method(method, method_option or [], temperature, modalities)
    sampler = choose_sampler(modalities, recipe, recipe_option or [], seed, on_error)
    encoders = choose_encoders(modalities, encoder, encoder_option or [])
    reading = merge_options({}, parse_settings(read_option or [], "--read-option"))
    check_reading(modalities, reading)

    dataset = read_data(modalities, path, reading, split)
    fitting = fit_options(encoders.modalities, encoders.names, dataset, _views(sampler, dataset))
    networks = encoders.create(fitting, seed)
    batched = is_in_memory(dataset)
    loader = sampler.loader(
        dataset,
        batch_size,
        shuffle=True,
        drop_last=count(dataset) >= batch_size,
        batched=batched,
        num_workers=worker_count(workers, batched),
    )
    run = Run(name, str(path.absolute()), reading, split, batch_size, on_error.value)
    _announce(dataset, path, sampler, encoders.names, networks, batch_size)
    trainer = pairgen.Trainer(
        make_method(*networks),
        epochs=epochs,
        learning_rate=learning_rate,
        device=device,
        precision=precision,
        run_dir=folder,
        seed=seed,
        progress=progress_style(quiet, verbose),
        logger=check_logger(logger),
    )
    if verbose:
        _print_settings(run, sampler, networks, trainer)
    _record(run, folder, resume)
    history = _fit(trainer, loader, resume, folder, ctx.meta.get("arguments", []))
    _report(history)
    skipped = name_skipped(dataset, loader.skipped)
    left_out(skipped, count(dataset))
    following = _next_command(run, folder, path, dataset)
    say(f"the run is in [bold]{safe(folder)}[/]; next: {safe(following)}")
    figures = {"run": folder, "items": count(dataset), "left_out": skipped, "epochs": history.to_list()}
    specs = [network.spec for network in networks]
    figures |= {"sampler": sampler.spec, "encoder": specs[0] if len(specs) == 1 else specs}
    report_figures(json_file, {**figures, "next": following})


# -- the training ------------------------------------------------------------------------------------------------------


def _views(sampler: PairSampler, dataset: Dataset[Any]) -> tuple[Any, ...]:
    """The batches of views of the first item that can be read; the networks are made to fit them."""
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
            return batch.views[: len(sampler.members)]
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
    dataset: Dataset[Any],
    path: Path,
    sampler: PairSampler,
    encoders: Sequence[str],
    networks: Sequence[nn.Module],
    batch_size: int,
) -> None:

    classes = getattr(dataset, "classes", None)
    of_classes = "" if classes is None else f" of {len(classes)} class{'es' * (len(classes) != 1)}"
    noun = "items" if len(sampler.members) == 1 else f"pairs of {' and '.join(sampler.modalities)}"
    say(f"[bold]{count(dataset):,}[/] {noun}{of_classes} in {safe(path)}")
    passed_over = describe_passed(dataset)
    if passed_over:
        say(safe(f"passed over: {passed_over}"))
    recipe = sampler.spec["recipe"]
    recipes = [recipe] if isinstance(recipe, str) else recipe
    listed = [
        f"[bold]{safe(name)}[/] ({sum(p.numel() for p in network.parameters()) / 1e6:.1f} M parameters)"
        for name, network in zip(encoders, networks, strict=True)
    ]
    shared = " for both" if len(encoders) < len(sampler.members) else ""
    say(f"recipe [bold]{safe(', '.join(recipes))}[/], encoder {', '.join(listed)}{shared}")
    if count(dataset) < batch_size:
        say(f"the batch size {batch_size} is above the number of items: each epoch is one batch of all")


def _print_settings(run: Run, sampler: PairSampler, networks: Sequence[nn.Module], trainer: Trainer) -> None:
    specs: list[Any] = [network.spec for network in networks]
    recipes = sampler.spec["options"]
    settings = {
        "reader": dict(run.read_options) | ({} if run.split is None else {"split": run.split}),
        **_numbered("recipe", [recipes] if isinstance(recipes, Mapping) else recipes),
        **_numbered("encoder", [spec["options"] for spec in specs]),
        "trainer": {"device": str(trainer.fabric.device), "epochs": trainer.epochs, "batch_size": run.batch_size},
    }
    for name, values in settings.items():
        text = ", ".join(f"{key}={value!r}" for key, value in values.items())
        say(f"{name} options: {safe(text) or 'the defaults'}")


def _numbered(name: str, options: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Options by the name of what takes them, or, of two members, by the side too."""
    if len(options) == 1:
        return {name: options[0]}
    return {f"{side} {name}": part for side, part in zip(SIDES, options, strict=True)}


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
    """The command that makes sense of the run: retrieval of pairs, a probe where there are labels, else features."""
    import numpy as np

    from pairgen.data import Windows

    if "+" in run.modality:
        return f"pairgen retrieve {quote(folder)} {quote(path)}"
    command = "anomalies" if isinstance(getattr(dataset, "items", None), Windows) else "embed"
    labels = getattr(dataset, "labels", None)
    if labels is not None:
        counts = np.unique(np.asarray(labels)[np.asarray(labels) >= 0], return_counts=True)[1]
        command = "probe" if len(counts) > 1 and counts.min() > 1 else command
    return f"pairgen {command} {quote(folder)} {quote(path)}"
