"""Which reading of a word is meant: a default that looks at the words around it, and the tags of other taggers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pairgen.modalities.text.lexicon.forms import FORMS_OF, Reading

__all__ = ["Tagger", "fits_tag", "likeliest"]

Tagger = Callable[[Sequence[str]], Sequence[str | None]]
"""The words of a text -> a tag for each: Penn Treebank's (NN, VBD, JJ ...), WordNet's letter, or None."""

_PENN = {
    "NN": ("n", "singular"),
    "NNS": ("n", "plural"),
    "VB": ("v", "base"),
    "VBP": ("v", "base"),
    "VBZ": ("v", "third"),
    "VBD": ("v", "past"),
    "VBN": ("v", "participle"),
    "VBG": ("v", "gerund"),
    "JJ": ("a", "positive"),
    "JJR": ("a", "comparative"),
    "JJS": ("a", "superlative"),
    "RB": ("r", "adverb"),
}

_CLASSES = {
    "determiner": "a an the this that these those my your his her its our their some any no every each another whose",
    "number": "two three four five six seven eight nine ten many few several both most all",
    "to": "to will would can could shall should may might must do does did don't doesn't didn't can't won't let please",
    "plural subject": "i you we they who people",
    "singular subject": "he she it",
    "have": "have has had having i've we've they've you've",
    "be": "is are was were be been being am isn't aren't wasn't weren't get gets got",
    "preposition": "of in on at by for with from into over under about after before during between through against",
    "degree": "very so too more most less quite rather extremely",
}
_CLASS_OF = {word: name for name, words in _CLASSES.items() for word in words.split()}

_VERBS = FORMS_OF["v"]
_BEFORE: dict[str, dict[str, float]] = {
    "determiner": {"base": 0.002, "third": 0.002, "past": 0.01, "participle": 0.2, "gerund": 0.2, "adverb": 0.1},
    "number": {"base": 0.01, "third": 0.002, "past": 0.02, "singular": 0.1, "gerund": 0.1},
    "to": {"base": 50.0, "third": 0.001, "past": 0.001, "participle": 0.01, "plural": 0.1, "positive": 0.1},
    "plural subject": {"base": 20.0, "past": 20.0, "third": 0.2, "participle": 0.05, "singular": 0.02, "plural": 0.02},
    "singular subject": {
        "third": 20.0,
        "past": 20.0,
        "participle": 0.05,
        "base": 0.02,
        "singular": 0.02,
        "plural": 0.02,
    },
    "have": {"participle": 50.0, "past": 0.001, "base": 0.01, "third": 0.001},
    "be": {"participle": 20.0, "past": 0.001, "gerund": 20.0, "positive": 5.0, "base": 0.01, "third": 0.001},
    "preposition": {"base": 0.01, "third": 0.01, "past": 0.02, "participle": 0.05, "adverb": 0.1},
    "degree": {"positive": 20.0, "adverb": 20.0, "singular": 0.02, "plural": 0.02, **dict.fromkeys(_VERBS, 0.05)},
}
"""How much likelier each form is after a word of that class, as a factor on its weight; 1 where nothing is said."""


def fits_tag(reading: Reading, tag: str | None) -> bool:
    """Whether a reading is of the part of speech, and the form, that a tag names; never for a tag that is not known."""
    if tag is None:
        return False
    pos, form = _PENN.get(tag, (tag[:1].lower().replace("j", "a").replace("s", "a"), None))
    if tag not in _PENN and len(tag) > 1:
        return False
    return reading.pos == pos and form in (None, reading.form)


def likeliest(readings: Sequence[Reading], before: str, after: str) -> Reading:
    """The reading of the greatest weight, given the words before and after it, in lower case; "" for none.

    The weights are WordNet's counts; the words around change them by the table above.
    """
    if len(readings) == 1:
        return readings[0]
    factors = _BEFORE.get(_CLASS_OF.get(before, ""), {})
    followed = _CLASS_OF.get(after, "")

    def score(reading: Reading) -> float:
        value = reading.weight * factors.get(reading.form, 1.0)
        if followed in ("determiner", "plural subject", "singular subject") and reading.pos == "v":
            value *= 10.0  # a verb and its object
        if before not in _CLASS_OF and reading.form == "participle":
            value *= 0.5  # without an auxiliary before it, it is the past
        return value

    return max(readings, key=score)
