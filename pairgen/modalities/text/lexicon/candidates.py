"""The candidates of a reading in the compiled lexicon: one of many is asked for, so only that one is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

from pairgen.modalities.text.lexicon.forms import Candidate

__all__ = ["Candidates"]


class Candidates(Sequence[Candidate]):
    """Candidates that are read when they are first asked for. Equal to the tuple of them, and pickled as that.

    read: the candidate at a place of the table. places: those of these candidates.
    """

    __slots__ = ("_met", "_places", "_read")

    def __init__(self, read: Callable[[int], Candidate], places: Sequence[int]) -> None:
        self._read = read
        self._places = places
        self._met: dict[int, Candidate] = {}

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, at: int) -> Candidate: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Candidate, ...]: ...
    def __getitem__(self, at: int | slice) -> Candidate | tuple[Candidate, ...]:
        if isinstance(at, slice):
            return tuple(self)[at]
        found = self._met.get(at)
        if found is None:
            found = self._met[at] = self._read(self._places[at])
        return found

    def __iter__(self) -> Iterator[Candidate]:
        return map(self._read, self._places)

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, (Candidates, tuple)) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return tuple, (tuple(self),)
