"""`SynonymSwap` and `SynonymInsertion`: words become synonyms in the same form, or synonyms are added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pairgen._validation import check_int, check_probability
from pairgen.modalities.text._kernels.numbers import BatchNumbers, first_gaps, sample_positions, thin_positions
from pairgen.modalities.text._kernels.words import Edit, Edits, right_article, spans_of
from pairgen.modalities.text.augmentations.base import TextAugmentation
from pairgen.modalities.text.augmentations.synonyms.eligibility import STOP_WORDS, Scan, Scanner, Vocabulary
from pairgen.modalities.text.augmentations.synonyms.replacement import Tagger, replace_words, tag_words
from pairgen.modalities.text.lexicon.lexicon import LANGUAGES, LexiconSource, open_lexicon
from pairgen.modalities.text.lexicon.types import POS
from pairgen.modalities.text.lexicon.wordnet import find_wordnet

__all__ = ["SynonymInsertion", "SynonymSwap"]


@dataclass(frozen=True)
class SynonymSwap(TextAugmentation):
    """Replace words by synonyms that agree with them in number, tense, degree and case; "a" and "an" follow.

    Stop words, digits, URLs, addresses, names (capitalized within a sentence) and acronyms never change.

    Args:
        ratio: Probability, in [0, 1], with which each word that has synonyms is replaced.
        count: Replace that many of them instead, or all where there are fewer; None to go by `ratio`.
        lexicon: What `open_lexicon` takes; None for WordNet.
        language: "en", or any code with a lexicon of your own.
        senses: Only synonyms in that many senses of a word, the most frequent first; None for all.
        pos: Parts of speech that are replaced: "n", "v", "a", "r" for nouns, verbs, adjectives, adverbs.
        protect: Words that stay, in any case, beside the stop words of the language.
        multiword: Allow synonyms of several words ("domestic dog"), and replace such phrases as a whole; else they
            stay.
        tagger: Gives each word of a text its tag (see `Tagger`) and so decides which reading is meant; by default a
            table of WordNet's frequencies and of the words around. It is called only for texts in which something is
            replaced.

    Raises:
        LexiconNotFoundError: There is no WordNet on this machine. It is a ValueError.
        ValueError: The language is unknown, or an option is out of range.
        TypeError: An option is of another type.

    Example:
        >>> from pairgen.random import Stream
        >>> swap = SynonymSwap(1.0, lexicon={"n": {"dog": ["hound"]}, "a": {"big": ["enormous"]}})
        >>> swap("Two dogs and a big cat", Stream(0))
        'Two hounds and an enormous cat'
    """

    ratio: float = 0.1
    count: int | None = None
    lexicon: LexiconSource | None = None
    language: str = "en"
    senses: int | None = 3
    pos: Sequence[str] = POS
    protect: Sequence[str] = ()
    multiword: bool = False
    tagger: Tagger | None = None

    def __post_init__(self) -> None:
        check_probability("ratio", self.ratio)
        if self.count is not None:
            object.__setattr__(self, "count", check_int("count", self.count, low=0))
        if self.senses is not None:
            object.__setattr__(self, "senses", check_int("senses", self.senses, low=1))
        if isinstance(self.protect, str) or not all(isinstance(word, str) for word in self.protect):
            raise TypeError(f"protect is a list of words, got {self.protect!r}")
        if unknown := [pos for pos in self.pos if pos not in POS]:
            raise ValueError(f"{unknown[0]!r} is no part of speech; they are {', '.join(POS)}")
        object.__setattr__(self, "pos", tuple(self.pos))
        object.__setattr__(self, "protect", tuple(self.protect))
        if self.lexicon is not None or self.language not in LANGUAGES:
            object.__setattr__(self, "lexicon", open_lexicon(self.lexicon, self.language))
        else:
            find_wordnet()  # say now what is missing, not in a worker; WordNet is compiled and opened at the first draw

    @cached_property
    def scanner(self) -> Scanner:
        """Cache of the words met so far, and of the last texts."""
        protected = STOP_WORDS.get(self.language, frozenset()) | {word.lower() for word in self.protect}
        lexicon = open_lexicon(self.lexicon, self.language)
        return Scanner(Vocabulary(lexicon, protected, self.senses, tuple(self.pos), self.multiword))

    def edits(self, text: str, numbers: Iterator[float]) -> Edits:
        """Return the replacements, and the articles that follow them."""
        return self.edits_of_scan(text, self.scanner.scan_text(text), numbers)

    def edits_of_batch(self, texts: Sequence[str], numbers: BatchNumbers) -> list[Edits]:
        """Return the edits to each text, after one scan of all of them.

        Most texts have no replacement at a ratio of 0.1: one comparison for all of them tells which.
        """
        counts, scans = self.scanner.scan_batch(tuple(texts))
        edits: list[Edits] = [()] * len(scans)
        for i in self._changed_items(counts, numbers).tolist():
            edits[i] = self.edits_of_scan(texts[i], scans[i], numbers.of(i))
        return edits

    def _changed_items(self, counts: npt.NDArray[np.int64], numbers: BatchNumbers) -> npt.NDArray[np.intp]:
        """The items of a batch in which at least one of `counts` (B,) words is replaced."""
        if self.count is not None or not 0 < self.ratio < 1:
            return np.flatnonzero(counts)
        return np.flatnonzero(first_gaps(numbers.first(), self.ratio) < counts)

    def edits_of_scan(self, text: str, scan: Scan, numbers: Iterator[float]) -> Edits:
        """Return the edits to a text that has been scanned."""
        count = len(scan.eligible)
        if self.count is None:
            taken = thin_positions(count, self.ratio, numbers)
        else:
            taken = sample_positions(count, self.count, numbers)
        if not taken:
            return ()
        positions = [scan.eligible[position] for position in taken]
        tags = None if self.tagger is None else tag_words(self.tagger, scan.chunks)
        return tuple(replace_words(self.scanner.vocabulary, text, scan.chunks, positions, numbers, tags))


@dataclass(frozen=True)
class SynonymInsertion(SynonymSwap):
    """Insert synonyms of some words at random positions (EDA's random insertion, Wei and Zou 2019).

    The options are those of `SynonymSwap`; the words themselves stay.

    Example:
        >>> from pairgen.random import Stream
        >>> insert = SynonymInsertion(1.0, lexicon={"n": {"dog": ["hound"]}})
        >>> insert("I see dogs", Stream(0)).split().count("hounds")
        1
    """

    def edits_of_scan(self, text: str, scan: Scan, numbers: Iterator[float]) -> Edits:
        """Return one edit an inserted word."""
        replacements = [
            edit
            for edit in super().edits_of_scan(text, scan, numbers)
            if text[edit.start : edit.stop].lower() not in ("a", "an")
        ]
        if not replacements:
            return ()
        spans = spans_of(text)
        places = sorted((int(next(numbers) * len(spans)), edit.text.lower()) for edit in replacements)
        return tuple(_insertions(text.split(), spans, places))


def _insertions(
    chunks: Sequence[str], spans: Sequence[tuple[int, int]], places: Sequence[tuple[int, str]]
) -> Iterator[Edit]:
    """Edits that insert words before chunks, the article before the first word of a place fitting it."""
    last = 0
    for place, word in places:
        if place and place != last:
            article = right_article(chunks, place - 1, word)
            if article != chunks[place - 1]:
                yield Edit(*spans[place - 1], article)
        last = place
        yield Edit(spans[place][0], spans[place][0], word + " ")
