"""Types of the lexicon: parts of speech, the forms of their words, readings and candidates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["FORMS", "FORMS_OF", "POS", "SPANS", "Candidate", "Inflect", "Reading", "Synonyms", "Word"]

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
"""All forms, by part of speech."""

SPANS = ((-1, 2), (0, 3), (-2, 1), (0, 2), (-1, 1))
"""Where the phrases of three words and of two that hold word 0 begin and end."""

Synonyms = Mapping[str, Sequence[str]] | Mapping[str, Mapping[str, Sequence[str]]]
"""A user's own words: {word: [synonyms]} or {part of speech: {word: [synonyms]}}."""

Inflect = Callable[[str, str], dict[str, str]]
"""(lemma, part of speech) -> form -> spelling."""


class Candidate(NamedTuple):
    """A synonym, inflected like the word that it may replace.

    Args:
        text: The synonym; words of a phrase are separated by spaces.
        sense: Sense of the replaced word in which it is a synonym, from 1, the most frequent first.
    """

    text: str
    sense: int


class Reading(NamedTuple):
    """One way to read a surface form.

    Args:
        pos: Part of speech, one of `POS`.
        form: Form, one of `FORMS`.
        weight: How often the word is used so, in WordNet's counts; above 0.
        candidates: Inflected synonyms, those of the most frequent sense first.
    """

    pos: str
    form: str
    weight: float
    candidates: Sequence[Candidate]


@dataclass
class Word:
    """A lemma in one part of speech.

    Args:
        lemma: The word in lower case; a phrase has spaces, not underscores.
        pos: Part of speech, one of `POS`.
        senses: For each sense, the most frequent first, its other lemmas.
        count: How often it is tagged in WordNet's corpora, all senses together; 0 where nothing is known.
    """

    lemma: str
    pos: str
    senses: list[list[str]] = field(default_factory=list)
    count: int = 0
