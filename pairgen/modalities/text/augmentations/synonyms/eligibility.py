"""Which words of a text synonyms may replace, worked out once a word; for one text, or a batch in a few passes.

Whether a capitalized word is eligible depends on its neighbors: it is where it begins a sentence, and not where it is a
name. So each chunk of text becomes one byte that says what its neighbors need to know of it, and the rule is a regular
expression over these bytes, for one text and for a whole batch alike.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pairgen.modalities.text._kernels.words import case_of, core_of, ends_sentence
from pairgen.modalities.text.lexicon.lexicon import Lexicon
from pairgen.modalities.text.lexicon.types import Reading

__all__ = ["STOP_WORDS", "Scan", "Scanner", "Vocabulary"]

_ENGLISH = """
a about above after again against all am an and any are as at be because been before being below between both
but by can could did do does doing down during each either else ever few for from further get gets getting got
had has have having he her here hers herself him himself his how i if in into is it its itself just let like may
me might more most much must my myself neither no nor not now of off on once one only or other ought our ours
ourselves out over own per same shall she should since so some such than that the their theirs them themselves
then there these they this those though through to too under until up upon us very was we were what when where
whether which while who whom whose why will with within without would yes yet you your yours yourself yourselves
two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion zero dozen
better best worse worst less least further farther farthest furthest
across along alongside amid amidst among amongst around aside astride atop behind beneath beside besides beyond
despite except inside near next onto opposite outside past per plus round throughout toward towards underneath unlike
unto via versus whereas
"""

STOP_WORDS: dict[str, frozenset[str]] = {"en": frozenset(_ENGLISH.split())}
"""Language -> its stop words, in lower case: words that carry grammar, not content, and are never replaced."""

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
_ELIGIBLE = re.compile(
    # first in a sentence, and not followed by another capital: "Old men", but not "Bill Clinton"
    rb"(?:\A|(?<=[\x20%b]))[%b](?![%b%b])" % (_bytes_with(16, 16), _bytes_with(3, 2), _bytes_with(12, 8), _LARGE)
    # in capitals among capitals: "OLD MEN", but not "the NATO"
    + rb"|(?<=[%b])[%b](?![%b])" % (_LARGE, _bytes_with(3, 3), _SMALL)
    + rb"|(?<![%b])[%b](?=[%b])" % (_WORDS, _bytes_with(3, 3), _LARGE)
)
"""Matches a capitalized chunk that is eligible."""

_MARK_PLAIN, _MARK_CAPITAL = 1, 2
_MARKS = bytes((0, _MARK_PLAIN, _MARK_CAPITAL, _MARK_CAPITAL)[byte & 3] if byte < 32 else 0 for byte in range(256))
"""A table for `bytes.translate`: what is plain is eligible wherever it stands, _ELIGIBLE decides on capitals."""

_MAX_REMEMBERED = 1 << 17  # chunks; English text of any length rarely has more that recur


class Phrases(dict[tuple[str, ...], str]):
    """Consecutive chunks -> the phrase that they are in the lexicon, in lower case; "" if they are none.

    Args:
        lexicon: The lexicon.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        super().__init__()
        self._lexicon = lexicon

    def __missing__(self, chunks: tuple[str, ...]) -> str:
        if len(self) >= _MAX_REMEMBERED:
            self.clear()
        joined = _join_chunks(chunks) if len(chunks) > 1 else ""
        phrase = self[chunks] = joined if joined and joined in self._lexicon else ""
        return phrase


def _join_chunks(chunks: tuple[str, ...]) -> str:
    """The words of chunks in lower case, if there is nothing but white space between them; else ""."""
    if "".join(chunks).isalpha():
        return " ".join(chunks).lower()
    if not all(a[-1].isalpha() and b[0].isalpha() for a, b in pairwise(chunks)):
        return ""
    cores = [core.lower for chunk in chunks if (core := core_of(chunk))]
    return " ".join(cores) if len(cores) == len(chunks) else ""


class Vocabulary(dict[str | None, int]):
    """Chunk -> its byte, filled as chunks are met; None, which stands between two texts, has one too. Pickles empty.

    Args:
        lexicon: The synonyms.
        protected: Words in lower case that stay.
        senses: How many senses of a word count; None for all.
        pos: Parts of speech that are replaced.
        multiword: Whether candidates may have several words.
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
        self._has_candidates = lexicon.has_candidates(senses, pos, multiword)
        self.spans = lru_cache(maxsize=1 << 13)(lexicon.spans)
        self.readings = lru_cache(maxsize=1 << 13)(self._readings)

    def __missing__(self, chunk: str | None) -> int:
        if len(self) >= _MAX_REMEMBERED:
            self.clear()
            self[None] = _BETWEEN
        byte = self[chunk] = _BETWEEN if chunk is None else self._byte(chunk)
        return byte

    def __reduce__(self) -> tuple[type[Vocabulary], tuple[Lexicon, frozenset[str], int | None, tuple[str, ...], bool]]:
        return Vocabulary, (self.lexicon, self.protected, self.senses, self.pos, self.multiword)

    def _byte(self, chunk: str) -> int:
        if chunk.isalpha():  # most are, and need not be taken apart
            return self._word_bits(chunk, chunk.lower())
        end = _END if ends_sentence(chunk) else 0
        core = core_of(chunk)
        if core is None:
            return end
        bits = self._word_bits(core.word, core.lower)
        if bits & 3 == _TITLE and chunk.endswith(("'s", "\u2019s")):
            bits ^= _TITLE  # "John's" is a name wherever it stands
        return end | bits

    def _word_bits(self, word: str, lower: str) -> int:
        """Bits 0 to 3 of the byte of a word."""
        case = case_of(word)
        if case == "mixed":
            return _CAPITAL if word[0].isupper() else _LOWER
        if len(word) == 1:
            return _LOWER if case == "lower" else _NO_WORD  # "A" and "I" say nothing of the words beside them
        shape, eligible = _CASES[case]
        index = None if lower in self.protected else self.lexicon.index_of(lower)
        return shape if index is None or not self._has_candidates[index] else shape | eligible

    def _readings(self, surface: str) -> tuple[Reading, ...]:
        """The readings of a surface form, lower case, with the candidates that the options leave.

        Readings that are left without candidates stay: the word may be meant so, and is then not replaced.
        """
        if surface in self.protected:
            return ()
        return self.lexicon.readings(surface, self.senses, self.pos, self.multiword)


class Scan(NamedTuple):
    """One text, scanned.

    Args:
        chunks: The text split at white space.
        eligible: Positions of the chunks that may be replaced.
    """

    chunks: list[str]
    eligible: list[int]


class Scanner:
    """Scans texts; the last ones are remembered, as the second view of a pair asks for the same again.

    Args:
        vocabulary: What is known of each chunk.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.scan_text = lru_cache(maxsize=8)(self._scan_text)
        self.scan_batch = lru_cache(maxsize=2)(self._scan_batch)

    def __reduce__(self) -> tuple[type[Scanner], tuple[Vocabulary]]:
        return Scanner, (self.vocabulary,)

    def _scan_text(self, text: str) -> Scan:
        chunks = text.split()
        codes = bytes(map(self.vocabulary.__getitem__, chunks))
        marks = codes.translate(_MARKS)
        if _MARK_CAPITAL not in marks:
            return Scan(chunks, [i for i, mark in enumerate(marks) if mark])
        return Scan(chunks, [i for i, m in enumerate(marks) if m and (m != _MARK_CAPITAL or _ELIGIBLE.match(codes, i))])

    def _scan_batch(self, texts: tuple[str, ...]) -> tuple[npt.NDArray[np.int64], Sequence[Scan]]:
        """(how many chunks of each text are eligible, int64 (B,); the scans)."""
        lists = [text.split() for text in texts]
        flat: list[str | None] = []
        for chunks in lists:
            flat += chunks
            flat.append(None)
        codes = bytes(map(self.vocabulary.__getitem__, flat))
        marks = np.frombuffer(bytearray(codes.translate(_MARKS)), dtype=np.uint8)
        for i in np.flatnonzero(marks == _MARK_CAPITAL).tolist():
            marks[i] = _ELIGIBLE.match(codes, i) is not None
        positions = np.flatnonzero(marks)
        lengths = np.array([len(chunks) + 1 for chunks in lists], dtype=np.int64)
        begins = np.cumsum(lengths) - lengths
        starts, ends = np.searchsorted(positions, begins), np.searchsorted(positions, begins + lengths)
        local = (positions - np.repeat(begins, ends - starts)).tolist()
        bounds = zip(lists, starts.tolist(), ends.tolist(), strict=True)
        return ends - starts, [Scan(chunks, local[a:b]) for chunks, a, b in bounds]
