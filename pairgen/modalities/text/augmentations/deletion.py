"""Augmentations that leave words out: `WordDropout` here and there, `SpanCrop` at both ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pairgen.augmentation import Range
from pairgen.modalities.text._kernels.edits import Edit, Edits
from pairgen.modalities.text._kernels.numbers import thinned
from pairgen.modalities.text._kernels.words import spans_of
from pairgen.modalities.text.augmentations.base import TextAugmentation, checked_rate

__all__ = ["SpanCrop", "WordDropout"]


@dataclass(frozen=True)
class WordDropout(TextAugmentation):
    """Leave each word out with probability `rate`, in [0, 1], but never all of them (EDA's random deletion).

    A word is what stands between white space, with its punctuation; it goes with the white space after it, or, at the
    end of the text, before it.
    """

    rate: float = 0.1

    def __post_init__(self) -> None:
        checked_rate("rate", self.rate)

    def edits(self, text: str, numbers: Iterator[float]) -> Edits:
        """One edit for each run of words left out."""
        spans = spans_of(text)
        dropped = thinned(len(spans), self.rate, numbers)
        if dropped and len(dropped) == len(spans):
            dropped.pop(int(next(numbers) * len(dropped)))
        return tuple(_removal(spans, *run) for run in _runs(dropped))


@dataclass(frozen=True)
class SpanCrop(TextAugmentation):
    """Keep a run of consecutive words (the crop of SimCSE, Gao et al. 2021, table 2).

    scale: the share of the words that is kept, in (0, 1]; a number means itself, a pair (low, high) a range from which
        it is drawn. At least one word stays.
    """

    scale: Range = (0.5, 1.0)

    def __post_init__(self) -> None:
        low, high = self._scales()
        if not 0 < low <= high <= 1:
            raise ValueError(f"scale lies in (0, 1], low before high; got {self.scale!r}")

    def _scales(self) -> tuple[float, float]:
        return (self.scale, self.scale) if isinstance(self.scale, (int, float)) else (self.scale[0], self.scale[1])

    def edits(self, text: str, numbers: Iterator[float]) -> Edits:
        """What comes before the run goes, and what comes after it."""
        spans = spans_of(text)
        low, high = self._scales()
        kept = max(1, round((low + (high - low) * next(numbers)) * len(spans)))
        if kept >= len(spans):
            return ()
        first = int(next(numbers) * (len(spans) - kept + 1))
        ends = (Edit(0, spans[first][0], ""), Edit(spans[first + kept - 1][1], len(text), ""))
        return tuple(edit for edit in ends if edit.start < edit.stop)


def _runs(positions: list[int]) -> Iterator[tuple[int, int]]:
    """(first, last) of each run of consecutive positions."""
    first = 0
    for k, position in enumerate(positions):
        if k + 1 == len(positions) or positions[k + 1] != position + 1:
            yield positions[first], position
            first = k + 1


def _removal(spans: list[tuple[int, int]], first: int, last: int) -> Edit:
    """The edit that takes out words first to last and the white space on one side; another word is left."""
    if last + 1 < len(spans):
        return Edit(spans[first][0], spans[last + 1][0], "")
    return Edit(spans[first - 1][1], spans[last][1], "")
