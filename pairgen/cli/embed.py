"""`pairgen embed RUN [PATH]`."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pairgen._io import replace_atomically
from pairgen._text import printable, shorten
from pairgen.cli.console import left_out, report_figures, reset_output, safe, say
from pairgen.cli.data import count, describe_unreadable, is_in_memory, name_item
from pairgen.cli.members import tower_of
from pairgen.cli.options import (
    Device,
    JsonFile,
    OnError,
    Quiet,
    ReadOption,
    RunBatchSize,
    RunDir,
    RunLeaveOut,
    RunSource,
    Split,
    Tower,
    Unpaired,
    Workers,
    check_output,
    worker_count,
)
from pairgen.cli.run import Run

if TYPE_CHECKING:
    from torch import nn
    from torch.utils.data import Dataset

    from pairgen.evaluation import Embeddings

__all__ = ["Embedder", "embed"]

_LONGEST_NAME = 256
"""Characters of a name in the .npz, whose strings are all as wide as the longest one."""


class Embedder:
    """What commands need to embed data as the training of a run prepared it.

    Args:
        run: How the run read its data.
        batch_size: Items a batch; None for the run's.
        workers: Processes that read; None for one a core.
        device: Where to encode.
        on_error: What to do with items that cannot be read; None for what the run did.
    """

    def __init__(
        self, run: Run, batch_size: int | None, workers: int | None, device: str, on_error: OnError | None
    ) -> None:
        self.batch_size = batch_size or run.batch_size
        self.on_error = run.on_error if on_error is None else on_error.value
        self._workers, self._device = workers, device

    def __call__(self, encoder: nn.Module, dataset: Dataset[Any], tell: bool = True, tower: int = 0) -> Embeddings:
        """Embed a data set by one tower of a run; list what was left out if `tell`."""
        from pairgen import evaluation

        spec: Any = encoder.sampler_spec
        sampler = evaluation.evaluation_sampler(spec, tower=tower)
        sampler.on_error = self.on_error
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*items were left out")
            embeddings = evaluation.embed(
                encoder,
                dataset,
                batch_size=self.batch_size,
                device=self._device,
                sampler=sampler,
                num_workers=worker_count(self._workers, is_in_memory(dataset)),
            )
        if tell and len(embeddings) < count(dataset):
            left_out(describe_unreadable(dataset, sampler, embeddings.index), count(dataset))
        return embeddings


def embed(
    run: RunDir,
    path: RunSource = None,
    output_file: Annotated[Path, typer.Option("--output", "-o", help="The .npz file to write.")] = Path("features.npz"),
    tower: Tower = None,
    unpaired: Unpaired = False,
    read_option: ReadOption = None,
    split: Split = None,
    batch_size: RunBatchSize = None,
    workers: Workers = None,
    device: Device = "auto",
    on_error: RunLeaveOut = None,
    json_file: JsonFile = None,
    quiet: Quiet = False,
) -> None:
    """Write the features of your data by the encoder of a run; the data is read as the run read its own.

    The .npz holds `features` (N, D), `index` (N,), `names` (N,), and, where there are labels, `labels` and `classes`.
    Names of more than 256 characters are shortened in the middle; `index` says which item a row is of. Of a run of
    pairs, one tower embeds its members; each of several captions has a row, and `index` says of which pair.
    """
    import numpy as np

    import pairgen

    reset_output(json_file, quiet=quiet)
    check_output("--output", output_file, [".npz"])
    record = Run.load(run, pairgen.load_encoder(run))
    position = tower_of(tower, record.modalities)
    encoder = pairgen.load_encoder(run, tower=position)
    dataset = record.of_tower(position, unpaired).read(path, read_option, split)
    embeddings = Embedder(record, batch_size, workers, device, on_error)(encoder, dataset, tower=position)
    columns = getattr(dataset, "columns", {})
    index = np.asarray(columns["pair"])[embeddings.index] if "pair" in columns else embeddings.index
    arrays: dict[str, Any] = {"features": embeddings.features, "index": index}
    arrays["names"] = np.array([_short(name_item(dataset, int(i))) for i in embeddings.index])
    if embeddings.labels is not None:
        arrays["labels"] = embeddings.labels
        if dataset.classes is not None:
            arrays["classes"] = np.array([_short(name) for name in dataset.classes])
    with replace_atomically(output_file) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, **arrays)
    rows, width = embeddings.features.shape
    say(f"features of [bold]{rows:,}[/] items, {width} numbers each, are in [bold]{safe(output_file)}[/]")
    report_figures(
        json_file, {"items": rows, "left_out": count(dataset) - rows, "features": width, "output": output_file}
    )


def _short(name: str) -> str:
    return shorten(printable(name), _LONGEST_NAME)
