"""`CharacterNoise`: typing errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pairgen._validation import check_probability
from pairgen.modalities.text._kernels.numbers import thin_positions
from pairgen.modalities.text._kernels.words import Edit, Edits
from pairgen.modalities.text.augmentations.base import TextAugmentation

__all__ = ["CharacterNoise"]

_LETTER = re.compile("[A-Za-z]")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_ERRORS = 4


def _neighbors() -> dict[str, str]:
    """Letter -> the letters beside it on a QWERTY keyboard, in its row and the rows next to it."""
    beside = {}
    for y, row in enumerate(_ROWS):
        for x, letter in enumerate(row):
            near = [(y, x - 1), (y, x + 1), (y - 1, x), (y - 1, x + 1), (y + 1, x - 1), (y + 1, x)]
            beside[letter] = "".join(_ROWS[r][c] for r, c in near if 0 <= r < 3 and 0 <= c < len(_ROWS[r]))
    return beside


_BESIDE = _neighbors()


@dataclass(frozen=True)
class CharacterNoise(TextAugmentation):
    """Mistype letters: leave one out, double it, exchange it with the next one, or hit a key beside it.

    Only the letters A to Z change; accented letters, emoji and digits stay.

    Args:
        ratio: Probability, in [0, 1], with which each letter is mistyped; the four errors are equally likely.

    Raises:
        ValueError: `ratio` lies outside [0, 1].
        TypeError: `ratio` is no number.

    Example:
        >>> from pairgen.random import Stream
        >>> CharacterNoise(1.0)("42 é", Stream(0))
        '42 é'
    """

    ratio: float = 0.05

    def __post_init__(self) -> None:
        check_probability("ratio", self.ratio)

    def edits(self, text: str, numbers: Iterator[float]) -> Edits:
        """Return one edit a typing error."""
        letters = [match.start() for match in _LETTER.finditer(text)]
        edits: list[Edit] = []
        for k in thin_positions(len(letters), self.ratio, numbers):
            at, number = letters[k], next(numbers) * _ERRORS
            if edits and at < edits[-1].stop:  # it was exchanged with the one before
                continue
            edits.append(_typing_error(text, at, int(number), number % 1))
        return tuple(edits)


def _typing_error(text: str, at: int, error: int, number: float) -> Edit:
    letter = text[at]
    if error == 0:
        return Edit(at, at + 1, "")
    if error == 1:
        return Edit(at, at + 1, letter + letter)
    if error == 2 and at + 1 < len(text) and _LETTER.match(text, at + 1):
        return Edit(at, at + 2, text[at + 1] + letter)
    beside = _BESIDE[letter.lower()]
    hit = beside[int(number * len(beside))]
    return Edit(at, at + 1, hit.upper() if letter.isupper() else hit)
