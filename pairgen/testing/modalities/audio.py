"""What the property-testing kit is shown of audio: items, bad ones, and what each augmentation promises."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from torch import Tensor

from pairgen.modalities.audio.io.codec import decode_audio
from pairgen.testing.modalities.audio_strategies import batches, clips
from pairgen.testing.spec import CheckSpec, Tags

__all__ = ["check_spec"]

_LOUD = ("noise", "tone", "clipped")


def check_spec() -> CheckSpec:
    """Clips from one sample on, mono and with channels, of every type; batches of unequal lengths; bad ones."""
    return CheckSpec(
        items=clips(),
        informative_items=clips(min_samples=300, patterns=("noise",)),
        batches=batches(),
        invalid_items=_BAD,
        layout=lambda item: 1 if (wave := decode_audio(item)).ndim == 1 else len(wave),
        augmentations=_augmentations(),
        recipes={
            name: {"sample_rate": 16_000} for name in ("time-pitch", "clmr", "speech", "spectrogram", "cpc", "eval")
        },
        model_items=clips(kinds=("tensor",), min_samples=600, channels=(1,), patterns=_LOUD),
        tolerance={"float32": 1e-4, "float64": 1e-6, "float16": 2e-3, "bfloat16": 2e-2, "int16": 3.0},
    )


_BAD: Mapping[str, Any] = {
    "no clip": lambda: object(),
    "no samples": lambda: np.zeros(0, np.float32),
    "no channels": lambda: np.zeros((0, 400), np.float32),
    "three axes": lambda: np.zeros((1, 2, 400), np.float32),
    "channels last": lambda: np.zeros((400, 2), np.float32),
    "NaN": lambda: torch.full((1, 400), float("nan")),
    "an infinite sample": lambda: np.array([0.0, np.inf], np.float32),
    "integers of 32 bits": lambda: np.zeros(400, np.int32),
    "a sample rate of 0": lambda: {"array": np.zeros(400, np.float32), "sampling_rate": 0},
    "no sample rate": lambda: {"array": np.zeros(400, np.float32)},
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


def _length(item: Any) -> int:
    return int(decode_audio(item).shape[-1])


def _same_length(augmentation: Any, item: Any, params: Any, view: Any) -> str | None:
    return None if _length(view) == _length(item) else f"{_length(item)} samples became {_length(view)}"


def _cropped(augmentation: Any, item: Any, params: Any, view: Any) -> str | None:
    most = min(_length(item), max(1, round(augmentation.seconds * 16_000)))
    return None if _length(view) == most else f"{_length(item)} samples became {_length(view)}, not {most}"


def _stretched(augmentation: Any, item: Any, params: Any, view: Any) -> str | None:
    wanted = _length(item) if augmentation.keep_length else max(1, round(_length(item) / params))
    return None if _length(view) == wanted else f"{_length(item)} samples became {_length(view)}, not {wanted}"


def _below_peak(augmentation: Any, item: Any, params: Any, view: Any) -> str | None:
    before, after = (float(_magnitudes(clip).max()) for clip in (item, view))
    return None if after <= before * 1.01 + 1e-4 else f"the peak rose from {before} to {after}"


def _magnitudes(item: Any) -> np.ndarray:
    wave = decode_audio(item)
    sizes: np.ndarray = np.abs(wave.numpy() if isinstance(wave, Tensor) else wave)
    return sizes


def _pair(low: float, high: float) -> Any:
    return st.tuples(st.floats(low, high), st.floats(low, high)).map(lambda two: (min(two), max(two)))


def _augmentations() -> dict[str, Tags]:
    share = st.fixed_dictionaries({"share": _pair(0.1, 0.9)})
    outside = ({"share": 1.5}, {"share": (0.5, 0.1)}, {"sample_rate": 0})
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
        "TimeMask": Tags(share, identity_params={"share": 0.0}, check_bounds=_same_length, invalid_params=outside),
        "FrequencyMask": Tags(share, check_bounds=_same_length, invalid_params=outside),
        "PitchShift": Tags(
            st.fixed_dictionaries({"semitones": st.floats(0.5, 12)}),
            check_bounds=_same_length,
            invalid_params=({"semitones": -1.0}, {"semitones": 30}, {"semitones": (3.0, 1.0)}),
        ),
        "TimeStretch": Tags(
            st.fixed_dictionaries({"rate": _pair(0.5, 2.0), "keep_length": st.booleans()}),
            check_bounds=_stretched,
            invalid_params=({"rate": 0.0}, {"rate": 5.0}),
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
            st.fixed_dictionaries({"share": _pair(0.1, 0.8)}),
            identity_params={"share": 1.0},
            check_bounds=_below_peak,
            invalid_params=({"share": 0.0}, {"share": 1.5}),
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
