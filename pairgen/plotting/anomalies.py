"""A picture of anomalies: the scores of items, or those along a series below the series itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Floats = npt.NDArray[np.floating[Any]]

_INK, _FAINT, _LINE, _ODD = "#1f2430", "#7a8194", "#2f6db3", "#c8402f"
_MOST_CHANNELS = 4


def plot_anomalies(
    scores: Any, threshold: float, *, series: Any = None, labels: Any = None, title: str | None = None
) -> Figure:
    """Draw scores and the threshold above which they are anomalies.

    Args:
        scores: (N,), of items in order, or of the steps of a series; NaN where there is none.
        threshold: of the detector.
        series: (N,) or (N, C), the series whose steps are scored; drawn above the scores, up to four channels.
        labels: bool (N,), the true anomalies where they are known; they are shaded.
        title: heading of the picture.

    Returns:
        A matplotlib Figure, made without pyplot: save it with `figure.savefig("anomalies.png")`.

    Raises:
        ValueError: no scores, or a series or labels of another length.
    """
    from matplotlib.figure import Figure

    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 1 or not len(values):
        raise ValueError(f"scores has shape {values.shape}: expected one score an item or step, (N,)")
    known = None if labels is None else np.asarray(labels).astype(bool)
    shown = None if series is None else _two_axes(np.asarray(series, dtype=np.float64))
    for name, rows in (("series", shown), ("labels", known)):
        if rows is not None and len(rows) != len(values):
            raise ValueError(f"{name} has {len(rows)} rows, scores {len(values)}; give one a score")
    channels = 0 if shown is None else min(shown.shape[1], _MOST_CHANNELS)
    height = 2.2 + 0.9 * channels
    figure = Figure(figsize=(8.5, height), facecolor="white", layout="constrained")
    if title:
        figure.suptitle(title, x=0.01, ha="left", size=11, weight="bold", color=_INK)
    panels = figure.subplots(channels + 1, 1, sharex=True, squeeze=False, height_ratios=[0.9] * channels + [1.5])[:, 0]
    for channel, axes in enumerate(panels[:-1]):
        if shown is not None:
            _series(axes, shown[:, channel], values > threshold)
    _scores(panels[-1], values, threshold, along=shown is not None)
    for axes in panels:
        _shade(axes, known)
        axes.margins(x=0.01)
        axes.tick_params(labelsize=7, colors=_FAINT, length=2)
        for side, spine in axes.spines.items():
            spine.set_visible(side in ("left", "bottom"))
            spine.set_color("#d5d8e0")
    return figure


def _two_axes(series: Floats) -> Floats:
    return series[:, None] if series.ndim == 1 else series


def _series(axes: Axes, values: Floats, odd: npt.NDArray[np.bool_]) -> None:
    steps = np.arange(len(values))
    axes.plot(steps, values, color=_LINE, linewidth=0.8)
    axes.plot(steps, np.where(odd, values, np.nan), color=_ODD, linewidth=1.2)


def _scores(axes: Axes, values: Floats, threshold: float, along: bool) -> None:
    steps = np.arange(len(values))
    odd = values > threshold
    if along:
        axes.plot(steps, values, color=_FAINT, linewidth=0.9)
        axes.fill_between(steps, threshold, values, where=odd, color=_ODD, alpha=0.6, linewidth=0)
    else:
        size = float(np.clip(6000 / len(values), 3, 25))
        axes.scatter(steps[~odd], values[~odd], s=size, color=_LINE, alpha=0.7, linewidths=0)
        axes.scatter(steps[odd], values[odd], s=1.5 * size, color=_ODD, linewidths=0)
    axes.axhline(threshold, color=_ODD, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.set_ylabel("score", size=8, color=_FAINT)
    kind = "step" if along else "item"
    count = f"{int(odd.sum()):,} of {int(np.isfinite(values).sum()):,} {kind}s above {threshold:.3g}"
    axes.set_xlabel(f"{kind}; {count}", size=8, color=_FAINT)


def _shade(axes: Axes, known: npt.NDArray[np.bool_] | None) -> None:
    """A band over each run of true anomalies."""
    if known is None:
        return
    edges = np.flatnonzero(np.diff(np.pad(known, 1).astype(np.int8)))
    for begin, end in edges.reshape(-1, 2).tolist():
        axes.axvspan(begin - 0.5, end - 0.5, color="#f2c14e", alpha=0.35, linewidth=0)
