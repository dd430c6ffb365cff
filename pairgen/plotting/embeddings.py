"""Plot embeddings: two principal components, a panel for each set of features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from pairgen._text import printable, shorten
from pairgen.plotting._style import BLUE, FAINT, INK, plain_text, style_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Floats = npt.NDArray[np.floating[Any]]

__all__ = ["plot_embeddings"]

_MAX_NAMES = 20
_LONGEST_NAME = 60


def plot_embeddings(
    features: Sequence[npt.ArrayLike | Tensor],
    labels: npt.ArrayLike | None = None,
    *,
    titles: Sequence[str] | None = None,
    classes: Sequence[str] | None = None,
    title: str | None = None,
) -> Figure:
    """Draw sets of features side by side, each on its own first two principal components.

    Args:
        features: Sets of features of the same items, such as [untrained, trained]; each an array or tensor (N, D), N
            and D at least 2. They are centered, not scaled.
        labels: Integers (N,), the colors; None for one color.
        titles: Heading of each panel.
        classes: Name of each label, for the legend.
        title: Heading of the picture.

    Returns:
        A matplotlib Figure, made without pyplot: save it with `figure.savefig("embeddings.png")`.

    Raises:
        ValueError: There are no features, a shape is not (N, D), values are not finite, or there is not one label an
            item and one title a panel.
    """
    from matplotlib.figure import Figure

    if not len(features):
        raise ValueError("there are no features to draw; pass a list of arrays (N, D)")
    if titles is not None and len(titles) != len(features):
        raise ValueError(f"{len(features)} sets of features but {len(titles)} titles")
    sets = [_check(f, i) for i, f in enumerate(features)]
    numbers = None if labels is None else np.asarray(labels).astype(np.int64)
    for i, rows in enumerate(sets):
        if numbers is not None and numbers.shape != (len(rows),):
            raise ValueError(
                f"features[{i}] has {len(rows)} rows but labels have shape {numbers.shape}; pass one label a row"
            )

    figure = Figure(figsize=(4.1 * len(sets) + 1.2, 4.6 if title else 4.3), facecolor="white", layout="tight")
    if title:
        figure.suptitle(plain_text(title), x=0.02, ha="left", size=12, weight="bold", color=INK, parse_math=False)
    panels = figure.subplots(1, len(sets), squeeze=False)[0]
    for axes, rows, heading in zip(panels, sets, titles or [""] * len(sets), strict=True):
        _scatter(axes, rows, numbers, heading)
    if numbers is not None:
        _add_legend(panels[-1], numbers, classes)
    return figure


def _scatter(axes: Axes, rows: Floats, numbers: npt.NDArray[np.int64] | None, heading: str) -> None:
    from sklearn.decomposition import PCA

    decomposition: Any = PCA
    pca = decomposition(2, random_state=0)
    points = pca.fit_transform(rows)
    # Classes are drawn in mixed order, so that the last one does not cover the others.
    order = np.random.default_rng(0).permutation(len(points))
    colors: Any = BLUE if numbers is None else _choose_colors(numbers)[order]
    size = float(np.clip(12000 / len(points), 4, 30))
    x, y = points[order].T
    axes.scatter(x, y, c=colors, s=size, alpha=0.75, linewidths=0)
    explained = pca.explained_variance_ratio_.sum()
    axes.set_title(plain_text(heading), size=10, color=INK, loc="left", weight="bold", parse_math=False)
    axes.set_xlabel(f"two principal components: {explained:.0%} of the variance", size=8)
    axes.xaxis.label.set_color(FAINT)
    axes.set_box_aspect(1)
    style_axes(axes, ticks=False)


def _choose_colors(numbers: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """(N, 4): a qualitative palette up to 20 classes, a continuous one beyond."""
    from matplotlib import colormaps

    distinct = int(numbers.max(initial=0)) + 1
    if distinct <= 10:
        return np.asarray(colormaps["tab10"](numbers))
    if distinct <= _MAX_NAMES:
        return np.asarray(colormaps["tab20"](numbers))
    return np.asarray(colormaps["turbo"](numbers / max(distinct - 1, 1)))


def _add_legend(axes: Axes, numbers: npt.NDArray[np.int64], classes: Sequence[str] | None) -> None:
    from matplotlib.lines import Line2D

    present = np.unique(numbers)
    if len(present) > _MAX_NAMES:
        return
    palette = _choose_colors(np.arange(int(present.max()) + 1))
    handles = [Line2D([], [], marker="o", linestyle="", markersize=6, color=palette[n], label=str(n)) for n in present]
    legend = axes.legend(handles=handles, loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=9)
    for text, n in zip(legend.get_texts(), present.tolist(), strict=True):
        # Set afterwards, for a label that begins with an underscore has no entry in a legend.
        text.set_parse_math(False)
        text.set_text(str(n) if classes is None else shorten(printable(classes[n]), _LONGEST_NAME))


def _check(features: npt.ArrayLike | Tensor, position: int) -> Floats:
    rows = np.asarray(features.detach().cpu() if isinstance(features, Tensor) else features)
    if rows.ndim != 2 or rows.shape[0] < 2 or rows.shape[1] < 2:
        raise ValueError(f"features[{position}] must have the shape (N, D) with N and D at least 2, got {rows.shape}")
    if not np.isfinite(rows).all():
        bad = int((~np.isfinite(rows).all(axis=1)).sum())
        raise ValueError(
            f"features[{position}] has {bad} rows with NaN or infinite values; check that the training did not diverge"
        )
    return rows.astype(np.float64)
