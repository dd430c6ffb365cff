"""Exact nearest neighbors by cosine similarity, in tiles: the same whatever the size of a tile or the number of rows.

Similarities are computed in float32, and again in float64 where their rounding could decide. Memory is that of a tile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pairgen import _neighbors_numba as compiled

__all__ = ["Exclusions", "UnitRows", "count_above", "nearest", "pair_similarities", "unit_rows"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ROWS, COLUMNS = 1024, 4096
"""Rows and columns of a tile: 16 MiB of similarities."""


class UnitRows(NamedTuple):
    """Rows scaled to unit length.

    Args:
        exact: float64 (N, D).
        fast: The same in float32.
    """

    exact: Floats
    fast: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.exact)

    @property
    def error(self) -> float:
        """A bound of the error of a similarity in float32: of both rows, and of D products and their sum."""
        return float((self.exact.shape[1] + 4) * 2.0**-24)


class Exclusions(NamedTuple):
    """Columns that are no neighbors of a row.

    Args:
        groups: Group of each row, int64 (N,).
        starts: Columns columns[starts[g]:starts[g + 1]] are none of the rows of group g, int64 (G + 1,).
        columns: int64, ascending within a group.
        own: Id of each row, int32 (N,): columns of the same id are none; empty for none.
        theirs: Id of each column, int32 (M,), or empty.
    """

    groups: Ints
    starts: Ints
    columns: Ints
    own: npt.NDArray[np.int32] = np.empty(0, dtype=np.int32)
    theirs: npt.NDArray[np.int32] = np.empty(0, dtype=np.int32)

    @classmethod
    def of(cls, groups: npt.ArrayLike, lists: Sequence[npt.ArrayLike]) -> Exclusions:
        """Make them from the group of each row, and the columns of each group."""
        parts = [np.unique(np.asarray(part, dtype=np.int64)) for part in lists]
        starts = np.cumsum([0, *map(len, parts)], dtype=np.int64)
        return cls(np.asarray(groups, dtype=np.int64), starts, np.concatenate([np.empty(0, dtype=np.int64), *parts]))

    def by_id(self, own: npt.ArrayLike, theirs: npt.ArrayLike) -> Exclusions:
        """Return these and the columns with the id of the row."""
        return self._replace(own=np.asarray(own, dtype=np.int32), theirs=np.asarray(theirs, dtype=np.int32))


def unit_rows(rows: npt.NDArray[np.floating[Any]], name: str) -> UnitRows:
    """Return rows (N, D) scaled to unit length; ValueError if one is zero."""
    exact = np.array(rows, dtype=np.float64)
    largest = np.abs(exact).max(axis=1, keepdims=True)  # squares of large or tiny numbers would not be finite
    if not (largest > 0).all():
        row = int(np.flatnonzero(largest[:, 0] == 0)[0])
        raise ValueError(f"row {row} of {name} is zero: it has no direction; leave such rows out")
    exact /= largest
    exact /= np.sqrt(np.einsum("ij,ij->i", exact, exact))[:, None]
    return UnitRows(exact, exact.astype(np.float32))


def pair_similarities(first: UnitRows, rows: Ints, second: UnitRows, columns: Ints) -> Floats:
    """Return the similarities of first[rows[i]] and second[columns[i]], float64."""
    out = np.empty(len(rows))
    compiled.dots(first.exact, rows, second.exact, columns, out)
    return out


def nearest(
    first: UnitRows,
    second: UnitRows,
    k: int,
    *,
    excluded: Exclusions | None = None,
    upper: Floats | None = None,
    block: int = ROWS,
) -> tuple[Floats, Ints]:
    """Find the k rows of `second` that are most similar to each row of `first`.

    Args:
        first: N rows.
        second: M rows.
        k: At least 1.
        excluded: Rows of `second` that are passed over.
        upper: float64 (N,): rows more similar than this are passed over.
        block: Rows compared at a time.

    Returns:
        Similarities float64 (N, k), descending, and rows of `second` int64 (N, k), of equally similar ones the first;
        -inf and -1 where there are fewer.
    """
    if excluded is None:
        excluded = Exclusions.of(np.zeros(len(first)), [[]])
    upper = np.full(len(first), np.inf) if upper is None else upper
    values, columns = np.full((len(first), k), -np.inf), np.full((len(first), k), -1, dtype=np.int64)
    for rows, cols, tile in _tiles(first, second, block):
        compiled.keep_nearest(
            tile,
            first.exact[rows],
            second.exact[cols],
            cols.start,
            upper[rows],
            excluded.groups[rows],
            excluded.starts,
            excluded.columns,
            excluded.own[rows],
            excluded.theirs[cols],
            first.error,
            values[rows],
            columns[rows],
        )
    return values, columns


def count_above(
    first: UnitRows,
    second: UnitRows,
    own: npt.NDArray[np.int32],
    theirs: npt.NDArray[np.int32],
    starts: Ints,
    limits: Floats,
    block: int = ROWS,
) -> Ints:
    """Count, for each limit of each row, the rows of `second` of another id that are at least so similar to it.

    Args:
        first: N rows.
        second: M rows.
        own: Ids of the rows of `first`, (N,).
        theirs: Ids of the rows of `second`, (M,).
        starts: The limits of row i are limits[starts[i]:starts[i + 1]], at least one each, int64 (N + 1,).
        limits: float64, descending within a row.
        block: Rows compared at a time.

    Returns:
        int64, one count a limit.
    """
    counts = np.zeros(len(limits), dtype=np.int64)
    single = len(limits) == len(first)
    for rows, cols, tile in _tiles(first, second, block):
        given = tile, first.exact[rows], second.exact[cols], own[rows], theirs[cols]
        if single:
            compiled.count_single(*given, limits[rows], first.error, counts[rows])
        else:
            compiled.count_several(*given, starts[rows.start : rows.stop + 1], limits, first.error, counts)
    if single:
        return counts
    total = np.cumsum(counts)
    before = np.concatenate([[0], total])[starts[:-1]]
    counts[:] = total - np.repeat(before, np.diff(starts))
    return counts


def _tiles(first: UnitRows, second: UnitRows, block: int) -> Iterator[tuple[slice, slice, npt.NDArray[np.float32]]]:
    """Rows, columns, and their similarities in float32, in memory that the next tile takes over."""
    memory = np.empty(min(block, len(first)) * min(COLUMNS, len(second)), dtype=np.float32)
    for top in range(0, len(first), block):
        rows = slice(top, min(top + block, len(first)))
        for left in range(0, len(second), COLUMNS):
            cols = slice(left, min(left + COLUMNS, len(second)))
            height, width = rows.stop - top, cols.stop - left
            tile = memory[: height * width].reshape(height, width)
            yield rows, cols, np.matmul(first.fast[rows], second.fast[cols].T, out=tile)
