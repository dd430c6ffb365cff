"""Compiled lexicons written: the arrays of `table`, made of the readings of every surface form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from pairgen.modalities.text.lexicon.compilation import Rows
from pairgen.modalities.text.lexicon.forms import POS, SPANS
from pairgen.modalities.text.lexicon.table import ALIGN, BITS, FORMAT, KINDS, MAGIC, fingerprint

__all__ = ["packed"]


def packed(rows: Rows, about: Mapping[str, Any]) -> bytes:
    """The content of the file. about: what the header says besides, fit for JSON: licence, language, origin."""
    strings = _strings(rows)
    arrays = _arrays(rows, strings)
    places, end = {}, 0
    for name, array in arrays.items():
        places[name] = (end, str(array.dtype), len(array))
        end += -(-array.nbytes // ALIGN) * ALIGN
    single = sum(" " not in text for text in strings)
    contents = {"arrays": places, "bytes": end, "surfaces": len(rows), "single": single}
    header = json.dumps({"format": FORMAT, **contents, **about}).encode()
    head = MAGIC + len(header).to_bytes(8, "little") + header
    parts = [head, bytes(-len(head) % ALIGN)]
    for array in arrays.values():
        parts += [array.tobytes(), bytes(-array.nbytes % ALIGN)]
    return b"".join(parts)


def _strings(rows: Rows) -> list[str]:
    """The texts of all candidates, those of one word first."""
    texts = {candidate.text for readings in rows.values() for reading in readings for candidate in reading.candidates}
    return sorted(sorted(texts), key=lambda text: " " in text)


def _arrays(rows: Rows, strings: list[str]) -> dict[str, np.ndarray]:
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
        "least": _least(rows, ordered, multiword=False),
        "least_any": _least(rows, ordered, multiword=True),
        "spans": _spans([surface for _, surface in ordered]),
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


def _spans(surfaces: list[str]) -> np.ndarray:
    number = {surface: s for s, surface in enumerate(surfaces)}
    spans = np.zeros(len(surfaces), dtype=np.uint8)
    for words in (surface.split(" ") for surface in surfaces if " " in surface):
        for k, (begin, end) in enumerate(SPANS):
            if len(words) == end - begin and words[-begin] in number:
                spans[number[words[-begin]]] |= 1 << k
    return spans


def _ends(lengths: list[int]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.uint32)
