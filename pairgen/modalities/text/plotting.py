"""A picture of pairs of texts: the views below each other, with the words marked in which they differ."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pairgen.modalities.text.io.codec import CODEC

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pairgen.pairs import Pair

__all__ = ["plot_pairs", "word_diff"]

_INK, _FAINT = "#1f2430", "#7a8194"
_MARKS = (("#fde2dc", "#a33b20"), ("#dcefe3", "#1d6b41"))  # of the first view and of the second: paper, ink
_LINE, _LETTER, _MARGIN = 0.2, 0.0805, 0.15  # inches: a line of text, a letter of monospaced 9.5 points
_MOST = 600  # characters of a view that are shown


def word_diff(first: str, second: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """The words of two texts, each with whether the other text lacks it at that place.

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
        pairs: pairs whose views are strings or UTF-8 bytes; token ids are written as numbers.
        items: the original of each pair, in the same order, written above its views.
        title: heading of the picture.
        classes: name of each label; without it, the label itself is written.
        width: characters in a line, at least 20. Of longer texts the beginning is shown.

    Returns:
        A matplotlib Figure, made without pyplot: save it with `figure.savefig("pairs.png")`.

    Raises:
        ValueError: no pairs, not one item a pair, or lines too short.
    """
    from matplotlib.figure import Figure

    if not pairs:
        raise ValueError("there are no pairs to draw; make some with sampler(item, index)")
    if items is not None and len(items) != len(pairs):
        raise ValueError(f"{len(pairs)} pairs but {len(items)} items; pass the original of each")
    if width < 20:
        raise ValueError(f"width is at least 20 characters, got {width}")
    blocks = [list(_lines(pair, None if items is None else items[i], width)) for i, pair in enumerate(pairs)]
    rows = sum(len(block) + 1.6 for block in blocks)
    head = 0.45 if title else 0.12
    size = (width * _LETTER + 2 * _MARGIN + 0.6, rows * _LINE + head + 0.1)
    figure = Figure(figsize=size, facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, size[0])
    axes.set_ylim(size[1], 0)  # inches from the top
    if title:
        axes.text(_MARGIN, 0.26, title, size=11, weight="bold", color=_INK, va="center")
    y = head + _LINE / 2
    for block, pair in zip(blocks, pairs, strict=True):
        axes.text(_MARGIN, y, _caption(pair, classes), size=7, color=_FAINT, va="center")
        y += _LINE
        for line in block:
            _write(axes, y, *line)
            y += _LINE
        y += 0.6 * _LINE
    return figure


Line = tuple[str, int, list[tuple[str, bool]]]


def _lines(pair: Pair, item: Any, width: int) -> Iterator[Line]:
    """(heading, 0 or 1 for a view and -1 for the original, words with their marks) of each line of a pair."""
    views = [_shown(pair.first), _shown(pair.second)]
    if item is not None:
        for k, line in enumerate(_wrapped([(word, False) for word in _shown(item).split()], width)):
            yield "" if k else "text", -1, line
    for which, words in enumerate(word_diff(*views)):
        for k, line in enumerate(_wrapped(words, width)):
            yield "" if k else ("first", "second")[which], which, line


def _shown(view: Any) -> str:
    opened = CODEC.decode(view)
    text = opened if isinstance(opened, str) else " ".join(map(str, opened.tolist()))
    return text if len(text) <= _MOST else textwrap.shorten(text[: 2 * _MOST], _MOST, placeholder=" …")


def _wrapped(words: list[tuple[str, bool]], width: int) -> Iterator[list[tuple[str, bool]]]:
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
        axes.text(_MARGIN, y, heading, size=7, color=_FAINT, va="center", ha="left")
    x = _MARGIN + 0.5
    for word, marked in words:
        plain = _INK if which >= 0 else _FAINT
        paper, ink = _MARKS[which] if marked else ("none", plain)
        box = {"facecolor": paper, "edgecolor": "none", "boxstyle": "square,pad=0.15"} if marked else None
        # A dollar sign would begin a formula.
        text = word.replace("$", r"\$")
        axes.text(x, y, text, size=9.5, family="monospace", color=ink, va="center", bbox=box)
        x += (len(word) + 1) * _LETTER


def _caption(pair: Pair, classes: Sequence[str] | None) -> str:
    if pair.label is None:
        return f"item {pair.index}"
    name = f"class {pair.label}" if classes is None else classes[int(pair.label)]
    return f"item {pair.index} · {name}"
