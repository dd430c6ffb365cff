"""The vocabulary of the lexicon: parts of speech, and the forms in which their words occur."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["FORMS", "FORMS_OF", "POS", "SPANS", "Candidate", "Reading"]

POS = ("n", "v", "a", "r")
"""Noun, verb, adjective, adverb: WordNet's letters."""

FORMS_OF = {
    "n": ("singular", "plural"),
    "v": ("base", "third", "past", "participle", "gerund"),
    "a": ("positive", "comparative", "superlative"),
    "r": ("adverb",),
}
"""The forms of each part of speech; the first one is the word as a dictionary lists it."""

FORMS = tuple(form for pos in POS for form in FORMS_OF[pos])

SPANS = ((-1, 2), (0, 3), (-2, 1), (0, 2), (-1, 1))
"""Where the phrases of three words and of two that hold word 0 begin and end."""


class Candidate(NamedTuple):
    """A synonym in the form of the word it may stand for. sense: of that word, from 1, the most frequent first."""

    text: str
    sense: int


class Reading(NamedTuple):
    """One way to read a surface form.

    pos: one of `POS`. form: one of `FORMS`. weight: how often the word is used so, in WordNet's counts; above 0.
    candidates: what may stand for it, already inflected, the most frequent sense first.
    """

    pos: str
    form: str
    weight: float
    candidates: Sequence[Candidate]
