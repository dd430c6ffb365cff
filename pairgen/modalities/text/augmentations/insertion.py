"""`SynonymInsertion`: EDA's random insertion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pairgen.modalities.text._kernels.edits import Edit, Edits
from pairgen.modalities.text._kernels.words import spans_of
from pairgen.modalities.text.augmentations.scanning import Scan
from pairgen.modalities.text.augmentations.synonyms import SynonymSwap

__all__ = ["SynonymInsertion"]


@dataclass(frozen=True)
class SynonymInsertion(SynonymSwap):
    """Insert synonyms of some words at random places (EDA's random insertion, Wei and Zou 2019).

    The options are those of `SynonymSwap`; the words themselves stay.
    """

    def found(self, text: str, scan: Scan, numbers: Iterator[float]) -> Edits:
        """One edit an inserted word."""
        swaps = [
            edit
            for edit in super().found(text, scan, numbers)
            if text[edit.start : edit.stop].lower() not in ("a", "an")
        ]
        if not swaps:
            return ()
        starts = [start for start, _ in spans_of(text)]
        places = sorted((starts[int(next(numbers) * len(starts))], edit.text.lower()) for edit in swaps)
        return tuple(Edit(start, start, word + " ") for start, word in places)
