"""The compiled lexicon: one file of flat arrays, mapped into memory, so that opening it reads next to nothing.

Layout: MAGIC, the length of the header (8 bytes, little-endian), the header in JSON, then the arrays, each aligned to
64 bytes. Surface forms are found by their 60-bit fingerprints: the first bits lead to a bucket of one or two.

keys       uint64 (S + 1,)  sorted fingerprints of the surface forms; the last one is larger than any
bucket     uint32 (2**b,)   the keys that begin with the b bits i are from bucket[i] on; 2**b is between S and 2 S
least      uint8 (4 S,)     of surface s, the most frequent sense with a candidate of one word in part of speech POS[p],
                            at 4 s + p; 255 for none
least_any  uint8 (4 S,)     the same with candidates of any number of words
spans      uint8 (S,)       bit k: a surface form of several words holds surface s where SPANS[k] holds word 0
first      uint32 (S + 1,)  the readings of surface s are first[s] to first[s + 1]
kind       uint8 (R,)       position of (part of speech, form) in KINDS
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
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pairgen.modalities.text.lexicon.candidates import Candidates
from pairgen.modalities.text.lexicon.forms import FORMS_OF, POS, SPANS, Candidate, Reading

__all__ = ["ALIGN", "BITS", "FORMAT", "KINDS", "MAGIC", "Table", "fingerprint"]

FORMAT = 4
MAGIC = b"pairgen lexicon\n"
ALIGN = 64
_FORMATS: dict[str, Any] = {"uint64": "Q", "uint32": "I", "uint8": "B", "float32": "f"}
_PRIME = 740522598007681627  # drawn at random; powers of 256 leave remainders without a pattern
_FACTOR = 380053251152020649  # drawn at random; short words are their own remainders, and would share a bucket
BITS = 60
KINDS = tuple((pos, form) for pos, forms in FORMS_OF.items() for form in forms)
_SPANS_OF = tuple(tuple(span for k, span in enumerate(SPANS) if bits >> k & 1) for bits in range(1 << len(SPANS)))


def fingerprint(surface: str) -> int:
    """Below 2**BITS; of two surface forms the same by chance once in 10**18 (Rabin 1981: the remainder by a prime)."""
    return int.from_bytes(surface.encode("utf-8", "surrogatepass"), "little") * _FACTOR % _PRIME


class Table:
    """A compiled lexicon in memory-mapped form; read-only, shared by all threads and by all processes of a machine.

    ValueError if the file is not one, is not whole, or has another format.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            size = file.seek(0, 2)
            self._map = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b"")
        start = len(MAGIC) + 8
        if bytes(self._map[: len(MAGIC)]) != MAGIC:
            raise ValueError(f"{path} is not a compiled lexicon; delete it, it is made again")
        length = int.from_bytes(self._map[len(MAGIC) : start], "little")
        try:
            self.about: dict[str, Any] = json.loads(bytes(self._map[start : start + length]))
        except ValueError as error:
            raise ValueError(f"the header of the lexicon {path} is damaged; delete it, it is made again") from error
        base = -(-(start + length) // ALIGN) * ALIGN
        if self.about["format"] != FORMAT or len(self._map) != base + self.about["bytes"]:
            raise ValueError(f"the lexicon {path} is not whole, or of another format; delete it, it is made again")
        views = {}
        for name, (at, dtype, count) in self.about["arrays"].items():
            kind = np.dtype(dtype)
            part = self._map[base + at : base + at + count * kind.itemsize]
            views[name] = part.cast(_FORMATS[kind.name])
        self._arrays: dict[str, Any] = views
        self._keys, self._bucket = views["keys"], views["bucket"]
        self._below = BITS + 1 - len(self._bucket).bit_length()

    def __len__(self) -> int:
        """How many surface forms there are."""
        return len(self._keys) - 1

    def place(self, surface: str) -> int | None:
        """Where a surface form, lower case, is listed; None if it is not."""
        keys, key = self._keys, fingerprint(surface)
        s: int = self._bucket[key >> self._below]
        while (found := keys[s]) < key:
            s += 1
        return s if found == key else None

    def spans(self, surface: str) -> tuple[tuple[int, int], ...]:
        """Those of `SPANS` at which a listed phrase may lie around a surface form; none for one that is not listed."""
        s = self.place(surface)
        return () if s is None else _SPANS_OF[self._arrays["spans"][s]]

    def offered(self, senses: int, pos: tuple[str, ...], multiword: bool) -> bytes:
        """For each surface form, by its place, whether it has a candidate within that many senses: 1 or 0.

        pos: the parts of speech that count. multiword: whether candidates of several words count.
        """
        least = np.frombuffer(self._arrays["least_any" if multiword else "least"], dtype=np.uint8)
        within = [least[p :: len(POS)] <= min(senses, 254) for p, name in enumerate(POS) if name in pos]
        return np.logical_or.reduce(within).tobytes() if within else bytes(len(self))

    def readings(
        self, surface: str, senses: int = 255, pos: Collection[str] = POS, multiword: bool = True
    ) -> tuple[Reading, ...]:
        """The readings of a surface form; none for one that is not listed.

        They have the candidates that are within that many senses, of those parts of speech, and, unless multiword, of
        one word. Readings that are left without candidates stay.
        """
        s = self.place(surface)
        if s is None:
            return ()
        a = self._arrays
        found = []
        for r in range(a["first"][s], a["first"][s + 1]):
            part, form = KINDS[a["kind"][r]]
            places = self._candidates(r, senses, multiword) if part in pos else ()
            found.append(Reading(part, form, a["weight"][r], Candidates(self._candidate, places)))
        return tuple(found)

    def _candidates(self, r: int, senses: int, multiword: bool) -> Sequence[int]:
        """The places of the candidates of a reading that these options leave."""
        a = self._arrays
        begin = a["begin"][r]
        end = bisect_right(a["sense"], senses, begin, a["begin"][r + 1])
        if multiword:
            return range(begin, end)
        single = self.about["single"]
        return [c for c, n in enumerate(a["candidate"][begin:end], begin) if n < single]

    def _candidate(self, c: int) -> Candidate:
        a = self._arrays
        n = a["candidate"][c]
        return Candidate(str(a["text"][a["at"][n] : a["at"][n + 1]], "utf-8"), a["sense"][c])
