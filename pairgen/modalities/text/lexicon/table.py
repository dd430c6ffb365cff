"""The compiled lexicon: one file of flat arrays, mapped into memory, so that opening it reads next to nothing.

Layout: MAGIC, the length of the header (8 bytes, little-endian), the header in JSON, then the arrays, each aligned to
64 bytes. Surface forms are found by their 60-bit fingerprints: the first 16 bits lead to a bucket of one to three.

keys       uint64 (S,)      sorted fingerprints of the surface forms
bucket     uint32 (65537,)  the keys that begin with the bits b are bucket[b] to bucket[b + 1]
least      uint8 (4 S,)     of surface s, the most frequent sense with a candidate of one word in part of speech POS[p],
                            at 4 s + p; 255 for none
least_any  uint8 (4 S,)     the same with candidates of any number of words
first      uint32 (S + 1,)  the readings of surface s are first[s] to first[s + 1]
kind       uint8 (R,)       position of (part of speech, form) in KINDS
weight     float32 (R,)
begin      uint32 (R + 1,)  the candidates of reading r are begin[r] to begin[r + 1], the most frequent sense first
candidate  uint32 (C,)      which string
sense      uint8 (C,)
at         uint32 (N + 1,)  string n is the UTF-8 in text[at[n]:at[n + 1]]
text       uint8 (bytes,)
"""

from __future__ import annotations

import json
import mmap
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pairgen.modalities.text.lexicon.compilation import Rows
from pairgen.modalities.text.lexicon.forms import FORMS_OF, POS, Candidate, Reading

__all__ = ["FORMAT", "Table", "packed"]

FORMAT = 3
_MAGIC = b"pairgen lexicon\n"
_ALIGN = 64
_FORMATS: dict[str, Any] = {"uint64": "Q", "uint32": "I", "uint8": "B", "float32": "f"}
_PRIME = 740522598007681627  # drawn at random; powers of 256 leave remainders without a pattern
_TOP, _BELOW = 16, 44
KINDS = tuple((pos, form) for pos, forms in FORMS_OF.items() for form in forms)


def packed(rows: Rows, about: Mapping[str, Any]) -> bytes:
    """The content of the file. about: what the header says besides, fit for JSON: licence, language, origin."""
    arrays = _arrays(rows)
    places, end = {}, 0
    for name, array in arrays.items():
        places[name] = (end, str(array.dtype), len(array))
        end += -(-array.nbytes // _ALIGN) * _ALIGN
    header = json.dumps({"format": FORMAT, "arrays": places, "bytes": end, "surfaces": len(rows), **about}).encode()
    head = _MAGIC + len(header).to_bytes(8, "little") + header
    parts = [head, bytes(-len(head) % _ALIGN)]
    for array in arrays.values():
        parts += [array.tobytes(), bytes(-array.nbytes % _ALIGN)]
    return b"".join(parts)


def _arrays(rows: Rows) -> dict[str, np.ndarray]:
    ordered = sorted((_fingerprint(surface), surface) for surface in rows)
    readings = [reading for _, surface in ordered for reading in rows[surface]]
    candidates = [candidate for reading in readings for candidate in reading.candidates]
    strings = sorted({candidate.text for candidate in candidates})
    number = {text: n for n, text in enumerate(strings)}
    encoded = [text.encode() for text in strings]
    keys = np.array([key for key, _ in ordered], dtype=np.uint64)
    return {
        "keys": keys,
        "bucket": np.searchsorted(keys >> np.uint64(_BELOW), np.arange((1 << _TOP) + 1)).astype(np.uint32),
        "least": _least(rows, ordered, multiword=False),
        "least_any": _least(rows, ordered, multiword=True),
        "first": _ends([len(rows[surface]) for _, surface in ordered]),
        "kind": np.array([KINDS.index((r.pos, r.form)) for r in readings], dtype=np.uint8),
        "weight": np.array([r.weight for r in readings], dtype=np.float32),
        "begin": _ends([len(r.candidates) for r in readings]),
        "candidate": np.array([number[c.text] for c in candidates], dtype=np.uint32),
        "sense": np.array([c.sense for c in candidates], dtype=np.uint8),
        "at": _ends([len(text) for text in encoded]),
        "text": np.frombuffer(b"".join(encoded), dtype=np.uint8),
    }


def _least(rows: Rows, ordered: list[tuple[int, str]], *, multiword: bool) -> np.ndarray:
    least = np.full((len(ordered), len(POS)), 255, dtype=np.uint8)
    for row, (_, surface) in zip(least, ordered, strict=True):
        for reading in rows[surface]:
            p = POS.index(reading.pos)
            senses = (c.sense for c in reading.candidates if multiword or " " not in c.text)
            row[p] = min(row[p], min(senses, default=255))
    return least.ravel()


def _ends(lengths: list[int]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.uint32)


def _fingerprint(surface: str) -> int:
    """Below 2**60; of two surface forms the same by chance once in 10**18 (Rabin 1981: the remainder by a prime)."""
    return int.from_bytes(surface.encode("utf-8", "surrogatepass"), "little") % _PRIME


class Table:
    """A compiled lexicon in memory-mapped form; read-only, shared by all threads and by all processes of a machine.

    ValueError if the file is not one, is not whole, or has another format.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            size = file.seek(0, 2)
            self._map = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b"")
        start = len(_MAGIC) + 8
        if bytes(self._map[: len(_MAGIC)]) != _MAGIC:
            raise ValueError(f"{path} is not a compiled lexicon; delete it, it is made again")
        length = int.from_bytes(self._map[len(_MAGIC) : start], "little")
        try:
            self.about: dict[str, Any] = json.loads(bytes(self._map[start : start + length]))
        except ValueError as error:
            raise ValueError(f"the header of the lexicon {path} is damaged; delete it, it is made again") from error
        base = -(-(start + length) // _ALIGN) * _ALIGN
        if self.about["format"] != FORMAT or len(self._map) != base + self.about["bytes"]:
            raise ValueError(f"the lexicon {path} is not whole, or of another format; delete it, it is made again")
        views = {}
        for name, (at, dtype, count) in self.about["arrays"].items():
            kind = np.dtype(dtype)
            part = self._map[base + at : base + at + count * kind.itemsize]
            views[name] = part.cast(_FORMATS[kind.name])
        self._arrays: dict[str, Any] = views

    def __len__(self) -> int:
        """How many surface forms there are."""
        return len(self._arrays["keys"])

    def place(self, surface: str) -> int | None:
        """Where a surface form, lower case, is listed; None if it is not."""
        keys, bucket, key = self._arrays["keys"], self._arrays["bucket"], _fingerprint(surface)
        end = bucket[(key >> _BELOW) + 1]
        s: int = bisect_left(keys, key, bucket[key >> _BELOW], end)
        return s if s < end and keys[s] == key else None

    def readings(self, surface: str, senses: int = 255) -> tuple[Reading, ...]:
        """The readings of a surface form, with candidates in so many senses; none for one that is not listed."""
        first, s = self._arrays["first"], self.place(surface)
        return () if s is None else tuple(self._reading(r, senses) for r in range(first[s], first[s + 1]))

    def offers(self, surface: str, senses: int, pos: Collection[str], multiword: bool) -> bool:
        """Whether a surface form has a candidate within that many senses; what `readings` tells, without reading them.

        pos: the parts of speech that count. multiword: whether candidates of several words count.
        """
        s = self.place(surface)
        if s is None:
            return False
        least = self._arrays["least_any" if multiword else "least"][4 * s : 4 * s + 4]
        most = min(senses, 254)
        return any(sense <= most and name in pos for sense, name in zip(least, POS, strict=True))

    def _reading(self, r: int, senses: int) -> Reading:
        a = self._arrays
        begin, end = a["begin"][r], a["begin"][r + 1]
        end = bisect_right(a["sense"], senses, begin, end)
        found = tuple(Candidate(self._string(a["candidate"][c]), a["sense"][c]) for c in range(begin, end))
        pos, form = KINDS[a["kind"][r]]
        return Reading(pos, form, a["weight"][r], found)

    def _string(self, n: int) -> str:
        at = self._arrays["at"]
        return bytes(self._arrays["text"][at[n] : at[n + 1]]).decode()
