"""`SynonymSwap`: words become synonyms in the same form, and nothing else changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pairgen.modalities.text._kernels.edits import Edits
from pairgen.modalities.text._kernels.numbers import Numbers, chosen, first_gaps, thinned
from pairgen.modalities.text._kernels.tagging import Tagger
from pairgen.modalities.text.augmentations.base import TextAugmentation, checked_count, checked_rate
from pairgen.modalities.text.augmentations.scanning import Scan, Scanner
from pairgen.modalities.text.augmentations.stop_words import STOP_WORDS
from pairgen.modalities.text.augmentations.swapping import swaps, tags_of
from pairgen.modalities.text.augmentations.vocabulary import Vocabulary
from pairgen.modalities.text.lexicon import LANGUAGES, POS, Lexicon, find_wordnet, open_lexicon

__all__ = ["SynonymSwap"]


@dataclass(frozen=True)
class SynonymSwap(TextAugmentation):
    """Replace words by synonyms that agree with them in number, tense, degree and case; "a" and "an" follow.

    rate: the probability, in [0, 1], with which each word that has synonyms is swapped. count: swap that many of them
        instead, or all where there are fewer.
    lexicon: None for WordNet, else what `open_lexicon` takes. language: "en", or any code with a lexicon of your own.
    senses: only synonyms in that many senses of a word, the most frequent first; None for all.
    pos: the parts of speech that are swapped: "n", "v", "a", "r" for nouns, verbs, adjectives, adverbs.
    protect: words that stay, in any case, beside the stop words of the language.
    multiword: allow synonyms of several words ("domestic dog"), and swap such phrases as a whole; else they stay.
    tagger: gives each word of a text its tag (see `Tagger`) and decides which reading is meant; the default is a table
        of WordNet's frequencies and of the words around. It is called only for texts in which something is swapped.

    Never touched: stop words, digits, URLs, addresses, names (capitalised within a sentence), acronyms.
    Raises LexiconNotFoundError (a ValueError) without WordNet, ValueError for an unknown language.
    """

    rate: float = 0.1
    count: int | None = None
    lexicon: Any = None
    language: str = "en"
    senses: int | None = 3
    pos: Sequence[str] = POS
    protect: Sequence[str] = ()
    multiword: bool = False
    tagger: Tagger | None = None

    def __post_init__(self) -> None:
        checked_rate("rate", self.rate)
        if self.count is not None:
            checked_count("count", self.count)
        if self.senses is not None:
            checked_count("senses", self.senses, least=1)
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
        """What is known of the words met so far, and of the last texts."""
        lexicon: Lexicon = open_lexicon(self.lexicon, self.language)
        protected = STOP_WORDS.get(self.language, frozenset()) | {word.lower() for word in self.protect}
        return Scanner(Vocabulary(lexicon, protected, self.senses, tuple(self.pos), self.multiword))

    def edits(self, text: str, numbers: Iterator[float]) -> Edits:
        """The swaps, and the articles that follow them."""
        return self.found(text, self.scanner.text(text), numbers)

    def edits_of_many(self, texts: Sequence[str], numbers: Numbers) -> list[Edits]:
        """The edits to each text, after one scan of all of them.

        Most texts have no swap at p = 0.1: one comparison for all of them tells which.
        """
        counts, scans = self.scanner.batch(tuple(texts))
        edits: list[Edits] = [()] * len(scans)
        changed = self._changed(counts, numbers)
        for i in changed.tolist():
            edits[i] = self.found(texts[i], scans[i], numbers.of(i))
        return edits

    def _changed(self, counts: np.ndarray, numbers: Numbers) -> np.ndarray:
        """The items of a batch in which at least one of `counts` (B,) words is swapped."""
        if self.count is not None or not 0 < self.rate < 1:
            return np.flatnonzero(counts)
        return np.flatnonzero(first_gaps(numbers.first(), self.rate) < counts)

    def found(self, text: str, scan: Scan, numbers: Iterator[float]) -> Edits:
        """The edits to a text that has been scanned."""
        count = len(scan.eligible)
        taken = thinned(count, self.rate, numbers) if self.count is None else chosen(count, self.count, numbers)
        if not taken:
            return ()
        places = [scan.eligible[position] for position in taken]
        tags = None if self.tagger is None else tags_of(self.tagger, scan.chunks)
        return tuple(swaps(self.scanner.known, text, scan.chunks, places, numbers, tags))
