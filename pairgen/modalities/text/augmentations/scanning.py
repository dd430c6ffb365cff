"""Which chunks of a text may be swapped: for one text, and for a batch in a few passes over all of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from pairgen.modalities.text.augmentations.vocabulary import CAPITAL, MARKS, SWAPPABLE, Vocabulary

__all__ = ["Scan", "Scanner"]


class Scan(NamedTuple):
    """The chunks of a text, and the positions of those that may be swapped."""

    chunks: list[str]
    eligible: list[int]


class Scanner:
    """Scans texts; the last ones are remembered, as the second view of a pair asks for the same again."""

    def __init__(self, known: Vocabulary) -> None:
        self.known = known
        self.text = lru_cache(maxsize=8)(self._text)
        self.batch = lru_cache(maxsize=2)(self._batch)

    def __reduce__(self) -> tuple[type[Scanner], tuple[Vocabulary]]:
        return Scanner, (self.known,)

    def _text(self, text: str) -> Scan:
        chunks = text.split()
        kinds = bytes(map(self.known.__getitem__, chunks))
        marks = kinds.translate(MARKS)
        if CAPITAL not in marks:
            return Scan(chunks, [i for i, mark in enumerate(marks) if mark])
        return Scan(chunks, [i for i, m in enumerate(marks) if m and (m != CAPITAL or SWAPPABLE.match(kinds, i))])

    def _batch(self, texts: tuple[str, ...]) -> tuple[np.ndarray, Sequence[Scan]]:
        """(how many chunks of each text may be swapped, int64 (B,); the scans)."""
        lists = [text.split() for text in texts]
        flat: list[str | None] = []
        for chunks in lists:
            flat += chunks
            flat.append(None)
        kinds = bytes(map(self.known.__getitem__, flat))
        marks = np.frombuffer(bytearray(kinds.translate(MARKS)), dtype=np.uint8)
        for i in np.flatnonzero(marks == CAPITAL).tolist():
            marks[i] = SWAPPABLE.match(kinds, i) is not None
        places = np.flatnonzero(marks)
        lengths = np.array([len(chunks) + 1 for chunks in lists], dtype=np.int64)
        begins = np.cumsum(lengths) - lengths
        starts, ends = np.searchsorted(places, begins), np.searchsorted(places, begins + lengths)
        local = (places - np.repeat(begins, ends - starts)).tolist()
        bounds = zip(lists, starts.tolist(), ends.tolist(), strict=True)
        return ends - starts, [Scan(chunks, local[a:b]) for chunks, a, b in bounds]
