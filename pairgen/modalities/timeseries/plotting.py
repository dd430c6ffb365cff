"""Plot pairs of series: both views over each other, on their original."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pairgen.modalities.timeseries.batch.segments import Segment
from pairgen.modalities.timeseries.io.codec import Layout, decode_series
from pairgen.plotting._style import BLUE, FAINT, GRAY, ORANGE, style_axes
from pairgen.plotting.grid import PairFigure, check_pairs, choose_columns, describe_pair

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pairgen.pairs import Pair

    Floats = npt.NDArray[np.floating[Any]]

__all__ = ["plot_pairs"]

_MAX_CHANNELS = 4


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

    A `Segment` is drawn where it begins, a crop without a start where it fits its original best. Of more than four
    channels the first four are drawn.

    Args:
        pairs: Pairs whose views are series as the sampler returns them.
        items: Original of each pair, in the same order; None draws the views only.
        columns: Pairs in a row, at least 1; None for 1 for up to 2 pairs, 2 for up to 8, else 3.
        title: Heading of the picture.
        classes: Name of each label; None writes the label itself.
        layout: Layout of arrays and tensors of two axes.

    Returns:
        A matplotlib Figure, made without pyplot: save it with `figure.savefig("pairs.png")`.

    Raises:
        TypeError: A view is not a series, or `columns` not an integer.
        ValueError: There are no pairs, not one item a pair, or fewer than one column.
    """
    check_pairs(pairs, items)
    columns = choose_columns(columns, pairs, 2, 8)
    rows = -(-len(pairs) // columns)
    decoded = [_decode(pair, None if items is None else items[i], layout) for i, pair in enumerate(pairs)]
    channels = min(_MAX_CHANNELS, max(series[0].values.shape[1] for series in decoded))
    head = 0.75 if title else 0.45
    height = rows * (1.0 + 0.75 * channels) + head
    figure = PairFigure(4.6 * columns, height, title).figure
    grid = figure.add_gridspec(
        rows, columns, left=0.1 / columns, right=1 - 0.02 / columns, top=1 - head / height, bottom=0.4 / height,
        hspace=0.5 / (0.25 + 0.75 * channels), wspace=0.18,
    )  # fmt: skip
    for i, (pair, series) in enumerate(zip(pairs, decoded, strict=True)):
        panels = grid[divmod(i, columns)].subgridspec(channels, 1, hspace=0.08).subplots(sharex=True, squeeze=False)
        _draw(panels[:, 0], *series)
        panels[0, 0].set_title(describe_pair(pair, classes), size=8, color=FAINT, loc="left", pad=4, parse_math=False)
    _add_legend(figure, items is not None, height)
    return figure


def _decode(pair: Pair, item: Any, layout: Layout) -> tuple[Segment, Segment, Segment | None]:
    original = None if item is None else decode_series(item, layout)
    views = [view if isinstance(view, Segment) else decode_series(view, layout) for view in (pair.first, pair.second)]
    if original is not None:
        views = [_align(view, original) for view in views]
    return views[0], views[1], original


def _align(view: Segment, original: Segment) -> Segment:
    """Move a view without a start to where it lies closest to the original."""
    spare = len(original) - len(view)
    if view.start or spare <= 0 or view.values.shape[1] != original.values.shape[1]:
        return view
    whole, part = original.values.double().numpy(), view.values.double().numpy()
    distances = [np.nanmean(np.abs(whole[start : start + len(part)] - part)) for start in range(spare + 1)]
    return Segment(view.values, int(np.nanargmin(distances))) if np.isfinite(distances).any() else view


def _draw(panels: npt.NDArray[Any], first: Segment, second: Segment, original: Segment | None) -> None:
    curves = [*([] if original is None else [(original, GRAY, 2.5, 1.0)])]
    curves += [(first, BLUE, 1.0, 0.9), (second, ORANGE, 1.0, 0.9)]
    for channel, axes in enumerate(panels):
        for segment, color, width, alpha in curves:
            if channel < segment.values.shape[1]:
                _line(axes, segment, channel, color, width, alpha)
        style_axes(axes, sides=("left", "bottom"))


def _line(axes: Axes, segment: Segment, channel: int, color: str, width: float, alpha: float) -> None:
    values: Floats = segment.values[:, channel].detach().cpu().double().numpy()
    steps = segment.start + np.arange(len(values))
    # A value between two missing ones has no line to either: it is a dot.
    missing = np.isnan(np.pad(values, 1, constant_values=np.nan))
    alone = ~np.isnan(values) & missing[:-2] & missing[2:]
    axes.plot(steps, values, color=color, linewidth=width, alpha=alpha, solid_capstyle="round")
    axes.plot(steps[alone], values[alone], ".", color=color, markersize=2.5 + width, alpha=alpha)


def _add_legend(figure: Figure, with_items: bool, height: float) -> None:
    from matplotlib.lines import Line2D

    entries = [*([("original", GRAY, 3.0)] if with_items else []), ("first view", BLUE, 1.5)]
    entries.append(("second view", ORANGE, 1.5))
    handles = [Line2D([], [], color=color, linewidth=width, label=name) for name, color, width in entries]
    figure.legend(
        handles=handles, loc="upper right", bbox_to_anchor=(1, 1 - 0.04 / height), ncols=3, frameon=False, fontsize=7,
        labelcolor=FAINT,
    )  # fmt: skip
