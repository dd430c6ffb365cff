"""Compiled lexicon: one file of flat arrays, mapped into memory, so that opening it reads next to nothing.

Layout: MAGIC, the length of the header (8 bytes, little-endian), the header in JSON, then the arrays, each aligned to
64 bytes. Surface forms are found by their 60-bit fingerprints: the first bits lead to a bucket of one or two.

keys       uint64 (S + 1,)  sorted fingerprints of the surface forms; the last one is larger than any
bucket     uint32 (2**b,)   the keys that begin with the b bits i are from bucket[i] on; 2**b is between S and 2 S
least      uint8 (4 S,)     of surface s, the most frequent sense with a candidate of one word in part of speech POS[p],
                            at 4 s + p; 255 for none
least_any  uint8 (4 S,)     the same with candidates of any number of words
spans      uint8 (S,)       bit k: a surface form of several words holds surface s where SPANS[k] holds word 0
first      uint32 (S + 1,)  the readings of surface s are first[s] to first[s + 1]
kind       uint8 (R,)       index of (part of speech, form) in POS_FORMS
weight     float32 (R,)
begin      uint32 (R + 1,)  the candidates of reading r are begin[r] to begin[r + 1], the most frequent sense first
candidate  uint32 (C,)      which string
sense      uint8 (C,)
at         uint32 (N + 1,)  string n is the UTF-8 in text[at[n]:at[n + 1]]; the first ones, `single` of them by the
                            header, are those of one word
text       uint8 (bytes,)
"""

from __future__ import annotations

import json
import mmap
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np

from pairgen.modalities.text.lexicon.types import FORMS_OF, POS, SPANS, Candidate, Reading

__all__ = ["ALIGN", "BITS", "FORMAT", "MAGIC", "POS_FORMS", "Candidates", "Table", "fingerprint"]

FORMAT = 5
MAGIC = b"pairgen lexicon\n"
ALIGN = 64
BITS = 60
POS_FORMS = tuple((pos, form) for pos, forms in FORMS_OF.items() for form in forms)
_FORMATS: dict[str, Literal["Q", "I", "B", "f"]] = {"uint64": "Q", "uint32": "I", "uint8": "B", "float32": "f"}
_PRIME = 740522598007681627  # drawn at random; powers of 256 leave remainders without a pattern
_FACTOR = 380053251152020649  # drawn at random; short words are their own remainders, and would share a bucket
_SPANS_OF = tuple(tuple(span for k, span in enumerate(SPANS) if bits >> k & 1) for bits in range(1 << len(SPANS)))


def fingerprint(surface: str) -> int:
    """Return a number below 2**BITS; two surface forms share it by chance once in 10**18 (Rabin 1981)."""
    return int.from_bytes(surface.encode("utf-8", "surrogatepass"), "little") * _FACTOR % _PRIME


class Candidates(Sequence[Candidate]):
    """Candidates of one reading, each read when it is first asked for. Equal to their tuple, and pickled as that.

    Args:
        read: Function from an index into the table's candidates to the candidate.
        indices: Indices of the candidates of this reading.
    """

    __slots__ = ("_cache", "_indices", "_read")

    def __init__(self, read: Callable[[int], Candidate], indices: Sequence[int]) -> None:
        self._read = read
        self._indices = indices
        self._cache: dict[int, Candidate] = {}

    def __len__(self) -> int:
        return len(self._indices)

    @overload
    def __getitem__(self, at: int) -> Candidate: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Candidate, ...]: ...
    def __getitem__(self, at: int | slice) -> Candidate | tuple[Candidate, ...]:
        if isinstance(at, slice):
            return tuple(self)[at]
        candidate = self._cache.get(at)
        if candidate is None:
            candidate = self._cache[at] = self._read(self._indices[at])
        return candidate

    def __iter__(self) -> Iterator[Candidate]:
        return map(self._read, self._indices)

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, (Candidates, tuple)) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def __reduce__(self) -> tuple[type[tuple[Candidate, ...]], tuple[tuple[Candidate, ...]]]:
        return tuple, (tuple(self),)


class Table:
    """Compiled lexicon, mapped into memory; read-only, shared by all threads and by all processes of a machine.

    Args:
        path: File that `table_writer` wrote.

    Raises:
        ValueError: The file is no compiled lexicon, is incomplete, or has another format.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            size = file.seek(0, 2)
            self._map = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b"")
        start = len(MAGIC) + 8
        if bytes(self._map[: len(MAGIC)]) != MAGIC:
            raise ValueError(f"{path} is not a compiled lexicon; delete it, and it is compiled again")
        length = int.from_bytes(self._map[len(MAGIC) : start], "little")
        try:
            self.header: dict[str, Any] = json.loads(bytes(self._map[start : start + length]))
        except ValueError as error:
            raise ValueError(
                f"the header of the lexicon {path} is damaged; delete it, and it is compiled again"
            ) from error
        base = -(-(start + length) // ALIGN) * ALIGN
        if self.header["format"] != FORMAT or len(self._map) != base + self.header["bytes"]:
            raise ValueError(
                f"the lexicon {path} is incomplete, or of another format; delete it, and it is compiled again"
            )
        views: dict[str, Any] = {}
        for name, (at, dtype, count) in self.header["arrays"].items():
            array_type = np.dtype(dtype)
            part = self._map[base + at : base + at + count * array_type.itemsize]
            views[name] = part.cast(_FORMATS[array_type.name])
        self._arrays = views
        self._keys, self._bucket = views["keys"], views["bucket"]
        self._shift = BITS + 1 - len(self._bucket).bit_length()

    def __len__(self) -> int:
        """Return the number of surface forms."""
        return len(self._keys) - 1

    def index_of(self, surface: str) -> int | None:
        """Return the index of a surface form, lower case; None if it is not listed."""
        keys, key = self._keys, fingerprint(surface)
        s: int = self._bucket[key >> self._shift]
        while (listed := keys[s]) < key:
            s += 1
        return s if listed == key else None

    def spans(self, surface: str) -> tuple[tuple[int, int], ...]:
        """Return those of `SPANS` at which a listed phrase may lie around a surface form; none if it is not listed."""
        s = self.index_of(surface)
        return () if s is None else _SPANS_OF[self._arrays["spans"][s]]

    def has_candidates(self, senses: int, pos: tuple[str, ...], multiword: bool) -> bytes:
        """Return for each surface form, by its index, 1 if it has a candidate under these options, else 0.

        Args:
            senses: Only candidates within so many senses count.
            pos: Parts of speech that count.
            multiword: Whether candidates of several words count.
        """
        least = np.frombuffer(self._arrays["least_any" if multiword else "least"], dtype=np.uint8)
        within = [least[p :: len(POS)] <= min(senses, 254) for p, name in enumerate(POS) if name in pos]
        return np.logical_or.reduce(within).tobytes() if within else bytes(len(self))

    def readings(
        self, surface: str, senses: int = 255, pos: Collection[str] = POS, multiword: bool = True
    ) -> tuple[Reading, ...]:
        """Return the readings of a surface form; none for one that is not listed.

        Readings that are left without candidates stay.

        Args:
            surface: Surface form in lower case.
            senses: Only candidates within so many senses.
            pos: Only candidates for these parts of speech.
            multiword: Also candidates of several words.
        """
        s = self.index_of(surface)
        if s is None:
            return ()
        a = self._arrays
        readings = []
        for r in range(a["first"][s], a["first"][s + 1]):
            part, form = POS_FORMS[a["kind"][r]]
            indices = self._candidate_indices(r, senses, multiword) if part in pos else ()
            readings.append(Reading(part, form, a["weight"][r], Candidates(self._candidate, indices)))
        return tuple(readings)

    def _candidate_indices(self, r: int, senses: int, multiword: bool) -> Sequence[int]:
        """Indices of the candidates of reading r under these options."""
        a = self._arrays
        begin = a["begin"][r]
        end = bisect_right(a["sense"], senses, begin, a["begin"][r + 1])
        if multiword:
            return range(begin, end)
        single = self.header["single"]
        return [c for c, n in enumerate(a["candidate"][begin:end], begin) if n < single]

    def _candidate(self, c: int) -> Candidate:
        a = self._arrays
        n = a["candidate"][c]
        return Candidate(str(a["text"][a["at"][n] : a["at"][n + 1]], "utf-8"), a["sense"][c])
