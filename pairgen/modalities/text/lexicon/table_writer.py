"""Compile words with their senses to the file that `table_reader` maps into memory."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
import numpy.typing as npt

from pairgen.modalities.text.lexicon.inflection import Exceptions, inflect
from pairgen.modalities.text.lexicon.table_reader import ALIGN, BITS, FORMAT, MAGIC, POS_FORMS, fingerprint
from pairgen.modalities.text.lexicon.types import FORMS_OF, POS, SPANS, Candidate, Inflect, Reading, Word

__all__ = ["Rows", "compile_rows", "english_inflection", "no_inflection", "pack_rows"]

Rows = dict[str, list[Reading]]
"""Surface form -> its readings, the most frequent first."""

_PLAIN = re.compile(r"[^\W\d_]{2,}(?:[-' ][^\W\d_]{2,})*")
_UNSEEN = 0.1  # the weight of a word that is in the dictionary, but never occurs in WordNet's corpora


def english_inflection(exceptions: Exceptions) -> Inflect:
    """Return inflection by the rules of English and these exceptions."""
    return lambda lemma, pos: inflect(lemma, pos, exceptions)


def no_inflection(lemma: str, pos: str) -> dict[str, str]:
    """Return every word in the one form in which it is written: for languages whose inflection is not known."""
    return {FORMS_OF[pos][0]: lemma}


def compile_rows(words: Iterable[Word], inflect_word: Inflect) -> Rows:
    """Return all readings of all surface forms. Lemmas with digits, or parts of a single letter, are left out.

    A candidate takes the form of the word that it replaces; one that has no such form, or is spelled like the word, is
    left out. The weight of a lemma is shared equally by its forms.
    """
    cache: dict[tuple[str, str], dict[str, str]] = {}

    def forms_of(lemma: str, pos: str) -> dict[str, str]:
        if (lemma, pos) not in cache:
            cache[lemma, pos] = inflect_word(lemma, pos) if _PLAIN.fullmatch(lemma) else {}
        return cache[lemma, pos]

    rows: Rows = {}
    for word in words:
        forms = forms_of(word.lemma, word.pos)
        for form, surface in forms.items():
            candidates = tuple(_candidates(word, form, surface, forms_of))
            reading = Reading(word.pos, form, (word.count or _UNSEEN) / len(forms), candidates)
            rows.setdefault(surface, []).append(reading)
    for readings in rows.values():
        readings.sort(key=lambda r: -r.weight)
    return {surface: readings for surface, readings in rows.items() if any(r.candidates for r in readings)}


def _candidates(
    word: Word, form: str, surface: str, forms_of: Callable[[str, str], dict[str, str]]
) -> Iterator[Candidate]:
    seen = {surface, word.lemma}
    for sense, others in enumerate(word.senses, start=1):
        for other in others:
            text = forms_of(other, word.pos).get(form)
            if text is not None and text not in seen:
                seen.add(text)
                yield Candidate(text, min(sense, 254))


def pack_rows(rows: Rows, header: Mapping[str, str]) -> bytes:
    """Return the content of the file.

    Args:
        rows: The readings of every surface form.
        header: Further entries of the header: "language" and "licence".
    """
    strings = _sort_strings(rows)
    arrays = _build_arrays(rows, strings)
    layout, end = {}, 0
    for name, array in arrays.items():
        layout[name] = (end, str(array.dtype), len(array))
        end += -(-array.nbytes // ALIGN) * ALIGN
    single = sum(" " not in text for text in strings)
    contents = {"arrays": layout, "bytes": end, "surfaces": len(rows), "single": single}
    encoded = json.dumps({"format": FORMAT, **contents, **header}).encode()
    head = MAGIC + len(encoded).to_bytes(8, "little") + encoded
    parts = [head, bytes(-len(head) % ALIGN)]
    for array in arrays.values():
        parts += [array.tobytes(), bytes(-array.nbytes % ALIGN)]
    return b"".join(parts)


def _sort_strings(rows: Rows) -> list[str]:
    """The texts of all candidates, those of one word first."""
    texts = {candidate.text for readings in rows.values() for reading in readings for candidate in reading.candidates}
    return sorted(sorted(texts), key=lambda text: " " in text)


def _build_arrays(rows: Rows, strings: list[str]) -> dict[str, npt.NDArray[np.generic]]:
    ordered = sorted((fingerprint(surface), surface) for surface in rows)
    readings = [reading for _, surface in ordered for reading in rows[surface]]
    candidates = [candidate for reading in readings for candidate in reading.candidates]
    number = {text: n for n, text in enumerate(strings)}
    encoded = [text.encode() for text in strings]
    keys = np.array([*(key for key, _ in ordered), 1 << BITS], dtype=np.uint64)
    top = len(ordered).bit_length()
    return {
        "keys": keys,
        "bucket": np.searchsorted(keys >> np.uint64(BITS - top), np.arange(1 << top)).astype(np.uint32),
        "least": _least_senses(rows, ordered, multiword=False),
        "least_any": _least_senses(rows, ordered, multiword=True),
        "spans": _phrase_spans([surface for _, surface in ordered]),
        "first": _offsets([len(rows[surface]) for _, surface in ordered]),
        "kind": np.array([POS_FORMS.index((r.pos, r.form)) for r in readings], dtype=np.uint8),
        "weight": np.array([r.weight for r in readings], dtype=np.float32),
        "begin": _offsets([len(r.candidates) for r in readings]),
        "candidate": np.array([number[c.text] for c in candidates], dtype=np.uint32),
        "sense": np.array([c.sense for c in candidates], dtype=np.uint8),
        "at": _offsets([len(text) for text in encoded]),
        "text": np.frombuffer(b"".join(encoded), dtype=np.uint8),
    }


def _least_senses(rows: Rows, ordered: list[tuple[int, str]], *, multiword: bool) -> npt.NDArray[np.uint8]:
    least = np.full((len(ordered), len(POS)), 255, dtype=np.uint8)
    for row, (_, surface) in zip(least, ordered, strict=True):
        for reading in rows[surface]:
            p = POS.index(reading.pos)
            senses = (c.sense for c in reading.candidates if multiword or " " not in c.text)
            row[p] = min(row[p], min(senses, default=255))
    return least.ravel()


def _phrase_spans(surfaces: list[str]) -> npt.NDArray[np.uint8]:
    number = {surface: s for s, surface in enumerate(surfaces)}
    spans = np.zeros(len(surfaces), dtype=np.uint8)
    for words in (surface.split(" ") for surface in surfaces if " " in surface):
        for k, (begin, end) in enumerate(SPANS):
            if len(words) == end - begin and words[-begin] in number:
                spans[number[words[-begin]]] |= 1 << k
    return spans


def _offsets(lengths: list[int]) -> npt.NDArray[np.uint32]:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.uint32)
