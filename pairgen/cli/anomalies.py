"""`pairgen anomalies RUN DATA`."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pairgen.cli.console import output, table
from pairgen.cli.data import name_item
from pairgen.cli.embed import features_of, read_for
from pairgen.cli.options import (
    BatchSize,
    Device,
    LeaveOut,
    OnError,
    RunDir,
    Source,
    Split,
    Workers,
    parse_settings,
)

if TYPE_CHECKING:
    from pairgen.data import Windows

__all__ = ["anomalies"]

_SHOWN = 10


def anomalies(
    run: RunDir,
    path: Source,
    normal: Annotated[
        Path | None, typer.Option(help="Normal data to learn from; by default the data itself.", show_default=False)
    ] = None,
    score: Annotated[str, typer.Option(help="'distance', 'mahalanobis' or 'neighbors'.")] = "mahalanobis",
    k: Annotated[int, typer.Option("--k", min=1, help="Neighbours.")] = 5,
    percentile: Annotated[
        float | None, typer.Option(help="Threshold: of the normal scores; 95 by default.", show_default=False)
    ] = None,
    false_alarm_rate: Annotated[
        float | None, typer.Option(help="Threshold: the share of normal items to call odd.", show_default=False)
    ] = None,
    read_option: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Of the reader, such as window=100; repeatable.")
    ] = None,
    output_file: Annotated[Path, typer.Option("--output", "-o", help="The .csv file to write.")] = Path(
        "anomalies.csv"
    ),
    plot: Annotated[Path, typer.Option(help="The picture to write.")] = Path("anomalies.png"),
    split: Split = None,
    batch_size: BatchSize = 256,
    workers: Workers = None,
    device: Device = "auto",
    on_error: LeaveOut = OnError.stop,
) -> None:
    """Find what is odd in your data, by the features of a run.

    Writes a score for every item, whether it is an anomaly, and a picture. Of windows of a long series (--read-option
    window=100), every step gets a score: pairgen anomalies runs/pump pump.csv --read-option window=100
    """
    import pairgen
    from pairgen.data import Windows
    from pairgen.evaluation import AnomalyDetector

    detector = AnomalyDetector(score, k=k, percentile=percentile, false_alarm_rate=false_alarm_rate)
    encoder = pairgen.load_encoder(run)
    reading = parse_settings(read_option or [], "--read-option")
    dataset = read_for(encoder, path, split, **reading)
    found = features_of(encoder, dataset, batch_size, workers, device, on_error)
    if normal is None:
        detector.fit(found.features)
    else:
        known = read_for(encoder, normal, split, **reading)
        detector.fit(features_of(encoder, known, batch_size, workers, device, on_error).features)
    scores = detector.score(found.features)
    if isinstance(dataset.items, Windows):
        _write_steps(dataset.items, found.index, scores, detector.threshold, output_file, plot)
    else:
        _write_items(dataset, found.index, scores, detector.threshold, output_file, plot)


def _write_items(dataset: Any, index: Any, scores: Any, threshold: float, file: Path, plot: Path) -> None:
    """A row an item; then the oddest on the terminal."""
    names = [name_item(dataset, int(i)) for i in index]
    odd = scores > threshold
    _write(file, ("item", "score", "anomaly"), zip(names, scores.tolist(), odd.astype(int).tolist(), strict=True))
    _draw(plot, scores, threshold)
    order = scores.argsort()[::-1][:_SHOWN]
    rows = [(names[i], f"{scores[i]:.3f}", "yes" if odd[i] else "no") for i in order]
    output.print(table("The oddest items", ("item", "score", "anomaly"), rows))
    _tell(int(odd.sum()), len(names), "items", threshold, file, plot)


def _write_steps(windows: Windows[Any], index: Any, scores: Any, threshold: float, file: Path, plot: Path) -> None:
    """A row a step of each series; then the peaks on the terminal. The series with the highest score is drawn."""
    import numpy as np

    from pairgen.evaluation import score_per_step

    owners, starts = windows.owners[index], windows.starts[index]
    rows: list[tuple[int, int, float, int]] = []
    peaks = []
    for number in np.unique(owners).tolist():
        of_it = owners == number
        steps = score_per_step(scores[of_it], starts[of_it], windows.size, len(windows.series[number]))
        odd = steps > threshold
        rows += [(number, i, s, int(o)) for i, (s, o) in enumerate(zip(steps.tolist(), odd, strict=True))]
        peaks.append((float(np.nanmax(steps)), number, int(np.nanargmax(steps)), steps))
    peaks.sort(key=lambda peak: -peak[0])
    _write(file, ("series", "step", "score", "anomaly"), rows)
    _draw(plot, peaks[0][3], threshold, series=windows.series[peaks[0][1]])
    shown = [(str(number), str(step), f"{top:.3f}") for top, number, step, _ in peaks[:_SHOWN]]
    output.print(table("The oddest step of each series", ("series", "step", "score"), shown))
    _tell(sum(row[3] for row in rows), len(rows), "steps", threshold, file, plot)


def _write(file: Path, header: tuple[str, ...], rows: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)


def _draw(plot: Path, scores: Any, threshold: float, series: Any = None) -> None:
    from pairgen.plotting import plot_anomalies

    plot.parent.mkdir(parents=True, exist_ok=True)
    plot_anomalies(scores, threshold, series=series).savefig(plot, dpi=150)


def _tell(odd: int, total: int, kind: str, threshold: float, file: Path, plot: Path) -> None:
    output.print(f"[bold]{odd:,}[/] of {total:,} {kind} score above {threshold:.3f} and are called anomalies")
    output.print(f"all scores are in [bold]{file}[/], a picture in [bold]{plot}[/]")
