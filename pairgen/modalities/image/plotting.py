"""Plot pairs of images: each original beside its two views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from pairgen.modalities.image.io.codec import decode_image
from pairgen.plotting._style import style_axes
from pairgen.plotting.grid import PairGrid, choose_columns, describe_pair

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pairgen.pairs import Pair

__all__ = ["plot_pairs"]

_SIDE = 1.1  # inches of one image


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
        pairs: Pairs whose views are images as the sampler returns them: PIL images, arrays (H, W) or (H, W, C), or
            tensors (C, H, W); uint8, or floats in [0, 1].
        items: Original of each pair, in the same order: any image item, also paths and bytes; None draws the views
            only.
        columns: Pairs in a row, at least 1; None for 1 for up to 4 pairs, 2 for up to 12, else 3.
        title: Heading of the picture.
        classes: Name of each label; None writes the label itself.

    Returns:
        A matplotlib Figure, made without pyplot: save it with `figure.savefig("pairs.png")`.

    Raises:
        TypeError: A view is not an image, or `columns` not an integer.
        ValueError: There are no pairs, not one item a pair, or fewer than one column.
    """
    grid = PairGrid(pairs, items, cell=(_SIDE, _SIDE), columns=choose_columns(columns, pairs, 4, 12), title=title)
    for row in grid:
        for image, box, heading in zip(row.images, row.boxes, row.headings, strict=True):
            _draw(grid.add_axes(box, heading), _to_pixels(decode_image(image)))
        grid.write_caption(row, describe_pair(row.pair, classes))
    return grid.figure


def _draw(axes: Axes, pixels: npt.NDArray[Any]) -> None:
    white = 255 if pixels.dtype == np.uint8 else 1
    # Small images stay the pixels they are; large ones are smoothed when scaled down.
    smooth = "nearest" if max(pixels.shape[:2]) < 100 else "antialiased"
    axes.imshow(pixels, cmap="gray", vmin=0, vmax=white, interpolation=smooth)
    style_axes(axes, ticks=False)


def _to_pixels(decoded: Tensor | npt.NDArray[Any]) -> npt.NDArray[Any]:
    """(H, W), (H, W, 3), or (H, W, 4) with alpha: uint8, or float32 in [0, 1]; the first three of more channels."""
    array = decoded.detach().cpu().movedim(0, 2) if isinstance(decoded, Tensor) else decoded
    array = np.asarray(array)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    elif array.ndim == 3 and array.shape[2] == 2:
        array = array[..., [0, 0, 0, 1]]
    elif array.ndim == 3 and array.shape[2] > 4:
        array = array[..., :3]
    return array if array.dtype == np.uint8 else array.astype(np.float32).clip(0, 1)
