"""Words within a text: chunks between white space, the word of a chunk, its case and article, and edits of a text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

__all__ = [
    "Core",
    "Edit",
    "Edits",
    "article_before",
    "case_of",
    "core_of",
    "ends_sentence",
    "fix_article",
    "recase",
    "right_article",
    "spans_of",
    "spans_up_to",
    "splice",
    "starts_sentence",
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
_SILENT_H = re.compile(r"hours?\b|hrs?\b|hourly|heir|honest|honou?r")
_LIKE_YOU = re.compile(r"uni(?![nmd])|unani|us[aeu]|ut[eio]|ur[aeio]|ubi|uk|ufo|u-|eu|ewe|ones?\b|one-|once|ouija")


class Core(NamedTuple):
    """The word within a chunk.

    Args:
        word: As spelled.
        lower: In lower case.
        start: Where it begins in the chunk.
        stop: Where it ends, exclusive.
    """

    word: str
    lower: str
    start: int
    stop: int


def spans_of(text: str) -> list[tuple[int, int]]:
    """Return (start, stop) of each chunk: text[start:stop] is text.split()[i]."""
    return [match.span() for match in _CHUNK.finditer(text)]


def spans_up_to(text: str, chunks: Sequence[str], count: int) -> list[tuple[int, int]]:
    """Return `spans_of` for the first `count` chunks, given text.split()."""
    spans, end = [], 0
    for chunk in chunks[:count]:
        start = text.index(chunk, end)  # only white space lies between, so it is this chunk that is found
        end = start + len(chunk)
        spans.append((start, end))
    return spans


@lru_cache(maxsize=1 << 16)  # a few thousand chunks make up most of any text
def core_of(chunk: str) -> Core | None:
    r"""Return the word of a chunk that is one word and punctuation around it; a possessive 's counts as such.

    None for digits, URLs, e-mail addresses, paths, abbreviations with points, and whatever else is not a word.

    >>> core_of('("dogs\'),')
    Core(word='dogs', lower='dogs', start=2, stop=6)
    >>> core_of("192.168.1.1"), core_of("example.com"), core_of("U.S.")
    (None, None, None)
    """
    if chunk.isalpha():
        return Core(chunk, chunk.lower(), 0, len(chunk))
    match = _CORE.fullmatch(chunk)
    return Core(match["word"], match["word"].lower(), *match.span("word")) if match else None


def case_of(word: str) -> str:
    """Return "lower", "title" (one capital, at the start), "upper" (two letters or more), or "mixed"."""
    if word.islower():
        return "lower"
    if word.isupper() and len(word) > 1:
        return "upper"
    return "title" if word[:1].isupper() and word[1:] == word[1:].lower() else "mixed"


def recase(word: str, case: str) -> str:
    """Return a lower-case word in that case; "mixed" leaves it."""
    if case == "upper":
        return word.upper()
    return word[:1].upper() + word[1:] if case == "title" else word


def starts_sentence(chunks: Sequence[str], i: int) -> bool:
    """Return whether chunk i is the first of a sentence: at the start, or after a chunk that ends one."""
    return i == 0 or ends_sentence(chunks[i - 1])


def ends_sentence(chunk: str) -> bool:
    """Return whether a sentence ends with this chunk: with its point, that of an abbreviation aside.

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


def article_before(word: str) -> str:
    """Return the article that is said before this word, in lower case.

    >>> [article_before(word) for word in ("apple", "hour", "university", "uninteresting", "house", "one-off")]
    ['an', 'an', 'a', 'an', 'a', 'a']
    """
    lower = word.lower()
    if _LIKE_YOU.match(lower):
        return "a"
    return "an" if lower[:1] in tuple("aeiou") or _SILENT_H.match(lower) else "a"


def fix_article(article: str, word: str) -> str:
    """Return the article as it has to be before this word, in its case; anything else than "a" and "an" stays."""
    if article.lower() not in ("a", "an"):
        return article
    right = article_before(word)
    if article.isupper() and (len(article) > 1 or word.isupper()):
        return right.upper()
    return right.capitalize() if article[0].isupper() else right


def right_article(chunks: Sequence[str], i: int, word: str) -> str:
    """Return chunk i as it has to be before a word: its article fits, and a capital A within a sentence is a letter.

    >>> right_article(["Vitamin", "A"], 1, "acts"), right_article(["A"], 0, "apple"), right_article(["an"], 0, "cat")
    ('A', 'An', 'a')
    """
    if chunks[i] == "A" and not starts_sentence(chunks, i) and not word.isupper():
        return "A"
    return fix_article(chunks[i], word)


class Edit(NamedTuple):
    """One replacement in a text.

    Args:
        start: First character that is replaced.
        stop: End of the replaced characters, exclusive.
        text: What stands there instead.
    """

    start: int
    stop: int
    text: str


Edits = tuple[Edit, ...]
"""Edits in the order of the text, none overlapping another."""


def splice(text: str, edits: Sequence[Edit]) -> str:
    """Return the text with the edits applied; the text itself where there are none."""
    if not edits:
        return text
    parts: list[str] = []
    end = 0
    for start, stop, new in edits:
        parts += (text[end:start], new)
        end = stop
    parts.append(text[end:])
    return "".join(parts)
