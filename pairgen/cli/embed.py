"""`pairgen embed RUN PATH`."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated, Any

import typer

from pairgen.cli.console import left_out, output
from pairgen.cli.data import describe_unreadable, is_in_memory, name_item
from pairgen.cli.options import BatchSize, Device, LeaveOut, OnError, RunDir, Source, Split, Workers, worker_count

__all__ = ["embed", "features_of"]


def embed(
    run: RunDir,
    path: Source,
    output_file: Annotated[Path, typer.Option("--output", "-o", help="The .npz file to write.")] = Path("features.npz"),
    split: Split = None,
    batch_size: BatchSize = 256,
    workers: Workers = None,
    device: Device = "auto",
    on_error: LeaveOut = OnError.stop,
) -> None:
    """Write the features of your data by the encoder of a run.

    The .npz holds `features` (N, D), `index` (N,), `names` (N,), and, where there are labels, `labels` and `classes`.
    """
    import numpy as np

    import pairgen

    if output_file.suffix != ".npz":
        raise ValueError(f"--output {output_file} must end in .npz")
    encoder = pairgen.load_encoder(run)
    dataset = read_for(encoder, path, split)
    found = features_of(encoder, dataset, batch_size, workers, device, on_error)
    arrays: dict[str, Any] = {"features": found.features, "index": found.index}
    arrays["names"] = np.array([name_item(dataset, int(i)) for i in found.index])
    if found.labels is not None:
        arrays["labels"] = found.labels
        if dataset.classes is not None:
            arrays["classes"] = np.array(dataset.classes)
    output_file.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(output_file, **arrays)
    rows, width = found.features.shape
    output.print(f"features of [bold]{rows:,}[/] items, {width} numbers each, are in [bold]{output_file}[/]")


def read_for(encoder: Any, path: Path, split: str | None, **options: Any) -> Any:
    """Read data of the modality that an encoder was made for."""
    import pairgen

    spec = encoder.spec or encoder.sampler_spec
    if spec is None:
        raise ValueError(
            "the run does not say of which modality its encoder is; use pairgen.evaluation.embed in Python"
        )
    more = {} if split is None else {"split": split}
    return pairgen.get_modality(spec["modality"]).read(path, **options, **more)


def features_of(
    encoder: Any, dataset: Any, batch_size: int, workers: int | None, device: str, on_error: OnError, tell: bool = True
) -> Any:
    """Embed a data set as the encoder's training prepared it; list what was left out if `tell`."""
    from pairgen import evaluation

    sampler = evaluation.evaluation_sampler(encoder.sampler_spec)
    sampler.on_error = on_error.value
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*items were left out")
        found = evaluation.embed(
            encoder,
            dataset,
            batch_size=batch_size,
            device=device,
            sampler=sampler,
            num_workers=worker_count(workers, is_in_memory(dataset)),
        )
    if tell and len(found) < len(dataset):
        left_out(describe_unreadable(dataset, sampler, found.index), len(dataset))
    return found
