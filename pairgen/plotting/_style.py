"""Colors and axes that all pictures share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pairgen._text import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK = "#1f2430"  # titles
FAINT = "#7a8194"  # captions, headings, tick labels
SPINE = "#d5d8e0"  # frames
GRAY = "#b9bfcc"  # originals, and what is gone from a view
BLUE, ORANGE = "#2f6db3", "#d1662b"  # the first and the second view
RED = "#c8402f"  # anomalies
YELLOW = "#f2c14e"  # true anomalies


def plain_text(text: object) -> str:
    """Return text that matplotlib can draw, with its line breaks; to be drawn with `parse_math=False`."""
    return "\n".join(map(printable, str(text).split("\n")))


def style_axes(axes: Axes, *, ticks: bool = True, sides: tuple[str, ...] = ("left", "bottom", "top", "right")) -> None:
    """Draw tick labels and the given sides of the frame faintly; `ticks=False` removes the ticks."""
    axes.tick_params(labelsize=7, colors=FAINT, length=2, width=0.5)
    if not ticks:
        axes.set_xticks([])
        axes.set_yticks([])
    for side, spine in axes.spines.items():
        spine.set_visible(side in sides)
        spine.set_color(SPINE)
        spine.set_linewidth(0.6)
