"""Edits of a text: what to put where. All else stays as it is, to the byte."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Edit", "Edits", "splice"]


class Edit(NamedTuple):
    """The characters from start to stop (exclusive) become `text`."""

    start: int
    stop: int
    text: str


Edits = tuple[Edit, ...]
"""Edits in the order of the text, none overlapping another."""


def splice(text: str, edits: Sequence[Edit]) -> str:
    """The text with the edits made; the text itself where there are none."""
    if not edits:
        return text
    parts: list[str] = []
    end = 0
    for start, stop, new in edits:
        parts += (text[end:start], new)
        end = stop
    parts.append(text[end:])
    return "".join(parts)
