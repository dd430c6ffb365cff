from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pairgen.evaluation import alignment, geometry, uniformity


def rows(n: int, d: int = 4, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d))


def unit(x: np.ndarray) -> list[np.ndarray]:
    return [row / np.linalg.norm(row) for row in x]


def paper_alignment(x: np.ndarray, y: np.ndarray, alpha: float) -> float:
    pairs = zip(unit(x), unit(y), strict=True)
    return math.fsum(np.linalg.norm(a - b) ** alpha for a, b in pairs) / len(x)


def paper_uniformity(x: np.ndarray, t: float) -> float:
    z = unit(x)
    potentials = [math.exp(-t * np.linalg.norm(z[i] - z[j]) ** 2) for i in range(len(z)) for j in range(i)]
    return math.log(math.fsum(potentials) / len(potentials))


@pytest.mark.parametrize("alpha", [1.0, 2.0, 3.5])
def test_alignment_is_the_papers(alpha: float) -> None:
    x, y = rows(20), rows(20, seed=1)
    assert alignment(x, y, alpha) == pytest.approx(paper_alignment(x, y, alpha), rel=1e-12)


@pytest.mark.parametrize("t", [0.5, 2.0, 5.0])
@pytest.mark.parametrize("tile", [1, 3, 1024])
def test_uniformity_is_the_papers(t: float, tile: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geometry, "_TILE", tile)
    assert uniformity(rows(17), t) == pytest.approx(paper_uniformity(rows(17), t), rel=1e-12)


def test_the_oracles_can_fail() -> None:
    x, y = rows(20), rows(20, seed=1)
    with_itself = math.log(np.mean([math.exp(-2 * np.linalg.norm(a - b) ** 2) for a in unit(x) for b in unit(x)]))
    assert abs(with_itself - paper_uniformity(x, 2)) > 1e-3
    assert abs(float(np.mean(np.linalg.norm(x - y, axis=1) ** 2)) - paper_alignment(x, y, 2)) > 1e-3


@given(st.integers(0, 1000), st.floats(0.01, 100))
def test_length_and_order_do_not_matter(seed: int, stretch: float) -> None:
    x, y = rows(9, seed=seed), rows(9, seed=seed + 1)
    order = np.random.default_rng(seed).permutation(9)
    assert uniformity(stretch * x[order]) == pytest.approx(uniformity(x), rel=1e-9)
    assert alignment(stretch * x[order], y[order]) == pytest.approx(alignment(x, y), rel=1e-9)


def test_coinciding_views_are_aligned_and_not_uniform() -> None:
    same = np.ones((5, 3), dtype=np.float32)
    assert alignment(same, same) == 0
    assert uniformity(torch.from_numpy(same)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.ones((1, 3)), "at least two"),
        (np.ones((0, 3)), r"\(0, 3\)"),
        (np.ones(3), r"\(3,\)"),
        (np.array([[1.0, 2], [math.nan, 1]]), "row 1"),
        (np.array([[1.0, 2], [0, 0]]), "row 1 of features is zero"),
    ],
)
def test_features_without_a_uniformity_are_refused(x: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        uniformity(x)


def test_settings_and_shapes_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match=r"t is a number in \(0, inf\)"):
        uniformity(rows(3), t=0)
    with pytest.raises(ValueError, match="alpha"):
        alignment(rows(3), rows(3), alpha=-1)
    with pytest.raises(ValueError, match="same items"):
        alignment(rows(3), rows(4))
    with pytest.raises(TypeError, match="real numbers"):
        uniformity(np.array([["a", "b"]]))
