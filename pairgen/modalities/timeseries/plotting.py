"""A picture of pairs: both views over each other, on the series they are of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pairgen.modalities.timeseries.batch.segments import Segment
from pairgen.modalities.timeseries.io.codec import Layout, decode_series

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pairgen.pairs import Pair

    Floats = npt.NDArray[np.floating[Any]]

_INK, _FAINT, _ORIGINAL = "#1f2430", "#7a8194", "#b9bfcc"
_VIEWS = ("#2f6db3", "#d1662b")
_MOST_CHANNELS = 4


def plot_pairs(
    pairs: Sequence[Pair],
    items: Sequence[Any] | None = None,
    *,
    columns: int | None = None,
    title: str | None = None,
    classes: Sequence[str] | None = None,
    layout: Layout = "TC",
) -> Figure:
    """Draw pairs of series, a panel for each channel, over their originals where `items` gives them.

    Args:
        pairs: pairs whose views are series as the sampler returns them.
        items: the original of each pair, in the same order.
        columns: pairs in a row; by default 1 for up to 2 pairs, 2 for up to 8, else 3.
        title: heading of the picture.
        classes: name of each label; without it, the label itself is written.
        layout: of arrays and tensors of two axes.

    A `Segment` is drawn where it begins, a crop without that where it fits its original best. Of more than four
    channels the first four are drawn.

    Returns:
        A matplotlib Figure, made without pyplot: save it with `figure.savefig("pairs.png")`.

    Raises:
        ValueError: no pairs, not one item a pair, or fewer than one column.
        TypeError: a view that is not a series.
    """
    from matplotlib.figure import Figure

    if not pairs:
        raise ValueError("there are no pairs to draw; make some with sampler(item, index)")
    if items is not None and len(items) != len(pairs):
        raise ValueError(f"{len(pairs)} pairs but {len(items)} items; pass the original of each")
    if columns is None:
        columns = 1 if len(pairs) <= 2 else 2 if len(pairs) <= 8 else 3
    if columns < 1:
        raise ValueError(f"columns must be at least 1, got {columns}")
    columns = min(columns, len(pairs))
    rows = -(-len(pairs) // columns)
    opened = [_opened(pair, None if items is None else items[i], layout) for i, pair in enumerate(pairs)]
    channels = min(_MOST_CHANNELS, max(series[0].values.shape[1] for series in opened))
    head = 0.75 if title else 0.45
    height = rows * (1.0 + 0.75 * channels) + head
    figure = Figure(figsize=(4.6 * columns, height), facecolor="white")
    if title:
        figure.text(0.03 / columns, 1 - 0.14 / height, title, size=11, weight="bold", color=_INK, va="top")
    grid = figure.add_gridspec(
        rows, columns, left=0.1 / columns, right=1 - 0.02 / columns, top=1 - head / height, bottom=0.4 / height,
        hspace=0.5 / (0.25 + 0.75 * channels), wspace=0.18,
    )  # fmt: skip
    for i, (pair, series) in enumerate(zip(pairs, opened, strict=True)):
        panels = grid[divmod(i, columns)].subgridspec(channels, 1, hspace=0.08).subplots(sharex=True, squeeze=False)
        _show(panels[:, 0], *series)
        panels[0, 0].set_title(_caption(pair, classes), size=8, color=_FAINT, loc="left", pad=4)
    _add_legend(figure, items is not None, height)
    return figure


def _opened(pair: Pair, item: Any, layout: Layout) -> tuple[Segment, Segment, Segment | None]:
    original = None if item is None else decode_series(item, layout)
    views = [view if isinstance(view, Segment) else decode_series(view, layout) for view in (pair.first, pair.second)]
    if original is not None:
        views = [_placed(view, original) for view in views]
    return views[0], views[1], original


def _placed(view: Segment, original: Segment) -> Segment:
    """A view that does not say where it begins, moved to where it lies closest to the original."""
    spare = len(original) - len(view)
    if view.start or spare <= 0 or view.values.shape[1] != original.values.shape[1]:
        return view
    whole, part = original.values.double().numpy(), view.values.double().numpy()
    apart = [np.nanmean(np.abs(whole[start : start + len(part)] - part)) for start in range(spare + 1)]
    return Segment(view.values, int(np.nanargmin(apart))) if np.isfinite(apart).any() else view


def _show(panels: npt.NDArray[Any], first: Segment, second: Segment, original: Segment | None) -> None:
    drawn = [*([] if original is None else [(original, _ORIGINAL, 2.5, 1.0)])]
    drawn += [(view, colour, 1.0, 0.9) for view, colour in zip((first, second), _VIEWS, strict=True)]
    for channel, axes in enumerate(panels):
        for segment, colour, width, alpha in drawn:
            if channel < segment.values.shape[1]:
                _line(axes, segment, channel, colour, width, alpha)
        axes.tick_params(labelsize=7, colors=_FAINT, length=2)
        for side, spine in axes.spines.items():
            spine.set_visible(side in ("left", "bottom"))
            spine.set_color("#d5d8e0")


def _line(axes: Axes, segment: Segment, channel: int, colour: str, width: float, alpha: float) -> None:
    values: Floats = segment.values[:, channel].detach().cpu().double().numpy()
    steps = segment.start + np.arange(len(values))
    # A value between two missing ones has no line to either: it is a dot.
    near = np.isnan(np.pad(values, 1, constant_values=np.nan))
    alone = ~np.isnan(values) & near[:-2] & near[2:]
    axes.plot(steps, values, color=colour, linewidth=width, alpha=alpha, solid_capstyle="round")
    axes.plot(steps[alone], values[alone], ".", color=colour, markersize=2.5 + width, alpha=alpha)


def _add_legend(figure: Figure, with_items: bool, height: float) -> None:
    from matplotlib.lines import Line2D

    kinds = [*([("original", _ORIGINAL, 3.0)] if with_items else []), ("first view", _VIEWS[0], 1.5)]
    kinds.append(("second view", _VIEWS[1], 1.5))
    handles = [Line2D([], [], color=colour, linewidth=width, label=name) for name, colour, width in kinds]
    figure.legend(
        handles=handles, loc="upper right", bbox_to_anchor=(1, 1 - 0.04 / height), ncols=3, frameon=False, fontsize=7,
        labelcolor=_FAINT,
    )  # fmt: skip


def _caption(pair: Pair, classes: Sequence[str] | None) -> str:
    if pair.label is None:
        return f"item {pair.index}"
    name = f"class {pair.label}" if classes is None else classes[int(pair.label)]
    return f"item {pair.index} · {name}"
