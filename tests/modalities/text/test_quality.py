"""The quality of synonym swaps, on 200 sentences whose parts of speech and forms were marked by hand.

A sentence is tokens between spaces; `word_TAG` has a Penn Treebank tag. What is checked: no space or underscore is
invented, number, tense and degree agree with the mark, articles fit, and names, numbers and addresses stay.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from pairgen.modalities.text import SynonymSwap
from pairgen.modalities.text._kernels.words import core_of
from pairgen.modalities.text.lexicon.inflection import inflect
from pairgen.random import Stream

MARKED = Path(__file__).with_name("sentences.txt").read_text(encoding="utf-8").splitlines()
TAG = re.compile(r"_([A-Z]{2,3})$")
FORM = {
    "NN": "singular", "NNS": "plural", "VB": "base", "VBP": "base", "VBZ": "third", "VBD": "past", "VBN": "participle",
    "VBG": "gerund", "JJ": "positive", "JJR": "comparative", "JJS": "superlative", "RB": "adverb",
}  # fmt: skip
# The test's own word lists, apart from the rules that are tested.
AN = ("a", "e", "i", "o", "u", "hour", "hr", "honest", "heir", "honour", "honor")
A = ("uni", "use", "usu", "eu", "one", "ut", "ur", "ew")
VOWEL_AFTER_ALL = ("unim", "unin", "unid", "urb", "urg", "urc", "utt", "utm")


@dataclass(frozen=True)
class Swap:
    """A word and what came in its place; tag: the mark of the word, or None."""

    old: str
    new: str
    tag: str | None
    before: str


def plain(marked: str) -> str:
    return " ".join(TAG.sub("", token) for token in marked.split(" "))


def swaps_of(augmentation, seeds=range(12)) -> list[tuple[str, str, list[Swap]]]:
    """(text, view, its swaps) of every sentence under several seeds, in batches."""
    texts, found = [plain(marked) for marked in MARKED], []
    for seed in seeds:
        views, _ = augmentation.sample_batch(texts, Stream(seed, index=np.arange(len(texts))))
        for marked, text, view in zip(MARKED, texts, views, strict=True):
            tokens, old, new = marked.split(" "), text.split(" "), view.split(" ")
            if len(old) != len(new):
                found.append((text, view, []))
                continue
            changed = [
                Swap(o, n, match[1] if (match := TAG.search(t)) else None, new[i - 1] if i else "")
                for i, (t, o, n) in enumerate(zip(tokens, old, new, strict=True))
                if o != n and o.lower() not in ("a", "an")
            ]
            found.append((text, view, changed))
    return found


def right_article(article: str, word: str) -> bool:
    lower = word.lower().strip('"')
    vowel = lower.startswith(AN) and not (lower.startswith(A) and not lower.startswith(VOWEL_AFTER_ALL))
    return article.lower() == ("an" if vowel else "a")


def agreement(swaps: list[Swap], english) -> float:
    """The ratio of swaps of marked words whose new word is a synonym in the form of the mark."""
    marked = [swap for swap in swaps if swap.tag]
    kept = [
        any(
            c.text == swap.new.lower()
            for reading in english.readings(swap.old.lower())
            if reading.form == FORM[swap.tag]
            for c in reading.candidates
        )
        for swap in marked
    ]
    return sum(kept) / len(kept)


def spaces_invented(found) -> int:
    return sum(
        len(view.split(" ")) != len(text.split(" ")) or "_" in view.replace("a_b", "") for text, view, _ in found
    )


def wrong_articles(found) -> list[tuple[str, str]]:
    wrong = []
    for _, view, _ in found:
        tokens = view.split(" ")
        wrong += [
            (article, word)
            for article, word in itertools.pairwise(tokens)
            if article in ("a", "an", "A", "An") and word[0].isalpha() and not right_article(article, word)
        ]
    return wrong


@pytest.fixture(scope="module")
def found(english):
    return swaps_of(SynonymSwap(0.3, senses=None))


def test_there_are_two_hundred_sentences_and_many_swaps(found):
    assert len(MARKED) == 200
    assert len({plain(marked) for marked in MARKED}) == 200
    assert sum(len(swaps) for _, _, swaps in found) > 2000


def test_no_space_and_no_underscore_is_invented(found):
    assert spaces_invented(found) == 0


def test_number_tense_and_degree_agree_in_95_of_100_swaps(found, english):
    swaps = [swap for _, _, swaps in found for swap in swaps]
    assert sum(swap.tag is not None for swap in swaps) > 2000
    assert agreement(swaps, english) >= 0.95


def test_every_article_fits(found):
    assert wrong_articles(found) == []


def test_only_marked_words_change_names_numbers_and_addresses_stay(found):
    unmarked = {swap.old for _, _, swaps in found for swap in swaps if swap.tag is None}
    assert not {word for word in unmarked if any(c.isdigit() or c in "@/" or c.isupper() for c in word)}
    assert not unmarked & {"Boston", "Rome", "NASA", "Apple", "Dr.", "Brown", "John's", "Sunday", "May"}


def test_the_case_of_the_first_letter_is_kept(found):
    for _, _, swaps in found:
        assert all(swap.old[0].isupper() == swap.new[0].isupper() for swap in swaps)


def test_the_checks_can_fail(found, english):
    """Each check is given what a careless swap would do, and finds it."""
    swaps = [swap for _, _, swaps in found for swap in swaps if swap.tag]
    exceptions: dict[str, dict[str, list[str]]] = {}
    plurals = [
        Swap(s.old, inflect(s.new, "n", exceptions)["plural"], s.tag, s.before) if s.tag == "NN" else s for s in swaps
    ]
    assert agreement(plurals, english) < 0.8
    text, view, changed = found[0]
    assert spaces_invented([(text, view + " more", changed)]) == 1
    assert spaces_invented([(text, view.replace(" ", "_", 1) + " x", changed)]) == 1
    assert wrong_articles([("", "He ate a apple and an pear in an university for a hour .", [])]) == [
        ("a", "apple"), ("an", "pear"), ("an", "university"), ("a", "hour"),
    ]  # fmt: skip


def test_swaps_without_inflection_would_fail_these_checks(english):
    """All senses, any part of speech, no inflection."""
    swaps = []
    for marked in MARKED:
        for token in marked.split(" "):
            match = TAG.search(token)
            word = TAG.sub("", token)
            lemmas = [c.text for r in english.readings(word.lower().removesuffix("s")) for c in r.candidates]
            if match and lemmas:
                swaps.append(Swap(word, lemmas[len(word) % len(lemmas)], match[1], ""))
    assert agreement(swaps, english) < 0.8


def test_a_tagger_that_knows_the_marks_makes_the_agreement_complete(english):
    tags = {}
    for marked in MARKED:
        cores = [core.word if (core := core_of(chunk)) else chunk for chunk in plain(marked).split(" ")]
        tags[tuple(cores)] = [match[1] if (match := TAG.search(token)) else None for token in marked.split(" ")]

    def tagger(words):
        return tags[tuple(words)]

    found = swaps_of(SynonymSwap(0.3, senses=None, tagger=tagger), seeds=range(2))
    assert agreement([swap for _, _, swaps in found for swap in swaps], english) == 1.0
