"""What replaces an eligible word: the reading that is meant, phrases that stay whole, and the article that fits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from pairgen.modalities.text._kernels.words import Edit, case_of, core_of, recase, right_article, spans_up_to
from pairgen.modalities.text.augmentations.synonyms.eligibility import Vocabulary
from pairgen.modalities.text.lexicon.types import FORMS_OF, Reading

__all__ = ["Tagger", "fits_tag", "likeliest_reading", "replace_words", "tag_words"]

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
"""How much likelier each form is after a word of that class, as a factor on its weight; 1 where it is missing."""


def replace_words(
    vocabulary: Vocabulary,
    text: str,
    chunks: Sequence[str],
    positions: Sequence[int],
    numbers: Iterator[float],
    tags: Sequence[str | None] | None = None,
) -> Iterable[Edit]:
    """Return edits that replace the words of some chunks, each by one of its candidates, all equally likely.

    Args:
        vocabulary: What may replace what.
        text: The text.
        chunks: text.split().
        positions: Positions among the chunks, in order.
        numbers: Uniform numbers in [0, 1), one a position.
        tags: Tags of a tagger, one a chunk; None to go by frequencies and the words around.
    """
    edits: list[Edit] = []
    spans = spans_up_to(text, chunks, positions[-1] + 3)
    end = 0  # chunks before this one belong to a phrase that was replaced
    for i in positions:
        number = next(numbers)
        stop, readings = _unit_at(vocabulary, chunks, i)
        reading = _choose_reading(chunks, i, stop, readings, tags) if i >= end else None
        if reading is not None and reading.candidates:
            end = stop
            candidate = reading.candidates[int(number * len(reading.candidates))].text
            edits += _edits(chunks, spans, i, stop, candidate)
    return edits


def tag_words(tagger: Tagger, chunks: Sequence[str]) -> Sequence[str | None]:
    """Return the tagger's tag for the word of each chunk; ValueError if it gives more or fewer."""
    words = [chunk if (core := core_of(chunk)) is None else core.word for chunk in chunks]
    tags = tagger(words)
    if len(tags) != len(words):
        raise ValueError(f"the tagger gave {len(tags)} tags for {len(words)} words; it has to return one for each")
    return tags


def _unit_at(vocabulary: Vocabulary, chunks: Sequence[str], i: int) -> tuple[int, Sequence[Reading]]:
    """(stop, readings) of what is replaced at chunk i: the word, or a phrase that it begins; nothing within one."""
    core = core_of(chunks[i])
    if core is None:
        return i + 1, ()
    for begin, end in vocabulary.spans(core.lower):
        if i + begin >= 0 and (phrase := vocabulary.phrases[tuple(chunks[i + begin : i + end])]):
            whole = vocabulary.multiword and begin == 0
            return i + end, vocabulary.readings(phrase) if whole else ()
    return i + 1, vocabulary.readings(core.lower)


def _choose_reading(
    chunks: Sequence[str], i: int, stop: int, readings: Sequence[Reading], tags: Sequence[str | None] | None
) -> Reading | None:
    if tags is not None:
        readings = [reading for reading in readings if fits_tag(reading, tags[i])]
    if len(readings) < 2:
        return readings[0] if readings else None
    # Punctuation between two words parts them.
    before = core_of(chunks[i - 1]) if i and chunks[i - 1][-1].isalpha() else None
    after = core_of(chunks[stop]) if stop < len(chunks) and chunks[stop - 1][-1].isalpha() else None
    return likeliest_reading(readings, before.lower if before else "", after.lower if after else "")


def _edits(
    chunks: Sequence[str], spans: Sequence[tuple[int, int]], i: int, stop: int, candidate: str
) -> Iterator[Edit]:
    """The replacement, after the article before it if that changes."""
    first, last = core_of(chunks[i]), core_of(chunks[stop - 1])
    if first is None or last is None:
        return
    word = recase(candidate, case_of(first.word))
    if i:
        article = right_article(chunks, i - 1, word)
        if article != chunks[i - 1]:
            yield Edit(*spans[i - 1], article)
    yield Edit(spans[i][0] + first.start, spans[stop - 1][0] + last.stop, word)


def fits_tag(reading: Reading, tag: str | None) -> bool:
    """Return whether a reading has the part of speech, and the form, that a tag names; False for an unknown tag."""
    if tag is None:
        return False
    pos, form = _PENN.get(tag, (tag[:1].lower().replace("j", "a").replace("s", "a"), None))
    if tag not in _PENN and len(tag) > 1:
        return False
    return reading.pos == pos and form in (None, reading.form)


def likeliest_reading(readings: Sequence[Reading], before: str, after: str) -> Reading:
    """Return the reading of the greatest weight, given the words before and after it, in lower case; "" for none.

    The weights are WordNet's counts; the words around change them by the factors above.
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
