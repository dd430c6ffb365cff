"""Plot pairs of texts: the views below each other, with the words marked in which they differ."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pairgen._text import printable
from pairgen._validation import check_int
from pairgen.modalities.text.io.codec import CODEC
from pairgen.plotting._style import FAINT, INK
from pairgen.plotting.grid import Box, PairFigure, check_pairs, describe_pair

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pairgen.pairs import Pair

__all__ = ["plot_pairs", "word_diff"]

_MARKS = (("#fde2dc", "#a33b20"), ("#dcefe3", "#1d6b41"))  # of the first view and of the second: background, ink
_LINE, _LETTER, _MARGIN = 0.2, 0.0805, 0.15  # inches: a line of text, a letter of monospaced 9.5 points
_MAX_LENGTH = 600  # characters of a view that are written


def word_diff(first: str, second: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Compare two texts word by word.

    Args:
        first: A text.
        second: Another text.

    Returns:
        The words of each text, with whether the other text lacks the word at that position.

    Example:
        >>> word_diff("a big dog", "a large dog")[1]
        [('a', False), ('large', True), ('dog', False)]
    """
    a, b = first.split(), second.split()
    blocks = difflib.SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    common_a = {i for block in blocks for i in range(block.a, block.a + block.size)}
    common_b = {i for block in blocks for i in range(block.b, block.b + block.size)}
    return [(w, i not in common_a) for i, w in enumerate(a)], [(w, i not in common_b) for i, w in enumerate(b)]


def plot_pairs(
    pairs: Sequence[Pair],
    items: Sequence[Any] | None = None,
    *,
    title: str | None = None,
    classes: Sequence[str] | None = None,
    width: int = 88,
) -> Figure:
    """Draw pairs of texts: the first view over the second, with a mark on each word that the other lacks.

    Args:
        pairs: Pairs whose views are strings or UTF-8 bytes; token ids are written as numbers.
        items: Original of each pair, in the same order, written above its views; None writes the views only.
        title: Heading of the picture.
        classes: Name of each label; None writes the label itself.
        width: Characters in a line, at least 20. Of longer texts the beginning is written.

    Returns:
        A matplotlib Figure, made without pyplot: save it with `figure.savefig("pairs.png")`.

    Raises:
        TypeError: `width` is not an integer.
        ValueError: There are no pairs, not one item a pair, or the lines are too short.
    """
    check_pairs(pairs, items)
    check_int("width", width, 20, unit="characters")
    blocks = [list(_lines(pair, None if items is None else items[i], width)) for i, pair in enumerate(pairs)]
    rows = sum(len(block) + 1.6 for block in blocks)
    head = 0.45 if title else 0.12
    page = PairFigure(width * _LETTER + 2 * _MARGIN + 0.6, rows * _LINE + head + 0.1, title)
    axes = page.add_axes(Box(0, 0, page.width, page.height))
    axes.set_axis_off()
    axes.set_xlim(0, page.width)
    axes.set_ylim(page.height, 0)  # inches from the top
    y = head + _LINE / 2
    for block, pair in zip(blocks, pairs, strict=True):
        axes.text(_MARGIN, y, describe_pair(pair, classes), size=7, color=FAINT, va="center", parse_math=False)
        y += _LINE
        for line in block:
            _write(axes, y, *line)
            y += _LINE
        y += 0.6 * _LINE
    return page.figure


Line = tuple[str, int, list[tuple[str, bool]]]


def _lines(pair: Pair, item: Any, width: int) -> Iterator[Line]:
    """(heading, 0 or 1 for a view and -1 for the original, words with their marks) of each line of a pair."""
    views = [_to_text(pair.first), _to_text(pair.second)]
    if item is not None:
        for k, line in enumerate(_wrap([(word, False) for word in _to_text(item).split()], width)):
            yield "" if k else "text", -1, line
    for which, words in enumerate(word_diff(*views)):
        for k, line in enumerate(_wrap(words, width)):
            yield "" if k else ("first", "second")[which], which, line


def _to_text(view: Any) -> str:
    decoded = CODEC.decode(view)
    words = decoded.split() if isinstance(decoded, str) else map(str, decoded.tolist())
    text = " ".join(map(printable, words))  # before lines are filled: an escape is longer than its character
    if len(text) <= _MAX_LENGTH:
        return text
    return textwrap.shorten(text[: 2 * _MAX_LENGTH], _MAX_LENGTH, placeholder=" …")


def _wrap(words: list[tuple[str, bool]], width: int) -> Iterator[list[tuple[str, bool]]]:
    """The words in lines of at most `width` characters; a longer word is cut."""
    line: list[tuple[str, bool]] = []
    length = 0
    for word, marked in words:
        part = word if len(word) <= width else word[: width - 1] + "…"
        if line and length + 1 + len(part) > width:
            yield line
            line, length = [], 0
        line.append((part, marked))
        length += len(part) + (length > 0)
    yield line


def _write(axes: Axes, y: float, heading: str, which: int, words: list[tuple[str, bool]]) -> None:
    if heading:
        axes.text(_MARGIN, y, heading, size=7, color=FAINT, va="center", ha="left")
    x = _MARGIN + 0.5
    for word, marked in words:
        plain = INK if which >= 0 else FAINT
        background, ink = _MARKS[which] if marked else ("none", plain)
        box = {"facecolor": background, "edgecolor": "none", "boxstyle": "square,pad=0.15"} if marked else None
        drawn = axes.text(x, y, word, size=9.5, family="monospace", color=ink, va="center", bbox=box)
        drawn.set_parse_math(False)
        x += (len(word) + 1) * _LETTER
