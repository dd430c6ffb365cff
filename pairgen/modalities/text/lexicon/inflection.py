"""The forms of an English word: WordNet's exception lists first, then the rules of regular inflection.

The rules are the inverse of WordNet's own `morphy`, which goes from the form to the lemma.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pairgen.modalities.text.lexicon.forms import FORMS_OF
from pairgen.modalities.text.lexicon.irregular import irregular

__all__ = ["Exceptions", "inflect"]

Exceptions = Mapping[str, Mapping[str, Sequence[str]]]
"""Part of speech -> lemma -> its irregular forms, as the files `noun.exc`, `verb.exc` and `adj.exc` list them."""

_SIBILANT = ("s", "x", "z", "ch", "sh")
_SHORT = re.compile(r"[^aeiou]*(?:qu)?[aeiou][^aeiouwxy]")  # one vowel, one consonant: stop, big, quit
_SYLLABLE = re.compile(r"[aeiouy]+")
_IRREGULAR_ADJECTIVES = {"good": ("better", "best"), "bad": ("worse", "worst"), "far": ("farther", "farthest")}
_UNCOMPARED = 2  # adjectives of more syllables than this, or of two without -y, take "more" and "most"


def inflect(lemma: str, pos: str, exceptions: Exceptions) -> dict[str, str]:
    """Form -> spelling, for the forms in `FORMS_OF[pos]` that the lemma has.

    lemma: lower case; of several words, of which a noun inflects the last and a verb the first ("look up").
    Adjectives that are compared with "more" have neither comparative nor superlative; adverbs have one form.
    """
    listed = exceptions.get(pos, {}).get(lemma, ())
    if pos == "n":
        return {"singular": lemma, "plural": _plural(lemma, listed)}
    if pos == "v":
        verb, space, rest = lemma.partition(" ")
        forms = _verb_forms(verb, exceptions.get(pos, {}).get(verb, ()) if space else listed)
        return {name: form + space + rest for name, form in forms.items()}
    return _compared(lemma, listed) if pos == "a" else {FORMS_OF[pos][0]: lemma}


def _plural(noun: str, listed: Sequence[str]) -> str:
    if listed:
        return listed[0]
    first, space, last = noun.rpartition(" ")
    if last.endswith("man") and last not in ("human", "german", "roman", "talisman", "shaman", "caiman"):
        return f"{first}{space}{last[:-3]}men"
    return first + space + _with_s(last)


def _with_s(word: str) -> str:
    """The regular plural of a noun, and the third person of a verb but for those in -o."""
    if word.endswith(_SIBILANT):
        return word + "es"
    return word[:-1] + "ies" if _consonant_y(word) else word + "s"


def _consonant_y(word: str) -> bool:
    return len(word) > 2 and word[-1] == "y" and word[-2] not in "aeiou"


def _verb_forms(verb: str, listed: Sequence[str]) -> dict[str, str]:
    past = next((form for form in listed if form.endswith("ed")), _regular_past(verb))
    past, participle = irregular(verb) or (past, past)
    third = verb + "es" if verb.endswith("o") and len(verb) > 1 and verb[-2] not in "aeiou" else _with_s(verb)
    return {
        "base": verb,
        "third": {"have": "has"}.get(verb, third),
        "past": past,
        "participle": participle,
        "gerund": next((form for form in listed if form.endswith("ing")), _regular_gerund(verb)),
    }


def _regular_past(verb: str) -> str:
    if verb.endswith("e"):
        return verb + "d"
    return verb[:-1] + "ied" if _consonant_y(verb) else _doubled(verb) + "ed"


def _regular_gerund(verb: str) -> str:
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    return verb[:-1] + "ing" if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")) else _doubled(verb) + "ing"


def _doubled(word: str) -> str:
    """The stem before a vowel: stop, stopp-; longer words are doubled where the exception lists say so."""
    return word + word[-1] if _SHORT.fullmatch(word) else word


def _compared(adjective: str, listed: Sequence[str]) -> dict[str, str]:
    forms = {"positive": adjective}
    if adjective in _IRREGULAR_ADJECTIVES:
        comparative, superlative = _IRREGULAR_ADJECTIVES[adjective]
        return forms | {"comparative": comparative, "superlative": superlative}
    comparative = next((form for form in listed if form.endswith("er")), "")
    superlative = next((form for form in listed if form.endswith("est")), "")
    if _takes_endings(adjective):
        stem = adjective[:-1] if adjective.endswith("e") else _doubled(adjective)
        stem = adjective[:-1] + "i" if _consonant_y(adjective) else stem
        comparative, superlative = comparative or stem + "er", superlative or stem + "est"
    if comparative and superlative:
        forms |= {"comparative": comparative, "superlative": superlative}
    return forms


def _takes_endings(adjective: str) -> bool:
    """Whether it is compared with -er and -est by rule: words of one syllable, and of two in -y or -le."""
    if not adjective.isalpha() or adjective.endswith(("ed", "ing", "er", "est", "wn")):
        return False
    syllables = len(_SYLLABLE.findall(adjective[:-1] if adjective.endswith("e") else adjective))
    return syllables <= 1 or (syllables == _UNCOMPARED and (_consonant_y(adjective) or adjective.endswith("le")))
