"""Compiled loops over tiles of similarities: exact decisions in float64 where float32 does not tell."""

from __future__ import annotations

from typing import Any

import numpy as np

from pairgen._numba import jit

__all__ = ["count_several", "count_single", "dots", "keep_nearest"]

Array = Any  # NumPy arrays, which numba compiles for their dtype
Int = Any
Float = Any


@jit
def _dot(a: Array, b: Array) -> Float:
    """The product of two rows, in one order of the sum whatever the tile: the same bits for the same rows."""
    total0, total1, total2, total3 = 0.0, 0.0, 0.0, 0.0
    steps = len(a) // 4 * 4
    for d in range(0, steps, 4):
        total0 += a[d] * b[d]
        total1 += a[d + 1] * b[d + 1]
        total2 += a[d + 2] * b[d + 2]
        total3 += a[d + 3] * b[d + 3]
    for d in range(steps, len(a)):
        total0 += a[d] * b[d]
    return (total0 + total1) + (total2 + total3)


@jit
def dots(a: Array, rows: Array, b: Array, columns: Array, out: Array) -> None:
    """Products a[rows[i]] b[columns[i]] of float64 rows, into `out`."""
    for i in range(len(rows)):
        out[i] = _dot(a[rows[i]], b[columns[i]])


@jit
def count_single(
    tile: Array, a: Array, b: Array, own: Array, theirs: Array, limits: Array, error: Float, counts: Array
) -> None:
    """Add to counts[i] how many columns of another id are at least as similar to row i as its limit.

    Args:
        tile: Similarities, float32 (R, C), off by at most `error`.
        a: Rows, float64 (R, D).
        b: Columns, float64 (C, D).
        own: Ids of the rows, int32 (R,).
        theirs: Ids of the columns, int32 (C,).
        limits: float64 (R,).
        error: At least the error of the tile.
        counts: int64 (R,), changed in place.
    """
    columns = tile.shape[1]
    for i in range(tile.shape[0]):
        low, high = np.float32(limits[i] - error), np.float32(limits[i] + error)
        identity = own[i]
        row = tile[i]
        sure, unsure = np.int32(0), np.int32(0)
        for j in range(columns):
            other = theirs[j] != identity
            sure += other & (row[j] >= high)
            unsure += other & (row[j] > low)
        counts[i] += sure
        if unsure != sure:
            for j in range(columns):
                if low < row[j] < high and theirs[j] != identity:
                    counts[i] += _dot(a[i], b[j]) >= limits[i]


@jit
def count_several(
    tile: Array,
    a: Array,
    b: Array,
    own: Array,
    theirs: Array,
    starts: Array,
    limits: Array,
    error: Float,
    counts: Array,
) -> None:
    """Count as `count_single` does for several limits a row: counts[k] are the columns first reached by limit k.

    Args:
        tile: Similarities, float32 (R, C), off by at most `error`.
        a: Rows, float64 (R, D).
        b: Columns, float64 (C, D).
        own: Ids of the rows, int32 (R,).
        theirs: Ids of the columns, int32 (C,).
        starts: The limits of row i are limits[starts[i]:starts[i + 1]], int64 (R + 1,).
        limits: float64, descending within a row.
        error: At least the error of the tile.
        counts: int64, one a limit, changed in place: to be summed up along a row.
    """
    for i in range(tile.shape[0]):
        first, stop = starts[i], starts[i + 1]
        lowest = limits[stop - 1] - error
        for j in range(tile.shape[1]):
            value = np.float64(tile[i, j])
            if value < lowest or theirs[j] == own[i]:
                continue
            early = _first_reached(limits, first, stop, value + error)
            late = _first_reached(limits, first, stop, value - error)
            if early != late:
                early = _first_reached(limits, first, stop, _dot(a[i], b[j]))
            if early < stop:
                counts[early] += 1


@jit
def _first_reached(limits: Array, low: Int, high: Int, value: Float) -> Int:
    """The first position in [low, high) of descending limits that a value is at least equal to; high if none."""
    while low < high:
        middle = (low + high) // 2
        if limits[middle] <= value:
            high = middle
        else:
            low = middle + 1
    return low


@jit
def keep_nearest(
    tile: Array,
    a: Array,
    b: Array,
    offset: Int,
    upper: Array,
    groups: Array,
    starts: Array,
    excluded: Array,
    own: Array,
    theirs: Array,
    error: Float,
    values: Array,
    columns: Array,
) -> None:
    """Merge the columns of a tile into the k nearest of each row so far; of equally similar ones the first are kept.

    Args:
        tile: Similarities, float32 (R, C), off by at most `error`.
        a: Rows, float64 (R, D).
        b: Columns, float64 (C, D).
        offset: Number of the first column.
        upper: Columns more similar than this are passed over, float64 (R,).
        groups: Group of each row, int64 (R,).
        starts: Columns excluded[starts[g]:starts[g + 1]] are passed over for rows of group g, int64 (G + 1,).
        excluded: Numbers of columns, int64, ascending within a group.
        own: Ids of the rows, int32 (R,): columns with the same one are passed over; empty for none.
        theirs: Ids of the columns, int32 (C,), or empty.
        error: At least the error of the tile.
        values: The similarities so far, float64 (R, k), descending, -inf where there are none; changed in place.
        columns: The numbers of the columns so far, int64 (R, k); changed in place.
    """
    k, by_id = values.shape[1], len(own) > 0
    for i in range(tile.shape[0]):
        least, most = values[i, k - 1] - error, upper[i] + error
        for j in range(tile.shape[1]):
            if not (least < tile[i, j] <= most):
                continue
            if by_id and own[i] == theirs[j]:
                continue
            if _contains(excluded, starts[groups[i]], starts[groups[i] + 1], offset + j):
                continue
            value = _dot(a[i], b[j])
            if value > upper[i] or value <= values[i, k - 1]:
                continue
            place = k - 1
            while place > 0 and values[i, place - 1] < value:
                values[i, place] = values[i, place - 1]
                columns[i, place] = columns[i, place - 1]
                place -= 1
            values[i, place] = value
            columns[i, place] = offset + j
            least = values[i, k - 1] - error


@jit
def _contains(sorted_values: Array, low: Int, high: Int, value: Int) -> Any:
    """Whether sorted_values[low:high], ascending, has a value."""
    stop = high
    while low < high:
        middle = (low + high) // 2
        if sorted_values[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low < stop and sorted_values[low] == value
