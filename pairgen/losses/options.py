"""Options that are one of a few words."""

from __future__ import annotations

from collections.abc import Sequence


def check_option(name: str, value: object, known: Sequence[object]) -> None:
    """Raise ValueError unless `value` is one of those known."""
    if isinstance(value, bool) or value not in known:
        raise ValueError(f"{name} is {value!r}: give one of {', '.join(map(repr, known))}")
