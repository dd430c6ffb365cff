"""Augmentations of order: `WordSwap` exchanges words, `SentenceShuffle` whole sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pairgen.modalities.text._kernels.edits import Edit, Edits
from pairgen.modalities.text._kernels.numbers import thinned
from pairgen.modalities.text._kernels.words import opens_sentence, spans_of
from pairgen.modalities.text.augmentations.base import TextAugmentation, checked_rate

__all__ = ["SentenceShuffle", "WordSwap"]


@dataclass(frozen=True)
class WordSwap(TextAugmentation):
    """Exchange words with others of the same text (EDA's random swap). White space stays where it is.

    rate: the probability, in [0, 1], with which each word changes places with another, all others alike.
    """

    rate: float = 0.1

    def __post_init__(self) -> None:
        checked_rate("rate", self.rate)

    def edits(self, text: str, numbers: Iterator[float]) -> Edits:
        """An edit for each place that holds another word than before."""
        spans = spans_of(text)
        order = list(range(len(spans)))
        if len(order) > 1:
            for i in thinned(len(order), self.rate, numbers):
                j = int(next(numbers) * (len(order) - 1))
                j += j >= i
                order[i], order[j] = order[j], order[i]
        return _reordered(text, spans, order)


@dataclass(frozen=True)
class SentenceShuffle(TextAugmentation):
    """Put the sentences of a text into a random order. A text of one sentence stays as it is.

    A sentence ends with a word that ends in one of . ! ? : or an ellipsis, abbreviations such as "Dr." aside.
    """

    def edits(self, text: str, numbers: Iterator[float]) -> Edits:
        """An edit for each place that holds another sentence than before."""
        words, chunks = spans_of(text), text.split()
        if not chunks:
            return ()
        starts = [i for i in range(len(chunks)) if opens_sentence(chunks, i)]
        spans = [(words[a][0], words[b - 1][1]) for a, b in zip(starts, [*starts[1:], len(chunks)], strict=True)]
        order = list(range(len(spans)))
        for last in range(len(order) - 1, 0, -1):  # Fisher and Yates
            other = int(next(numbers) * (last + 1))
            order[last], order[other] = order[other], order[last]
        return _reordered(text, spans, order)


def _reordered(text: str, spans: Sequence[tuple[int, int]], order: Sequence[int]) -> Edits:
    """Edits that put the part spans[order[i]] in the place of spans[i]."""
    return tuple(Edit(*spans[i], text[slice(*spans[j])]) for i, j in enumerate(order) if i != j)
