"""Hypothesis strategies for time-series items of every kind. Needs hypothesis (the extra `testing`)."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

from pairgen.batch import pad
from pairgen.modalities.timeseries.batch.segments import Segment, Segments

__all__ = ["KINDS", "PATTERNS", "as_kind", "batches", "items", "series"]

KINDS = (
    "array-float32",
    "array-float64",
    "array-float16",
    "array-int32",
    "tensor-float32",
    "tensor-float64",
    "tensor-bfloat16",
    "tensor-int16",
    "list",
    "segment",
)
"""The kinds of item that `items` makes: the type, and the dtype of arrays and tensors."""

PATTERNS = ("constant", "walk", "wave", "noise", "gaps")


@st.composite
def series(
    draw: st.DrawFn,
    max_steps: int = 30,
    channels: tuple[int, ...] = (1, 2, 3),
    min_steps: int = 1,
    patterns: tuple[str, ...] = PATTERNS,
) -> np.ndarray:
    """float64 (T, C), from one step on: constant, a random walk, a wave, noise, or noise with a third of it missing."""
    steps, count = draw(st.integers(min_steps, max_steps)), draw(st.sampled_from(channels))
    pattern = draw(st.sampled_from(patterns))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    level, spread = draw(st.sampled_from([0.0, 40.0])), draw(st.sampled_from([1.0, 5.0]))
    noise = rng.normal(size=(steps, count))
    shapes = {
        "constant": np.zeros((steps, count)),
        "walk": noise.cumsum(axis=0),
        "wave": np.sin(np.arange(steps)[:, None] / rng.uniform(1, 9, count)),
    }
    shape = shapes.get(pattern, noise)
    if pattern == "gaps":
        holes = rng.random((steps, count)) < 1 / 3
        holes[rng.integers(steps)] = False  # a series has some value
        shape = np.where(holes, np.nan, shape)
    return level + spread * shape


def as_kind(values: np.ndarray, kind: str, flat: bool = False) -> Any:
    """A series (T, C) as an item of one of `KINDS`; flat: those of one channel as (T,). Integers have no gaps."""
    form, _, dtype = kind.partition("-")
    shaped = values[:, 0] if flat and values.shape[1] == 1 else values
    if form == "segment":
        return Segment(torch.from_numpy(values.copy()), start=3)
    if form == "list":
        return shaped.tolist()
    if dtype.startswith("int"):
        shaped = np.rint(np.nan_to_num(shaped)).astype(dtype)
    if form == "array":
        return shaped.astype(dtype)
    return torch.from_numpy(shaped.copy()).to(getattr(torch, dtype))


@st.composite
def items(
    draw: st.DrawFn,
    kinds: tuple[str, ...] = KINDS,
    max_steps: int = 30,
    channels: tuple[int, ...] = (1, 2, 3),
    min_steps: int = 1,
    patterns: tuple[str, ...] = PATTERNS,
) -> Any:
    """Items of every kind, one-step and constant ones and ones with gaps among them."""
    values = draw(series(max_steps, channels, min_steps, patterns))
    return as_kind(values, draw(st.sampled_from(kinds)), draw(st.booleans()))


@st.composite
def batches(
    draw: st.DrawFn, max_count: int = 4, max_steps: int = 20, min_count: int = 0, patterns: tuple[str, ...] = PATTERNS
) -> Segments:
    """Batches of series of unequal lengths, float32 or float64, empty ones among them."""
    count, channels = draw(st.integers(min_count, max_count)), draw(st.sampled_from([1, 3]))
    dtype = draw(st.sampled_from([torch.float32, torch.float64]))
    if count == 0:
        nothing = torch.zeros(0, dtype=torch.int64)
        return Segments(torch.zeros(0, 5, channels, dtype=dtype), nothing)
    rows = [draw(series(max_steps, (channels,), patterns=patterns)) for _ in range(count)]
    if draw(st.booleans()):  # all of one length: nothing is padded
        rows = [np.resize(row, rows[0].shape) for row in rows]
    made = pad([torch.from_numpy(row).to(dtype) for row in rows])
    return Segments(made.values, made.lengths, starts=torch.arange(count))
