"""Words within a text: its chunks between white space, the word within a chunk, and the case of its letters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

__all__ = [
    "Core",
    "case_of",
    "core_of",
    "ends_sentence",
    "opens_sentence",
    "recased",
    "spans_of",
    "spans_up_to",
]

_CHUNK = re.compile(r"\S+")  # the same white space as str.split()
_QUOTES = "\u2018\u2019\u201c\u201d\u00ab\u00bb\"'"  # typographic, French and plain ones
_DASHES = "\u2013\u2014"
_APOSTROPHES = "'\u2019"
_CORE = re.compile(
    rf"[(\[{{<{_QUOTES}{_DASHES}]*"
    rf"(?P<word>[^\W\d_]+(?:[-{_APOSTROPHES}][^\W\d_]+)*?)"
    rf"(?:[{_APOSTROPHES}]s)?[)\]}}>.,;:!?\u2026{_QUOTES}{_DASHES}]*"
)
_ENDS = (".", "!", "?", "…", ":")
_ABBREVIATIONS = frozenset(
    ("mr", "mrs", "ms", "dr", "prof", "st", "sen", "gen", "rep", "gov", "sgt", "col", "jr", "vs", "no")
)


class Core(NamedTuple):
    """The word within a chunk. word: as spelled. lower: in lower case. start, stop: where it lies in the chunk."""

    word: str
    lower: str
    start: int
    stop: int


def spans_of(text: str) -> list[tuple[int, int]]:
    """(start, stop) of each chunk: text[start:stop] is text.split()[i]."""
    return [match.span() for match in _CHUNK.finditer(text)]


def spans_up_to(text: str, chunks: Sequence[str], count: int) -> list[tuple[int, int]]:
    """`spans_of` for the first `count` chunks, with what text.split() gave at hand."""
    spans, end = [], 0
    for chunk in chunks[:count]:
        start = text.index(chunk, end)  # only white space lies between, so it is this chunk that is found
        end = start + len(chunk)
        spans.append((start, end))
    return spans


@lru_cache(maxsize=1 << 16)  # a few thousand chunks make up most of any text
def core_of(chunk: str) -> Core | None:
    """The word of a chunk that is one word and punctuation around it; a possessive 's counts as such.

    None for digits, URLs, e-mail addresses, paths, abbreviations with points, and whatever else is not a word.

    >>> core_of('("dogs\\'),')
    Core(word='dogs', lower='dogs', start=2, stop=6)
    >>> core_of("192.168.1.1"), core_of("example.com"), core_of("U.S.")
    (None, None, None)
    """
    if chunk.isalpha():
        return Core(chunk, chunk.lower(), 0, len(chunk))
    match = _CORE.fullmatch(chunk)
    return Core(match["word"], match["word"].lower(), *match.span("word")) if match else None


def case_of(word: str) -> str:
    """ "lower", "title" (one capital, at the start), "upper" (two letters or more), or "mixed"."""
    if word.islower():
        return "lower"
    if word.isupper() and len(word) > 1:
        return "upper"
    return "title" if word[:1].isupper() and word[1:] == word[1:].lower() else "mixed"


def recased(word: str, case: str) -> str:
    """A lower-case word in that case; "mixed" leaves it."""
    if case == "upper":
        return word.upper()
    return word[:1].upper() + word[1:] if case == "title" else word


def opens_sentence(chunks: Sequence[str], i: int) -> bool:
    """Whether chunk i is the first of a sentence: at the start, or after a chunk that ends one."""
    return i == 0 or ends_sentence(chunks[i - 1])


def ends_sentence(chunk: str) -> bool:
    """Whether a sentence ends with this chunk: with its point, that of an abbreviation aside.

    >>> [ends_sentence(chunk) for chunk in ("end.", 'end."', "Dr.", "U.S.", "end")]
    [True, True, False, False, False]
    """
    if chunk[-1:].isalnum():
        return False
    before = chunk.rstrip(_QUOTES + ")]")
    if not before.endswith(_ENDS):
        return False
    last = before.rstrip(".").lower().lstrip(_QUOTES + "(")
    return not (before.endswith(".") and ((len(last) == 1 and last.isalpha()) or "." in last or last in _ABBREVIATIONS))
