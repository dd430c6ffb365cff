"""A picture of pairs: each original beside its two views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from pairgen.modalities.image.io.codec import decode_image

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pairgen.pairs import Pair

_INK, _FAINT = "#1f2430", "#7a8194"
_SIDE = 1.15  # inches of one picture


def plot_pairs(
    pairs: Sequence[Pair],
    items: Sequence[Any] | None = None,
    *,
    columns: int | None = None,
    title: str | None = None,
    classes: Sequence[str] | None = None,
) -> Figure:
    """Draw pairs of images, with their originals where `items` gives them.

    Args:
        pairs: pairs whose views are images as the sampler returns them: PIL images, arrays
            (H, W) or (H, W, C), or tensors (C, H, W); uint8, or floats in [0, 1].
        items: the original of each pair, in the same order: any image item, also paths and bytes.
        columns: pairs in a row; by default 1 for up to 4 pairs, 2 for up to 12, else 3.
        title: heading of the picture.
        classes: name of each label; without it, the label itself is written.

    Returns:
        A matplotlib Figure, made without pyplot: save it with `figure.savefig("pairs.png")`.

    Raises:
        ValueError: no pairs, not one item a pair, or fewer than one column.
        TypeError: a view that is not an image.
    """
    from matplotlib.figure import Figure

    if not pairs:
        raise ValueError("there are no pairs to draw; make some with sampler(item, index)")
    if items is not None and len(items) != len(pairs):
        raise ValueError(f"{len(pairs)} pairs but {len(items)} items; pass the original of each")
    if columns is None:
        columns = 1 if len(pairs) <= 4 else 2 if len(pairs) <= 12 else 3
    if columns < 1:
        raise ValueError(f"columns must be at least 1, got {columns}")

    headings = (*([] if items is None else ["original"]), "first view", "second view")
    columns = min(columns, len(pairs))
    rows = -(-len(pairs) // columns)
    wide = columns * (len(headings) + 0.35) - 0.35
    head = 0.62 if title else 0.3  # inches above the first row
    width, height = wide * _SIDE + 0.3, rows * (_SIDE + 0.2) + head + 0.1
    figure = Figure(figsize=(width, height), facecolor="white")
    if title:
        figure.text(0.15 / width, 1 - 0.12 / height, title, size=11, weight="bold", color=_INK, va="top")
    for i, pair in enumerate(pairs):
        row, column = divmod(i, columns)
        images = [pair.first, pair.second] if items is None else [items[i], pair.first, pair.second]
        left = 0.15 + column * (len(headings) + 0.35) * _SIDE
        bottom = height - head - (row + 1) * (_SIDE + 0.2) + 0.2
        for j, (heading, image) in enumerate(zip(headings, images, strict=True)):
            inches = (left + j * _SIDE, bottom, _SIDE * 0.96, _SIDE * 0.96)
            box = (inches[0] / width, inches[1] / height, inches[2] / width, inches[3] / height)
            axes = figure.add_axes(box)
            _show(axes, image)
            if row == 0:
                axes.set_title(heading, size=8, color=_FAINT, pad=4)
        figure.text(
            left / width, (bottom - 0.04) / height, _caption(pair, classes), size=7, color=_FAINT,
            va="top",
        )  # fmt: skip
    return figure


def _show(axes: Axes, image: Any) -> None:
    pixels = _pixels(image)
    white = 255 if pixels.dtype == np.uint8 else 1
    # Small images stay the pixels they are; large ones are smoothed when scaled down.
    smooth = "nearest" if max(pixels.shape[:2]) < 100 else "antialiased"
    axes.imshow(pixels, cmap="gray", vmin=0, vmax=white, interpolation=smooth)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color("#d5d8e0")
        spine.set_linewidth(0.6)


def _caption(pair: Pair, classes: Sequence[str] | None) -> str:
    if pair.label is None:
        return f"item {pair.index}"
    name = f"class {pair.label}" if classes is None else classes[int(pair.label)]
    return f"item {pair.index} · {name}"


def _pixels(image: Any) -> npt.NDArray[Any]:
    """(H, W) or (H, W, 3): uint8, or float32 in [0, 1]."""
    opened = decode_image(image)
    array = opened.detach().cpu().movedim(0, 2) if isinstance(opened, Tensor) else opened
    array = np.asarray(array)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    return array if array.dtype == np.uint8 else array.astype(np.float32).clip(0, 1)
