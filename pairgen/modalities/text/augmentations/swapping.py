"""The swaps within one text: which reading is meant, which phrases stay whole, and which article fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pairgen.modalities.text._kernels.articles import repaired
from pairgen.modalities.text._kernels.edits import Edit
from pairgen.modalities.text._kernels.tagging import Tagger, fits_tag, likeliest
from pairgen.modalities.text._kernels.words import case_of, core_of, recased, spans_up_to
from pairgen.modalities.text.augmentations.vocabulary import Vocabulary
from pairgen.modalities.text.lexicon import Reading

__all__ = ["swaps", "tags_of"]


def swaps(
    known: Vocabulary,
    text: str,
    chunks: Sequence[str],
    places: Sequence[int],
    numbers: Iterator[float],
    tags: Sequence[str | None] | None = None,
) -> Iterable[Edit]:
    """Edits that swap the words of these chunks, each by one of its candidates, all equally likely.

    known: what may be swapped by what. chunks: text.split(). places: positions among them, in order. tags: of a tagger,
    one a chunk, or None.
    """
    edits: list[Edit] = []
    spans = spans_up_to(text, chunks, places[-1] + 3)
    end = 0  # chunks before this one belong to a phrase that was swapped
    for i in places:
        number = next(numbers)
        stop, readings = _unit(known, chunks, i)
        reading = _meant(chunks, i, stop, readings, tags) if i >= end else None
        if reading is not None and reading.candidates:
            end = stop
            candidate = reading.candidates[int(number * len(reading.candidates))].text
            edits += _edits(chunks, spans, i, stop, candidate)
    return edits


def tags_of(tagger: Tagger, chunks: Sequence[str]) -> Sequence[str | None]:
    """The tagger's tag for the word of each chunk. ValueError if it gives more or fewer."""
    words = [chunk if (core := core_of(chunk)) is None else core.word for chunk in chunks]
    tags = tagger(words)
    if len(tags) != len(words):
        raise ValueError(f"the tagger gave {len(tags)} tags for {len(words)} words; it has to give one for each")
    return tags


def _unit(known: Vocabulary, chunks: Sequence[str], i: int) -> tuple[int, Sequence[Reading]]:
    """(stop, readings) of what is swapped at chunk i: the word, or a phrase that it begins; nothing within one."""
    core = core_of(chunks[i])
    if core is None:
        return i + 1, ()
    for begin, end in known.spans(core.lower):
        if i + begin >= 0 and (phrase := known.phrases[tuple(chunks[i + begin : i + end])]):
            whole = known.multiword and begin == 0
            return i + end, known.usable(phrase) if whole else ()
    return i + 1, known.usable(core.lower)


def _meant(
    chunks: Sequence[str], i: int, stop: int, readings: Sequence[Reading], tags: Sequence[str | None] | None
) -> Reading | None:
    if tags is not None:
        readings = [reading for reading in readings if fits_tag(reading, tags[i])]
    if len(readings) < 2:
        return readings[0] if readings else None
    # Punctuation between two words parts them.
    before = core_of(chunks[i - 1]) if i and chunks[i - 1][-1].isalpha() else None
    after = core_of(chunks[stop]) if stop < len(chunks) and chunks[stop - 1][-1].isalpha() else None
    return likeliest(readings, before.lower if before else "", after.lower if after else "")


def _edits(
    chunks: Sequence[str], spans: Sequence[tuple[int, int]], i: int, stop: int, candidate: str
) -> Iterator[Edit]:
    """The swap, after the article before it if that changes."""
    first, last = core_of(chunks[i]), core_of(chunks[stop - 1])
    if first is None or last is None:
        return
    word = recased(candidate, case_of(first.word))
    if i:
        before = chunks[i - 1]
        article = repaired(before, word)
        if article != before:
            yield Edit(*spans[i - 1], article)
    yield Edit(spans[i][0] + first.start, spans[stop - 1][0] + last.stop, word)
