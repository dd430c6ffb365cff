"""Hypothesis strategies for audio items of every kind. Needs hypothesis (the extra `testing`)."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

from pairgen.batch import PaddedBatch, pad

__all__ = ["KINDS", "PATTERNS", "as_kind", "batches", "clips", "waves"]

KINDS = (
    "array",
    "array-float64",
    "array-float16",
    "array-int16",
    "tensor",
    "tensor-float64",
    "tensor-float16",
    "tensor-bfloat16",
    "tensor-int16",
    "dict",
)
"""The kinds of item that `clips` makes: the type, and the dtype where it is not float32."""

PATTERNS = ("silence", "noise", "tone", "impulse", "clipped")


@st.composite
def waves(
    draw: st.DrawFn,
    max_samples: int = 700,
    channels: tuple[int, ...] = (1, 2, 3),
    min_samples: int = 1,
    patterns: tuple[str, ...] = PATTERNS,
) -> np.ndarray:
    """float32 (C, T) in [-1, 1], from one sample on: silence, noise, a tone, an impulse, a clipped tone."""
    count, samples = draw(st.sampled_from(channels)), draw(st.integers(min_samples, max_samples))
    pattern = draw(st.sampled_from(patterns))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    level = 10.0 ** draw(st.sampled_from([-3, -1, 0]))
    tone = np.sin(2 * np.pi * rng.uniform(0.01, 0.3) * np.arange(samples) + rng.uniform(0, 6))
    shapes = {
        "silence": np.zeros(samples),
        "noise": level * rng.uniform(-1, 1, (count, samples)),
        "tone": level * rng.uniform(0.2, 1, (count, 1)) * tone,
        "impulse": level * (np.arange(samples) == samples // 2),
        "clipped": np.clip(3 * tone, -1, 1),
    }
    wave: np.ndarray = (shapes[pattern] * np.ones((count, 1))).astype(np.float32)
    return wave


def as_kind(wave: np.ndarray, kind: str, flat_mono: bool = False) -> Any:
    """A clip float32 (C, T) as an item of one of `KINDS`; flat_mono: mono clips as (T,)."""
    form, _, dtype = kind.partition("-")
    shaped = wave[0] if flat_mono and len(wave) == 1 else wave
    if form == "dict":
        return {"array": shaped.copy(), "sampling_rate": 16_000, "path": None}
    values = np.clip(np.rint(shaped * 32768), -32768, 32767).astype(np.int16) if dtype == "int16" else shaped
    if form == "array":
        array: np.ndarray = values.astype(dtype or "float32")
        return array
    tensor = torch.from_numpy(values.copy())
    return tensor if dtype in ("", "int16") else tensor.to(getattr(torch, dtype))


@st.composite
def clips(
    draw: st.DrawFn,
    kinds: tuple[str, ...] = KINDS,
    max_samples: int = 700,
    channels: tuple[int, ...] = (1, 2, 3),
    min_samples: int = 1,
    patterns: tuple[str, ...] = PATTERNS,
) -> Any:
    """Audio items of every kind, one-sample and silent ones among them."""
    wave = draw(waves(max_samples, channels, min_samples, patterns))
    return as_kind(wave, draw(st.sampled_from(kinds)), draw(st.booleans()))


@st.composite
def batches(
    draw: st.DrawFn,
    max_count: int = 4,
    max_samples: int = 700,
    channels: tuple[int, ...] = (1, 2),
    min_count: int = 1,
    dtypes: tuple[torch.dtype, ...] = (torch.float32, torch.float64),
) -> PaddedBatch:
    """Batches of clips of unequal lengths, one-sample and silent ones among them."""
    width = (draw(st.sampled_from(channels)),)
    made = draw(st.lists(waves(max_samples, width), min_size=min_count, max_size=max_count))
    dtype = draw(st.sampled_from(dtypes))
    return pad([torch.from_numpy(wave).to(dtype) for wave in made], axis=-1)
