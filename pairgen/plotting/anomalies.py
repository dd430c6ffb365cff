"""Plot anomalies: the scores of items, or those along a series below the series itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pairgen.plotting._style import BLUE, FAINT, INK, RED, YELLOW, plain_text, style_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Floats = npt.NDArray[np.floating[Any]]

__all__ = ["plot_anomalies"]

_MAX_CHANNELS = 4


def plot_anomalies(
    scores: npt.ArrayLike,
    threshold: float,
    *,
    series: npt.ArrayLike | None = None,
    labels: npt.ArrayLike | None = None,
    title: str | None = None,
) -> Figure:
    """Draw scores and the threshold above which they are anomalies.

    Args:
        scores: Scores (N,) of items in order, or of the steps of a series; NaN where there is none.
        threshold: Threshold of the detector.
        series: The series (N,) or (N, C) whose steps are scored, drawn above the scores, up to four channels; None for
            scores of items.
        labels: bool (N,), the true anomalies, which are shaded; None where they are unknown.
        title: Heading of the picture.

    Returns:
        A matplotlib Figure, made without pyplot: save it with `figure.savefig("anomalies.png")`.

    Raises:
        ValueError: There are no scores, or the series or the labels have another length.
    """
    from matplotlib.figure import Figure

    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 1 or not len(values):
        raise ValueError(f"scores has shape {values.shape}: expected one score an item or step, (N,)")
    truth = None if labels is None else np.asarray(labels).astype(bool)
    curves = None if series is None else _to_columns(np.asarray(series, dtype=np.float64))
    for name, rows in (("series", curves), ("labels", truth)):
        if rows is not None and len(rows) != len(values):
            raise ValueError(f"{name} has {len(rows)} rows, scores {len(values)}; give one a score")
    channels = 0 if curves is None else min(curves.shape[1], _MAX_CHANNELS)
    height = 2.2 + 0.9 * channels
    figure = Figure(figsize=(8.5, height), facecolor="white", layout="constrained")
    if title:
        figure.suptitle(plain_text(title), x=0.01, ha="left", size=11, weight="bold", color=INK, parse_math=False)
    panels = figure.subplots(channels + 1, 1, sharex=True, squeeze=False, height_ratios=[0.9] * channels + [1.5])[:, 0]
    for channel, axes in enumerate(panels[:-1]):
        if curves is not None:
            _draw_series(axes, curves[:, channel], values > threshold)
    _draw_scores(panels[-1], values, threshold, along=curves is not None)
    for axes in panels:
        _shade(axes, truth)
        axes.margins(x=0.01)
        style_axes(axes, sides=("left", "bottom"))
    return figure


def _to_columns(series: Floats) -> Floats:
    return series[:, None] if series.ndim == 1 else series


def _draw_series(axes: Axes, values: Floats, is_anomaly: npt.NDArray[np.bool_]) -> None:
    steps = np.arange(len(values))
    axes.plot(steps, values, color=BLUE, linewidth=0.8)
    axes.plot(steps, np.where(is_anomaly, values, np.nan), color=RED, linewidth=1.2)


def _draw_scores(axes: Axes, values: Floats, threshold: float, along: bool) -> None:
    steps = np.arange(len(values))
    is_anomaly = values > threshold
    if along:
        axes.plot(steps, values, color=FAINT, linewidth=0.9)
        axes.fill_between(steps, threshold, values, where=is_anomaly, color=RED, alpha=0.6, linewidth=0)
    else:
        size = float(np.clip(6000 / len(values), 3, 25))
        axes.scatter(steps[~is_anomaly], values[~is_anomaly], s=size, color=BLUE, alpha=0.7, linewidths=0)
        axes.scatter(steps[is_anomaly], values[is_anomaly], s=1.5 * size, color=RED, linewidths=0)
    axes.axhline(threshold, color=RED, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.set_ylabel("score", size=8, color=FAINT)
    unit = "step" if along else "item"
    count = f"{int(is_anomaly.sum()):,} of {int(np.isfinite(values).sum()):,} {unit}s above {threshold:.3g}"
    axes.set_xlabel(f"{unit}; {count}", size=8, color=FAINT)


def _shade(axes: Axes, truth: npt.NDArray[np.bool_] | None) -> None:
    """A band over each run of true anomalies."""
    if truth is None:
        return
    edges = np.flatnonzero(np.diff(np.pad(truth, 1).astype(np.int8)))
    for begin, end in edges.reshape(-1, 2).tolist():
        axes.axvspan(begin - 0.5, end - 0.5, color=YELLOW, alpha=0.35, linewidth=0)
