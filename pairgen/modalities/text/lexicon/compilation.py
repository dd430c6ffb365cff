"""From words with their senses to rows: surface form, part of speech, form, weight, inflected candidates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from pairgen.modalities.text.lexicon.forms import FORMS_OF, Candidate, Reading
from pairgen.modalities.text.lexicon.inflection import Exceptions, inflect
from pairgen.modalities.text.lexicon.wordnet import Word

__all__ = ["Inflect", "Rows", "english", "rows_of", "uninflected"]

Rows = dict[str, list[Reading]]
"""Surface form -> its readings, the most frequent first."""

Inflect = Callable[[str, str], dict[str, str]]
"""(lemma, part of speech) -> form -> spelling."""

_PLAIN = re.compile(r"[^\W\d_]{2,}(?:[-' ][^\W\d_]{2,})*")
_UNSEEN = 0.1  # the weight of a word that is in the dictionary, but never occurs in WordNet's corpora


def english(exceptions: Exceptions) -> Inflect:
    """Inflection by the rules of English and these exceptions."""
    return lambda lemma, pos: inflect(lemma, pos, exceptions)


def uninflected(lemma: str, pos: str) -> dict[str, str]:
    """Every word in the one form in which it is written: for languages whose inflection is not known here."""
    return {FORMS_OF[pos][0]: lemma}


def rows_of(words: Iterable[Word], inflected: Inflect) -> Rows:
    """All readings of all surface forms. Lemmas with digits, or parts of a single letter, are left out.

    A candidate takes the form of the word it stands for; one that has no such form, or is spelled like the word, is
    none. The weight of a lemma is shared equally by its forms.
    """
    forms_of: dict[tuple[str, str], dict[str, str]] = {}

    def forms(lemma: str, pos: str) -> dict[str, str]:
        if (lemma, pos) not in forms_of:
            forms_of[lemma, pos] = inflected(lemma, pos) if _PLAIN.fullmatch(lemma) else {}
        return forms_of[lemma, pos]

    rows: Rows = {}
    for word in words:
        own = forms(word.lemma, word.pos)
        for form, surface in own.items():
            found = tuple(_candidates(word, form, surface, forms))
            reading = Reading(word.pos, form, (word.count or _UNSEEN) / len(own), found)
            rows.setdefault(surface, []).append(reading)
    for readings in rows.values():
        readings.sort(key=lambda r: -r.weight)
    return {surface: readings for surface, readings in rows.items() if any(r.candidates for r in readings)}


def _candidates(
    word: Word, form: str, surface: str, forms: Callable[[str, str], dict[str, str]]
) -> Iterator[Candidate]:
    seen = {surface, word.lemma}
    for sense, others in enumerate(word.senses, start=1):
        for other in others:
            text = forms(other, word.pos).get(form)
            if text is not None and text not in seen:
                seen.add(text)
                yield Candidate(text, min(sense, 254))
