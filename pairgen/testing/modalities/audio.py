"""Examples of audio for the checks: strategies of items and batches, invalid items, and tags of the augmentations.

Needs hypothesis (the extra `testing`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import torch
from hypothesis import strategies as st

from pairgen.augmentation import Augmentation
from pairgen.modalities.audio.augmentations import Clipping, RandomCrop, TimeStretch
from pairgen.modalities.audio.batch import Clip, ClipBatch, collate
from pairgen.modalities.audio.io.codec import CODEC, AudioItem
from pairgen.testing.spec import CheckSpec, Forms, Tags

__all__ = ["KINDS", "PATTERNS", "as_kind", "batches", "check_spec", "clips", "waves"]

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
    "clip",
)
"""Kinds of item that `clips` makes: the type, and the dtype where it is not float32."""

PATTERNS = ("silence", "noise", "tone", "impulse", "clipped")


@st.composite
def waves(
    draw: st.DrawFn,
    max_samples: int = 700,
    channels: tuple[int, ...] = (1, 2, 3),
    min_samples: int = 1,
    patterns: tuple[str, ...] = PATTERNS,
) -> np.ndarray:
    """Strategy of float32 (C, T) in [-1, 1], from one sample on: silence, noise, tone, impulse, clipped tone."""
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


def as_kind(wave: np.ndarray, kind: str, flat_mono: bool = False) -> AudioItem:
    """Return a clip float32 (C, T) as an item of one of `KINDS`.

    Args:
        wave: Samples (C, T).
        kind: One of `KINDS`.
        flat_mono: Whether a mono clip becomes (T,).
    """
    form, _, dtype = kind.partition("-")
    shaped = wave[0] if flat_mono and len(wave) == 1 else wave
    if form == "dict":
        return {"array": shaped.copy(), "sampling_rate": 16_000, "path": None}
    if form == "clip":
        return Clip(shaped.copy(), 16_000)
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
) -> AudioItem:
    """Strategy of audio items of every kind, one-sample and silent ones among them."""
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
) -> ClipBatch:
    """Strategy of batches of clips of unequal lengths, one-sample and silent ones among them."""
    width = (draw(st.sampled_from(channels)),)
    drawn = draw(st.lists(waves(max_samples, width), min_size=min_count, max_size=max_count))
    dtype = draw(st.sampled_from(dtypes))
    return collate([Clip(torch.from_numpy(wave).to(dtype), 16_000) for wave in drawn])


_LOUD = ("noise", "tone", "clipped")


def _to_values(item: AudioItem) -> np.ndarray:
    """float64 (C, T), limited to full scale as integers are."""
    values = torch.as_tensor(CODEC.decode(item).values, dtype=torch.float64)
    return np.clip(np.atleast_2d(values.numpy()), -1, 1)


def _convert(item: AudioItem) -> dict[str, AudioItem]:
    wave = _to_values(item).astype(np.float32)
    return {kind: as_kind(wave, kind) for kind in ("array", "tensor", "array-float64", "array-int16")}


def check_spec() -> CheckSpec:
    """Describe audio to the checks.

    Clips from one sample on, mono and with channels, of every type; batches of unequal lengths; invalid items.
    """
    return CheckSpec(
        items=clips(),
        informative_items=clips(min_samples=300, patterns=("noise",)),
        batches=batches(),
        invalid_items=_INVALID,
        layout=lambda item: 1 if (wave := CODEC.decode(item).values).ndim == 1 else len(wave),
        forms=Forms(_convert, _to_values, tolerance=1e-2, outliers=0.02),
        augmentations=_augmentations(),
        recipes={
            name: {"sample_rate": 16_000} for name in ("time-pitch", "clmr", "speech", "spectrogram", "cpc", "eval")
        },
        model_items=clips(kinds=("tensor",), min_samples=600, channels=(1,), patterns=_LOUD),
        tolerance={"float32": 1e-4, "float64": 1e-6, "float16": 2e-3, "bfloat16": 2e-2, "int16": 3.0},
    )


_INVALID: Mapping[str, Callable[[], object]] = {
    "no clip": lambda: object(),
    "no samples": lambda: np.zeros(0, np.float32),
    "no channels": lambda: np.zeros((0, 400), np.float32),
    "three axes": lambda: np.zeros((1, 2, 400), np.float32),
    "channels last": lambda: np.zeros((400, 2), np.float32),
    "NaN": lambda: torch.full((1, 400), float("nan")),
    "an infinite sample": lambda: np.array([0.0, np.inf], np.float32),
    "integers of 64 bits": lambda: np.zeros(400, np.int64),
    "a sample rate of 0": lambda: {"array": np.zeros(400, np.float32), "sampling_rate": 0},
    "no sample rate": lambda: {"array": np.zeros(400, np.float32)},
    "NaN in a clip": lambda: Clip(np.full(400, np.nan, np.float32), 16_000),
    "no such file": lambda: "there-is-no-such-file.wav",
    "zero bytes": lambda: b"",
    "not an audio file": lambda: b"RIFF but not really a WAVE file",
}


@cache
def _noises() -> str:
    """A folder with a second of noise at 8 kHz, for this process."""
    import soundfile

    folder = Path(tempfile.mkdtemp(prefix="pairgen-noise-"))
    soundfile.write(folder / "noise.wav", np.random.default_rng(0).uniform(-0.5, 0.5, 8000), 8000)
    return str(folder)


def _length(item: AudioItem) -> int:
    return int(CODEC.decode(item).values.shape[-1])


def _expect(item: AudioItem, view: AudioItem, wanted: int) -> str | None:
    return None if _length(view) == wanted else f"{_length(item)} samples became {_length(view)}, not {wanted}"


def _same_length(augmentation: Augmentation, item: AudioItem, params: object, view: AudioItem) -> str | None:
    return _expect(item, view, _length(item))


def _cropped(augmentation: RandomCrop, item: AudioItem, params: object, view: AudioItem) -> str | None:
    return _expect(item, view, min(_length(item), max(1, round(augmentation.seconds * 16_000))))


def _stretched(augmentation: TimeStretch, item: AudioItem, params: float, view: AudioItem) -> str | None:
    return _expect(item, view, _length(item) if augmentation.keep_length else max(1, round(_length(item) / params)))


def _below_peak(augmentation: Clipping, item: AudioItem, params: object, view: AudioItem) -> str | None:
    before, after = (float(np.abs(np.asarray(CODEC.decode(clip).values)).max()) for clip in (item, view))
    return None if after <= before * 1.01 + 1e-4 else f"the peak rose from {before} to {after}"


def _pair(low: float, high: float) -> st.SearchStrategy[tuple[float, float]]:
    return st.tuples(st.floats(low, high), st.floats(low, high)).map(lambda two: (min(two), max(two)))


def _augmentations() -> dict[str, Tags]:
    ratio = st.fixed_dictionaries({"ratio": _pair(0.1, 0.9)})
    outside = ({"ratio": 1.5}, {"ratio": (0.5, 0.1)}, {"sample_rate": 0})
    snr = st.fixed_dictionaries({"snr": _pair(0, 40)})
    cutoff = st.fixed_dictionaries({"cutoff": _pair(100, 7000)})
    return {
        "TimeShift": Tags(
            st.fixed_dictionaries(
                {
                    "shift": st.floats(0.1, 0.9),
                    "unit": st.just("fraction"),
                    "fill": st.sampled_from(["roll", "zeros"]),
                }
            ),
            identity_params={"shift": 0.0},
            check_bounds=_same_length,
            invalid_params=({"shift": -1.0}, {"unit": "samples"}, {"fill": "wrap"}, {"shift": 2.0, "unit": "fraction"}),
        ),
        "RandomCrop": Tags(
            st.fixed_dictionaries({"seconds": st.floats(0.001, 0.01)}),
            identity_params={"seconds": 10.0},
            check_bounds=_cropped,
            invalid_params=({"seconds": 0.0}, {"seconds": -1.0}),
        ),
        "TimeMask": Tags(ratio, identity_params={"ratio": 0.0}, check_bounds=_same_length, invalid_params=outside),
        "FrequencyMask": Tags(ratio, check_bounds=_same_length, invalid_params=outside),
        "PitchShift": Tags(
            st.fixed_dictionaries({"semitones": st.floats(0.5, 12)}),
            check_bounds=_same_length,
            invalid_params=({"semitones": -1.0}, {"semitones": 30}, {"semitones": (3.0, 1.0)}),
        ),
        "TimeStretch": Tags(
            st.fixed_dictionaries({"speed": _pair(0.5, 2.0), "keep_length": st.booleans()}),
            check_bounds=_stretched,
            invalid_params=({"speed": 0.0}, {"speed": 5.0}),
        ),
        "Gain": Tags(
            st.fixed_dictionaries({"decibels": st.floats(0.5, 6)}),
            identity_params={"decibels": 0.0},
            check_bounds=_same_length,
            invalid_params=({"decibels": -1.0}, {"decibels": 200}),
        ),
        "PolarityInversion": Tags(
            st.fixed_dictionaries({"p": st.floats(0.2, 0.8)}),
            identity_params={"p": 0.0},
            check_bounds=_same_length,
            invalid_params=({"p": 1.5},),
        ),
        "Clipping": Tags(
            st.fixed_dictionaries({"ratio": _pair(0.1, 0.8)}),
            identity_params={"ratio": 1.0},
            check_bounds=_below_peak,
            invalid_params=({"ratio": 0.0}, {"ratio": 1.5}),
        ),
        "MuLaw": Tags(
            st.fixed_dictionaries({"bits": st.tuples(st.integers(2, 4), st.integers(5, 10))}),
            check_bounds=_same_length,
            invalid_params=({"bits": 1}, {"bits": 20}, {"bits": 7.5}),
        ),
        "GaussianNoise": Tags(snr, check_bounds=_same_length, invalid_params=({"snr": 500.0}, {"snr": (20.0, 10.0)})),
        "BackgroundNoise": Tags(
            st.fixed_dictionaries({"folder": st.builds(_noises), "snr": _pair(0, 40)}),
            check_bounds=_same_length,
            invalid_params=({"folder": "there-is-no-such-folder"},),
        ),
        "Reverberation": Tags(
            st.fixed_dictionaries({"seconds": _pair(0.01, 0.1), "wet": _pair(0.2, 0.8)}),
            check_bounds=_same_length,
            invalid_params=({"seconds": 0.0}, {"wet": 1.5}, {"folder": "there-is-no-such-folder"}),
        ),
        "LowPass": Tags(
            cutoff, check_bounds=_same_length, invalid_params=({"cutoff": 0.0}, {"cutoff": (300.0, 200.0)})
        ),
        "HighPass": Tags(cutoff, check_bounds=_same_length, invalid_params=({"cutoff": 0.0},)),
    }
