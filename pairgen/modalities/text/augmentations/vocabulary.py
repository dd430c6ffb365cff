"""What a synonym swap knows of the words it meets, worked out once: which chunks it may swap, and by what.

Whether a capitalised word may be swapped depends on its neighbours: it may where it begins a sentence, and not where it
is a name. So each chunk of text becomes one byte that says what its neighbours need to know of it, and the rule is a
regular expression over these bytes, for one text and for a whole batch alike.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import Any

from pairgen.modalities.text._kernels.words import case_of, core_of, ends_sentence
from pairgen.modalities.text.lexicon import Lexicon, Reading

__all__ = ["CAPITAL", "MARKS", "SWAPPABLE", "Vocabulary"]

_FIXED, _PLAIN, _TITLE, _UPPER = 0, 1, 2, 3  # bits 0 and 1: no synonyms; lower case; first letter capital; all capitals
_NO_WORD, _LOWER, _CAPITAL, _CAPITALS = 0, 4, 8, 12  # bits 2 and 3: how the word of the chunk begins, synonyms or not
_CASES = {"lower": (_LOWER, _PLAIN), "title": (_CAPITAL, _TITLE), "upper": (_CAPITALS, _UPPER)}
_END = 16  # bit 4: a sentence ends here
_BETWEEN = 32  # between two texts


def _bytes_with(mask: int, *values: int) -> bytes:
    """A character class of all bytes below 32 whose bits under the mask are one of the values."""
    return b"".join(b"\\x%02x" % byte for byte in range(32) if byte & mask in values)


_WORDS = _bytes_with(12, _LOWER, _CAPITAL, _CAPITALS)
_SMALL, _LARGE = _bytes_with(12, _LOWER, _CAPITAL), _bytes_with(12, _CAPITALS)
SWAPPABLE = re.compile(
    # first in a sentence, and not followed by another capital: "Old men", but not "Bill Clinton"
    rb"(?:\A|(?<=[\x20%b]))[%b](?![%b%b])" % (_bytes_with(16, 16), _bytes_with(3, 2), _bytes_with(12, 8), _LARGE)
    # in capitals among capitals: "OLD MEN", but not "the NATO"
    + rb"|(?<=[%b])[%b](?![%b])" % (_LARGE, _bytes_with(3, 3), _SMALL)
    + rb"|(?<![%b])[%b](?=[%b])" % (_WORDS, _bytes_with(3, 3), _LARGE)
)
"""Matches, at its place, a capitalised chunk that may be swapped."""

PLAIN, CAPITAL = 1, 2
MARKS = bytes((0, PLAIN, CAPITAL, CAPITAL)[byte & 3] if byte < 32 else 0 for byte in range(256))
"""A table for `bytes.translate`: PLAIN may be swapped wherever it stands, SWAPPABLE decides on what is CAPITAL."""

_MOST = 1 << 17  # chunks remembered; English text of any length rarely has more that recur


class Phrases(dict[tuple[str, ...], str]):
    """Chunks one after the other -> the phrase that they are in the lexicon, in lower case; "" if they are none."""

    def __init__(self, lexicon: Lexicon) -> None:
        super().__init__()
        self._lexicon = lexicon

    def __missing__(self, chunks: tuple[str, ...]) -> str:
        if len(self) >= _MOST:
            self.clear()
        found = ""
        if len(chunks) > 1 and (phrase := _phrase(chunks)) and phrase in self._lexicon:
            found = phrase
        self[chunks] = found
        return found


def _phrase(chunks: tuple[str, ...]) -> str:
    """The words of chunks in lower case, if there is nothing but white space between them; else ""."""
    if "".join(chunks).isalpha():
        return " ".join(chunks).lower()
    if not all(a[-1].isalpha() and b[0].isalpha() for a, b in pairwise(chunks)):
        return ""
    cores = [core.lower for chunk in chunks if (core := core_of(chunk))]
    return " ".join(cores) if len(cores) == len(chunks) else ""


class Vocabulary(dict[str | None, int]):
    """Chunk -> its byte, filled as chunks are met; None, which stands between two texts, has one too. Pickles empty.

    lexicon: the synonyms. protected: words in lower case that stay. senses: how many senses of a word count, None for
    all. pos: the parts of speech that are swapped. multiword: whether candidates may have several words.
    """

    def __init__(
        self, lexicon: Lexicon, protected: frozenset[str], senses: int | None, pos: tuple[str, ...], multiword: bool
    ) -> None:
        super().__init__({None: _BETWEEN})
        self.lexicon = lexicon
        self.protected = protected
        self.senses = senses
        self.pos = pos
        self.multiword = multiword
        self.phrases = Phrases(lexicon)
        self._offered = lexicon.offered(senses, pos, multiword)
        self.spans = lru_cache(maxsize=1 << 13)(lexicon.spans)
        self.usable = lru_cache(maxsize=1 << 13)(self._usable)

    def __missing__(self, chunk: str | None) -> int:
        if len(self) >= _MOST:
            self.clear()
            self[None] = _BETWEEN
        byte = self[chunk] = _BETWEEN if chunk is None else self._byte(chunk)
        return byte

    def __reduce__(self) -> Any:
        return Vocabulary, (self.lexicon, self.protected, self.senses, self.pos, self.multiword)

    def _byte(self, chunk: str) -> int:
        if chunk.isalpha():  # most are, and need not be taken apart
            return self._kind(chunk, chunk.lower())
        end = _END if ends_sentence(chunk) else 0
        core = core_of(chunk)
        if core is None:
            return end
        kind = self._kind(core.word, core.lower)
        if kind & 3 == _TITLE and chunk.endswith(("'s", "\u2019s")):
            kind ^= _TITLE  # "John's" is a name wherever it stands
        return end | kind

    def _kind(self, word: str, lower: str) -> int:
        """Bits 0 to 3 of the byte of a word."""
        case = case_of(word)
        if case == "mixed":
            return _CAPITAL if word[0].isupper() else _LOWER
        if len(word) == 1:
            return _LOWER if case == "lower" else _NO_WORD  # "A" and "I" say nothing of the words beside them
        shape, swapped = _CASES[case]
        place = None if lower in self.protected else self.lexicon.place(lower)
        return shape if place is None or not self._offered[place] else shape | swapped

    def _usable(self, surface: str) -> tuple[Reading, ...]:
        """The readings of a surface form, lower case, with the candidates that the options leave.

        Readings that are left without candidates stay: the word may be meant so, and is then not swapped.
        """
        if surface in self.protected:
            return ()
        return self.lexicon.readings(surface, self.senses, self.pos, self.multiword)
