"""`pairgen anomalies RUN [DATA]`."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pairgen._io import replace_atomically
from pairgen._text import printable
from pairgen.cli.console import print_wide, report_figures, reset_output, safe, say, table
from pairgen.cli.data import name_item
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
    Split,
    Tower,
    Unpaired,
    Workers,
    check_output,
)
from pairgen.cli.run import Run

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from pairgen.data import LabelledDataset, Windows
    from pairgen.evaluation import AnomalyDetector

    Floats = npt.NDArray[np.float64]
    Indices = npt.NDArray[np.int64]

__all__ = ["anomalies"]

_SHOWN = 10
_PICTURES = (".png", ".pdf", ".svg", ".jpg", ".jpeg", ".webp", ".eps", ".tif", ".tiff")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheets take for the beginning of a formula."""


def anomalies(
    run: RunDir,
    path: RunSource = None,
    normal: Annotated[
        Path | None, typer.Option(help="Normal data to learn from; by default the data itself.", show_default=False)
    ] = None,
    score: Annotated[str, typer.Option(help="'distance', 'mahalanobis' or 'neighbors'.")] = "mahalanobis",
    k: Annotated[int, typer.Option("--k", min=1, help="Neighbors.")] = 5,
    percentile: Annotated[
        float | None, typer.Option(help="Threshold: of the normal scores; 95 by default.", show_default=False)
    ] = None,
    false_alarm_rate: Annotated[
        float | None, typer.Option(help="Threshold: the share of normal items to call odd.", show_default=False)
    ] = None,
    tower: Tower = None,
    unpaired: Unpaired = False,
    read_option: ReadOption = None,
    output_file: Annotated[Path, typer.Option("--output", "-o", help="The .csv file to write.")] = Path(
        "anomalies.csv"
    ),
    plot: Annotated[Path, typer.Option(help="The picture to write.")] = Path("anomalies.png"),
    split: Split = None,
    batch_size: RunBatchSize = None,
    workers: Workers = None,
    device: Device = "auto",
    on_error: RunLeaveOut = None,
    json_file: JsonFile = None,
    quiet: Quiet = False,
) -> None:
    """Find what is odd in your data, by the features of a run; the data is read as the run read its own.

    Writes a score for every item, whether it is an anomaly, and a picture. Of windows of a long series (--read-option
    window=100), every step gets a score: pairgen anomalies runs/pump pump.csv --normal good.csv

    Without --normal, a fixed share of the data (5 % by default) is called anomalies, however normal all of it is.
    """
    import pairgen
    from pairgen.data import Windows
    from pairgen.evaluation import AnomalyDetector

    reset_output(json_file, quiet=quiet)
    detector = AnomalyDetector(score, k=k, percentile=percentile, false_alarm_rate=false_alarm_rate)
    check_output("--output", output_file, [".csv"])
    check_output("--plot", plot, _PICTURES)
    record = Run.load(run, pairgen.load_encoder(run))
    position = tower_of(tower, record.modalities)
    encoder = pairgen.load_encoder(run, tower=position)
    embed = partial(Embedder(record, batch_size, workers, device, on_error), tower=position)
    record = record.of_tower(position, unpaired)
    dataset = record.read(path, read_option, split)
    embeddings = embed(encoder, dataset)
    if normal is None:
        scores = detector.fit_score(embeddings.features)
    else:
        detector.fit(embed(encoder, record.read(normal, read_option, split)).features)
        scores = detector.score(embeddings.features)
    write = _write_steps if isinstance(dataset.items, Windows) else _write_items
    figures = write(dataset, embeddings.index, scores, detector.threshold, output_file, plot)
    if normal is None:
        _explain(detector)
    files = {"score": score, "output": output_file, "plot": plot, "normal": normal}
    report_figures(json_file, {**files, **figures})


def _write_items(
    dataset: LabelledDataset[Any], index: Indices, scores: Floats, threshold: float, file: Path, plot: Path
) -> dict[str, Any]:
    """A row an item; then the oddest on the terminal."""
    names = [name_item(dataset, int(i)) for i in index]
    odd = scores > threshold
    _write(file, ("item", "score", "anomaly"), zip(names, scores.tolist(), odd.astype(int).tolist(), strict=True))
    _draw(plot, scores, threshold)
    order = scores.argsort()[::-1][:_SHOWN]
    rows = [(safe(names[i]), f"{scores[i]:.3f}", "yes" if odd[i] else "no") for i in order]
    print_wide(table("The oddest items", ("item", "score", "anomaly"), rows))
    _tell(int(odd.sum()), len(names), "items", threshold, file, plot)
    return {"items": len(names), "anomalies": int(odd.sum()), "threshold": threshold, "scores": scores}


def _write_steps(
    dataset: LabelledDataset[Any], index: Indices, scores: Floats, threshold: float, file: Path, plot: Path
) -> dict[str, Any]:
    """A row a step of each series; then the peaks on the terminal. The series with the highest score is drawn."""
    import numpy as np

    from pairgen.evaluation import score_per_step

    windows: Windows[Any] = dataset.items  # type: ignore[assignment]  # as the caller has checked
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
    print_wide(table("The oddest step of each series", ("series", "step", "score"), shown))
    odd_steps = sum(row[3] for row in rows)
    _tell(odd_steps, len(rows), "steps", threshold, file, plot)
    return {"series": len(peaks), "steps": len(rows), "anomalies": odd_steps, "threshold": threshold}


def _write(file: Path, header: tuple[str, ...], rows: Iterable[Sequence[object]]) -> None:
    """Write a table; names that a spreadsheet would run as a formula get an apostrophe before them."""
    with (
        replace_atomically(file) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as stream,
    ):
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows([_to_cell(value) if isinstance(value, str) else value for value in row] for row in rows)


def _to_cell(name: str) -> str:
    return f"'{printable(name)}" if name.startswith(_FORMULA) else printable(name)


def _draw(plot: Path, scores: Floats, threshold: float, series: Any = None) -> None:
    from pairgen.plotting import plot_anomalies

    figure = plot_anomalies(scores, threshold, series=series)
    with replace_atomically(plot) as temporary:
        figure.savefig(temporary, dpi=150, format=plot.suffix.lower().removeprefix("."))


def _tell(odd: int, total: int, noun: str, threshold: float, file: Path, plot: Path) -> None:
    say(f"[bold]{odd:,}[/] of {total:,} {noun} score above {threshold:.3f} and are called anomalies")
    say(f"all scores are in [bold]{safe(file)}[/], a picture in [bold]{safe(plot)}[/]")


def _explain(detector: AnomalyDetector) -> None:
    """Say that the number of anomalies follows from the setting, where the data is its own measure."""
    if detector.percentile is not None:
        share = f"the {100 - detector.percentile:g} % of these scores that are highest"
    else:
        share = f"about {100 * (detector.false_alarm_rate or 0):g} % of these items"
    say(
        f"without --normal, {share} are called anomalies by definition, even if nothing is wrong: the order counts, "
        "not the number; give --normal DATA that is known to be good"
    )
