"""What a synonym swap knows of the words it meets, worked out once: which chunks it may swap, and by what."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pairgen.modalities.text.functional.words import case_of, core_of
from pairgen.modalities.text.lexicon import Lexicon, Reading

__all__ = ["CAPITAL", "FIXED", "PLAIN", "Vocabulary"]

FIXED, PLAIN, CAPITAL = 0, 1, 2
"""Kinds of chunk: never swapped; swapped wherever it stands; capitalised, so that its neighbours decide."""

_MOST = 1 << 17  # chunks remembered; English text of any length rarely has more that recur


class Vocabulary(dict[str, int]):
    """Chunk -> its kind, filled as chunks are met. Pickles empty.

    lexicon: the synonyms. protected: words in lower case that stay. senses: how many senses of a word count, None for
    all. pos: the parts of speech that are swapped. multiword: whether candidates may have several words.
    """

    def __init__(
        self, lexicon: Lexicon, protected: frozenset[str], senses: int | None, pos: tuple[str, ...], multiword: bool
    ) -> None:
        super().__init__()
        self.lexicon = lexicon
        self.multiword = multiword
        self._options = (lexicon, protected, senses, pos, multiword)
        self.usable = lru_cache(maxsize=1 << 13)(self._usable)  # with all their candidates these are large

    def __missing__(self, chunk: str) -> int:
        if len(self) >= _MOST:
            self.clear()
        kind = self[chunk] = self._kind(chunk)
        return kind

    def __reduce__(self) -> Any:
        return Vocabulary, self._options

    def _kind(self, chunk: str) -> int:
        core = core_of(chunk)
        case = case_of(core.word) if core and len(core.word) > 1 else "mixed"
        if core is None or case == "mixed" or not self.usable(core.lower):
            return FIXED
        return PLAIN if case == "lower" else CAPITAL

    def _usable(self, surface: str) -> tuple[Reading, ...]:
        """The readings of a surface form, lower case, with the candidates that the options leave; none for a fixed one.

        Readings that are left without candidates stay where others have some: the word may be meant so, and is then
        not swapped.
        """
        lexicon, protected, senses, pos, multiword = self._options
        if surface in protected:
            return ()
        readings = []
        for reading in lexicon.readings(surface):
            kept = tuple(
                c
                for c in reading.candidates
                if (senses is None or c.sense <= senses) and (multiword or " " not in c.text) and reading.pos in pos
            )
            readings.append(reading._replace(candidates=kept))
        return tuple(readings) if any(reading.candidates for reading in readings) else ()
