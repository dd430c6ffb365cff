"""Augmentations of whole words and sentences: leave them out, keep a run of them, or change their order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pairgen._validation import check_pair, check_probability
from pairgen.augmentation import Range
from pairgen.modalities.text._kernels.numbers import thin_positions
from pairgen.modalities.text._kernels.words import Edit, Edits, spans_of, starts_sentence
from pairgen.modalities.text.augmentations.base import TextAugmentation

__all__ = ["SentenceShuffle", "SpanCrop", "WordDropout", "WordSwap"]


@dataclass(frozen=True)
class WordDropout(TextAugmentation):
    """Leave out words at random, but never all of them (EDA's random deletion, Wei and Zou 2019).

    A word is what stands between white space, with its punctuation; it goes with the white space after it, or, at the
    end of the text, before it.

    Args:
        ratio: Probability, in [0, 1], with which each word is left out.

    Raises:
        ValueError: `ratio` lies outside [0, 1].
        TypeError: `ratio` is no number.

    Example:
        >>> from pairgen.random import Stream
        >>> WordDropout(1.0)("one", Stream(0))
        'one'
    """

    ratio: float = 0.1

    def __post_init__(self) -> None:
        check_probability("ratio", self.ratio)

    def edits(self, text: str, numbers: Iterator[float]) -> Edits:
        """Return one edit for each run of words left out."""
        spans = spans_of(text)
        dropped = thin_positions(len(spans), self.ratio, numbers)
        if dropped and len(dropped) == len(spans):
            dropped.pop(int(next(numbers) * len(dropped)))
        return tuple(_removal(spans, first, last) for first, last in _runs(dropped))


@dataclass(frozen=True)
class SpanCrop(TextAugmentation):
    """Keep a run of consecutive words (the crop of SimCSE, Gao et al. 2021, table 2); at least one word stays.

    Args:
        scale: Ratio of the words that is kept, in (0, 1]: a number means itself, a pair (low, high) a range from which
            it is drawn uniformly.

    Raises:
        ValueError: `scale` lies outside (0, 1], or its ends are in the wrong order.
        TypeError: `scale` is neither a number nor a pair of numbers.

    Example:
        >>> from pairgen.random import Stream
        >>> len(SpanCrop(0.5)("one two three four", Stream(0)).split())
        2
    """

    scale: Range = (0.5, 1.0)

    def __post_init__(self) -> None:
        scale = check_pair("scale", self.scale, 0.0, 1.0)
        if not scale[0] > 0:
            raise ValueError(f"scale lies in (0, 1], got {self.scale!r}; 0.5 keeps half of the words")
        if not isinstance(self.scale, (int, float, tuple, list)):  # numbers of NumPy
            object.__setattr__(self, "scale", scale)

    def edits(self, text: str, numbers: Iterator[float]) -> Edits:
        """Return the edits that remove what comes before the run, and what comes after it."""
        spans = spans_of(text)
        low, high = self.scale if isinstance(self.scale, (tuple, list)) else (self.scale, self.scale)
        kept = max(1, round((low + (high - low) * next(numbers)) * len(spans)))
        if kept >= len(spans):
            return ()
        first = int(next(numbers) * (len(spans) - kept + 1))
        ends = (Edit(0, spans[first][0], ""), Edit(spans[first + kept - 1][1], len(text), ""))
        return tuple(edit for edit in ends if edit.start < edit.stop)


@dataclass(frozen=True)
class WordSwap(TextAugmentation):
    """Exchange words with others of the same text (EDA's random swap, Wei and Zou 2019). White space stays.

    Args:
        ratio: Probability, in [0, 1], with which each word changes places with another, all others alike.

    Raises:
        ValueError: `ratio` lies outside [0, 1].
        TypeError: `ratio` is no number.

    Example:
        >>> from pairgen.random import Stream
        >>> WordSwap(0.5)("one two", Stream(1)) in ("one two", "two one")
        True
    """

    ratio: float = 0.1

    def __post_init__(self) -> None:
        check_probability("ratio", self.ratio)

    def edits(self, text: str, numbers: Iterator[float]) -> Edits:
        """Return an edit for each position that holds another word than before."""
        spans = spans_of(text)
        order = list(range(len(spans)))
        if len(order) > 1:
            for i in thin_positions(len(order), self.ratio, numbers):
                j = int(next(numbers) * (len(order) - 1))
                j += j >= i
                order[i], order[j] = order[j], order[i]
        return _reorder(text, spans, order)


@dataclass(frozen=True)
class SentenceShuffle(TextAugmentation):
    """Put the sentences of a text into a random order. A text of one sentence stays as it is.

    A sentence ends with a word that ends in one of . ! ? : or an ellipsis, abbreviations such as "Dr." aside.

    Example:
        >>> from pairgen.random import Stream
        >>> SentenceShuffle()("It rains. Go!", Stream(0)) in ("It rains. Go!", "Go! It rains.")
        True
    """

    def edits(self, text: str, numbers: Iterator[float]) -> Edits:
        """Return an edit for each position that holds another sentence than before."""
        words, chunks = spans_of(text), text.split()
        if not chunks:
            return ()
        starts = [i for i in range(len(chunks)) if starts_sentence(chunks, i)]
        spans = [(words[a][0], words[b - 1][1]) for a, b in zip(starts, [*starts[1:], len(chunks)], strict=True)]
        order = list(range(len(spans)))
        for last in range(len(order) - 1, 0, -1):  # Fisher and Yates
            other = int(next(numbers) * (last + 1))
            order[last], order[other] = order[other], order[last]
        return _reorder(text, spans, order)


def _reorder(text: str, spans: Sequence[tuple[int, int]], order: Sequence[int]) -> Edits:
    """Edits that put the part spans[order[i]] in the place of spans[i]."""
    return tuple(Edit(*spans[i], text[slice(*spans[j])]) for i, j in enumerate(order) if i != j)


def _runs(positions: list[int]) -> Iterator[tuple[int, int]]:
    """(first, last) of each run of consecutive positions."""
    first = 0
    for k, position in enumerate(positions):
        if k + 1 == len(positions) or positions[k + 1] != position + 1:
            yield positions[first], position
            first = k + 1


def _removal(spans: list[tuple[int, int]], first: int, last: int) -> Edit:
    """The edit that removes words first to last and the white space on one side; another word is left."""
    if last + 1 < len(spans):
        return Edit(spans[first][0], spans[last + 1][0], "")
    return Edit(spans[first - 1][1], spans[last][1], "")
