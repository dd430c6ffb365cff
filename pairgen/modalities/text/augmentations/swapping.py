"""The swaps within one text: which reading is meant, which phrases stay whole, and which article fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pairgen.modalities.text.augmentations.vocabulary import CAPITAL, FIXED, PLAIN, Vocabulary
from pairgen.modalities.text.functional.articles import repaired
from pairgen.modalities.text.functional.edits import Edit
from pairgen.modalities.text.functional.tagging import Tagger, fits_tag, likeliest
from pairgen.modalities.text.functional.words import case_of, core_of, opens_sentence, recased, spans_of
from pairgen.modalities.text.lexicon import Reading

__all__ = ["Swaps", "without_names"]

_PHRASES = ((-1, 2), (0, 3), (-2, 1), (0, 2), (-1, 1))
"""Where phrases of three words and of two that hold word 0 begin and end."""


def without_names(kinds: bytes, chunks: Sequence[str]) -> bytes:
    """The kinds of a text's chunks, with each capitalised one settled: PLAIN, or, if it is a name, FIXED."""
    settled = bytearray(kinds)
    for i, kind in enumerate(kinds):
        if kind == CAPITAL:
            settled[i] = PLAIN if _is_no_name(chunks, i) else FIXED
    return bytes(settled)


def _is_no_name(chunks: Sequence[str], i: int) -> bool:
    """Whether a capitalised word is none because of where it stands: first in a sentence, or in a text of capitals."""
    core, following = core_of(chunks[i]), core_of(chunks[i + 1]) if i + 1 < len(chunks) else None
    if core and case_of(core.word) == "upper":
        around = [core_of(chunks[i - 1]) if i else None, following]
        neighbours = [core.word.isupper() for core in around if core is not None]
        return bool(neighbours) and all(neighbours)
    return opens_sentence(chunks, i) and not (following and following.word[0].isupper())


class Swaps:
    """Makes the edits of one text; made only for texts in which a word is swapped.

    known: what may be swapped by what. chunks: text.split(). tagger: decides on readings, or None.
    """

    def __init__(self, known: Vocabulary, text: str, chunks: Sequence[str], tagger: Tagger | None) -> None:
        self.known, self.chunks = known, chunks
        self.spans = spans_of(text)
        self.cores = [core_of(chunk) for chunk in chunks]
        self.tags = None if tagger is None else self._tagged(tagger)

    def _tagged(self, tagger: Tagger) -> Sequence[str | None]:
        words = [chunk if core is None else core.word for core, chunk in zip(self.cores, self.chunks, strict=True)]
        tags = tagger(words)
        if len(tags) != len(words):
            raise ValueError(f"the tagger gave {len(tags)} tags for {len(words)} words; it has to give one for each")
        return tags

    def at(self, places: Iterable[int], numbers: Iterator[float]) -> Iterator[Edit]:
        """Edits that swap the words of these chunks, each by one of its candidates, all equally likely."""
        end = 0  # chunks before this one belong to a phrase that was swapped
        for i in places:
            number = next(numbers)
            stop, readings = self._unit(i)
            reading = self._meant(i, stop, readings) if i >= end else None
            if reading is not None and reading.candidates:
                end = stop
                yield from self._edits(i, stop, reading.candidates[int(number * len(reading.candidates))].text)

    def _unit(self, i: int) -> tuple[int, Sequence[Reading]]:
        """(stop, readings) of what is swapped at chunk i: the word, or a phrase that it begins; nothing within one."""
        for begin, end in _PHRASES:
            phrase = self._phrase(i + begin, i + end)
            if phrase and phrase in self.known.lexicon:
                whole = self.known.multiword and begin == 0
                return i + end, self.known.usable(phrase) if whole else ()
        core = self.cores[i]
        return i + 1, self.known.usable(core.lower) if core else ()

    def _phrase(self, start: int, stop: int) -> str:
        """The words of these chunks, "" if one of them is none, or if there are not so many."""
        words = [core.lower for core in self.cores[start:stop] if core] if start >= 0 else []
        return " ".join(words) if len(words) == stop - start else ""

    def _meant(self, i: int, stop: int, readings: Sequence[Reading]) -> Reading | None:
        tags = self.tags
        if tags is not None:
            readings = [reading for reading in readings if fits_tag(reading, tags[i])]
        if not readings:
            return None
        before = self.cores[i - 1] if i and self.chunks[i - 1][-1].isalpha() else None
        after = self.cores[stop] if stop < len(self.cores) and self.chunks[stop - 1][-1].isalpha() else None
        return likeliest(readings, before.lower if before else "", after.lower if after else "")

    def _edits(self, i: int, stop: int, candidate: str) -> Iterator[Edit]:
        """The swap, after the article before it if that changes."""
        first, last = self.cores[i], self.cores[stop - 1]
        if first is None or last is None:
            return
        if i:
            before = self.chunks[i - 1]
            article = repaired(before, candidate)
            if article != before:
                yield Edit(*self.spans[i - 1], article)
        start, end = self.spans[i][0] + first.start, self.spans[stop - 1][0] + last.stop
        yield Edit(start, end, recased(candidate, case_of(first.word)))
