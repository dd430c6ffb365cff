"""Hypothesis strategies for time series of every kind. Needs hypothesis (the extra `testing`)."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

from pairgen.modalities.timeseries.collation import collate
from pairgen.modalities.timeseries.items import open_series
from pairgen.modalities.timeseries.segments import Segments

__all__ = ["KINDS", "as_kind", "batches", "numbers", "series"]

KINDS = ("array", "array-float64", "array-int16", "tensor", "tensor-float64", "tensor-float16", "list", "frame", "flat")
"""The kinds of item that `series` makes: the type, and the dtype where it is not float32; flat ones are arrays (T,)."""


@st.composite
def numbers(
    draw: st.DrawFn, min_steps: int = 1, max_steps: int = 12, max_channels: int = 3, missing: bool = True
) -> np.ndarray:
    """float64 (T, C): constant, rising, or noisy; with values missing (NaN) in any place, but not in all."""
    steps, channels = draw(st.integers(min_steps, max_steps)), draw(st.integers(1, max_channels))
    pattern = draw(st.sampled_from(["zero", "rising", "noise"]))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    rising = np.arange(steps * channels).reshape(steps, channels) / 4
    values = {"zero": np.zeros((steps, channels)), "rising": rising, "noise": rng.normal(size=(steps, channels))}[
        pattern
    ]
    if missing and draw(st.booleans()):
        gaps = rng.random((steps, channels)) < 0.3
        gaps[rng.integers(steps), rng.integers(channels)] = False
        values = np.where(gaps, np.nan, values)
    return np.asarray(values)


def as_kind(values: np.ndarray, kind: str) -> Any:
    """Numbers (T, C) as an item of one of `KINDS`; integers have no missing values."""
    import pandas as pd

    form, _, dtype = kind.partition("-")
    if form == "list":
        return values.tolist()
    if form == "frame":
        stamps = pd.date_range("2026-01-01", periods=len(values), freq="h")
        return pd.DataFrame(values, index=stamps, columns=[f"c{i}" for i in range(values.shape[1])])
    if form == "flat":
        return _whole(values[:, 0]).astype(np.float32)
    if form == "tensor":
        return torch.from_numpy(values.copy()).to(getattr(torch, dtype or "float32"))
    return (np.nan_to_num(values) * 8 if dtype == "int16" else values).astype(dtype or np.float32)


def _whole(values: np.ndarray) -> np.ndarray:
    return np.nan_to_num(values) if np.isnan(values).all() else values


@st.composite
def series(
    draw: st.DrawFn,
    kinds: tuple[str, ...] = KINDS,
    min_steps: int = 1,
    max_channels: int = 3,
    missing: bool = True,
) -> Any:
    """Time-series items of every kind, of one step and more."""
    values = draw(numbers(min_steps=min_steps, max_channels=max_channels, missing=missing))
    return as_kind(values, draw(st.sampled_from(kinds)))


@st.composite
def batches(draw: st.DrawFn, max_count: int = 4) -> Segments:
    """Batches of at least one series, of unequal lengths and one number of channels, with values missing."""
    channels = draw(st.integers(1, 3))
    count = draw(st.integers(1, max_count))
    made = [draw(numbers()) for _ in range(count)]
    wide = [np.resize(values, (len(values), channels)) for values in made]
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    return collate([open_series(_whole(values).astype(dtype)) for values in wide])
