"""Exact neighbors: as a float64 matrix of all similarities has them, whatever the tile, with and without ties."""

from __future__ import annotations

import numpy as np
import pytest

import pairgen._neighbors as neighbors
from pairgen._neighbors import Exclusions, nearest, unit_rows


def rows(count: int, width: int, seed: int, *, close: bool) -> np.ndarray:
    """Random rows; `close` ones differ by less than float32 can tell, and some are equal."""
    rng = np.random.default_rng(seed)
    if not close:
        return rng.standard_normal((count, width))
    near = np.ones(width) + 1e-8 * rng.standard_normal((count, width))
    near[::3] = near[0]
    return near


def expected(a: np.ndarray, b: np.ndarray, k: int, allowed: np.ndarray) -> list[list[int]]:
    out = np.empty((len(a), len(b)))
    neighbors.compiled.dots(a, np.repeat(np.arange(len(a)), len(b)), b, np.tile(np.arange(len(b)), len(a)), out.ravel())
    order = np.argsort(np.where(allowed, -out, np.inf), axis=1, kind="stable")[:, :k]
    return [[int(j) if allowed[i, j] else -1 for j in row] for i, row in enumerate(order)]


@pytest.mark.parametrize("close", [False, True])
@pytest.mark.parametrize("block", [1, 7, 64])
def test_neighbors_are_those_of_the_whole_matrix_whatever_the_block(close, block, monkeypatch) -> None:
    monkeypatch.setattr(neighbors, "COLUMNS", 16)
    a, b = unit_rows(rows(40, 5, 0, close=close), "a"), unit_rows(rows(50, 5, 1, close=close), "b")
    allowed = np.random.default_rng(2).random((40, 50)) < 0.7
    own, theirs = np.arange(40) % 4, np.arange(50) % 5
    allowed &= own[:, None] != theirs
    excluded = Exclusions.of(np.arange(40), [np.flatnonzero(~row) for row in allowed]).by_id(own, theirs)
    values, columns = nearest(a, b, 6, excluded=excluded, block=block)
    assert columns.tolist() == expected(a.exact, b.exact, 6, allowed)
    assert (np.diff(values, axis=1) <= 0).all()


def test_an_upper_limit_is_exact_where_float32_does_not_tell() -> None:
    a, b = unit_rows(rows(1, 5, 0, close=True), "a"), unit_rows(rows(50, 5, 1, close=True), "b")
    similarities = neighbors.pair_similarities(a, np.zeros(50, dtype=np.int64), b, np.arange(50))
    limit = np.sort(similarities)[20]
    values, columns = nearest(a, b, 50, upper=np.array([limit]))
    assert set(columns[0][columns[0] >= 0]) == set(np.flatnonzero(similarities <= limit))
    assert values[0, 0] == limit


def test_rows_of_any_scale_have_unit_length() -> None:
    units = unit_rows(np.array([[3e-200, 4e-200], [3e200, 4e200]]), "rows")
    np.testing.assert_allclose(units.exact, [[0.6, 0.8]] * 2, rtol=1e-15)
    with pytest.raises(ValueError, match="row 1 of rows is zero"):
        unit_rows(np.array([[1.0, 0.0], [0.0, 0.0]]), "rows")
