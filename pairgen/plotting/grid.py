"""The layout of pictures of pairs: titles, headings, captions and boxes, measured in inches.

`PairGrid` lays out one cell for each view; a modality draws what a cell shows. `PairFigure` has the title and the
captions only, for pictures that arrange the views differently.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pairgen._text import printable
from pairgen._validation import check_int
from pairgen.plotting._style import FAINT, INK, plain_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pairgen.pairs import Pair

__all__ = ["Box", "PairFigure", "PairGrid", "PairRow", "check_pairs", "choose_columns", "describe_pair"]

_MARGIN = 0.15
_CAPTION = 0.25  # height of a caption
_HEADINGS = 0.3  # height of the headings above the first row
_TITLE = 0.32  # height of the title above them


class Box(NamedTuple):
    """A rectangle in inches, from the upper left corner of the figure."""

    left: float
    top: float
    width: float
    height: float

    def split(self, upper: float) -> tuple[Box, Box]:
        """Return the upper part, of a height in inches, and the rest below it."""
        return self._replace(height=upper), self._replace(top=self.top + upper, height=self.height - upper)


class PairFigure:
    """A figure with a title, whose parts are placed in inches from its upper left corner.

    Args:
        width: Width in inches.
        height: Height in inches.
        title: Heading of the figure; None for none.
        left: Position of the title in inches from the left.

    Attributes:
        figure: The matplotlib Figure, made without pyplot.
    """

    def __init__(self, width: float, height: float, title: str | None = None, left: float = _MARGIN) -> None:
        from matplotlib.figure import Figure

        self.width, self.height = width, height
        self.figure = Figure(figsize=(width, height), facecolor="white")
        if title:
            self.write(left, 0.12, title, size=11, weight="bold", color=INK)

    def write(self, left: float, top: float, text: str, *, size: float = 7, color: str = FAINT, **options: Any) -> None:
        """Write a text whose upper left corner is at (left, top); options are those of matplotlib's Text."""
        options = {"size": size, "color": color, "va": "top", "parse_math": False, **options}
        self.figure.text(left / self.width, 1 - top / self.height, plain_text(text), **options)

    def add_axes(self, box: Box, heading: str = "") -> Axes:
        """Add axes that fill a box, with a heading above them."""
        bottom = self.height - box.top - box.height
        axes = self.figure.add_axes(
            (box.left / self.width, bottom / self.height, box.width / self.width, box.height / self.height)
        )
        if heading:
            axes.set_title(plain_text(heading), size=8, color=FAINT, pad=4, parse_math=False)
        return axes


class PairRow(NamedTuple):
    """What is drawn of a pair: its images side by side, each in a box, with a heading in the first row of the grid."""

    pair: Pair
    images: list[Any]
    """The original where items are given, then the first and the second view."""
    boxes: list[Box]
    headings: list[str]


class PairGrid(PairFigure):
    """A figure of pairs: a cell for each original and view, a caption below each pair.

    Iterating over it gives a `PairRow` for each pair.

    Args:
        pairs: The pairs, at least one.
        items: Originals of the pairs, in their order; None leaves them out.
        cell: Width and height of a cell in inches.
        columns: Pairs side by side.
        title: Heading of the figure.
        left: Space on the left in inches, such as for tick labels.
        gap: Space between the cells of a pair in inches.
        ticks: Space for tick labels below a cell in inches.
        footer: Space below the last caption in inches.

    Raises:
        ValueError: There are no pairs, or not one item a pair.
    """

    def __init__(
        self,
        pairs: Sequence[Pair],
        items: Sequence[Any] | None = None,
        *,
        cell: tuple[float, float],
        columns: int = 1,
        title: str | None = None,
        left: float = _MARGIN,
        gap: float = 0.05,
        ticks: float = 0.0,
        footer: float = 0.1,
    ) -> None:
        check_pairs(pairs, items)
        self._pairs, self._items, self._columns = pairs, items, columns
        self._headings = [*([] if items is None else ["original"]), "first view", "second view"]
        self._cell, self._left, self._gap, self._ticks = cell, left, gap, ticks
        self._top = _HEADINGS + (_TITLE if title else 0)
        self._row_height = cell[1] + ticks + _CAPTION
        self._row_width = len(self._headings) * (cell[0] + gap) - gap
        self._column_gap = 0.35 * cell[0]
        rows = -(-len(pairs) // columns)
        super().__init__(
            left + columns * (self._row_width + self._column_gap) - self._column_gap + _MARGIN,
            self._top + rows * self._row_height + footer,
            title,
            left,
        )

    def __iter__(self) -> Iterator[PairRow]:
        for i, pair in enumerate(self._pairs):
            row, column = divmod(i, self._columns)
            left = self._left + column * (self._row_width + self._column_gap)
            top = self._top + row * self._row_height
            boxes = [Box(left + k * (self._cell[0] + self._gap), top, *self._cell) for k in range(len(self._headings))]
            images = [*([] if self._items is None else [self._items[i]]), pair.first, pair.second]
            yield PairRow(pair, images, boxes, self._headings if row == 0 else [""] * len(boxes))

    def write_caption(self, row: PairRow, text: str) -> None:
        """Write a caption below the cells of a pair."""
        box = row.boxes[0]
        self.write(box.left, box.top + box.height + self._ticks + 0.04, text)


def check_pairs(pairs: Sequence[Pair], items: Sequence[Any] | None = None) -> None:
    """Raise ValueError unless there are pairs, and one item a pair where items are given."""
    if not len(pairs):
        raise ValueError("there are no pairs to draw; make some with sampler(item, index)")
    if items is not None and len(items) != len(pairs):
        raise ValueError(f"{len(pairs)} pairs but {len(items)} items; pass the original of each")


def choose_columns(columns: int | None, pairs: Sequence[Pair], one: int, two: int) -> int:
    """Return the number of pairs in a row: by default 1 for up to `one` pairs, 2 for up to `two`, else 3."""
    count = len(pairs)
    chosen = (1 if count <= one else 2 if count <= two else 3) if columns is None else check_int("columns", columns, 1)
    return max(1, min(chosen, count))


def describe_pair(pair: Pair, classes: Sequence[str] | None = None) -> str:
    """Return the caption of a pair: its index, and the name of its class where it has a label."""
    if pair.label is None:
        return f"item {pair.index}"
    name = f"class {pair.label}" if classes is None else classes[int(pair.label)]
    return printable(f"item {pair.index} · {name}")
