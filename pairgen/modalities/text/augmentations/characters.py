"""`CharacterNoise`: the slips of fingers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pairgen.modalities.text._kernels.edits import Edit, Edits
from pairgen.modalities.text._kernels.numbers import thinned
from pairgen.modalities.text.augmentations.base import TextAugmentation, checked_rate

__all__ = ["CharacterNoise"]

_LETTER = re.compile("[A-Za-z]")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_SLIPS = 4


def _neighbours() -> dict[str, str]:
    """Letter -> the letters beside it on a QWERTY keyboard, in its row and the rows next to it."""
    beside = {}
    for y, row in enumerate(_ROWS):
        for x, letter in enumerate(row):
            near = [(y, x - 1), (y, x + 1), (y - 1, x), (y - 1, x + 1), (y + 1, x - 1), (y + 1, x)]
            beside[letter] = "".join(_ROWS[r][c] for r, c in near if 0 <= r < 3 and 0 <= c < len(_ROWS[r]))
    return beside


_BESIDE = _neighbours()


@dataclass(frozen=True)
class CharacterNoise(TextAugmentation):
    """Mistype letters: leave one out, double it, exchange it with the next one, or hit a key beside it.

    rate: the probability, in [0, 1], for each of the letters A to Z; the four slips are equally likely. All other
        characters stay, so no letter with an accent, no emoji and no digit is harmed.
    """

    rate: float = 0.05

    def __post_init__(self) -> None:
        checked_rate("rate", self.rate)

    def edits(self, text: str, numbers: Iterator[float]) -> Edits:
        """One edit a slip."""
        letters = [match.start() for match in _LETTER.finditer(text)]
        edits: list[Edit] = []
        for k in thinned(len(letters), self.rate, numbers):
            at, number = letters[k], next(numbers) * _SLIPS
            if edits and at < edits[-1].stop:  # it was exchanged with the one before
                continue
            edits.append(_slip(text, at, int(number), number % 1))
        return tuple(edits)


def _slip(text: str, at: int, kind: int, number: float) -> Edit:
    letter = text[at]
    if kind == 0:
        return Edit(at, at + 1, "")
    if kind == 1:
        return Edit(at, at + 1, letter + letter)
    if kind == 2 and at + 1 < len(text) and _LETTER.match(text, at + 1):
        return Edit(at, at + 2, text[at + 1] + letter)
    beside = _BESIDE[letter.lower()]
    hit = beside[int(number * len(beside))]
    return Edit(at, at + 1, hit.upper() if letter.isupper() else hit)
